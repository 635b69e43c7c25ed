"""The "8A" lock board protocol: widespread Chinese boards of 8 to 24, or 50, channels.

Physical layer: RS485 or TTL, 9600 8N1, no flow control. The host asks, the board answers;
some firmwares also report doors unasked. `eight_a_frames` has every frame, its sources, and
frames in words; here is what the bus speaks: unlock one, read all, reports.

Traps that shape this module:

- The length is not in the frame: a 7-byte answer may begin with a valid 5-byte frame. Only
  the pending request tells which is meant, so a frame is matched on exact length.
- An unlock's answer with ST = 11 is byte for byte the request. On a line with local echo
  nothing tells them apart, hence exact stripping of echoes in the receiver.
- What a 1 bit means depends on how the feedback contact is wired; `sensing` applies it.
- The layout of the 82 report is by analogy. It is accepted, and nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardware.codecs.boards import PortBoards
from hardware.codecs.checksums import xor_of
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
from hardware.codecs.eight_a_frames import (
    BOARDS,
    EITHER_STATUS,
    FUNCTION_READ,
    ORDERS,
    READ,
    REPORT,
    SHORT_FRAME,
    ST_ONE,
    STATUS_OVERHEAD,
    UNLOCK,
    EightAOptions,
    decode,
    encode,
    shape,
    status_mask,
)
from hardware.codecs.errors import (
    BadChecksum,
    BadHeader,
    BadLength,
    BadStatus,
    FrameError,
    WrongBoard,
    WrongChannel,
)
from hardware.codecs.protocol import Order, ProtocolSpec
from hardware.codecs.sensing import door_state, door_states
from hardware.codecs.shapes import ANY, Shape, among, compare_all, one

#: How long a board may take to answer an unlock (one datasheet: 1 s for the lock to open).
UNLOCK_REPLY_SECONDS = 1.0
#: How long a board may take to answer a read.
READ_REPLY_SECONDS = 0.3


class EightA(PortBoards[EightAOptions]):
    """The 8A driver for the boards of one port, each with its own options."""

    #: Boards of this protocol answer an unlock.
    unlock_replies = UnlockReplies.YES
    unlock_reply_seconds = UNLOCK_REPLY_SECONDS
    read_reply_seconds = READ_REPLY_SECONDS

    def frame_of(self, order: Order, options: EightAOptions) -> bytes:
        """Make one request frame."""
        return encode(order, options)

    def match(self, data: bytes, pending: Request | None) -> Frame | NoMatch:
        """Tell what frame `data` begins with, given the request awaiting its answer."""
        shapes = [self._report_shape(data), *self._answer_shapes(pending)]
        found = compare_all(data, shapes)
        return found if isinstance(found, NoMatch) else self.decode(data[: found.size], pending)

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
        return DoorReport(board, channel, door_state(_status_bit(status), options.polarity), data)

    def _answer(self, data: bytes, pending: Request) -> Frame:
        options = self._boards.get(pending.board)
        if options is None:
            raise WrongBoard(pending.board, min(self._boards, default=0))
        if pending.kind is RequestKind.UNLOCK:
            _check(data, UNLOCK, SHORT_FRAME)
            _check_board(data, pending)
            if data[2] != pending.channel:
                raise WrongChannel(data[2], pending.channel)
            _status_bit(data[3])  # its meaning is left alone: only a poll tells of the door
            return UnlockAnswer(pending.board, pending.channel, data)
        if pending.kind is not RequestKind.READ_ALL:
            raise FrameError(f"these boards do not answer {pending.kind.value!r}")
        _check(data, READ, STATUS_OVERHEAD + options.status_size)
        _check_board(data, pending)
        if data[-2] != FUNCTION_READ:
            raise BadStatus(data[-2])
        mask = status_mask(data[2:-2], options.status_order)
        states = door_states(mask, options.channels, options.polarity)
        return StatusAnswer(pending.board, states, data)

    def _answer_shapes(self, pending: Request | None) -> Iterator[Shape]:
        options = self._boards.get(pending.board) if pending is not None else None
        if pending is None or options is None:
            return
        board = one(pending.board)
        if pending.kind is RequestKind.UNLOCK:
            yield shape(UNLOCK, board, one(pending.channel), EITHER_STATUS)
        elif pending.kind is RequestKind.READ_ALL:
            yield shape(READ, board, *(ANY,) * options.status_size, one(FUNCTION_READ))

    def _report_shape(self, data: bytes) -> Shape:
        options = self._boards.get(data[1]) if len(data) > 1 else None
        channels = among(range(1, options.channels + 1)) if options else ANY
        return shape(REPORT, among(self._boards), channels, EITHER_STATUS)


PROTOCOL = ProtocolSpec(
    name="8a",
    title="8A boards: 8 to 32 or 50 channels, many Chinese makers",
    bauds=(9600, 19200, 57600, 115200),
    addresses=BOARDS,
    options=EightAOptions,
    driver=EightA,
    decode=decode,
    encode=encode,
    orders=ORDERS,
    unlock_replies=UnlockReplies.YES,
)


def _check(data: bytes, header: int, length: int) -> None:
    if len(data) != length:
        raise BadLength(len(data), length)
    if data[0] != header:
        raise BadHeader(data[0], header)
    if xor_of(data[:-1]) != data[-1]:
        raise BadChecksum(data[-1], xor_of(data[:-1]))


def _check_board(data: bytes, pending: Request) -> None:
    if data[1] != pending.board:
        raise WrongBoard(data[1], pending.board)


def _status_bit(status: int) -> bool:
    if status not in EITHER_STATUS:
        raise BadStatus(status)
    return status == ST_ONE
