"""Lines of text as a recogniser found them, laid straight: which way is up, what is on one row.

Pure. Places are pixels of the photo, y downward. A paper's rows lean, and by perspective each a
little differently; `straightened` gives each line the height that its row has in mid-paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]

#: A line at least so many times longer than high tells how its row leans.
LONG = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text; `box` are its corners in the order top left, top right, and so on."""

    text: str
    box: tuple[Point, Point, Point, Point]
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A line, or a part of one, on straight rows; `row` is the height of its middle."""

    text: str
    left: float
    right: float
    row: float
    height: float
    line: int  #: of which line it is a part
    place: int = 0  #: which part

    @property
    def middle(self) -> float:
        """Give where it is from left to right."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class _Laid:
    x: float
    y: float
    width: float
    height: float
    lean: float  #: tangent


def lies_sideways(lines: Sequence[Line]) -> bool:
    """Tell whether most of the text runs up or down the photo."""
    upright, sideways = 0, 0
    for line in lines:
        across, down = _extent(line)
        if len(line.text) > 1:
            if down > 1.5 * across:
                sideways += len(line.text)
            else:
                upright += len(line.text)
    return sideways > upright


def straightened(lines: Sequence[Line], turns: int) -> list[Piece]:
    """Lay lines on straight rows after `turns` quarter turns of the photo, clockwise."""
    laid = [_laid([_turned(point, turns) for point in line.box]) for line in lines]
    if not laid:
        return []
    lean, change, middle = _leaning(laid)
    pieces = []
    for number, (line, one) in enumerate(zip(lines, laid, strict=True)):
        slope = lean + change * one.y
        pieces.append(
            Piece(
                text=line.text,
                left=one.x - one.width / 2,
                right=one.x + one.width / 2,
                row=one.y - slope * (one.x - middle),
                height=one.height,
                line=number,
            )
        )
    return pieces


def _turned(point: Point, turns: int) -> Point:
    x, y = point
    for _ in range(turns % 4):
        x, y = -y, x
    return x, y


def _extent(line: Line) -> Point:
    xs, ys = [x for x, _ in line.box], [y for _, y in line.box]
    return max(xs) - min(xs), max(ys) - min(ys)


def _laid(box: Sequence[Point]) -> _Laid:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = box
    first = ((bx - ax + cx - dx) / 2, (by - ay + cy - dy) / 2)
    second = ((dx - ax + cx - bx) / 2, (dy - ay + cy - by) / 2)
    is_first = abs(first[0]) * math.hypot(*second) >= abs(second[0]) * math.hypot(*first)
    along, across = (first, second) if is_first else (second, first)
    lean = along[1] / along[0] if abs(along[0]) > 1e-6 else 0.0
    return _Laid(
        x=(ax + bx + cx + dx) / 4,
        y=(ay + by + cy + dy) / 4,
        width=max(1.0, math.hypot(*along)),
        height=max(1.0, math.hypot(*across)),
        lean=lean,
    )


def _leaning(laid: Sequence[_Laid]) -> tuple[float, float, float]:
    """Give the rows' lean at y = 0, how it changes by y, and the middle of the text."""
    middle = (
        min(one.x - one.width / 2 for one in laid) + max(one.x + one.width / 2 for one in laid)
    ) / 2
    long = [one for one in laid if one.width > LONG * one.height]
    if not long:
        return 0.0, 0.0, middle
    usual = sorted(one.lean for one in long)[len(long) // 2]
    sane = [one for one in long if abs(one.lean - usual) < 0.08]
    total = sum(one.width for one in sane)
    mean_y = sum(one.width * one.y for one in sane) / total
    mean = sum(one.width * one.lean for one in sane) / total
    spread = sum(one.width * (one.y - mean_y) ** 2 for one in sane)
    tallest = max(one.height for one in sane)
    if spread < total * (2 * tallest) ** 2:  # all on a row or two: nothing to tell a change by
        return mean, 0.0, middle
    change = sum(one.width * (one.y - mean_y) * (one.lean - mean) for one in sane) / spread
    return mean - change * mean_y, change, middle
