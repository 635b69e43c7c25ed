"""Frames between a person's page and the server on `/v1/socket`.

First frame: `Hello` with the access token (never in the URL). Then `Subscribe` to channels:

- `me`: this person's orders, visits and notices, as they change;
- `offers`: offers around a certified or uncertified courier on duty;
- `staff`: every order's events, terminals and couriers (staff roles);
- `slots:OUTLET`: how many places of an outlet's slots are free, for anybody logged in;
- `outlet:OUTLET`: bookings of an outlet as they change, for its staff.

Staff watch the map by `WatchMap` (see `map.py`): it has no position, and whoever comes back watches
anew.

Pushes carry (epoch, offset). After a break the client subscribes again with its last
position: `recovered: true` means that what it missed follows, `false` that the snapshot in
the answer replaces all that it held. Offsets have gaps, since the server filters.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.bookings import BookingChanged, BookingView, SlotCount, SlotsChanged
from realtime.wire.envelope import Failure, Position, Reply, Request, RequestId
from realtime.wire.map import MapChanged, MapWatched, UnwatchMap, WatchMap
from realtime.wire.moments import check_instant
from realtime.wire.papers import PapersRead
from realtime.wire.requests import Id, Lat, Lon
from realtime.wire.views import OfferView, OrderView, VisitView

#: `slots:` and `outlet:` are followed by an outlet's id.
Channel = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(me|offers|staff|(slots|outlet):[0-9A-Za-z_-]{1,64})(?!\n)$", max_length=71
    ),
]


class Hello(Request, frozen=True, kw_only=True, tag="hello", tag_field="type"):
    """The first frame; sent again on the same socket to renew the token."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    protocol: int = 1


class Subscribe(Request, frozen=True, kw_only=True, tag="subscribe", tag_field="type"):
    """Follow a channel, from a position if one is known."""

    channel: Channel
    resume: Position | None = None


class Unsubscribe(Request, frozen=True, kw_only=True, tag="unsubscribe", tag_field="type"):
    """Stop following a channel."""

    channel: Channel


class SetDutyFrame(Request, frozen=True, kw_only=True, tag="set_duty", tag_field="type"):
    """Go on or off duty, with the districts chosen for when the position is old."""

    on: bool
    districts: Annotated[tuple[Id, ...], msgspec.Meta(max_length=16)] = ()


class ReportPosition(Request, frozen=True, kw_only=True, tag="report_position", tag_field="type"):
    """Where the courier is; latest wins; refused off duty."""

    lat: Lat
    lon: Lon
    at: Annotated[datetime, msgspec.Meta(tz=True)]

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("at", self.at)


class ClaimOrder(Request, frozen=True, kw_only=True, tag="claim_order", tag_field="type"):
    """Claim an offer; `id` is the request id of the claim: send the same again when unsure."""

    order_id: Id
    offer_version: int


class Ping(Request, frozen=True, kw_only=True, tag="ping", tag_field="type"):
    """Ask for the server's time (clock offset) and show life."""


FromPerson = (
    Hello
    | Subscribe
    | Unsubscribe
    | SetDutyFrame
    | ReportPosition
    | ClaimOrder
    | WatchMap
    | UnwatchMap
    | Ping
)


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag="welcome", tag_field="type"):
    """The answer to `Hello`."""

    id: RequestId
    person_id: str
    roles: tuple[str, ...]
    server_time: datetime
    ping_seconds: float
    token_expires_at: datetime


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag="pong", tag_field="type"):
    """The answer to `Ping`."""

    id: RequestId
    server_time: datetime


class Claimed(msgspec.Struct, frozen=True, kw_only=True, tag="claimed", tag_field="type"):
    """The answer to a claim that was won; a lost one is a `Failure` with code `taken`."""

    id: RequestId
    order: OrderView
    repeated: bool = False


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All of a channel at its position; only the channel's own lists are filled."""

    orders: tuple[OrderView, ...] = ()
    offers: tuple[OfferView, ...] = ()
    visit: VisitView | None = None
    slots: tuple[SlotCount, ...] = ()
    bookings: tuple[BookingView, ...] = ()
    facts: dict[str, object] | None = None


class Subscribed(msgspec.Struct, frozen=True, kw_only=True, tag="subscribed", tag_field="type"):
    """The answer to `Subscribe`: position first, then snapshot unless all was recovered."""

    id: RequestId
    channel: str
    position: Position
    recovered: bool
    snapshot: Snapshot | None = None


class OrderChanged(msgspec.Struct, frozen=True, kw_only=True, tag="order_changed"):
    """An order of this channel changed; older versions than one already seen are ignored.

    `step` says by what; it is empty where that is not this reader's business.
    """

    order: OrderView
    step: str


class OfferOpened(msgspec.Struct, frozen=True, kw_only=True, tag="offer_opened"):
    """An order may be claimed."""

    offer: OfferView


class OfferGone(msgspec.Struct, frozen=True, kw_only=True, tag="offer_gone"):
    """An order is off the feed; nobody is told who won it."""

    order_id: str
    offer_version: int


class VisitChanged(msgspec.Struct, frozen=True, kw_only=True, tag="visit_changed"):
    """The person's visit moved on (scan, door, payment)."""

    visit: VisitView


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag="notice"):
    """A text for this person, Chinese first."""

    kind: str
    zh: str
    en: str
    order_id: str | None = None


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag="fact"):
    """Staff's live feed: a door, a socket count, a courier's place; keyed, latest wins."""

    key: str
    kind: str
    data: dict[str, object]


PushEvent = (
    OrderChanged
    | OfferOpened
    | OfferGone
    | VisitChanged
    | Notice
    | Fact
    | BookingChanged
    | PapersRead
    | SlotCount
    | SlotsChanged
)


class Push(msgspec.Struct, frozen=True, kw_only=True, tag="push", tag_field="type"):
    """One event of a channel."""

    channel: str
    epoch: str
    offset: int
    event: PushEvent


class Reset(msgspec.Struct, frozen=True, kw_only=True, tag="reset", tag_field="type"):
    """The channel may have a hole, and was left: subscribe again.

    Wait a random part of `within_seconds` first, since every page is told at once.
    """

    channel: str
    within_seconds: float


ToPerson = (
    Welcome | Pong | Claimed | Subscribed | Push | MapWatched | MapChanged | Reset | Reply | Failure
)
