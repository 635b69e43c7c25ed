"""Kerong CU48, protocol v2.1: boards of up to 48 locks, by the vendor's own document.

AD is the board's address, 00 to 09 by its switch; 0A asks all boards of the bus. LK is the
lock, 00 to 2F, or 30 for all. SUM is the low byte of the sum of all bytes before it.

    status            02 AD LK 50 03 SUM      answer  02 AD LK 65 D1..D6 03 SUM
    unlock            02 AD LK 51 03 SUM      no answer

D1 carries locks 1 to 8, the first in bit 0, D6 locks 41 to 48. LK in an answer "is nonsense,
don't need to be dealt with". A status asked of 0A is answered by one frame a board, back to
back; the bus asks one board at a time, so that one broken frame costs one board.

Source: Kerong's "CU48 protocol" v2.1. It says both "fixed length … 32 bytes" and, in its table
and examples, 6 and 12; the latter is right.

Traps: an unlock is answered by silence, so only a status tells. Two boards of one address
answer at once: broken sums of that address alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from hardware.codecs import orders
from hardware.codecs.asked import AskedOnly, Expected
from hardware.codecs.checksums import by_sum
from hardware.codecs.driver import (
    Request,
    RequestKind,
    StatusAnswer,
    UnlockReplies,
)
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
from hardware.codecs.shapes import ANY, Allowed, Shape, among, one

GET_STATUS = 0x50
UNLOCK = 0x51
STATUS = 0x65

#: Addresses that the switch can set.
ADDRESSES = range(0x0A)
#: The address that every board answers.
EVERY_BOARD = 0x0A
#: The lock number that means all 48.
EVERY_LOCK = 0x30

LOCKS = 48
STATUS_BYTES = 6
#: Where an answer's status bytes stand.
_STATUS = slice(4, 4 + STATUS_BYTES)

ORDERS = ("read_all", "read_every_board", "unlock", "unlock_all")

_ADDRESS = among((*ADDRESSES, EVERY_BOARD))


class Cu48Options(KerongOptions, frozen=True, kw_only=True):
    """How one CU48 is built and wired."""

    most: ClassVar[int] = LOCKS

    channels: int = LOCKS


class KerongCu48(AskedOnly[Cu48Options]):
    """The driver for the CU48 boards of one port."""

    addresses = ADDRESSES

    #: An unlock is answered by silence.
    unlock_replies = UnlockReplies.NO
    unlock_reply_seconds = 0.0
    read_reply_seconds = READ_REPLY_SECONDS

    def frame_of(self, order: Order, options: Cu48Options) -> bytes:
        """Make one request frame."""
        return encode(order, options)

    def expected(self, pending: Request, boards: Iterable[int]) -> list[Expected]:
        """List what may answer: a status, and nothing to an unlock."""
        if pending.kind is not RequestKind.READ_ALL:
            return []
        read = partial(_status, self.options(pending.board))
        return [Expected(_status_shape(among(boards)), read)]


def _request(address: int, lock: int, command: int) -> bytes:
    return sealed(STX, address, lock, command, ETX)


def _status_shape(address: Allowed) -> Shape:
    data = (ANY,) * STATUS_BYTES
    return Shape((one(STX), address, ANY, one(STATUS), *data, one(ETX)), by_sum)


def _status(options: Cu48Options, frame: bytes) -> StatusAnswer:
    return StatusAnswer(frame[1], doors_of(frame[_STATUS], options), frame)


def decode(data: bytes, pending: bytes | None, options: Cu48Options) -> list[Meaning]:
    """Read frames back to back, requests and answers alike.

    Raises:
        FrameError: they are not whole frames of this protocol.
    """
    kinds = partial(_kinds, options)
    read_pending(pending, kinds)
    return read_meanings(data, kinds)


def _kinds(options: Cu48Options, rest: bytes) -> list[FrameKind]:
    locks = among(range(EVERY_LOCK + 1))
    ask = Shape((one(STX), _ADDRESS, locks, one(GET_STATUS), one(ETX)), by_sum)
    unlock = Shape((one(STX), _ADDRESS, locks, one(UNLOCK), one(ETX)), by_sum)
    return [
        FrameKind(ask, _tell_ask),
        FrameKind(unlock, _tell_unlock),
        FrameKind(_status_shape(among(ADDRESSES)), partial(_tell_status, options)),
        *scu_kinds(rest),
    ]


def _board(frame: bytes) -> int | None:
    return None if frame[1] == EVERY_BOARD else frame[1]


def _tell_ask(frame: bytes) -> Meaning:
    board = _board(frame)
    what = "read_every_board" if board is None else "read_all"
    return Meaning(Direction.REQUEST, what, frame, board)


def _tell_unlock(frame: bytes) -> Meaning:
    if frame[2] == EVERY_LOCK:
        return Meaning(Direction.REQUEST, "unlock_all", frame, _board(frame))
    return Meaning(Direction.REQUEST, "unlock", frame, _board(frame), frame[2] + 1)


def _tell_status(options: Cu48Options, frame: bytes) -> Meaning:
    fields = {"doors": doors_field(frame[_STATUS], options)}
    return Meaning(Direction.REPLY, "status", frame, frame[1], fields=fields)


def encode(order: Order, options: Cu48Options) -> bytes:
    """Make one request frame; an order for every board needs a board too, and ignores it.

    Raises:
        ValueError: the order is not known, or a field is wrong.
    """
    orders.check_what(order, ORDERS)
    orders.check_board(order, ADDRESSES)
    if order.what == "unlock":
        orders.refuse_beside(order, "channel")
        lock = orders.channel_of(order, options.channels) - 1
        return _request(order.board, lock, UNLOCK)
    orders.refuse_beside(order)
    match order.what:
        case "read_every_board":
            return _request(EVERY_BOARD, 0, GET_STATUS)
        case "unlock_all":
            return _request(order.board, EVERY_LOCK, UNLOCK)
    return _request(order.board, 0, GET_STATUS)


PROTOCOL = ProtocolSpec(
    name="kerong-cu48",
    title="Kerong CU48, protocol v2.1 (up to 48 locks)",
    bauds=BAUDS,
    addresses=ADDRESSES,
    options=Cu48Options,
    driver=KerongCu48,
    decode=decode,
    encode=encode,
    orders=ORDERS,
    unlock_replies=UnlockReplies.NO,
)
