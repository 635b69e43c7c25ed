"""Complaints: what customers and staff send, and the thread as each of them sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.orders import Limit, Position
from realtime.wire.requests import PLAIN, Body, Id
from realtime.wire.views import View

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=PLAIN)]
PhotoIds = Annotated[tuple[Id, ...], msgspec.Meta(max_length=6)]


class SayComplaint(Body, frozen=True, kw_only=True):
    """PUT /v1/orders/{id}/complaint: the first message opens the thread, later ones need no kind.

    `messages` is how many the page shows: a thread that has grown meanwhile is looked at first.
    """

    text: Words
    kind: Literal["lost", "damaged", "overcharged", "other"] | None = None
    photos: PhotoIds = ()
    messages: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0


class AnswerComplaint(Body, frozen=True, kw_only=True):
    """POST /v1/staff/complaints/{order}/answer: `settle` says that it is over with that."""

    text: Words
    version: Annotated[int, msgspec.Meta(ge=1)]
    settle: bool = False
    photos: PhotoIds = ()


class AssignComplaint(Body, frozen=True, kw_only=True):
    """PUT /v1/staff/complaints/{order}/assignee: me, or nobody."""

    mine: bool
    version: Annotated[int, msgspec.Meta(ge=1)]


class ComplaintsQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/complaints?state&mine&before&limit: without a state, those not settled."""

    state: Annotated[str, msgspec.Meta(max_length=16)] = ""
    mine: bool = False
    after: Position = ""
    limit: Limit = 50


class ComplaintMessage(View, frozen=True, kw_only=True):
    """One message; `side` is `customer` or `staff`, and who of staff is told to staff only."""

    side: str
    at: datetime
    text: str
    photos: tuple[str, ...]
    by: str | None = None


class ComplaintRefund(View, frozen=True, kw_only=True):
    """Money on its way back for the order; `state` as in `RefundView`."""

    refund_id: str
    amount_fen: int
    state: str
    reason: str
    asked_at: datetime


class ComplaintView(View, frozen=True, kw_only=True):
    """The thread of an order. `state` is `open`, `answered` or `settled`.

    `until`: how long its customer may still write; missing while it is not settled.
    """

    order_id: str
    version: int
    kind: str
    state: str
    opened_at: datetime
    state_since: datetime
    messages: tuple[ComplaintMessage, ...]
    refunds: tuple[ComplaintRefund, ...] = ()
    until: datetime | None = None
    assignee: str | None = None
    customer_id: str | None = None


class OwnComplaint(View, frozen=True, kw_only=True):
    """GET /v1/orders/{id}/complaint: the thread, or none yet."""

    complaint: ComplaintView | None = None


class ComplaintLine(View, frozen=True, kw_only=True):
    """One thread in staff's list: no texts."""

    order_id: str
    version: int
    kind: str
    state: str
    opened_at: datetime
    state_since: datetime
    messages: int
    assignee: str | None = None


class ComplaintPage(View, frozen=True, kw_only=True):
    """Threads, those first that have been in their state longest; `counts` is by state."""

    complaints: tuple[ComplaintLine, ...]
    counts: dict[str, int]
    next: str | None = None
