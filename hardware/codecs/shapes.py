"""The shape of a frame: what each of its bytes may be, and what seals them.

A driver lists the shapes that may come now, and learns of bytes at hand whether they are
such a frame, may become one, never will, or are one but for the check bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hardware.codecs.checksums import Seal
from hardware.codecs.driver import NoMatch
from hardware.codecs.errors import BadByte, BadChecksum, BadHeader, BadLength, FrameError

#: The values that one byte may have.
Allowed = frozenset[int]

ANY: Allowed = frozenset(range(256))


def one(value: int) -> Allowed:
    """Allow one value only."""
    return frozenset((value,))


def among(values: Iterable[int]) -> Allowed:
    """Allow several values."""
    return frozenset(values)


def literally(text: bytes) -> tuple[Allowed, ...]:
    """Allow exactly these bytes, one after the other."""
    return tuple(one(byte) for byte in text)


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of frame of a known length: sealed bytes, their check bytes, and a rare rest."""

    body: tuple[Allowed, ...]
    seal: Seal
    #: What follows the check bytes and is not covered by them (Kerong CU12).
    tail: tuple[Allowed, ...] = ()

    @property
    def size(self) -> int:
        """Count the bytes of the whole frame."""
        return len(self.body) + self.seal_size + len(self.tail)

    @property
    def seal_size(self) -> int:
        """Count the check bytes."""
        return len(self.seal(b""))

    def compare(self, data: bytes) -> NoMatch | None:
        """Hold the beginning of `data` against the shape; None is a match."""
        if self._misfit(data) is not None:
            return NoMatch.NEVER
        if len(data) < self.size:
            return NoMatch.NEED_MORE
        return None if self._is_sealed(data) else NoMatch.BAD_CHECKSUM

    def fault(self, data: bytes) -> FrameError | None:
        """Name what keeps the beginning of `data` from being such a frame; None if nothing."""
        misfit = self._misfit(data)
        if misfit is not None:
            if misfit == 0:
                return BadHeader(data[0], *sorted(self.body[0]))
            return BadByte(misfit + 1, data[misfit])
        if len(data) < self.size:
            return BadLength(len(data), self.size)
        if not self._is_sealed(data):
            start = len(self.body)
            return BadChecksum.of_bytes(
                data[start : start + self.seal_size], self.seal(data[:start])
            )
        return None

    def _is_sealed(self, data: bytes) -> bool:
        start = len(self.body)
        return data[start : start + self.seal_size] == self.seal(data[:start])

    def _misfit(self, data: bytes) -> int | None:
        """Find the first byte that the shape does not allow; check bytes are left out."""
        after = len(self.body) + self.seal_size
        for position, allowed in enumerate(self.body[: len(data)]):
            if data[position] not in allowed:
                return position
        for position, allowed in enumerate(self.tail[: max(len(data) - after, 0)], after):
            if data[position] not in allowed:
                return position
        return None


def compare_all(data: bytes, shapes: Iterable[Shape]) -> Shape | NoMatch:
    """Find the shape that `data` begins with, or say why none does.

    More bytes are asked for when any shape may still come; the first shape that matches
    wins, so the longest of two that begin alike stands first.
    """
    verdict = NoMatch.NEVER
    for shape in shapes:
        found = shape.compare(data)
        if found is None:
            return shape
        if found is NoMatch.NEED_MORE or verdict is NoMatch.NEVER:
            verdict = found
    return verdict
