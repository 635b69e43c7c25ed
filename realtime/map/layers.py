"""What lies on the map, one layer a kind: marks with versions, and clusters where too many meet.

A mark is encoded when it changes and the same bytes go to all sockets. Cells are counted once a
tick and zoom, however many look. A cell whose marks are more than the most becomes one cluster; it
opens up again at three quarters of that, so that one courier at its edge does not make it flicker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from realtime.map.grid import Cell, Spot, shift_of

#: A cluster opens up at this part of what made it.
OPENS_AT = 0.75


@dataclass(slots=True, eq=False, kw_only=True)
class Mark:
    """One thing on the map. `version` rises with each change, `made` with all but moves."""

    name: str
    number: int
    spot: Spot
    version: int
    made: int
    whole: bytes  #: all that is told of it
    moved: bytes = b""  #: where it is now


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """A layer as one zoom shows it."""

    marks: dict[Cell, list[Mark]]
    clusters: dict[Cell, tuple[str, bytes]]  #: name and what is told of it


@dataclass(slots=True)
class _Zoom:
    arranged: Arranged | None = None
    closed: set[Cell] = field(default_factory=set)


Summary = Callable[[str, Sequence[Mark]], bytes]


class Layer:
    """The marks of one kind."""

    def __init__(self, name: str, *, most_in_cell: int, summary: Summary) -> None:
        """Take how many marks of a cell are shown one by one, and what tells of a cluster."""
        self.name = name
        self._most = most_in_cell
        self._summary = summary
        self._marks: dict[str, Mark] = {}
        self._zooms: dict[int, _Zoom] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def get(self, name: str) -> Mark | None:
        """Give a mark."""
        return self._marks.get(name)

    def names(self) -> set[str]:
        """Name all marks."""
        return set(self._marks)

    def put(self, mark: Mark) -> None:
        """Add or replace a mark."""
        self._marks[mark.name] = mark
        self._changed()

    def drop(self, names: Iterable[str]) -> None:
        """Take marks away; unknown ones change nothing."""
        for name in names:
            if self._marks.pop(name, None):
                self._changed()

    def keep_zooms(self, zooms: set[int]) -> None:
        """Forget how zooms that nobody looks at were arranged."""
        for zoom in self._zooms.keys() - zooms:
            del self._zooms[zoom]

    def arranged(self, zoom: int) -> Arranged:
        """Give the layer as a zoom shows it; made once until something changes."""
        known = self._zooms.setdefault(zoom, _Zoom())
        if known.arranged is None:
            known.arranged = self._arrange(zoom, known)
        return known.arranged

    def _changed(self) -> None:
        for zoom in self._zooms.values():
            zoom.arranged = None

    def _arrange(self, zoom: int, known: _Zoom) -> Arranged:
        shift = shift_of(zoom)
        cells: dict[Cell, list[Mark]] = {}
        for mark in self._marks.values():
            cells.setdefault((mark.spot.x >> shift, mark.spot.y >> shift), []).append(mark)
        opens = self._most * OPENS_AT
        closed = {
            cell
            for cell, marks in cells.items()
            if len(marks) > (opens if cell in known.closed else self._most)
        }
        known.closed = closed
        clusters: dict[Cell, tuple[str, bytes]] = {}
        for cell in closed:
            name = f"{self.name}.{zoom}.{cell[0]}.{cell[1]}"
            clusters[cell] = (name, self._summary(name, cells.pop(cell)))
        return Arranged(marks=cells, clusters=clusters)


def middle(marks: Sequence[Mark]) -> tuple[float, float]:
    """Give the middle of marks."""
    count = len(marks)
    return sum(one.spot.x for one in marks) / count, sum(one.spot.y for one in marks) / count
