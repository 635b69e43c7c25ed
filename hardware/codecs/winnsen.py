"""Winnsen V202104: boards of 16 locks whose frames carry no check bytes.

Physical layer: RS485, 9600 8N1. SS is the board's station by its DIP switch, LL the lock from
1, LO and HI a mask of locks 1-8 and 9-16. The byte after 90 counts the whole frame.

    unlock            90 06 05 SS LL 03       reply  90 07 85 SS LL ST 03    (01 ok, 00 failed)
    status            90 07 02 SS LO HI 03    reply  90 07 82 SS LO HI 03    (1 is open)

Source: one public driver for firmware V202104. Another one asks for the status with 12 and
gets 92, from stations 0 to 3; that variant is not spoken here.

Traps that shape this module:

- Nothing tells of a flipped bit. An answer is taken only if every byte that can be known is
  right: length, function, station, lock, end. The sixteen bits of a status cannot be known, so
  on a noisy line one reading may lie; the next one tells otherwise.
- 03 ends a frame, and is a lock, a station and a mask too: length alone delimits.
- 90 begins frames of the 8A family as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from hardware.codecs import orders
from hardware.codecs.asked import AskedOnly, Expected
from hardware.codecs.checksums import unsealed
from hardware.codecs.driver import (
    Answer,
    FaultAnswer,
    Request,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.meanings import FrameKind, read_meanings, read_pending
from hardware.codecs.protocol import (
    BoardOptions,
    Direction,
    Meaning,
    Order,
    Polarity,
    ProtocolSpec,
)
from hardware.codecs.sensing import bits_of, by_channel, door_states
from hardware.codecs.shapes import ANY, Allowed, Shape, among, one

HEADER = 0x90
END = 0x03

UNLOCK = 0x05
UNLOCK_ANSWER = 0x85
READ = 0x02
STATUS = 0x82

ST_OK = 0x01
ST_FAILED = 0x00

LOCKS = 16
EVERY_LOCK = (1 << LOCKS) - 1
#: Header, length, function, station and end.
OVERHEAD = 5
#: What the station's byte can carry; the switch sets fewer.
ADDRESSES = range(256)

#: The board says whether the lock moved, so it is given the time to (assumed, as for 8A).
UNLOCK_REPLY_SECONDS = 1.0
#: How long a board may take to answer a status (assumed, as for 8A).
READ_REPLY_SECONDS = 0.3

ORDERS = ("read_all", "read_one", "read_many", "unlock")

_LOCK = among(range(1, LOCKS + 1))
_EITHER_RESULT = among((ST_OK, ST_FAILED))


class WinnsenOptions(BoardOptions, frozen=True, kw_only=True):
    """How one Winnsen board is wired."""

    channels: int = LOCKS
    polarity: Polarity = Polarity.ONE_IS_OPEN

    def __post_init__(self) -> None:
        """Refuse what no board is."""
        if not 1 <= self.channels <= LOCKS:
            raise ValueError(f"channels: expected 1 to {LOCKS}")


class Winnsen(AskedOnly[WinnsenOptions]):
    """The driver for the Winnsen boards of one port."""

    addresses = ADDRESSES

    #: These boards answer an unlock.
    unlock_replies = UnlockReplies.YES
    unlock_reply_seconds = UNLOCK_REPLY_SECONDS
    read_reply_seconds = READ_REPLY_SECONDS

    def frame_of(self, order: Order, options: WinnsenOptions) -> bytes:
        """Make one request frame."""
        return encode(order, options)

    def expected(self, pending: Request, boards: Iterable[int]) -> list[Expected]:
        """List the one reply that each request has."""
        station = among(boards)
        if pending.kind is RequestKind.UNLOCK:
            reply = _shape(UNLOCK_ANSWER, station, one(pending.channel), _EITHER_RESULT)
            return [Expected(reply, _unlock_answer)]
        if pending.kind is RequestKind.READ_ALL:
            options = self.options(pending.board)
            return [Expected(_shape(STATUS, station, ANY, ANY), partial(_status, options))]
        return []


def _shape(function: int, station: Allowed, *data: Allowed) -> Shape:
    size = OVERHEAD + len(data)
    return Shape((one(HEADER), one(size), one(function), station, *data, one(END)), unsealed)


def _frame(function: int, station: int, *data: int) -> bytes:
    return bytes((HEADER, OVERHEAD + len(data), function, station, *data, END))


def _unlock_answer(frame: bytes) -> Answer:
    station, lock, result = frame[3:6]
    if result == ST_FAILED:
        return FaultAnswer(station, lock, "failed", frame)
    return UnlockAnswer(station, lock, frame)


def _mask(frame: bytes) -> int:
    return int.from_bytes(frame[4:6], "little")


def _status(options: WinnsenOptions, frame: bytes) -> Answer:
    states = door_states(_mask(frame), options.channels, options.polarity)
    return StatusAnswer(frame[3], states, frame)


def decode(data: bytes, pending: bytes | None, options: WinnsenOptions) -> list[Meaning]:
    """Read whole frames back to back, requests and replies alike.

    Raises:
        FrameError: they are not whole frames, or `pending` is not one request.
    """
    asked = read_pending(pending, _Words(options, None).kinds)
    return read_meanings(data, _Words(options, asked).kinds)


def encode(order: Order, options: WinnsenOptions) -> bytes:
    """Make one request frame.

    Raises:
        ValueError: a field is wrong; the text begins with its name.
    """
    orders.check_what(order, ORDERS)
    orders.check_board(order, ADDRESSES)
    match order.what:
        case "unlock":
            orders.refuse_beside(order, "channel")
            return _frame(UNLOCK, order.board, orders.channel_of(order, options.channels))
        case "read_one":
            orders.refuse_beside(order, "channel")
            mask = 1 << (orders.channel_of(order, options.channels) - 1)
        case "read_many":
            orders.refuse_beside(order, "channels")
            mask = sum(1 << (n - 1) for n in orders.channels_of(order, options.channels))
        case _:
            orders.refuse_beside(order)
            mask = EVERY_LOCK
    return _frame(READ, order.board, *mask.to_bytes(2, "little"))


@dataclass(frozen=True, slots=True)
class _Words:
    """All kinds of Winnsen frames in words, for one board's options and one pending request."""

    options: WinnsenOptions
    asked: Meaning | None

    def kinds(self, data: bytes) -> Iterator[FrameKind]:
        """List the kinds; function and length tell them apart."""
        del data
        yield FrameKind(_shape(UNLOCK, ANY, _LOCK), self._unlock)
        yield FrameKind(_shape(UNLOCK_ANSWER, ANY, _LOCK, _EITHER_RESULT), self._unlock_answer)
        yield FrameKind(_shape(READ, ANY, ANY, ANY), self._read)
        yield FrameKind(_shape(STATUS, ANY, ANY, ANY), self._status)

    def _unlock(self, frame: bytes) -> Meaning:
        return Meaning(Direction.REQUEST, "unlock", frame, frame[3], frame[4])

    def _unlock_answer(self, frame: bytes) -> Meaning:
        fields = {"ok": frame[5] == ST_OK}
        return Meaning(Direction.REPLY, "unlock_answer", frame, frame[3], frame[4], fields)

    def _read(self, frame: bytes) -> Meaning:
        asked = _locks_of(_mask(frame))
        if _mask(frame) == EVERY_LOCK:
            return Meaning(Direction.REQUEST, "read_all", frame, frame[3])
        if len(asked) == 1:
            return Meaning(Direction.REQUEST, "read_one", frame, frame[3], asked[0])
        return Meaning(Direction.REQUEST, "read_many", frame, frame[3], None, {"channels": asked})

    def _status(self, frame: bytes) -> Meaning:
        options = self.options
        states = door_states(_mask(frame), options.channels, options.polarity)
        doors = by_channel(state.value for state in states)
        channel = None
        asked = self.asked
        if asked is not None and asked.board == frame[3] and asked.what.startswith("read"):
            channel = asked.channel
            wanted = _locks_of(int.from_bytes(asked.frame[4:6], "little"))
            doors = {lock: door for lock, door in doors.items() if int(lock) in wanted}
        return Meaning(Direction.REPLY, "status", frame, frame[3], channel, {"doors": doors})


def _locks_of(mask: int) -> list[int]:
    return [lock for lock, bit in enumerate(bits_of(mask, LOCKS), 1) if bit]


PROTOCOL = ProtocolSpec(
    name="winnsen",
    title="Winnsen V202104: 16 locks, no check bytes",
    bauds=(9600, 19200, 38400, 57600, 115200),
    addresses=ADDRESSES,
    options=WinnsenOptions,
    driver=Winnsen,
    decode=decode,
    encode=encode,
    orders=ORDERS,
    unlock_replies=UnlockReplies.YES,
    is_guarded=False,
)
