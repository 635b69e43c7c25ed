"""What drivers of boards that speak only when asked have in common.

Such a driver says which frames may answer a request; everything else follows from that.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hardware.codecs.boards import OptionsT, PortBoards
from hardware.codecs.driver import Answer, NoMatch, Request
from hardware.codecs.errors import BadChecksum, BadLength, FrameError, WrongBoard
from hardware.codecs.shapes import Shape, compare_all


@dataclass(frozen=True, slots=True)
class Expected:
    """One kind of frame that may answer, and how it is read once it is whole."""

    shape: Shape
    read: Callable[[bytes], Answer]


class AskedOnly(PortBoards[OptionsT]):
    """A driver of boards that say nothing unasked, each with its own options."""

    #: Every address that this protocol can carry.
    addresses: range

    @abstractmethod
    def expected(self, pending: Request, boards: Iterable[int]) -> list[Expected]:
        """List what may answer `pending`, were it sent by any of these boards.

        Of two that begin alike the longest stands first. None: no answer is known.
        """

    def match(self, data: bytes, pending: Request | None) -> Answer | NoMatch:
        """Tell what frame `data` begins with, given the request awaiting its answer."""
        if pending is None or pending.board not in self._boards:
            return NoMatch.NEVER
        by_shape = {e.shape: e for e in self.expected(pending, (pending.board,))}
        found = compare_all(data, by_shape)
        if isinstance(found, NoMatch):
            return found
        return by_shape[found].read(data[: found.size])

    def decode(self, data: bytes, pending: Request | None) -> Answer:
        """Read exactly one frame: the answer to `pending`.

        Raises:
            FrameError: it is not, or nothing was asked.
        """
        if pending is None:
            raise FrameError("nothing was asked, and these boards say nothing unasked")
        if pending.board not in self._boards:
            raise WrongBoard(pending.board, min(self._boards, default=0))
        faults = []
        for expected in self.expected(pending, self.addresses):
            fault = _fault(expected.shape, data)
            if fault is None:
                return _of_board(expected.read(data), pending.board)
            faults.append(fault)
        if not faults:
            raise FrameError(f"these boards do not answer {pending.kind.value!r}")
        raise next((fault for fault in faults if isinstance(fault, BadChecksum)), faults[0])


def _fault(shape: Shape, data: bytes) -> FrameError | None:
    fault = shape.fault(data)
    if fault is None and len(data) != shape.size:
        return BadLength(len(data), shape.size)
    return fault


def _of_board(answer: Answer, board: int) -> Answer:
    if answer.board != board:
        raise WrongBoard(answer.board, board)
    return answer
