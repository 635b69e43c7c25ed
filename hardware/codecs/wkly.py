"""The "WKLY" lock board protocol (57 4B 4C 59): lockers and vending machines, with reports.

Physical layer: RS485 or TTL, 9600 8N1. `wkly_frames` has every frame, its sources, and frames
in words; here is what the bus speaks: unlock one (82), read all (84), reports (85).

Traps that shape this module:

- Some boards never answer an unlock, others do: silence says nothing, and the wait is short.
- A frame names its own length, so a broken one could claim any. Only lengths that the
  pending request allows are waited for.
- Boards exist whose header begins with 53, and their check byte may be of 53 or of 57. Both
  are taken in an answer: what one flipped bit could turn into the other's check byte never
  fits an answer's other bytes. A report is less strict, a flipped channel is a channel too,
  so there the check byte must be that of the bytes received.
- A failure (FF) is said by a board that is well: neither silence nor an unlock. One channel
  that fails in a status of all leaves the others told.
"""

from __future__ import annotations

from collections.abc import Iterable

from hardware.codecs.boards import PortBoards
from hardware.codecs.checksums import Seal, by_xor
from hardware.codecs.driver import (
    DoorReport,
    FaultAnswer,
    Frame,
    NoMatch,
    Request,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.errors import (
    BadByte,
    BadChecksum,
    BadHeader,
    BadLength,
    BadStatus,
    FrameError,
    WrongBoard,
    WrongChannel,
)
from hardware.codecs.protocol import Order, ProtocolSpec
from hardware.codecs.sensing import door_state
from hardware.codecs.shapes import Allowed, Shape, among, compare_all, one
from hardware.codecs.wkly_frames import (
    ADDRESSES,
    DATA,
    FAULTY_HEADER,
    HEADER,
    MOST_CHANNELS,
    ORDERS,
    OVERHEAD,
    READ_ALL,
    REPORT,
    SEALS,
    STATE_UNKNOWN,
    STATES,
    STATUS_FAILED,
    STATUS_HEAD,
    STATUS_OK,
    UNLOCK,
    WklyOptions,
    decode,
    encode,
    shape,
    state_of,
    told_channels,
)

#: How long a board that answers an unlock at all is waited for; assumed, as for a read.
UNLOCK_REPLY_SECONDS = 0.3
#: How long a board may take to answer a read; assumed, as for 8A.
READ_REPLY_SECONDS = 0.3

_STATE = among(STATES)
_STATE_OF_MANY = among((*STATES, STATE_UNKNOWN))


class Wkly(PortBoards[WklyOptions]):
    """The WKLY driver for the boards of one port, each with its own options."""

    #: Some boards answer an unlock and others never do.
    unlock_replies = UnlockReplies.MAYBE
    unlock_reply_seconds = UNLOCK_REPLY_SECONDS
    read_reply_seconds = READ_REPLY_SECONDS

    def frame_of(self, order: Order, options: WklyOptions) -> bytes:
        """Make one request frame."""
        return encode(order, options)

    def match(self, data: bytes, pending: Request | None) -> Frame | NoMatch:
        """Tell what frame `data` begins with, given the request awaiting its answer."""
        found = compare_all(data, self._shapes(data, pending))
        return found if isinstance(found, NoMatch) else self.decode(data[: found.size], pending)

    def decode(self, data: bytes, pending: Request | None) -> Frame:
        """Read exactly one frame: the answer to `pending`, or a report.

        Raises:
            FrameError: it is neither.
        """
        _check_frame(data)
        if data[6] == REPORT:
            return self._report(data)
        if pending is None:
            raise FrameError("nothing was asked, and this is no report")
        if data[5] != pending.board or pending.board not in self._boards:
            raise WrongBoard(data[5], pending.board)
        match pending.kind:
            case RequestKind.UNLOCK:
                return self._unlock_answer(data, pending)
            case RequestKind.READ_ALL:
                return self._status(data, pending)
            case kind:
                raise FrameError(f"these boards do not answer {kind.value!r}")

    def _report(self, data: bytes) -> DoorReport:
        options = self._boards.get(data[5])
        if options is None:
            raise WrongBoard(data[5], min(self._boards, default=0))
        if len(data) != OVERHEAD + 2:
            raise BadLength(len(data), OVERHEAD + 2)
        if by_xor(data[:-1]) != data[-1:]:
            raise BadChecksum.of_bytes(data[-1:], by_xor(data[:-1]))
        channel, state = data[DATA], data[DATA + 1]
        if not 1 <= channel <= options.channels:
            raise WrongChannel(channel, options.channels)
        if state not in STATES:
            raise BadStatus(state)
        return DoorReport(data[5], channel, door_state(bool(state), options.polarity), data)

    def _unlock_answer(self, data: bytes, pending: Request) -> Frame:
        _check_command(data, UNLOCK)
        if len(data) != OVERHEAD + 3:
            raise BadLength(len(data), OVERHEAD + 3)
        status, channel, state = data[DATA], data[DATA + 1], data[DATA + 2]
        if channel != pending.channel:
            raise WrongChannel(channel, pending.channel)
        if status == STATUS_FAILED:
            return FaultAnswer(pending.board, channel, "failed", data)
        if status != STATUS_OK or state not in STATES:
            raise BadStatus(state if status == STATUS_OK else status)
        return UnlockAnswer(pending.board, channel, data)

    def _status(self, data: bytes, pending: Request) -> Frame:
        _check_command(data, READ_ALL)
        options = self.options(pending.board)
        count = told_channels(data)
        if count is None:
            raise BadLength(len(data), OVERHEAD + STATUS_HEAD + options.channels)
        status, states = data[DATA], data[DATA + STATUS_HEAD : -1]
        if data[DATA + 1] != count:
            raise BadByte(DATA + 2, data[DATA + 1])
        if status == STATUS_FAILED:
            return FaultAnswer(pending.board, 0, "failed", data)
        if status != STATUS_OK:
            raise BadStatus(status)
        told = tuple(state_of(state, options.polarity) for state in states)
        if count < options.channels:
            reason = f"tells of {count} channels, {options.channels} are configured"
            return FaultAnswer(pending.board, 0, reason, data)
        return StatusAnswer(pending.board, told[: options.channels], data)

    def _shapes(self, data: bytes, pending: Request | None) -> Iterable[Shape]:
        """List what may begin here; nothing, where no header does."""
        reporting = self._reporting(data)
        for header, seals in SEALS.items():
            if data[: len(header)] != header[: len(data)]:
                continue
            yield shape(among(self._boards), REPORT, *reporting, header=header)
            if pending is None or pending.board not in self._boards:
                continue
            for seal in seals:
                yield from _answers(data, pending, header, seal)

    def _reporting(self, data: bytes) -> tuple[Allowed, Allowed]:
        options = self._boards.get(data[5]) if len(data) > 5 else None
        channels = options.channels if options else MOST_CHANNELS
        return among(range(1, channels + 1)), _STATE


def _answers(data: bytes, pending: Request, header: bytes, seal: Seal) -> Iterable[Shape]:
    """List the answers; a failure leaves its states unsaid, so they may be anything."""
    board = one(pending.board)
    ok, failed, anything = one(STATUS_OK), one(STATUS_FAILED), among(range(256))
    if pending.kind is RequestKind.UNLOCK:
        channel = one(pending.channel)
        for status, state in ((ok, _STATE), (failed, anything)):
            yield shape(board, UNLOCK, status, channel, state, header=header, seal=seal)
    if pending.kind is not RequestKind.READ_ALL:
        return
    count = told_channels(data)
    for status, state in ((ok, _STATE_OF_MANY), (failed, anything)):
        if count is None:
            # Where LEN is still to come, any length may be meant.
            if len(data) <= len(HEADER):
                yield shape(board, READ_ALL, status, one(0), header=header, seal=seal)
            continue
        states = (state,) * count
        yield shape(board, READ_ALL, status, one(count), *states, header=header, seal=seal)


def _check_frame(data: bytes) -> None:
    """Refuse what is no frame at all; how a 53 header is sealed is left open here."""
    if len(data) < OVERHEAD:
        raise BadLength(len(data), OVERHEAD)
    if data[: len(HEADER)] not in SEALS:
        wrong = next(i for i, byte in enumerate(HEADER) if data[i] != byte)
        if wrong == 0 and data[0] != FAULTY_HEADER[0]:
            raise BadHeader(data[0], HEADER[0], FAULTY_HEADER[0])
        raise BadByte(wrong + 1, data[wrong])
    if data[len(HEADER)] != len(data):
        raise BadLength(len(data), data[len(HEADER)])
    expected = [seal(data[:-1]) for seal in SEALS[data[: len(HEADER)]]]
    if data[-1:] not in expected:
        raise BadChecksum.of_bytes(data[-1:], expected[0])


def _check_command(data: bytes, command: int) -> None:
    if data[6] != command:
        raise BadByte(7, data[6])


PROTOCOL = ProtocolSpec(
    name="wkly",
    title='"WKLY" boards (57 4B 4C 59): lockers and vending machines, EasyIot and others',
    bauds=(9600, 19200, 38400, 57600, 115200),
    addresses=ADDRESSES,
    options=WklyOptions,
    driver=Wkly,
    decode=decode,
    encode=encode,
    orders=ORDERS,
    unlock_replies=UnlockReplies.MAYBE,
)
