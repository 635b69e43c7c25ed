"""Bodies, queries and answers of finance: statements, differences, invoices, sheets by day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.orders import Limit, Position
from realtime.wire.requests import PLAIN, Body, Text
from realtime.wire.views import View

Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}(?!\n)$")]
#: A day, and the last wallet of it that a page had.
DayPosition = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}(~[a-z]{1,16})?(?!\n)$")]
Note = Annotated[str, msgspec.Meta(min_length=1, max_length=400, pattern=PLAIN)]


class DayQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/finance/*.csv?day: a day of China's, such as 2026-11-22."""

    day: Day


class StatementView(View, frozen=True, kw_only=True):
    """One wallet's bill of one day, fen; `problem` is why the last try brought none.

    `differences` counts the open ones.
    """

    wallet: str
    day: str
    done: bool
    problem: str | None
    fetched_at: datetime | None
    lines: int
    payments_fen: int
    refunds_fen: int
    transfers_fen: int
    fee_fen: int
    differences: int


class StatementsQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/finance/statements?before&limit: days before one, or what `next` gave."""

    before: DayPosition | None = None
    limit: Limit = 60


class StatementsView(View, frozen=True, kw_only=True):
    """GET /v1/staff/finance/statements: newest day first."""

    statements: tuple[StatementView, ...]
    next: str | None


class FetchStatement(Body, frozen=True, kw_only=True):
    """POST /v1/staff/finance/statements."""

    wallet: Literal["wechat", "alipay"]
    day: Day
    note: Note


class DifferenceView(View, frozen=True, kw_only=True):
    """One number on which a bill and our books differ; None where one of them has nothing.

    `kind` is `missing_at_wallet`, `missing_here`, `amount`, `duplicate`, `fee` or `unreadable` (a
    line of the bill that nobody can read, of flow `unread`); `state` is `open`, `cleared` (it
    agrees by now) or `resolved`. `suspense_fen` is what it has put in suspense: above zero the
    wallet has more of our money than our books say.
    """

    difference_id: str
    wallet: str
    day: str
    kind: str
    flow: str
    number: str
    transaction: str | None
    ours_fen: int | None
    theirs_fen: int | None
    fee_fen: int | None
    suspense_fen: int
    state: str
    found_at: datetime
    note: str
    booked: bool
    resolved_by: str | None
    resolved_at: datetime | None


class DifferencesQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/finance/differences?state&day&after&limit."""

    state: Literal["open", "cleared", "resolved", "all"] = "open"
    day: Day | None = None
    after: Annotated[str, msgspec.Meta(max_length=300)] = ""
    limit: Limit = 50


class DifferencesView(View, frozen=True, kw_only=True):
    """GET /v1/staff/finance/differences: by wallet, day and name; `next` is the last one's id."""

    differences: tuple[DifferenceView, ...]
    next: str | None


class ResolveDifference(Body, frozen=True, kw_only=True):
    """POST /v1/staff/finance/differences/resolve: `book` gives its suspense to the platform.

    One that holds any is only closed with that, rule `suspense_holds`.
    """

    difference_id: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    note: Note
    book: bool = False


class RequestInvoice(Body, frozen=True, kw_only=True):
    """PUT /v1/orders/{order}/invoice: personal ones have no tax number."""

    kind: Literal["personal", "company"]
    title: Text
    email: Text
    tax_number: Annotated[str, msgspec.Meta(max_length=32, pattern=PLAIN)] = ""


class InvoiceView(View, frozen=True, kw_only=True):
    """An invoice as asked for; `state` is `requested`, `issued` or `refused`, `note` says why."""

    order_id: str
    state: str
    kind: str
    title: str
    tax_number: str
    email: str
    amount_fen: int
    note: str
    requested_at: datetime
    decided_at: datetime | None
    may_change: bool


class OrderInvoiceView(View, frozen=True, kw_only=True):
    """GET /v1/orders/{order}/invoice: what was asked for, if anything, and whether one may ask."""

    invoice: InvoiceView | None
    may_ask: bool


class InvoicesQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/finance/invoices?state&before&limit."""

    state: Literal["requested", "issued", "refused"] = "requested"
    before: Position = ""
    limit: Limit = 20


class InvoicesView(View, frozen=True, kw_only=True):
    """GET /v1/staff/finance/invoices: unmasked, each read recorded; newest first."""

    invoices: tuple[InvoiceView, ...]
    next: str | None


class DecideInvoice(Body, frozen=True, kw_only=True):
    """POST /v1/staff/finance/invoices/{order}: issued or refused, with what to tell."""

    state: Literal["issued", "refused"]
    note: Note
