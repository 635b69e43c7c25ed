"""Read bytes as whole frames in words: requests and replies alike, back to back.

Some protocols have no length in the frame, and a long frame may begin with a valid short
one. So of all ways to cut the bytes into frames the one is told that leaves nothing over,
with the fewest and likeliest frames. Where none does, the most telling fault is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from hardware.codecs.errors import (
    BadByte,
    BadChecksum,
    BadHeader,
    BadLength,
    BadPending,
    FrameError,
)
from hardware.codecs.protocol import Direction, Meaning
from hardware.codecs.shapes import Shape

#: Longer than every frame; no kind looks further.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class FrameKind:
    """One kind of frame with a known length, and its words."""

    shape: Shape
    #: Puts a frame of this shape into words. A FrameError says what is still wrong with it.
    tell: Callable[[bytes], Meaning]
    #: Less likely kinds cost more; of two with one cost the first listed wins.
    cost: int = 2


#: Lists the kinds that the bytes may begin with, likeliest first. Lengths that the frame
#: itself carries are read from the bytes.
Kinds = Callable[[bytes], Iterable[FrameKind]]


def read_meanings(data: bytes, kinds: Kinds) -> list[Meaning]:
    """Read all of `data` as frames back to back.

    Raises:
        FrameError: it is not whole frames; `offset` is where the faulty one begins.
    """
    if not data:
        raise BadLength(0, min((kind.shape.size for kind in kinds(b"")), default=1))
    table = _Table(data, kinds)
    best = table.best()
    if best is None:
        raise table.fault()
    return best


def read_pending(pending: bytes | None, kinds: Kinds) -> Meaning | None:
    """Read the request that awaits its answer.

    Raises:
        BadPending: it is not exactly one request.
    """
    if pending is None:
        return None
    try:
        found = read_meanings(pending, kinds)
    except FrameError as error:
        raise BadPending(str(error)) from error
    if len(found) != 1 or found[0].direction is not Direction.REQUEST:
        raise BadPending("not exactly one request")
    return found[0]


class _Table:
    """The ways to cut some bytes into frames; only places that frames lead to are looked at."""

    def __init__(self, data: bytes, kinds: Kinds) -> None:
        self._data = data
        self._kinds = kinds
        #: From each offset: every frame that begins there, likeliest first.
        self._frames: dict[int, list[tuple[FrameKind, Meaning]]] = {}
        #: At each offset: what keeps each other kind from beginning there, with its length.
        self._faults: dict[int, list[tuple[int, FrameError]]] = {}
        #: From each offset: the least cost of frames up to the end; None: no way.
        self._costs: dict[int, int | None] = {len(data): 0}
        self._explore(0)

    def _explore(self, start: int) -> None:
        """Read every frame that frames from `start` on lead to, then work out the costs."""
        unread, fresh = [start], []
        while unread:
            offset = unread.pop()
            if offset in self._frames or offset in self._costs:
                continue
            self._read(offset)
            fresh.append(offset)
            unread += [offset + kind.shape.size for kind, _ in self._frames[offset]]
        for offset in sorted(fresh, reverse=True):
            self._costs[offset] = min(self._costs_from(offset), default=None)

    def _read(self, offset: int) -> None:
        rest = self._data[offset : offset + _LONGEST]
        frames, faults = [], []
        for kind in self._kinds(rest):
            try:
                fault = kind.shape.fault(rest)
                if fault is None:
                    frames.append((kind, kind.tell(rest[: kind.shape.size])))
            except FrameError as error:
                fault = error
            if fault is not None:
                faults.append((kind.shape.size, fault))
        self._frames[offset], self._faults[offset] = frames, faults

    def _costs_from(self, offset: int) -> Iterator[int]:
        for kind, _ in self._frames[offset]:
            after = self._costs[offset + kind.shape.size]
            if after is not None:
                yield after + kind.cost

    def best(self) -> list[Meaning] | None:
        """Take the least costly way to the end; None if there is none."""
        if self._costs[0] is None:
            return None
        told, offset = [], 0
        while offset < len(self._data):
            for kind, meaning in self._frames[offset]:
                after = self._costs[offset + kind.shape.size]
                if after is not None and after + kind.cost == self._costs[offset]:
                    told.append(meaning)
                    offset += kind.shape.size
                    break
        return told

    def fault(self) -> FrameError:
        """Choose the fault that explains most.

        A checksum that alone keeps everything from being read is the best explanation.
        Otherwise it is what stands at the furthest place that whole frames lead to.
        """
        reachable = sorted(self._frames)
        ranked = [
            (self._rank(offset, size, fault), offset, -number, fault)
            for offset in reachable
            for number, (size, fault) in enumerate(self._faults[offset])
        ]
        if not ranked:
            return BadLength(len(self._data), 0)
        _, offset, _, fault = max(ranked, key=lambda entry: entry[:3])
        if isinstance(fault, BadHeader):
            known = {header for *_, other in ranked for header in _headers(other)}
            fault = BadHeader(fault.got, *sorted(known))
        fault.offset = offset
        return fault

    def _rank(self, offset: int, size: int, fault: FrameError) -> tuple[int, int, int]:
        if isinstance(fault, BadChecksum) and self._is_readable_from(offset + size):
            return (1, 0, 0)
        match fault:
            case BadChecksum():
                fits = size  # every byte was right but the check
            case BadLength():
                fits = fault.got
            case BadByte():
                fits = fault.position - 1
            case BadHeader():
                fits = 0
            case _:
                fits = size  # a whole frame that says what none can say
        return (0, offset, fits)

    def _is_readable_from(self, offset: int) -> bool:
        """Tell whether whole frames lead from `offset` to the end."""
        self._explore(offset)
        return self._costs[offset] is not None


def _headers(fault: FrameError) -> tuple[int, ...]:
    return fault.expected if isinstance(fault, BadHeader) else ()
