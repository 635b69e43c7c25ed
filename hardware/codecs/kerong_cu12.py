"""Kerong CU12, the frame with ASK and DATALEN. Experimental: no capture of it is public.

AD is the board's address, LK the lock from 00, LEN the number of data bytes, which follow the
sum. SUM is the low byte of the sum from 02 to 03: the data is not covered.

    status            02 AD LK 80 00 00 03 SUM  answer  02 AD LK 80 ASK 02 03 SUM D1 D2
    unlock            02 AD LK 81 00 00 03 SUM  answer  02 AD LK 81 ASK 00 03 SUM

D1 carries locks 1 to 8, the first in bit 0, D2 locks 9 to 12 in bits 0 to 3.

Source: one TypeScript project and a few JavaScript files that look like one author's; the
sum's reach was corrected there, so presumably on hardware. Addresses 00 and 01 were used.

Traps:

- The data bytes are covered by no checksum. A bit that flips there is not seen; the door
  logic looks again, and only a reading that stays is worth much.
- ASK's values (10 fine, 11 failed?) are hearsay. An answer of any ASK is only an answer;
  one to a status with no data is told in words, and tells the bus nothing.
- An answer with ASK = 00 is byte for byte its request, as on 8A: the receiver strips echoes
  by exact length, and learns of them from reads alone.
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
    UnlockAnswer,
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

STATUS = 0x80
UNLOCK = 0x81

#: The switch of its sister boards sets these; 00 and 01 were seen.
ADDRESSES = range(10)
LOCKS = 12
STATUS_BYTES = 2

UNLOCK_REPLY_SECONDS = 0.3

ORDERS = ("read_all", "unlock")

_ZERO = one(0)
_NOT_ZERO = ANY - _ZERO
_LOCK = among(range(LOCKS))


class Cu12Options(KerongOptions, frozen=True, kw_only=True):
    """How one CU12 is built and wired."""

    most: ClassVar[int] = LOCKS

    channels: int = LOCKS


class KerongCu12(AskedOnly[Cu12Options]):
    """The driver for the CU12 boards of one port."""

    addresses = ADDRESSES

    #: An answer to an unlock is known from hearsay only.
    unlock_replies = UnlockReplies.MAYBE
    unlock_reply_seconds = UNLOCK_REPLY_SECONDS
    read_reply_seconds = READ_REPLY_SECONDS

    def frame_of(self, order: Order, options: Cu12Options) -> bytes:
        """Make one request frame."""
        return encode(order, options)

    def expected(self, pending: Request, boards: Iterable[int]) -> list[Expected]:
        """List what may answer."""
        addresses = among(boards)
        if pending.kind is RequestKind.READ_ALL:
            read = partial(_status, self.options(pending.board))
            return [Expected(_status_shape(addresses), read)]
        if pending.kind is RequestKind.UNLOCK:
            lock = one(pending.channel - 1)
            return [Expected(_frame(addresses, lock, UNLOCK, ANY), _unlocked)]
        return []


def _request(address: int, lock: int, command: int) -> bytes:
    return sealed(STX, address, lock, command, 0, 0, ETX)


def _frame(address: Allowed, lock: Allowed, command: int, ask: Allowed) -> Shape:
    """Make the shape of a frame without data: every request, and an unlock's answer."""
    return Shape((one(STX), address, lock, one(command), ask, _ZERO, one(ETX)), by_sum)


def _status_shape(address: Allowed) -> Shape:
    head = (one(STX), address, ANY, one(STATUS), ANY, one(STATUS_BYTES), one(ETX))
    return Shape(head, by_sum, tail=(ANY,) * STATUS_BYTES)


def _status(options: Cu12Options, frame: bytes) -> StatusAnswer:
    return StatusAnswer(frame[1], doors_of(frame[-STATUS_BYTES:], options), frame)


def _unlocked(frame: bytes) -> UnlockAnswer:
    return UnlockAnswer(frame[1], frame[2] + 1, frame)


def decode(data: bytes, pending: bytes | None, options: Cu12Options) -> list[Meaning]:
    """Read frames back to back, requests and answers alike.

    An unlock and its answer with ASK = 00 are the same bytes. Without `pending` they are told
    as the request; `also` names what else they may be.

    Raises:
        FrameError: they are not whole frames of this protocol.
    """
    asked = read_pending(pending, partial(_kinds, options, None))
    return read_meanings(data, partial(_kinds, options, asked))


def _kinds(options: Cu12Options, asked: Meaning | None, rest: bytes) -> list[FrameKind]:
    boards = among(ADDRESSES)
    return [
        FrameKind(_frame(boards, _LOCK, STATUS, _ZERO), _tell_ask),
        FrameKind(_frame(boards, _LOCK, UNLOCK, ANY), partial(_tell_unlock, asked)),
        FrameKind(_status_shape(boards), partial(_tell_status, options)),
        FrameKind(_frame(boards, ANY, STATUS, _NOT_ZERO), _tell_status_without_doors),
        *scu_kinds(rest),
    ]


def _tell_ask(frame: bytes) -> Meaning:
    return Meaning(Direction.REQUEST, "read_all", frame, frame[1])


def _tell_unlock(asked: Meaning | None, frame: bytes) -> Meaning:
    channel, ask = frame[2] + 1, frame[4]
    is_answer = ask != 0 or (asked is not None and asked.frame == frame)
    what, other = ("unlock_answer", "unlock") if is_answer else ("unlock", "unlock_answer")
    direction = Direction.REPLY if is_answer else Direction.REQUEST
    fields = {"also": other} if ask == 0 else {"ask": f"{ask:02x}"}
    return Meaning(direction, what, frame, frame[1], channel, fields)


def _tell_status(options: Cu12Options, frame: bytes) -> Meaning:
    fields: dict[str, object] = {
        "doors": doors_field(frame[-STATUS_BYTES:], options),
        "ask": f"{frame[4]:02x}",
    }
    return Meaning(Direction.REPLY, "status", frame, frame[1], fields=fields)


def _tell_status_without_doors(frame: bytes) -> Meaning:
    fields = {"doors": {}, "ask": f"{frame[4]:02x}"}
    return Meaning(Direction.REPLY, "status", frame, frame[1], fields=fields)


def encode(order: Order, options: Cu12Options) -> bytes:
    """Make one request frame.

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
    return _request(order.board, 0, STATUS)


PROTOCOL = ProtocolSpec(
    name="kerong-cu12",
    title="Kerong CU12 (12 locks; frame with ASK and DATALEN)",
    bauds=BAUDS,
    addresses=ADDRESSES,
    options=Cu12Options,
    driver=KerongCu12,
    decode=decode,
    encode=encode,
    orders=ORDERS,
    unlock_replies=UnlockReplies.MAYBE,
    is_experimental=True,
    is_guarded=False,
)
