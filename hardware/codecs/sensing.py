"""From status bits to doors: the one place that applies a board's polarity."""

from __future__ import annotations

from collections.abc import Iterable

from hardware.codecs.protocol import Polarity
from realtime.wire.terminal import DoorState


def door_state(bit: bool, polarity: Polarity) -> DoorState:
    """Tell what one status bit says of its door."""
    closed = bit if polarity is Polarity.ONE_IS_CLOSED else not bit
    return DoorState.CLOSED if closed else DoorState.OPEN


def bits_of(mask: int, channels: int) -> tuple[bool, ...]:
    """Take a mask apart, its lowest bit first: channel 1."""
    return tuple(bool(mask >> n & 1) for n in range(channels))


def door_states(mask: int, channels: int, polarity: Polarity) -> tuple[DoorState, ...]:
    """Tell what a mask says of every door; bit 0 is channel 1."""
    return tuple(door_state(bit, polarity) for bit in bits_of(mask, channels))


def by_channel(values: Iterable[object], first: int = 1) -> dict[str, object]:
    """Number values by channel as `Meaning.fields` has them: JSON, so the keys are text."""
    return {str(channel): value for channel, value in enumerate(values, first)}
