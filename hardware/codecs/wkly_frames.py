"""The frames of the "WKLY" protocol: its bytes, a board's options, frames in words and back.

    57 4B 4C 59  LEN  BD  CMD  data..  CK

LEN counts the whole frame, BD is the board's address from 00, CK the XOR of every byte
before it, the four of the header and LEN too. (A README says "of address, command, channel":
that is the same for frames of nine bytes and wrong for all others.)

    CMD               request data     reply data
    80  unlock many   n, n channels    status
    81  blink         channel          status, channel
    82  unlock        channel          status, channel, state (one maker's boards: none)
    83  read one      channel          status, channel, state
    84  read all      -                status, count, one state a channel
    85  report, unasked                channel, state
    86  unlock all    -                status
    87  in turn       n, n channels    status
    88  hold on       channel          status, channel (assumed)
    89  hold off      channel          status, channel (assumed)

Status is 00 or FF for failed; a state is 00 for open or 01 for closed, and the reverse on
some boards; FF for a channel that failed (one source). Some boards send 53 for the header's
first byte against their own document. It is not public whether their CK covers the 53 they
send or the 57 they mean. Channels are assumed to count from 1.

Sources: public drivers of EasyIot's lockers with their tests, Arcen's for a Raspberry Pi,
cnbaosi's (the reverse polarity). 88 and 89 are read and never made: a held coil burns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.codecs import orders
from hardware.codecs.checksums import Seal, by_xor
from hardware.codecs.errors import BadStatus
from hardware.codecs.meanings import FrameKind, read_meanings, read_pending
from hardware.codecs.protocol import BoardOptions, Direction, Meaning, Order, Polarity
from hardware.codecs.sensing import by_channel, door_state
from hardware.codecs.shapes import ANY, Allowed, Shape, among, literally, one
from realtime.wire.terminal import DoorState

HEADER = bytes.fromhex("574b4c59")
#: What some boards send instead, though their document says otherwise.
FAULTY_HEADER = bytes.fromhex("534b4c59")

UNLOCK_MANY = 0x80
BLINK = 0x81
UNLOCK = 0x82
READ_ONE = 0x83
READ_ALL = 0x84
REPORT = 0x85
UNLOCK_ALL = 0x86
UNLOCK_IN_TURN = 0x87
HOLD_ON = 0x88
HOLD_OFF = 0x89

STATUS_OK = 0x00
STATUS_FAILED = 0xFF
EITHER_STATUS: Allowed = among((STATUS_OK, STATUS_FAILED))
STATES = range(2)
#: The state of a channel that the board could not read, in a status of all.
STATE_UNKNOWN = 0xFF

#: Header, LEN, BD, CMD and CK: a frame without data.
OVERHEAD = 8
#: Where data begins.
DATA = 7
#: Status and count of a read-all's reply, before its states.
STATUS_HEAD = 2
#: Channels that a frame of this codec may tell of. LEN has room for more; no board has it.
MOST_CHANNELS = 64

ADDRESSES = range(256)

ORDERS = ("read_all", "read_one", "unlock", "unlock_many", "unlock_all", "unlock_in_turn", "blink")

_WITH_CHANNEL = {
    "blink": BLINK,
    "unlock": UNLOCK,
    "read_one": READ_ONE,
    "hold_on": HOLD_ON,
    "hold_off": HOLD_OFF,
}
_WITHOUT_DATA = {"read_all": READ_ALL, "unlock_all": UNLOCK_ALL}
_WITH_CHANNELS = {"unlock_many": UNLOCK_MANY, "unlock_in_turn": UNLOCK_IN_TURN}
_STATUS_ONLY = (UNLOCK_MANY, UNLOCK_ALL, UNLOCK_IN_TURN)
_STATUS_AND_CHANNEL = {BLINK: "blink_answer", HOLD_ON: "hold_answer", HOLD_OFF: "hold_answer"}


class WklyOptions(BoardOptions, frozen=True, kw_only=True):
    """How one WKLY board is built and wired."""

    channels: int = 24
    polarity: Polarity = Polarity.ONE_IS_CLOSED

    def __post_init__(self) -> None:
        """Refuse what no board is."""
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise ValueError(f"channels: expected 1 to {MOST_CHANNELS}")


def by_xor_as_meant(body: bytes) -> bytes:
    """Seal a frame whose header begins with 53 as though it were the 57 that is meant."""
    return by_xor(HEADER[:1] + body[1:])


#: How a header may be sealed, where the whole frame is strict enough to bear two ways.
SEALS: dict[bytes, tuple[Seal, ...]] = {
    HEADER: (by_xor,),
    FAULTY_HEADER: (by_xor, by_xor_as_meant),
}


def shape(
    board: Allowed, command: int, *data: Allowed, header: bytes = HEADER, seal: Seal = by_xor
) -> Shape:
    """Make the shape of one frame; LEN follows from its data."""
    size = OVERHEAD + len(data)
    return Shape((*literally(header), one(size), board, one(command), *data), seal)


def request(board: int, command: int, *data: int) -> bytes:
    """Make a request frame."""
    body = bytes((*HEADER, OVERHEAD + len(data), board, command, *data))
    return body + by_xor(body)


def state_of(state: int, polarity: Polarity) -> DoorState:
    """Tell what one state byte says of its door.

    Raises:
        BadStatus: it is none.
    """
    if state == STATE_UNKNOWN:
        return DoorState.UNKNOWN
    if state not in STATES:
        raise BadStatus(state)
    return door_state(bool(state), polarity)


def told_channels(data: bytes) -> int | None:
    """Count the states that a read-all's reply of this LEN has; None if it cannot be one."""
    if len(data) <= len(HEADER):
        return None
    count = data[len(HEADER)] - OVERHEAD - STATUS_HEAD
    return count if 0 <= count <= MOST_CHANNELS else None


def decode(data: bytes, pending: bytes | None, options: WklyOptions) -> list[Meaning]:
    """Read whole frames back to back, requests and replies alike.

    Raises:
        FrameError: they are not whole frames, or `pending` is not one request.
    """
    words = _Words(options)
    read_pending(pending, words.kinds)
    return read_meanings(data, words.kinds)


def encode(order: Order, options: WklyOptions) -> bytes:
    """Make one request frame.

    Raises:
        ValueError: a field is wrong; the text begins with its name.
    """
    orders.check_what(order, ORDERS)
    orders.check_board(order, ADDRESSES)
    if order.what in _WITHOUT_DATA:
        orders.refuse_beside(order)
        return request(order.board, _WITHOUT_DATA[order.what])
    if order.what in _WITH_CHANNEL:
        orders.refuse_beside(order, "channel")
        channel = orders.channel_of(order, options.channels)
        return request(order.board, _WITH_CHANNEL[order.what], channel)
    orders.refuse_beside(order, "channels")
    channels = orders.channels_of(order, options.channels)
    if order.what == "unlock_in_turn":
        channels = order.channels  # in the turn that was said
    return request(order.board, _WITH_CHANNELS[order.what], len(channels), *channels)


@dataclass(frozen=True, slots=True)
class _Words:
    """All kinds of WKLY frames in words, for one board's options."""

    options: WklyOptions

    def kinds(self, data: bytes) -> Iterator[FrameKind]:
        """List what may begin here; LEN settles how many channels are told of."""
        yield from self._requests(data)
        headers = (FAULTY_HEADER,) if data[:1] == FAULTY_HEADER[:1] else (HEADER,)
        for header in headers:
            for seal in SEALS[header]:
                yield from self._from_boards(data, header, seal)

    def _requests(self, data: bytes) -> Iterator[FrameKind]:
        for what, command in _WITH_CHANNEL.items():
            yield FrameKind(shape(ANY, command, ANY), _Asked(what).tell)
        for what, command in _WITHOUT_DATA.items():
            yield FrameKind(shape(ANY, command), _Asked(what).tell)
        count = (told_channels(data) or 0) + 1
        for what, command in _WITH_CHANNELS.items():
            several = shape(ANY, command, one(count), *(ANY,) * count)
            yield FrameKind(several, _Asked(what).tell_channels)

    def _from_boards(self, data: bytes, header: bytes, seal: Seal) -> Iterator[FrameKind]:
        def of(command: int, *rest: Allowed) -> Shape:
            return shape(ANY, command, *rest, header=header, seal=seal)

        yield FrameKind(of(REPORT, ANY, among(STATES)), self._tell_report)
        yield FrameKind(of(UNLOCK, EITHER_STATUS, ANY, ANY), self._tell_unlock_answer)
        yield FrameKind(of(READ_ONE, EITHER_STATUS, ANY, ANY), self._tell_status_of_one)
        for command in _STATUS_ONLY:
            yield FrameKind(of(command, EITHER_STATUS), self._tell_unlock_answer)
        for command, what in _STATUS_AND_CHANNEL.items():
            yield FrameKind(of(command, EITHER_STATUS, ANY), _Told(what).tell)
        count = told_channels(data)
        if count is not None:
            states = (ANY,) * count
            yield FrameKind(
                of(READ_ALL, EITHER_STATUS, one(count), *states), self._tell_status_of_all
            )

    def _tell_report(self, frame: bytes) -> Meaning:
        fields = {"doors": self._doors(frame[DATA + 1 : -1], frame[DATA]), **_oddness(frame)}
        return Meaning(Direction.REPORT, "report", frame, frame[5], frame[DATA], fields)

    def _tell_unlock_answer(self, frame: bytes) -> Meaning:
        channel = frame[DATA + 1] if len(frame) > OVERHEAD + 1 else None
        states = frame[DATA + 2 : -1]
        fields = {**_outcome(frame)}
        if fields["ok"] and channel is not None:
            # At the time of the answer; only a poll tells of the door.
            fields["doors"] = self._doors(states, channel)
        return Meaning(Direction.REPLY, "unlock_answer", frame, frame[5], channel, fields)

    def _tell_status_of_one(self, frame: bytes) -> Meaning:
        channel, fields = frame[DATA + 1], _outcome(frame)
        if fields["ok"]:
            fields["doors"] = self._doors(frame[DATA + 2 : -1], channel)
        return Meaning(Direction.REPLY, "status", frame, frame[5], channel, fields)

    def _tell_status_of_all(self, frame: bytes) -> Meaning:
        fields = _outcome(frame)
        if fields["ok"]:
            fields["doors"] = self._doors(frame[DATA + STATUS_HEAD : -1], 1)
        return Meaning(Direction.REPLY, "status", frame, frame[5], None, fields)

    def _doors(self, states: bytes, first: int) -> dict[str, object]:
        polarity = self.options.polarity
        return by_channel((state_of(s, polarity).value for s in states), first)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request in words."""

    what: str

    def tell(self, frame: bytes) -> Meaning:
        channel = frame[DATA] if len(frame) > OVERHEAD else None
        return Meaning(Direction.REQUEST, self.what, frame, frame[5], channel)

    def tell_channels(self, frame: bytes) -> Meaning:
        fields = {"channels": list(frame[DATA + 1 : -1])}
        return Meaning(Direction.REQUEST, self.what, frame, frame[5], None, fields)


@dataclass(frozen=True, slots=True)
class _Told:
    """A reply of status and channel, in words."""

    what: str

    def tell(self, frame: bytes) -> Meaning:
        fields = _outcome(frame)
        return Meaning(Direction.REPLY, self.what, frame, frame[5], frame[DATA + 1], fields)


def _outcome(frame: bytes) -> dict[str, object]:
    return {"ok": frame[DATA] == STATUS_OK, **_oddness(frame)}


def _oddness(frame: bytes) -> dict[str, object]:
    return {"header": "faulty"} if frame.startswith(FAULTY_HEADER) else {}
