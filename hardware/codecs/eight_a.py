"""The "8A" lock board protocol: widespread Chinese boards of 8 to 24, or 50, channels.

Physical layer: RS485 or TTL, 9600 8N1, no flow control. The host asks, the board answers;
some firmwares also report doors unasked. BD is the board's DIP address, LK the channel from
1, BCC the XOR of every byte before it.

    unlock one        8A BD LK 11 BCC       answer  8A BD LK ST BCC
    with pulse time   8A BD LK 11 SS BCC    (SS seconds, 1-9; the default pulse is 300 ms)
    read all          80 BD 00 33 BCC       answer  80 BD S..S 33 BCC
    report, unasked                                 82 BD LK ST BCC

Sources: the vendor's notes as quoted on CSDN (ST table, polarity), the 2021 document as
implemented by FACE and by Open-Locker (byte order, 7-byte answer of an 8-channel board),
and a 50-channel implementation (7 status bytes, the other byte order).

Traps that shape this module:

- The length is not in the frame: a 7-byte answer may begin with a valid 5-byte frame. Only
  the pending request tells which is meant, so a frame is matched on exact length.
- An unlock's answer with ST = 11 is byte for byte the request. On a line with local echo
  nothing tells them apart, hence exact stripping of echoes in the receiver.
- What a 1 bit means depends on how the feedback contact is wired; polarity is applied here
  and nowhere else.
- No capture of a whole 82 frame is public; its layout is by analogy. It is accepted, and
  nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor

from hardware.codecs.driver import (
    DoorReport,
    Frame,
    NoMatch,
    Request,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.errors import (
    BadChecksum,
    BadHeader,
    BadLength,
    BadStatus,
    WrongBoard,
    WrongChannel,
)
from realtime.wire.terminal import DoorState

#: First byte of an unlock and of its answer.
UNLOCK = 0x8A
#: First byte of a read and of its answer.
READ = 0x80
#: First byte of an unasked report.
REPORT = 0x82

#: Function byte of an unlock.
FUNCTION_UNLOCK = 0x11
#: Function byte of a read; also the byte before the checksum of a read-all answer.
FUNCTION_READ = 0x33

#: Both values that a status byte ST may have.
ST_ZERO = 0x00
ST_ONE = 0x11

#: Unlock answers, reports and most requests: header, board, channel, ST or function, BCC.
SHORT_FRAME = 5
#: A read-all answer without its status bytes: header, board, function, BCC.
STATUS_OVERHEAD = 4

#: Addresses that the DIP switch can set.
BOARDS = range(1, 100)
#: Pulse times that fit the 6-byte unlock, seconds.
PULSES = range(1, 10)

#: How long a board may take to answer an unlock (one datasheet: 1 s for the lock to open).
UNLOCK_REPLY_SECONDS = 1.0
#: How long a board may take to answer a read.
READ_REPLY_SECONDS = 0.3


class Polarity(StrEnum):
    """What a status bit of 1, and ST = 11, say of the door."""

    ONE_IS_CLOSED = "one_is_closed"  #: feedback contact closed while locked (上锁短路)
    ONE_IS_OPEN = "one_is_open"  #: feedback contact closed while open (开锁短路)


class StatusOrder(StrEnum):
    """Which status byte carries channels 1-8."""

    HIGH_FIRST = "high_first"  #: the last one (vendor's document, captures)
    LOW_FIRST = "low_first"  #: the first one (a 24- and 50-channel implementation)


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """How one board is built and wired."""

    channels: int = 24
    polarity: Polarity = Polarity.ONE_IS_CLOSED
    status_order: StatusOrder = StatusOrder.HIGH_FIRST
    #: Status bytes of a read-all answer; 3 up to 24 channels, 7 above, unless told.
    status_bytes: int | None = None
    #: Pulse time, seconds; None leaves the board's own 300 ms.
    pulse_seconds: int | None = None

    @property
    def status_size(self) -> int:
        """Count the status bytes of a read-all answer."""
        if self.status_bytes is not None:
            return self.status_bytes
        return 3 if self.channels <= 24 else 7


def bcc(data: bytes) -> int:
    """Make the check byte: the XOR of all bytes."""
    return reduce(xor, data, 0)


def _sealed(*body: int) -> bytes:
    return bytes(body) + bytes([bcc(bytes(body))])


class EightA:
    """The 8A driver for the boards of one port, each with its own options."""

    def __init__(self, boards: Mapping[int, BoardOptions]) -> None:
        self._boards = dict(boards)

    @property
    def unlock_replies(self) -> UnlockReplies:
        """Tell that boards of this protocol answer an unlock."""
        return UnlockReplies.YES

    def unlock(self, board: int, channel: int) -> Request:
        """Make the request that pulses one lock once.

        Raises:
            ValueError: no such board or channel.
        """
        options = self._options(board)
        if not 1 <= channel <= options.channels:
            raise ValueError(f"board {board} has no channel {channel}")
        body = [UNLOCK, board, channel, FUNCTION_UNLOCK]
        if options.pulse_seconds is not None:
            body.append(options.pulse_seconds)
        frame = _sealed(*body)
        return Request(RequestKind.UNLOCK, board, channel, frame, UNLOCK_REPLY_SECONDS)

    def read_all(self, board: int) -> Request:
        """Make the request for all doors of a board.

        Raises:
            ValueError: no such board.
        """
        self._options(board)
        frame = _sealed(READ, board, 0, FUNCTION_READ)
        return Request(RequestKind.READ_ALL, board, 0, frame, READ_REPLY_SECONDS)

    def match(self, data: bytes, pending: Request | None) -> Frame | NoMatch:
        """Tell what frame `data` begins with, given the request awaiting its answer."""
        verdict = NoMatch.NEVER
        for pattern in self._patterns(data, pending):
            found = _compare(data, pattern)
            if found is None:
                return self.decode(data[: len(pattern) + 1], pending)
            if found is not NoMatch.NEVER:
                verdict = found
        return verdict

    def decode(self, data: bytes, pending: Request | None) -> Frame:
        """Read exactly one frame: the answer to `pending`, or a report.

        Raises:
            FrameError: it is neither.
        """
        if pending is not None and data[:1] != bytes([REPORT]):
            return self._answer(data, pending)
        _check(data, REPORT, SHORT_FRAME)
        board, channel, status = data[1], data[2], data[3]
        options = self._boards.get(board)
        if options is None:
            raise WrongBoard(board, min(self._boards, default=0))
        if not 1 <= channel <= options.channels:
            raise WrongChannel(channel, options.channels)
        return DoorReport(board, channel, _state(options, _status_bit(status)), data)

    def _answer(self, data: bytes, pending: Request) -> Frame:
        options = self._options(pending.board)
        if pending.kind is RequestKind.UNLOCK:
            _check(data, UNLOCK, SHORT_FRAME)
            _check_board(data, pending)
            if data[2] != pending.channel:
                raise WrongChannel(data[2], pending.channel)
            _status_bit(data[3])  # its meaning is left alone: only a poll tells of the door
            return UnlockAnswer(pending.board, pending.channel, data)
        _check(data, READ, STATUS_OVERHEAD + options.status_size)
        _check_board(data, pending)
        if data[-2] != FUNCTION_READ:
            raise BadStatus(data[-2])
        return StatusAnswer(pending.board, _states(options, data[2:-2]), data)

    def _options(self, board: int) -> BoardOptions:
        try:
            return self._boards[board]
        except KeyError:
            raise ValueError(f"no board {board} on this port") from None

    def _patterns(self, data: bytes, pending: Request | None) -> list[_Pattern]:
        """List what may begin here; the check byte is left out of each pattern."""
        patterns = [self._report_pattern(data)]
        if pending is not None and pending.kind is RequestKind.UNLOCK:
            patterns.append(
                (_one(UNLOCK), _one(pending.board), _one(pending.channel), _EITHER_STATUS)
            )
        elif pending is not None:
            size = self._options(pending.board).status_size
            anything: _Pattern = (_ANY,) * size
            patterns.append(
                (_one(READ), _one(pending.board), *anything, _one(FUNCTION_READ)),
            )
        return patterns

    def _report_pattern(self, data: bytes) -> _Pattern:
        options = self._boards.get(data[1]) if len(data) > 1 else None
        channels = options.channels if options else 0
        return (
            _one(REPORT),
            frozenset(self._boards),
            frozenset(range(1, channels + 1)),
            _EITHER_STATUS,
        )


#: One set of allowed values for each byte before the check byte.
_Pattern = tuple[frozenset[int], ...]
_ANY = frozenset(range(256))
_EITHER_STATUS = frozenset((ST_ZERO, ST_ONE))


def _one(value: int) -> frozenset[int]:
    return frozenset((value,))


def _compare(data: bytes, pattern: _Pattern) -> NoMatch | None:
    """Hold bytes against a pattern; None is a match."""
    if any(byte not in allowed for byte, allowed in zip(data, pattern, strict=False)):
        return NoMatch.NEVER
    size = len(pattern)
    if len(data) <= size:
        return NoMatch.NEED_MORE
    return None if bcc(data[:size]) == data[size] else NoMatch.BAD_CHECKSUM


def _check(data: bytes, header: int, length: int) -> None:
    if len(data) != length:
        raise BadLength(len(data), length)
    if data[0] != header:
        raise BadHeader(data[0], header)
    if bcc(data[:-1]) != data[-1]:
        raise BadChecksum(data[-1], bcc(data[:-1]))


def _check_board(data: bytes, pending: Request) -> None:
    if data[1] != pending.board:
        raise WrongBoard(data[1], pending.board)


def _status_bit(status: int) -> bool:
    if status not in _EITHER_STATUS:
        raise BadStatus(status)
    return status == ST_ONE


def _state(options: BoardOptions, one: bool) -> DoorState:
    """Apply the polarity: the one place that knows what a 1 means."""
    closed = one if options.polarity is Polarity.ONE_IS_CLOSED else not one
    return DoorState.CLOSED if closed else DoorState.OPEN


def _states(options: BoardOptions, status: bytes) -> tuple[DoorState, ...]:
    if options.status_order is StatusOrder.LOW_FIRST:
        status = status[::-1]
    bits = int.from_bytes(status, "big")
    return tuple(_state(options, bool(bits >> n & 1)) for n in range(options.channels))
