"""Staff's desk of orders: assigning, finding, what is stuck, an order's whole story, replays."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from realtime.wire.moments import check_instant
from realtime.wire.requests import Body, Id, Text
from realtime.wire.views import View

OfferVersion = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]


class AssignOrder(Body, frozen=True, kw_only=True):
    """POST /v1/staff/orders/{id}/assign: to whom, and the offer version that was looked at.

    `held_by` is the courier who was seen to have it, empty for nobody: whoever has won it since
    keeps it. Without it, whoever has it by now loses it.
    """

    courier_id: Id
    offer_version: OfferVersion
    held_by: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    reason: Text


class UnassignOrder(Body, frozen=True, kw_only=True):
    """POST /v1/staff/orders/{id}/unassign: the claim under this offer version is over."""

    offer_version: OfferVersion
    reason: Text


class CandidateView(View, frozen=True, kw_only=True):
    """A courier to whom an order may be given; `why_not` is the refusal that staff would get.

    `why_not` is `cap_reached`, `not_certified`, `holds_it` or missing. `metres` is from the
    terminal, by a place that is at most so old as the feeds believe.
    """

    courier_id: str
    masked_phone: str
    on_duty: bool
    carrying: int
    cap: int
    metres: int | None = None
    seen_at: datetime | None = None
    why_not: str | None = None


class CandidatesView(View, frozen=True, kw_only=True):
    """GET /v1/staff/orders/{id}/couriers: who may have it first, then those nearest."""

    order_id: str
    couriers: tuple[CandidateView, ...]


class StuckQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/stuck?kind."""

    kind: Annotated[str, msgspec.Meta(max_length=32)] = ""


class FixView(View, frozen=True, kw_only=True):
    """An act that helps, as an existing route: `body` as it is, with what staff fill in (`asks`).

    `asks` names fields of the body: `reason`, `courier_id`, `paid`, `came_back`. A fix without a
    route is done at `page`.
    """

    name: str
    method: str = ""
    path: str = ""
    page: str = ""
    body: dict[str, str | int | bool] = {}
    asks: tuple[str, ...] = ()


class StuckView(View, frozen=True, kw_only=True):
    """One thing that hangs: why (`kind`), since when, and what helps that the reader may do.

    `subject` is an order's, refund's or payout's number, or the name of what is in suspense.
    """

    kind: str
    subject: str
    since: datetime
    fixes: tuple[FixView, ...]
    order_id: str | None = None
    custody: str | None = None
    charge: str | None = None
    terminal_id: str | None = None
    cell: int | None = None
    courier_id: str | None = None
    fen: int | None = None
    trouble: str | None = None


class StuckPage(View, frozen=True, kw_only=True):
    """What hangs, longest first; `cut`: there is more than is listed. `counts` is by kind."""

    stuck: tuple[StuckView, ...]
    counts: dict[str, int]
    cut: bool


class StoryEntry(View, frozen=True, kw_only=True):
    """One line of everything that is known of an order.

    `source` is `event`, `door`, `command`, `posting`, `notice` or `record`, `what` its word: the
    step, the door event's kind, the command's state, the posting's kind, the notice's kind, the
    recorded act. `details` holds ids, numbers and staff's words.
    """

    at: datetime
    source: str
    what: str
    by: str | None = None
    version: int | None = None
    details: dict[str, str | int | bool | None] = {}


class StoryView(View, frozen=True, kw_only=True):
    """GET /v1/staff/orders/{id}/story: oldest first; `cut` names sources that have more."""

    order_id: str
    entries: tuple[StoryEntry, ...]
    cut: tuple[str, ...] = ()


class MomentView(View, frozen=True, kw_only=True):
    """How an order was after one event: what the slider shows.

    `door` is `asked`, `open`, `closed`, `failed` or missing: no door of it moved in this phase.
    """

    version: int
    at: datetime
    step: str
    by: str
    custody: str
    charge: str
    payout: str
    terminal_id: str | None = None
    cell: int | None = None
    door: str | None = None
    courier_id: str | None = None
    offer_version: int | None = None
    ring: int | None = None


class OrderReplay(View, frozen=True, kw_only=True):
    """GET /v1/staff/orders/{id}/replay: every step, oldest first; `cut`: earlier ones are gone."""

    order_id: str
    cells: tuple[int, ...]  #: of its terminal, for drawing
    moments: tuple[MomentView, ...]
    cut: bool = False


class ReplayQuery(Body, frozen=True, kw_only=True):
    """GET /v1/staff/terminals/{id}/replay?since&until&after&limit; at most seven days.

    Without `until` up to now, without `since` the six hours before that.
    """

    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    after: Annotated[str, msgspec.Meta(max_length=64)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("since", self.since)
        check_instant("until", self.until)


class DoorAt(View, frozen=True, kw_only=True):
    """A cell of the terminal, and how its door stood when the time begins."""

    cell: int
    size: str
    door: str


class DoorMoment(View, frozen=True, kw_only=True):
    """One fact about a door, at the server's time; `told_at` is the agent's."""

    at: datetime
    told_at: datetime
    cell: int
    kind: str
    door: str
    order_id: str | None = None
    purpose: str | None = None
    by: str | None = None


class TerminalReplay(View, frozen=True, kw_only=True):
    """The doors at `since`, and what they did until `until`; `next` is a later page's `after`."""

    terminal_id: str
    name: str
    since: datetime
    until: datetime
    doors: tuple[DoorAt, ...]
    moments: tuple[DoorMoment, ...]
    next: str | None = None
