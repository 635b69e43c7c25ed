"""The frames of the "8A" protocol: its bytes, a board's options, frames in words and back.

BD is the board's DIP address, LK the channel from 1, ST a status of 00 or 11, S a byte of
eight doors or channels, BCC the XOR of every byte before it.

    unlock one        8A BD LK 11 BCC           reply  8A BD LK ST BCC
    with pulse time   8A BD LK 11 SS BCC               the same (SS: 1-9 s, else 300 ms)
    unlock all        8A BD 00 11 BCC                  8A BD 00 ST BCC
    unlock many       90 BD S S S BCC                  begins with 90; taken as an echo of it
                      90 BD S S S S S S S BCC          (50 channels; bit 0 of the first S is 1)
    read one          80 BD LK 33 BCC                  80 BD LK ST BCC
    read all          80 BD 00 33 BCC                  80 BD S..S 33 BCC
    report, unasked                                    82 BD LK ST BCC
    hold power        9A BD LK FN BCC                  five bytes (FN: 10 or 11)
    let go            9B BD LK FN BCC                  five bytes
    test, opens all   9D BD XX FN BCC                  unknown

The last three are read and never made: a coil that stays energised burns, and the sources
contradict each other about FN and XX.

Sources: the vendor's notes as quoted on CSDN (ST table, polarity), the 2021 document as
implemented by FACE and by Open-Locker (byte order, 7-byte answer of an 8-channel board),
and a 50-channel implementation (7 status bytes, the other byte order). No capture of a
whole 82 frame is public; its layout is by analogy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hardware.codecs import orders
from hardware.codecs.checksums import by_xor
from hardware.codecs.meanings import FrameKind, Kinds, read_meanings, read_pending
from hardware.codecs.protocol import BoardOptions, Direction, Meaning, Order, Polarity
from hardware.codecs.sensing import bits_of, by_channel, door_state, door_states
from hardware.codecs.shapes import ANY, Allowed, Shape, among, one

#: First byte of an unlock and of its answer.
UNLOCK = 0x8A
#: First byte of an unlock of many, and of its answer.
UNLOCK_MANY = 0x90
#: First byte of a read and of its answer.
READ = 0x80
#: First byte of an unasked report.
REPORT = 0x82
#: First bytes of what is read and never made.
HOLD_ON, HOLD_OFF, TEST = 0x9A, 0x9B, 0x9D

#: Function byte of an unlock.
FUNCTION_UNLOCK = 0x11
#: Function byte of a read; also the byte before the checksum of a read-all answer.
FUNCTION_READ = 0x33

#: Both values that a status byte ST may have.
ST_ZERO = 0x00
ST_ONE = 0x11
EITHER_STATUS: Allowed = among((ST_ZERO, ST_ONE))

#: Unlock answers, reports and most requests: header, board, channel, ST or function, BCC.
SHORT_FRAME = 5
#: A read-all answer without its status bytes: header, board, function, BCC.
STATUS_OVERHEAD = 4

#: Addresses that the DIP switch can set.
BOARDS = range(1, 100)
#: Pulse times that fit the 6-byte unlock, seconds.
PULSES = range(1, 10)
#: Channel counts of the boards that are made: up to 32, or 50.
CHANNELS = (*range(1, 33), 50)
#: Status bytes that a read-all answer may have.
STATUS_SIZES = range(3, 8)

ORDERS = ("read_all", "read_one", "unlock", "unlock_many", "unlock_all")

#: Sizes that were seen; a frame of another than the board's own is read, if none else fits.
_SEEN_STATUS_SIZES = (3, 4, 7)
_MASK_SIZES = (3, 7)
_LIKELY, _UNLIKELY = 2, 3


class StatusOrder(StrEnum):
    """Which status byte carries channels 1-8."""

    HIGH_FIRST = "high_first"  #: the last one (vendor's document, captures)
    LOW_FIRST = "low_first"  #: the first one (a 24- and 50-channel implementation)


class EightAOptions(BoardOptions, frozen=True, kw_only=True):
    """How one 8A board is built and wired."""

    channels: int = 24
    polarity: Polarity = Polarity.ONE_IS_CLOSED
    status_order: StatusOrder = StatusOrder.HIGH_FIRST
    #: Status bytes of a read-all answer; 3 up to 24 channels, 7 above, unless told.
    status_bytes: int | None = None
    #: Pulse time, seconds; None leaves the board's own 300 ms.
    pulse_seconds: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no board is."""
        if self.channels not in CHANNELS:
            raise ValueError("channels: expected 1 to 32, or 50")
        if self.status_bytes is not None:
            if self.status_bytes not in STATUS_SIZES:
                raise ValueError("status_bytes: expected 3 to 7")
            if self.status_bytes * 8 < self.channels:
                raise ValueError(f"status_bytes: too few for {self.channels} channels")
        if self.pulse_seconds is not None and self.pulse_seconds not in PULSES:
            raise ValueError("pulse_seconds: expected 1 to 9")

    @property
    def status_size(self) -> int:
        """Count the status bytes of a read-all answer."""
        return self.mask_size if self.status_bytes is None else self.status_bytes

    @property
    def mask_size(self) -> int:
        """Count the bytes that name the channels of an unlock of many."""
        return 3 if self.channels <= 24 else 7


def sealed(*body: int) -> bytes:
    """Put the BCC behind a frame's bytes."""
    return bytes(body) + by_xor(bytes(body))


def shape(header: int, *rest: Allowed) -> Shape:
    """Make the shape of a frame that is sealed by XOR."""
    return Shape((one(header), *rest), by_xor)


def status_mask(status: bytes, order: StatusOrder) -> int:
    """Make one number of the status bytes; bit 0 is channel 1."""
    return int.from_bytes(status, "big" if order is StatusOrder.HIGH_FIRST else "little")


def decode(data: bytes, pending: bytes | None, options: EightAOptions) -> list[Meaning]:
    """Read whole frames back to back, requests and replies alike.

    An unlock and its reply with ST = 11 are the same bytes. Without `pending` they are told
    as the request; `also` names what else they may be.

    Raises:
        FrameError: they are not whole frames, or `pending` is not one request.
    """
    asked = read_pending(pending, _Words(options, None).kinds)
    kinds: Kinds = _Words(options, asked).kinds
    return read_meanings(data, kinds)


def encode(order: Order, options: EightAOptions) -> bytes:
    """Make one request frame.

    Raises:
        ValueError: a field is wrong; the text begins with its name.
    """
    orders.check_what(order, ORDERS)
    orders.check_board(order, BOARDS)
    match order.what:
        case "unlock":
            orders.refuse_beside(order, "channel", "seconds")
            channel = orders.channel_of(order, options.channels)
            seconds = orders.whole_seconds_of(order, PULSES) or options.pulse_seconds
            pulse = () if seconds is None else (seconds,)
            return sealed(UNLOCK, order.board, channel, FUNCTION_UNLOCK, *pulse)
        case "read_one":
            orders.refuse_beside(order, "channel")
            channel = orders.channel_of(order, options.channels)
            return sealed(READ, order.board, channel, FUNCTION_READ)
        case "unlock_many":
            orders.refuse_beside(order, "channels")
            mask = sum(1 << (n - 1) for n in orders.channels_of(order, options.channels))
            return sealed(UNLOCK_MANY, order.board, *mask.to_bytes(options.mask_size, "little"))
        case what:
            orders.refuse_beside(order)
            return (
                sealed(READ, order.board, 0, FUNCTION_READ)
                if what == "read_all"
                else sealed(UNLOCK, order.board, 0, FUNCTION_UNLOCK)
            )


_BOARD = among(BOARDS)
_CHANNEL = among(range(1, max(CHANNELS) + 1))
_CHANNEL_OR_ALL = among(range(max(CHANNELS) + 1))
#: What the sources give as the function byte of 9A and 9B.
_HOLD_FUNCTIONS = among((0x10, 0x11))


@dataclass(frozen=True, slots=True)
class _Words:
    """All kinds of 8A frames in words, for one board's options and one pending request."""

    options: EightAOptions
    asked: Meaning | None

    def kinds(self, data: bytes) -> Iterator[FrameKind]:
        """List the kinds; none depends on the bytes, since 8A frames carry no length."""
        del data
        function_unlock, function_read = one(FUNCTION_UNLOCK), one(FUNCTION_READ)
        seconds = among(PULSES)
        yield from (
            FrameKind(shape(UNLOCK, _BOARD, _CHANNEL_OR_ALL, EITHER_STATUS), self._unlock),
            FrameKind(shape(READ, _BOARD, _CHANNEL, EITHER_STATUS), self._status_of_one),
            FrameKind(shape(READ, _BOARD, _CHANNEL_OR_ALL, function_read), self._read),
            FrameKind(shape(UNLOCK, _BOARD, _CHANNEL, function_unlock, seconds), self._timed),
            FrameKind(shape(REPORT, _BOARD, _CHANNEL, EITHER_STATUS), self._report),
            FrameKind(shape(HOLD_ON, _BOARD, _CHANNEL_OR_ALL, _HOLD_FUNCTIONS), self._hold),
            FrameKind(shape(HOLD_OFF, _BOARD, _CHANNEL_OR_ALL, _HOLD_FUNCTIONS), self._hold),
            FrameKind(shape(TEST, _BOARD, ANY, ANY), self._test),
        )
        own = self.options.status_size
        for size in (own, *(seen for seen in _SEEN_STATUS_SIZES if seen != own)):
            status = shape(READ, _BOARD, *(ANY,) * size, function_read)
            yield FrameKind(status, self._status_of_all, _LIKELY if size == own else _UNLIKELY)
        for size in _MASK_SIZES:
            many = shape(UNLOCK_MANY, _BOARD, *(ANY,) * size)
            is_own = size == self.options.mask_size
            yield FrameKind(many, self._unlock_many, _LIKELY if is_own else _UNLIKELY)

    # Unlocks and their replies

    def _unlock(self, frame: bytes) -> Meaning:
        channel = frame[2] or None
        what = "unlock" if channel else "unlock_all"
        if frame[3] == FUNCTION_UNLOCK and not self._answers(what, frame[1], channel):
            return Meaning(
                Direction.REQUEST, what, frame, frame[1], channel, {"also": "unlock_answer"}
            )
        # The vendor's table: the lock is open after the pulse, or not. Words, not evidence.
        fields: dict[str, object] = {
            "status": f"{frame[3]:02x}",
            "opened": self._state(frame[3]) == "open",
        }
        if frame[3] == FUNCTION_UNLOCK:
            fields["also"] = what
        return Meaning(Direction.REPLY, "unlock_answer", frame, frame[1], channel, fields)

    def _timed(self, frame: bytes) -> Meaning:
        fields = {"seconds": frame[4]}
        return Meaning(Direction.REQUEST, "unlock", frame, frame[1], frame[2], fields)

    def _unlock_many(self, frame: bytes) -> Meaning:
        mask = int.from_bytes(frame[2:-1], "little")
        bits = bits_of(mask, 8 * len(frame[2:-1]))
        fields: dict[str, object] = {"channels": [n for n, bit in enumerate(bits, 1) if bit]}
        if self._answers("unlock_many", frame[1], None):
            fields["also"] = "unlock_many"
            return Meaning(Direction.REPLY, "unlock_answer", frame, frame[1], None, fields)
        fields["also"] = "unlock_answer"
        return Meaning(Direction.REQUEST, "unlock_many", frame, frame[1], None, fields)

    def _hold(self, frame: bytes) -> Meaning:
        what = "hold_on" if frame[0] == HOLD_ON else "hold_off"
        return Meaning(Direction.REQUEST, what, frame, frame[1], frame[2] or None)

    def _test(self, frame: bytes) -> Meaning:
        return Meaning(Direction.REQUEST, "unlock_test", frame, frame[1])

    # Reads and their replies

    def _read(self, frame: bytes) -> Meaning:
        channel = frame[2] or None
        what = "read_one" if channel else "read_all"
        return Meaning(Direction.REQUEST, what, frame, frame[1], channel)

    def _status_of_one(self, frame: bytes) -> Meaning:
        fields = {"doors": by_channel([self._state(frame[3])], frame[2])}
        return Meaning(Direction.REPLY, "status", frame, frame[1], frame[2], fields)

    def _status_of_all(self, frame: bytes) -> Meaning:
        status, options = frame[2:-2], self.options
        channels = options.channels if len(status) == options.status_size else 8 * len(status)
        states = door_states(status_mask(status, options.status_order), channels, options.polarity)
        fields = {"doors": by_channel(state.value for state in states)}
        return Meaning(Direction.REPLY, "status", frame, frame[1], None, fields)

    def _report(self, frame: bytes) -> Meaning:
        fields = {"doors": by_channel([self._state(frame[3])], frame[2])}
        return Meaning(Direction.REPORT, "report", frame, frame[1], frame[2], fields)

    def _answers(self, what: str, board: int, channel: int | None) -> bool:
        asked = self.asked
        return asked is not None and (asked.what, asked.board, asked.channel) == (
            what,
            board,
            channel,
        )

    def _state(self, status: int) -> str:
        return door_state(status == ST_ONE, self.options.polarity).value
