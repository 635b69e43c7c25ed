"""The small interface between a bus and the protocol spoken on it.

A driver serves all boards of one port. It makes requests, and tells of bytes whether they
are the answer to the request that is pending, an unsolicited report, perhaps the beginning
of either, or neither. It keeps no state between calls: reassembly is the receiver's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Protocol, runtime_checkable

from realtime.wire.terminal import DoorState


class RequestKind(StrEnum):
    """What a request asks of a board."""

    UNLOCK = "unlock"  #: pulse one lock
    READ_ALL = "read_all"  #: the state of every door of the board
    RELEASE = "release"  #: power off whatever something else left powered; opens nothing


class UnlockReplies(StrEnum):
    """Whether boards of this protocol answer an unlock."""

    YES = "yes"
    NO = "no"  #: by design; silence says nothing
    MAYBE = "maybe"  #: some firmwares do; silence says nothing


@dataclass(frozen=True, slots=True)
class Request:
    """One frame to send, with what is needed to know its answer.

    `reply_seconds` is counted from the frame's last byte; 0 means that no answer comes.
    """

    kind: RequestKind
    board: int
    #: 0 when the request is for the whole board.
    channel: int
    frame: bytes
    reply_seconds: float
    #: An answer to it, a refusal perhaps, may say no more than that it is about a write.
    answer_is_vague: bool = False

    @property
    def rests_as(self) -> tuple[RequestKind, int, int]:
        """Name what its answer would be told by.

        A late answer to one of two requests of one name may be taken for the other's. All those
        of a board whose answers are vague have one.
        """
        if self.answer_is_vague:
            return (RequestKind.UNLOCK, self.board, 0)
        return (self.kind, self.board, self.channel)


@dataclass(frozen=True, slots=True)
class UnlockAnswer:
    """The board answered an unlock. Says nothing of the door: poll for that."""

    board: int
    channel: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """Every door of one board, polarity already applied; `states[0]` is channel 1.

    `items[0]` tells whether something lies behind channel 1; None where boards cannot sense it.
    """

    board: int
    states: tuple[DoorState, ...]
    frame: bytes
    items: tuple[bool, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReleaseAnswer:
    """The board took power from every lock."""

    board: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class FaultAnswer:
    """The board understood, and says that it will not or cannot.

    Not silence: the line and the board are well, the request or its configuration is not.
    Whether a lock moved all the same, only a status tells.
    """

    board: int
    #: 0 when the request was for the whole board.
    channel: int
    #: In the protocol's own words, "illegal data address" for instance.
    reason: str
    frame: bytes


@dataclass(frozen=True, slots=True)
class DoorReport:
    """A board told of one door without being asked."""

    board: int
    channel: int
    state: DoorState
    frame: bytes


Answer = UnlockAnswer | StatusAnswer | ReleaseAnswer | FaultAnswer
Frame = Answer | DoorReport


class NoMatch(Enum):
    """Why the bytes at hand are not a whole frame."""

    NEED_MORE = "need_more"  #: they may become one
    NEVER = "never"  #: no frame begins with them
    BAD_CHECKSUM = "bad_checksum"  #: a whole frame but for its checksum


class Driver(Protocol):
    """A protocol with the boards of one port."""

    @property
    def unlock_replies(self) -> UnlockReplies:
        """Tell whether an unlock is answered."""

    def unlock(self, board: int, channel: int) -> Request:
        """Make the request that pulses one lock once.

        Raises:
            ValueError: no such board or channel.
        """

    def read_all(self, board: int) -> Request:
        """Make the request for all doors of a board; never moves a lock.

        Raises:
            ValueError: no such board.
        """

    def match(self, data: bytes, pending: Request | None) -> Frame | NoMatch:
        """Tell what frame `data` begins with, given the request awaiting its answer."""

    def decode(self, data: bytes, pending: Request | None) -> Frame:
        """Read exactly one frame.

        Raises:
            FrameError: it is not the answer to `pending`, nor a report.
        """


@runtime_checkable
class Greeter(Protocol):
    """A driver whose boards want a word after the port was opened, before anything else."""

    def greet(self, board: int) -> Request:
        """Make that first request; it opens nothing and may be repeated.

        Raises:
            ValueError: no such board.
        """
