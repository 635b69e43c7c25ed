"""Staff's money routes: refunds and payouts, what they are asked and how they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.orders import Limit, Position
from realtime.wire.requests import Body, Id, Text
from realtime.wire.views import View

Reason = Literal["damaged", "lost", "late", "overcharged", "goodwill", "other"]


class RefundOrder(Body, frozen=True, kw_only=True):
    """POST /v1/staff/orders/{id}/refunds: without an amount, all that is left."""

    reason: Reason
    note: Text
    amount_fen: Annotated[int, msgspec.Meta(ge=1, le=100_000_000)] | None = None


class StaffReason(Body, frozen=True, kw_only=True):
    """Staff's word on one refund or payout: why they do it."""

    reason: Text


class CloseSuspense(Body, frozen=True, kw_only=True):
    """Why what a refund or payout has in suspense is closed, and whether the money came back.

    `came_back`: to the company's own account; otherwise the platform bears it.
    """

    reason: Text
    came_back: bool


class SuspenseClosed(View, frozen=True, kw_only=True):
    """What a refund or payout had in suspense, and has no more."""

    number: str
    closed_fen: int


class SettlePayout(Body, frozen=True, kw_only=True):
    """POST /v1/staff/payouts/{id}/settle: what staff saw at the wallet."""

    paid: bool
    reason: Text


class PayNow(Body, frozen=True, kw_only=True):
    """POST /v1/staff/payouts/pay: several at once."""

    payouts: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=50)]
    reason: Text


class MoneyQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/refunds and /v1/staff/payouts: ?state&before&limit, newest first.

    `before` is what a page's `next` gave, or an instant.
    """

    state: Annotated[str, msgspec.Meta(max_length=32)] = ""
    before: Position = ""
    limit: Limit = 50


class RefundView(View, frozen=True, kw_only=True):
    """One refund. `state` is `asked`, `stuck` (with the wallet's `trouble`), `done`, `by_hand`."""

    refund_id: str
    payment_id: str
    order_id: str
    amount_fen: int
    wallet: str
    state: str
    reason: str
    note: str
    asked_by: str
    asked_at: datetime
    trouble: str | None = None


class RefundPage(View, frozen=True, kw_only=True):
    """Refunds, newest first; `next` is the `before` of the next page."""

    refunds: tuple[RefundView, ...]
    next: str | None = None


class StaffPayoutView(View, frozen=True, kw_only=True):
    """One try to pay a courier, as finance see it; the order's other tries have other numbers.

    `state` is `payable`, `held`, `asked`, `awaiting_confirmation`, `sending`, `canceling`,
    `done`, `failed`, `cancelled`, `paid_late` (after it had ended as one of these two) or
    `set_off` (kept for what its courier owed); `waits` says why it is not asked for (`payee`,
    `day_cap`, `after_failure`, `staff`, `tries`, `owes`), `trouble` what the wallet said last,
    `afterwards` that it is being taken back, and what follows then (`hold`, `reissue`), or that
    its debt is kept from the next pay (`set_off`). `owed_fen` is what its courier owes of it.
    `by_hand`: it is `done` by staff's word alone.
    """

    payout_id: str
    order_id: str
    courier_id: str
    amount_fen: int
    wallet: str
    state: str
    attempt: int
    created_at: datetime
    not_before: datetime
    asked_at: datetime | None = None
    waits: str | None = None
    trouble: str | None = None
    afterwards: str | None = None
    owed_fen: int = 0
    written_off_fen: int = 0
    by_hand: bool = False


class PayoutPage(View, frozen=True, kw_only=True):
    """Payouts, newest first; `next` is the `before` of the next page."""

    payouts: tuple[StaffPayoutView, ...]
    next: str | None = None
