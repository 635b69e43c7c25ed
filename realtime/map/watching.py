"""What one socket is shown of the map, and what it has to hear next: pure, time is passed in.

Nothing queues here. What a socket was told is remembered by version; what it has to hear is the
difference to the map of now, as far as its bytes allow. What does not fit is told later, in its
latest form. Who waits longest for a move comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from realtime.map.grid import Viewport
from realtime.map.layers import Arranged, Layer, Mark

#: Bytes of a frame around its lists.
FRAME_BYTES = 160

#: How many seconds of its bytes a socket may have at once, for a first look.
BURST_SECONDS = 4.0


class Budget:
    """Bytes that may be sent: a rate, and a burst for the first look."""

    __slots__ = ("_at", "_left", "_most", "_per_second")

    def __init__(self, per_second: float, now: float) -> None:
        """Start full at `now`, seconds of any steady clock."""
        self._per_second = per_second
        self._most = per_second * BURST_SECONDS
        self._left = self._most
        self._at = now

    def left(self, now: float) -> int:
        """Tell how many bytes may be sent now."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        return int(self._left)

    def spend(self, size: int) -> None:
        """Count what was sent; what could not be left out may be owed."""
        self._left -= size


@dataclass(slots=True)
class _Shown:
    """What was told of one layer: marks by name with their version, clusters by name."""

    marks: dict[str, tuple[Mark, int]] = field(default_factory=dict)
    clusters: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Parts:
    """The lists of one `MapChanged`, encoded piece by piece."""

    wholes: dict[str, list[bytes]] = field(default_factory=dict)  #: by layer
    moves: list[bytes] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)
    clusters: list[bytes] = field(default_factory=list)
    cleared: list[bytes] = field(default_factory=list)

    def encoded(self) -> bytes:
        """Give the frame, without the lists that are empty; b"" when all of them are."""
        lists = {
            **self.wholes,
            "moves": self.moves,
            "gone": self.gone,
            "clusters": self.clusters,
            "cleared": self.cleared,
        }
        told = [b'"%b":[%b]' % (name.encode(), b",".join(of)) for name, of in lists.items() if of]
        return b'{"type":"map_changed",%b}' % b",".join(told) if told else b""


class Watching:
    """One socket's view of some layers. Layers named in `numbered` are told gone by number."""

    def __init__(self, viewport: Viewport, budget: Budget, *, numbered: frozenset[str]) -> None:
        self.viewport = viewport
        self.budget = budget
        self._numbered = numbered
        self._shown: dict[str, _Shown] = {}

    def next(self, layers: Sequence[Layer], now: float) -> bytes:
        """Give the frame that brings the socket to the map of now, or b"" when it is there."""
        parts = Parts()
        room = self.budget.left(now) - FRAME_BYTES
        arranged = [(layer, layer.arranged(self.viewport.zoom)) for layer in layers]
        for layer, one in arranged:
            room -= self._take_away(layer, one, parts)
        for layer, one in arranged:
            room = self._add_clusters(layer, one, parts, room)
        for layer, one in arranged:
            room = self._add_marks(layer, one, parts, room)
        frame = parts.encoded()
        if frame:
            self.budget.spend(len(frame))
        return frame

    def _take_away(self, layer: Layer, arranged: Arranged, parts: Parts) -> int:
        """Tell what is out of view: always, since it may not be shown any more."""
        shown = self._shown.setdefault(layer.name, _Shown())
        seen = {mark.name for mark in self._marks_in_view(arranged)}
        size = 0
        for name in [name for name in shown.marks if name not in seen]:
            mark, _ = shown.marks.pop(name)
            is_numbered = layer.name in self._numbered
            (parts.gone if is_numbered else parts.cleared).append(
                b"%d" % mark.number if is_numbered else b'"%b"' % name.encode()
            )
            size += len(name) + 3
        clusters = {name for cell, (name, _) in arranged.clusters.items() if self._sees(cell)}
        for name in [name for name in shown.clusters if name not in clusters]:
            del shown.clusters[name]
            parts.cleared.append(b'"%b"' % name.encode())
            size += len(name) + 3
        return size

    def _add_clusters(self, layer: Layer, arranged: Arranged, parts: Parts, room: int) -> int:
        shown = self._shown[layer.name].clusters
        for cell, (name, told) in arranged.clusters.items():
            if shown.get(name) == told or not self._sees(cell) or len(told) >= room:
                continue
            shown[name] = told
            parts.clusters.append(told)
            room -= len(told) + 1
        return room

    def _add_marks(self, layer: Layer, arranged: Arranged, parts: Parts, room: int) -> int:
        shown = self._shown[layer.name].marks
        waiting: list[tuple[int, Mark]] = []
        for mark in self._marks_in_view(arranged):
            known = shown.get(mark.name)
            told = -1 if known is None else known[1]
            if known is not None and known[0].number != mark.number:
                # Gone and back between two looks: the number that the socket knows is nobody's.
                parts.gone.append(b"%d" % known[0].number)
                told = -1
            if told < mark.version:
                waiting.append((told, mark))
        waiting.sort(key=_told)
        wholes = parts.wholes.setdefault(layer.name, [])
        for told, mark in waiting:
            is_whole = told < mark.made
            piece = mark.whole if is_whole else mark.moved
            if len(piece) >= room:
                break
            (wholes if is_whole else parts.moves).append(piece)
            shown[mark.name] = (mark, mark.version)
            room -= len(piece) + 1
        return room

    def _marks_in_view(self, arranged: Arranged) -> Iterator[Mark]:
        for cell, marks in arranged.marks.items():
            if self._sees(cell):
                yield from marks

    def _sees(self, cell: tuple[int, int]) -> bool:
        return self.viewport.has(cell)


def watched(request: str, now: datetime, changes: bytes, *, whole: bool) -> bytes:
    """Encode a `MapWatched` around an encoded `MapChanged`."""
    return b'{"type":"map_watched","id":%b,"whole":%b,"server_time":%b,"changes":%b}' % (
        msgspec.json.encode(request),
        b"true" if whole else b"false",
        msgspec.json.encode(now),
        changes,
    )


def _told(waiting: tuple[int, Mark]) -> int:
    return waiting[0]
