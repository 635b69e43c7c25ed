"""What Kerong's lock boards have in common; their frames differ, one module each.

At least four wire formats are sold under one name: `kerong_cu48` (vendor's document),
`kerong_cu16` (nibble address, item sensors), `kerong_cu12` (data after the checksum), and a
60/61 variant of which no whole reply is public, and which is not spoken here.

Physical layer: RS485, 19200 8N1; some models or firmwares use 9600, 57600 or 115200. A TCP
bridge ("BU") carries the same bytes. The checksum is the low byte of the sum.

Whether 1 means locked "also can be opposite, it is up to the hook detective switch is NO or
NC" (vendor's document): polarity is an option of every board.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Never

from hardware.codecs.checksums import by_sum, sum_of
from hardware.codecs.errors import BadHeader
from hardware.codecs.meanings import FrameKind
from hardware.codecs.protocol import BoardOptions, Polarity
from hardware.codecs.sensing import by_channel, door_states
from hardware.codecs.shapes import ANY, Shape, one
from realtime.wire.terminal import DoorState

STX = 0x02
ETX = 0x03

#: First byte and last byte before the sum of SCU boards and of firmware updates.
SCU_STX = 0xF5
SCU_ETX = 0x5F
#: F5, command, 5F: the fewest bytes before the sum.
_SCU_LEAST = 3

#: Usual speeds, the most usual first.
BAUDS = (19200, 9600, 57600, 115200)

#: How long a board may take to answer a read.
READ_REPLY_SECONDS = 0.3


class KerongOptions(BoardOptions, frozen=True, kw_only=True):
    """What all Kerong boards can be told."""

    #: Locks that the largest such board has.
    most: ClassVar[int]

    #: What a hook bit of 1 says; it depends on the switch in the lock.
    polarity: Polarity = Polarity.ONE_IS_CLOSED

    def __post_init__(self) -> None:
        """Refuse more locks than a status can tell of."""
        if not 1 <= self.channels <= self.most:
            raise ValueError(f"channels: expected 1 to {self.most}")


def sealed(*body: int) -> bytes:
    """Put the sum behind these bytes."""
    return bytes((*body, sum_of(bytes(body))))


def doors_of(status: bytes, options: KerongOptions) -> tuple[DoorState, ...]:
    """Read hook bytes: lock 1 is bit 0 of the first."""
    mask = int.from_bytes(status, "little")
    return door_states(mask, options.channels, options.polarity)


def doors_field(status: bytes, options: KerongOptions) -> dict[str, object]:
    """Put hook bytes into words."""
    return by_channel(state.value for state in doors_of(status, options))


def scu_kinds(rest: bytes) -> Iterator[FrameKind]:
    """Know SCU frames well enough to say what is wrong with them; they are not read."""
    if rest[:1] != bytes((SCU_STX,)) or len(rest) <= _SCU_LEAST:
        return
    # Some send a 00 behind the sum.
    tail = (one(0),) if rest[-3] == SCU_ETX and rest[-1] == 0 else ()
    inner = (ANY,) * (len(rest) - _SCU_LEAST - len(tail))
    yield FrameKind(Shape((one(SCU_STX), *inner, one(SCU_ETX)), by_sum, tail), _refuse_scu)


def _refuse_scu(frame: bytes) -> Never:
    raise BadHeader(frame[0], STX)
