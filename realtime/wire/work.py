"""Answers and queries about couriers' work, reviews and staff's counters (bodies: requests.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.moments import check_instant
from realtime.wire.orders import Limit
from realtime.wire.requests import Body
from realtime.wire.views import OfferView, OrderView, View


class OffersView(View, frozen=True, kw_only=True):
    """GET /v1/courier/offers: what is in reach now; nothing off duty."""

    offers: tuple[OfferView, ...]


class FeedCheckView(View, frozen=True, kw_only=True):
    """GET /v1/courier/feed-check: what decides whether offers are seen, and may be claimed.

    `may_see_offers` is false for who is suspended or whose papers have run out. Offers are looked
    for in `districts`: around the last position, of `position_at`, while it counts, else in those
    that were chosen. `terminals` may offer something there; `offers_beyond` are near, and their
    rings have not come as far yet. `live`: a socket of this courier follows the offers.
    """

    certification: str
    certified: bool
    may_see_offers: bool
    carrying: int
    cap: int
    has_room: bool
    on_duty: bool
    position_at: datetime | None
    position_counts: bool
    position_counts_seconds: float
    districts: tuple[str, ...]
    terminals: int
    terminals_online: int
    offers: int
    offers_beyond: int
    live: bool


class ClaimWonView(View, frozen=True, kw_only=True):
    """POST /v1/offers/{order}/claim: `repeated` when an earlier request had won it."""

    order: OrderView
    repeated: bool


class WonOrdersView(View, frozen=True, kw_only=True):
    """GET /v1/courier/orders: won by me, newest first."""

    orders: tuple[OrderView, ...]


class GrantView(View, frozen=True, kw_only=True):
    """One offline grant (see `wire/grants.py`): its text, and the same as a picture.

    `purpose` is `collect` (a courier's) or `deposit` (a customer's); `qr` is a data URI of SVG.
    """

    grant_id: str
    order_id: str
    purpose: str
    terminal_id: str
    terminal_name: str
    cell: int
    deadline: datetime
    text: str
    qr: str


class GrantsView(View, frozen=True, kw_only=True):
    """GET /v1/grants: one's own that may be used; others are to be forgotten."""

    grants: tuple[GrantView, ...]


class DutyView(View, frozen=True, kw_only=True):
    """PUT /v1/courier/duty."""

    on: bool
    districts: tuple[str, ...] = ()


class PayoutConfirmation(View, frozen=True, kw_only=True):
    """What a page in WeChat hands to its bridge (requestMerchantTransfer) to confirm a payout."""

    parameters: dict[str, str]


class PayoutView(View, frozen=True, kw_only=True):
    """One try to pay a courier.

    `state` is `payable`, `held`, `paying`, `awaiting_confirmation`, `paid_out`, `set_off` (kept
    for what had come before), `failed` or `cancelled`; one of the last two is followed by another.
    `waits` says why it is not paid yet: `payee` (link a wallet), `day_cap` (tomorrow),
    `after_failure`, `staff`, `tries`, `owes` (one before came twice). One that awaits its
    confirmation is confirmed in its `wallet` (see `PayoutConfirmation`).
    """

    payout_id: str
    order_id: str
    amount_fen: int
    state: str
    asked_at: datetime
    waits: str | None = None
    not_before: datetime | None = None
    wallet: str | None = None


class EarningsView(View, frozen=True, kw_only=True):
    """GET /v1/courier/earnings: before approval, approved and not yet there, and there."""

    pending_fen: int
    available_fen: int
    paid_fen: int
    payouts: tuple[PayoutView, ...]


class FinishedView(View, frozen=True, kw_only=True):
    """The finished waybill as its reviewer sees it, or its courier, to mend it; recorded.

    `match` says what the photo shows: the bound number (`match`), other `numbers` only
    (`mismatch`), or none (`unreadable`); None when it was handed in before photos were read.
    """

    carrier: str
    number: str
    sender: str
    recipient: str
    phone: str
    address: str
    weight_grams: int
    postage_fen: int
    date: str
    photo_id: str
    uploaded_at: datetime
    match: str | None = None
    numbers: tuple[str, ...] = ()


class ReviewView(View, frozen=True, kw_only=True):
    """One order that waits for a reviewer.

    `approvals_needed` is 2 above `four_eyes_fen` of pay; `approved_at` is of the first, and
    `approved_by_you` tells whose it is: the second has to be another's.
    """

    order: OrderView
    finished: FinishedView
    approvals_needed: int
    approved_at: datetime | None = None
    approved_by_you: bool = False


class ReviewQueueView(View, frozen=True, kw_only=True):
    """GET /v1/reviews: longest waiting first."""

    orders: tuple[ReviewView, ...]


class StaffOrdersQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/orders?custody&charge&q&terminal&person&since&until&before&limit.

    `q` is an order's or a carrier's number; `person` its customer's or its courier's id; `since`
    and `until` are about when it was placed.
    """

    custody: Annotated[str, msgspec.Meta(max_length=32)] = ""
    charge: Annotated[str, msgspec.Meta(max_length=32)] = ""
    q: Annotated[str, msgspec.Meta(max_length=64)] = ""
    terminal: Annotated[str, msgspec.Meta(max_length=64)] = ""
    person: Annotated[str, msgspec.Meta(max_length=64)] = ""
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    limit: Limit = 50

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("since", self.since)
        check_instant("until", self.until)
        check_instant("before", self.before)


class SummaryView(View, frozen=True, kw_only=True):
    """GET /v1/staff/summary: orders by state, and how busy the platform is."""

    custody: dict[str, int]
    charge: dict[str, int]
    sockets: int
    events_per_second: float
    terminals_online: int
    couriers_on_duty: int


class AttemptView(View, frozen=True, kw_only=True):
    """One attempt of a race; `at` is to a millisecond, `arrival` is the order they came in."""

    arrival: int
    courier_id: str
    request_id: str
    at: datetime
    answer: str


class RaceView(View, frozen=True, kw_only=True):
    """The race under one offer version; `partial` when Redis lost something of it."""

    offer_version: int
    partial: bool
    cut: int
    attempts: tuple[AttemptView, ...]


class RacesView(View, frozen=True, kw_only=True):
    """GET /v1/staff/orders/{id}/races."""

    order_id: str
    races: tuple[RaceView, ...]


class BadEntryView(View, frozen=True, kw_only=True):
    """One posting that breaks a rule of the books, or one that is missing, and why."""

    key: str
    order_id: str | None
    rule: str
    why: str


class OpenItemView(View, frozen=True, kw_only=True):
    """What staff have still to see to: `suspense:SOURCE` or `courier_receivable:PERSON`, fen."""

    name: str
    fen: int


class LedgerView(View, frozen=True, kw_only=True):
    """GET /v1/staff/ledger/check: `first_bad` is the key of the first entry that is wrong."""

    ok: bool
    entries: int
    first_bad: str | None
    balances: dict[str, int]  #: by account, fen; credits are negative; couriers' summed up
    bad: tuple[BadEntryView, ...] = ()
    open: tuple[OpenItemView, ...] = ()
