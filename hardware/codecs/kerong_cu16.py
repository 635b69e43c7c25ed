"""Kerong CU16 (and CU24-like) boards: 16 locks, with an infrared sensor for what lies inside.

AL is one byte: the board, 0 to 9, in the high nibble (F asks all boards), the lock from 0 in
the low one. SUM is the low byte of the sum of all bytes before it.

    status            02 B0 30 03 SUM           answer  02 B0 35 D1 D2 D3 D4 03 SUM
    unlock            02 BL 31 03 SUM           taken to have none
    every board       02 F0 32 03 SUM           answer  02 B0 36 D1 D2 D3 D4 03 SUM, one a board
    unlock all        02 B0 33 03 SUM
    unlock time?      02 B0 37 03 SUM           answer  02 B0 38 HI LO 03 SUM (10 ms each)
    set unlock time   02 B0 37 HI LO 03 SUM
    delay unlocks     02 B0 39 SS 03 SUM        (SS seconds, 0 to 250)
    set speed         02 B0 40 N 03 SUM         (0: 9600, 1: 19200, 2: 57600, 3: 115200)

D1 and D2 are the hooks of locks 1-8 and 9-16, D3 and D4 their sensors, the first in bit 0.

Sources: four public implementations; three agree on 30 to 37 and 39, one alone has the
layouts of 37, 39 and 40. One capture-like frame, 02 00 36 00 00 00 00 03 3B, fits all this.
The layout of 38 is by analogy to 37. No vendor's document is public, nor a source on CU24.

Traps that shape this module:

- Does an unlock have an answer? One implementation waits for 9 bytes and never gets them, one
  never reads any, one expects some. So none is expected, and one that comes is dropped: with
  the lock in its address it is told from a status. One for lock 1 that is a status in all but
  time is kept apart by the silence that the bus keeps after an unlock.
- One source names the bytes D3 and D4 otherwise; two and the capture say they are sensors.
- 1 in a sensor's bit is taken for an item. No source says what a board without sensors sends.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import ClassVar

from hardware.codecs import orders
from hardware.codecs.asked import AskedOnly, Expected
from hardware.codecs.checksums import by_sum
from hardware.codecs.driver import Request, RequestKind, StatusAnswer, UnlockReplies
from hardware.codecs.kerong import (
    BAUDS,
    ETX,
    READ_REPLY_SECONDS,
    STX,
    KerongOptions,
    doors_field,
    doors_of,
    scu_kinds,
    sealed,
)
from hardware.codecs.meanings import FrameKind, read_meanings, read_pending
from hardware.codecs.protocol import Direction, Meaning, Order, ProtocolSpec
from hardware.codecs.sensing import bits_of, by_channel
from hardware.codecs.shapes import ANY, Allowed, Shape, among, one

GET_STATUS = 0x30
UNLOCK = 0x31
GET_EVERY_STATUS = 0x32
UNLOCK_ALL = 0x33
STATUS = 0x35
EVERY_STATUS = 0x36
UNLOCK_TIME = 0x37
UNLOCK_TIME_IS = 0x38
DELAY = 0x39
SET_BAUD = 0x40

ADDRESSES = range(10)
#: The address that every board answers, and its high nibble: a lock may stand in the low one.
EVERY_BOARD = 0xF0
_EVERY_BOARD = EVERY_BOARD >> 4
LOCKS = 16
#: Where an answer's hook bytes and its sensor bytes stand.
_HOOKS = slice(3, 5)
_SENSORS = slice(5, 7)

#: Units of the unlock time: 10 ms in 16 bits, of which one source allows up to 60 s.
_TIME_STEP_SECONDS = 0.01
_LONGEST_SECONDS = 60.0
_DELAYS = range(251)
_BAUD_CODES = {0: 9600, 1: 19200, 2: 57600, 3: 115200}

ORDERS = (
    "read_all",
    "read_every_board",
    "read_unlock_time",
    "unlock",
    "unlock_all",
    "set_unlock_time",
    "set_delay",
)
#: What an order says besides its board.
_TAKES = {"unlock": ("channel",), "set_unlock_time": ("seconds",), "set_delay": ("seconds",)}


class ItemPolarity(StrEnum):
    """What a sensor's bit of 1 says."""

    ONE_IS_ITEM = "one_is_item"
    ONE_IS_EMPTY = "one_is_empty"
    NONE = "none"  #: no sensors are fitted: nothing is said of items


class Cu16Options(KerongOptions, frozen=True, kw_only=True):
    """How one CU16 is built and wired."""

    most: ClassVar[int] = LOCKS

    channels: int = LOCKS
    item_polarity: ItemPolarity = ItemPolarity.ONE_IS_ITEM


class KerongCu16(AskedOnly[Cu16Options]):
    """The driver for the CU16 boards of one port."""

    addresses = ADDRESSES

    #: An unlock is answered by silence.
    unlock_replies = UnlockReplies.NO
    unlock_reply_seconds = 0.0
    read_reply_seconds = READ_REPLY_SECONDS

    def frame_of(self, order: Order, options: Cu16Options) -> bytes:
        """Make one request frame."""
        return encode(order, options)

    def expected(self, pending: Request, boards: Iterable[int]) -> list[Expected]:
        """List what may answer: a status of the whole board, and nothing to an unlock."""
        if pending.kind is not RequestKind.READ_ALL:
            return []
        address = among(_address(board) for board in boards)
        read = partial(_status, self.options(pending.board))
        return [Expected(_frame(address, STATUS, *(ANY,) * 4), read)]


def _address(board: int, channel: int = 1) -> int:
    return board << 4 | channel - 1


def _frame(address: Allowed, command: int, *data: Allowed) -> Shape:
    return Shape((one(STX), address, one(command), *data, one(ETX)), by_sum)


def _status(options: Cu16Options, frame: bytes) -> StatusAnswer:
    doors = doors_of(frame[_HOOKS], options)
    return StatusAnswer(frame[1] >> 4, doors, frame, _items(options, frame))


def _items(options: Cu16Options, frame: bytes) -> tuple[bool, ...] | None:
    if options.item_polarity is ItemPolarity.NONE:
        return None
    bits = bits_of(int.from_bytes(frame[_SENSORS], "little"), options.channels)
    is_item = options.item_polarity is ItemPolarity.ONE_IS_ITEM
    return tuple(bit is is_item for bit in bits)


def decode(data: bytes, pending: bytes | None, options: Cu16Options) -> list[Meaning]:
    """Read frames back to back, requests and answers alike.

    Raises:
        FrameError: they are not whole frames of this protocol.
    """
    kinds = partial(_kinds, options)
    read_pending(pending, kinds)
    return read_meanings(data, kinds)


def _addresses(boards: Iterable[int]) -> Allowed:
    return among(_address(board, lock) for board in boards for lock in range(1, LOCKS + 1))


_BOARD = _addresses(ADDRESSES)
#: Whom a request may be for.
_ASKED = _addresses((*ADDRESSES, _EVERY_BOARD))


def _kinds(options: Cu16Options, rest: bytes) -> list[FrameKind]:
    every = _addresses((_EVERY_BOARD,))
    status = partial(_tell_status, options)
    return [
        FrameKind(_frame(_ASKED, GET_STATUS), partial(_tell, "read_all")),
        FrameKind(_frame(_ASKED, UNLOCK), _tell_unlock),
        FrameKind(_frame(every, GET_EVERY_STATUS), partial(_tell, "read_every_board")),
        FrameKind(_frame(_ASKED, UNLOCK_ALL), partial(_tell, "unlock_all")),
        FrameKind(_frame(_BOARD, STATUS, *(ANY,) * 4), status),
        FrameKind(_frame(_BOARD, EVERY_STATUS, *(ANY,) * 4), status),
        FrameKind(_frame(_ASKED, UNLOCK_TIME), partial(_tell, "read_unlock_time")),
        FrameKind(_frame(_ASKED, UNLOCK_TIME, ANY, ANY), _tell_set_time),
        FrameKind(_frame(_BOARD, UNLOCK_TIME_IS, ANY, ANY), _tell_time),
        FrameKind(_frame(_ASKED, DELAY, among(_DELAYS)), _tell_delay),
        FrameKind(_frame(_ASKED, SET_BAUD, among(_BAUD_CODES)), _tell_baud),
        *scu_kinds(rest),
    ]


def _board_of(frame: bytes) -> int | None:
    board = frame[1] >> 4
    return None if board == _EVERY_BOARD else board


def _tell(what: str, frame: bytes) -> Meaning:
    return Meaning(Direction.REQUEST, what, frame, _board_of(frame))


def _tell_unlock(frame: bytes) -> Meaning:
    channel = (frame[1] & 0x0F) + 1
    return Meaning(Direction.REQUEST, "unlock", frame, _board_of(frame), channel)


def _tell_status(options: Cu16Options, frame: bytes) -> Meaning:
    fields: dict[str, object] = {"doors": doors_field(frame[_HOOKS], options)}
    items = _items(options, frame)
    if items is not None:
        fields["items"] = by_channel(items)
    return Meaning(Direction.REPLY, "status", frame, frame[1] >> 4, fields=fields)


def _seconds(frame: bytes) -> dict[str, object]:
    return {"seconds": round(int.from_bytes(frame[3:5], "big") * _TIME_STEP_SECONDS, 2)}


def _tell_set_time(frame: bytes) -> Meaning:
    fields = _seconds(frame)
    return Meaning(Direction.REQUEST, "set_unlock_time", frame, _board_of(frame), fields=fields)


def _tell_time(frame: bytes) -> Meaning:
    return Meaning(Direction.REPLY, "unlock_time", frame, frame[1] >> 4, fields=_seconds(frame))


def _tell_delay(frame: bytes) -> Meaning:
    fields = {"seconds": frame[3]}
    return Meaning(Direction.REQUEST, "set_delay", frame, _board_of(frame), fields=fields)


def _tell_baud(frame: bytes) -> Meaning:
    fields = {"baud": _BAUD_CODES[frame[3]]}
    return Meaning(Direction.REQUEST, "set_baud", frame, _board_of(frame), fields=fields)


def encode(order: Order, options: Cu16Options) -> bytes:
    """Make one request frame; an order for every board needs a board too, and ignores it.

    Raises:
        ValueError: the order is not known, or a field is wrong.
    """
    orders.check_what(order, ORDERS)
    orders.check_board(order, ADDRESSES)
    orders.refuse_beside(order, *_TAKES.get(order.what, ()))
    address = _address(order.board)
    match order.what:
        case "read_every_board":
            return sealed(STX, EVERY_BOARD, GET_EVERY_STATUS, ETX)
        case "unlock":
            channel = orders.channel_of(order, options.channels)
            return sealed(STX, _address(order.board, channel), UNLOCK, ETX)
        case "unlock_all":
            return sealed(STX, address, UNLOCK_ALL, ETX)
        case "read_unlock_time":
            return sealed(STX, address, UNLOCK_TIME, ETX)
        case "set_unlock_time":
            return sealed(STX, address, UNLOCK_TIME, *_time_of(order), ETX)
        case "set_delay":
            return sealed(STX, address, DELAY, _delay_of(order), ETX)
    return sealed(STX, address, GET_STATUS, ETX)


def _time_of(order: Order) -> bytes:
    seconds = order.seconds or 0.0
    steps = round(seconds / _TIME_STEP_SECONDS) if 0 < seconds <= _LONGEST_SECONDS else 0
    if not steps or abs(steps * _TIME_STEP_SECONDS - seconds) > 1e-6:
        raise ValueError(f"seconds: expected 0.01 to {_LONGEST_SECONDS:g}, in steps of 0.01")
    return steps.to_bytes(2, "big")


def _delay_of(order: Order) -> int:
    seconds = orders.whole_seconds_of(order, _DELAYS)
    if seconds is None:
        raise ValueError("seconds: set_delay needs them")
    return seconds


PROTOCOL = ProtocolSpec(
    name="kerong-cu16",
    title="Kerong CU16 (16 locks, item sensors)",
    bauds=BAUDS,
    addresses=ADDRESSES,
    options=Cu16Options,
    driver=KerongCu16,
    decode=decode,
    encode=encode,
    orders=ORDERS,
    unlock_replies=UnlockReplies.NO,
)
