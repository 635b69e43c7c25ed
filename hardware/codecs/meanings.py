"""Read bytes as whole frames in words: requests and replies alike, back to back.

Some protocols have no length in the frame, and a long frame may begin with a valid short
one. So of all ways to cut the bytes into frames the one is told that leaves nothing over,
with the fewest and likeliest frames. Where none does, the most telling fault is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    best = table.best_from(0)
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
    """The ways to cut some bytes into frames, worked out from their end."""

    def __init__(self, data: bytes, kinds: Kinds) -> None:
        self._data = data
        #: From each offset: every frame that begins there, likeliest first.
        self._frames: list[list[tuple[FrameKind, Meaning]]] = []
        self._faults: list[list[tuple[int, FrameError]]] = []
        for offset in range(len(data)):
            self._read(data[offset : offset + _LONGEST], kinds)
        self._costs = self._cost_to_end()

    def _read(self, rest: bytes, kinds: Kinds) -> None:
        frames, faults = [], []
        for kind in kinds(rest):
            try:
                fault = kind.shape.fault(rest)
                if fault is None:
                    frames.append((kind, kind.tell(rest[: kind.shape.size])))
            except FrameError as error:
                fault = error
            if fault is not None:
                faults.append((kind.shape.size, fault))
        self._frames.append(frames)
        self._faults.append(faults)

    def _cost_to_end(self) -> list[int | None]:
        """Find from each offset the least cost of frames up to the end; None: no way."""
        costs: list[int | None] = [None] * len(self._data) + [0]
        for offset in reversed(range(len(self._data))):
            for kind, _ in self._frames[offset]:
                after = costs[offset + kind.shape.size]
                known = costs[offset]
                if after is not None and (known is None or after + kind.cost < known):
                    costs[offset] = after + kind.cost
        return costs

    def best_from(self, offset: int) -> list[Meaning] | None:
        """Take the least costly way from `offset` to the end."""
        if self._costs[offset] is None:
            return None
        told = []
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
        reachable = self._reachable()
        ranked = [
            (self._rank(offset, size, fault), offset, -number, fault)
            for offset in reachable
            for number, (size, fault) in enumerate(self._faults[offset])
        ]
        if not ranked:
            return BadLength(len(self._data) - reachable[-1], 0)
        _, offset, _, fault = max(ranked, key=lambda entry: entry[:3])
        if isinstance(fault, BadHeader):
            known = {header for *_, other in ranked for header in _headers(other)}
            fault = BadHeader(fault.got, *sorted(known))
        fault.offset = offset
        return fault

    def _rank(self, offset: int, size: int, fault: FrameError) -> tuple[int, int, int]:
        is_checksum = isinstance(fault, BadChecksum)
        if is_checksum and self._costs[offset + size] is not None:
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

    def _reachable(self) -> list[int]:
        """List the offsets that whole frames lead to, short of the end."""
        reached = {0}
        for offset in range(len(self._data)):
            if offset in reached:
                reached |= {offset + kind.shape.size for kind, _ in self._frames[offset]}
        return sorted(reached - {len(self._data)})


def _headers(fault: FrameError) -> tuple[int, ...]:
    return fault.expected if isinstance(fault, BadHeader) else ()
