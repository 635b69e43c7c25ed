"""Check what a person orders before it becomes a frame; every fault names its field."""

from __future__ import annotations

from collections.abc import Sequence

from hardware.codecs.protocol import Order


def check_what(order: Order, orders: Sequence[str]) -> None:
    """Refuse what the protocol has no frame for.

    Raises:
        ValueError: it is none of `orders`.
    """
    if order.what not in orders:
        raise ValueError(f"what: {order.what!r} is none of {', '.join(orders)}")


def check_board(order: Order, addresses: range) -> None:
    """Refuse an address that no board can have.

    Raises:
        ValueError: it is outside `addresses`.
    """
    if order.board not in addresses:
        raise ValueError(f"board: expected {addresses[0]} to {addresses[-1]}")


def channel_of(order: Order, channels: int) -> int:
    """Take the one channel that is ordered.

    Raises:
        ValueError: none is given, or the board has no such channel.
    """
    if order.channel is None:
        raise ValueError(f"channel: {order.what} needs one")
    if not 1 <= order.channel <= channels:
        raise ValueError(f"channel: expected 1 to {channels}")
    return order.channel


def channels_of(order: Order, channels: int) -> tuple[int, ...]:
    """Take the several channels that are ordered, each once, in the order of their numbers.

    Raises:
        ValueError: none is given, one is given twice, or the board has no such channel.
    """
    if not order.channels:
        raise ValueError(f"channels: {order.what} needs at least one")
    if not all(1 <= channel <= channels for channel in order.channels):
        raise ValueError(f"channels: expected 1 to {channels}")
    if len(set(order.channels)) != len(order.channels):
        raise ValueError("channels: one is given twice")
    return tuple(sorted(order.channels))


def whole_seconds_of(order: Order, allowed: range) -> int | None:
    """Take the time that is ordered; None if none is.

    Raises:
        ValueError: the frame cannot carry it.
    """
    if order.seconds is None:
        return None
    if order.seconds not in allowed:
        raise ValueError(f"seconds: expected a whole number, {allowed[0]} to {allowed[-1]}")
    return int(order.seconds)


def refuse_beside(order: Order, *taken: str) -> None:
    """Refuse what the frame has no place for, besides `taken`: said is meant.

    Raises:
        ValueError: a channel, channels or seconds are given that would be ignored.
    """
    given = {
        "channel": order.channel is not None,
        "channels": bool(order.channels),
        "seconds": order.seconds is not None,
    }
    for name, is_given in given.items():
        if is_given and name not in taken:
            raise ValueError(f"{name}: {order.what} has no place for it")
