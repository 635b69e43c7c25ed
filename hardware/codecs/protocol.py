"""What a protocol offers besides its driver: options, addresses, orders, words for frames.

Each protocol module makes one `ProtocolSpec`; `registry` lists them by name. The bus needs
the driver only; configuration, commissioning, the frame log and `lanjian board` need this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from hardware.codecs.driver import Driver, UnlockReplies


class Polarity(StrEnum):
    """What a status bit of 1 says of the door; it depends on how the contact is wired."""

    ONE_IS_CLOSED = "one_is_closed"
    ONE_IS_OPEN = "one_is_open"


class Direction(StrEnum):
    """Which way a frame goes."""

    REQUEST = "request"  #: host to board
    REPLY = "reply"  #: board to host, asked for
    REPORT = "report"  #: board to host, unasked


class BoardOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one board is built and wired, as its TOML table says; each protocol adds its own.

    A value outside its rule is refused when it is made: by its annotation, or by a
    `ValueError` from `__post_init__` whose text begins with the key ("status_bytes: ...").
    """

    channels: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """One frame in words."""

    direction: Direction
    #: "unlock", "read_all", "status", "unlock_answer", "report", ...: stable, for programs.
    what: str
    frame: bytes
    board: int | None = None
    #: None when the frame is for, or of, the whole board.
    channel: int | None = None
    #: What else it says, JSON values only; `doors` is
    #: {channel: "open" | "closed" | "unknown"}, `items` is {channel: true | false}.
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants put into one frame; see `ProtocolSpec.orders` for the names."""

    what: str
    board: int
    channel: int | None = None
    channels: tuple[int, ...] = ()
    #: Pulse or other time, where the protocol's frame has one.
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ProtocolSpec:
    """One protocol, all that is not spoken on the bus."""

    name: str
    #: For people: maker and boards.
    title: str
    #: Usual speeds, the most usual first.
    bauds: tuple[int, ...]
    #: Addresses that a board can have.
    addresses: range
    options: type[BoardOptions]
    #: Makes the driver of one port from its boards' options by address.
    driver: Callable[[Mapping[int, Any]], Driver]
    #: Reads bytes that are one or more whole frames, requests and replies alike, back to
    #: back. `pending` is the request that they answer, when known. Raises FrameError, with
    #: the checksum that was expected where that is the fault.
    decode: Callable[[bytes, bytes | None, Any], list[Meaning]]
    #: Makes one request frame. Raises ValueError naming the field ("channel: ...").
    encode: Callable[[Order, Any], bytes]
    #: Names that `encode` knows, reads before what moves a lock.
    orders: Sequence[str]
    unlock_replies: UnlockReplies
    #: Built from public sources that no capture confirms: told at start and in the docs.
    is_experimental: bool = False
    #: A checksum covers the bytes that tell of doors. Where none does, one turned bit is a
    #: door that moved, and only what a second reading says again is believed.
    is_guarded: bool = True
