"""Staff's desk: orders, counters, reviews and the ledger, as views."""

from __future__ import annotations

from collections import Counter
from typing import Protocol, TypeVar

from realtime.wire.orders import OrderPage
from realtime.wire.requests import ApproveWaybill, SendBackWaybill
from realtime.wire.views import OrderView
from realtime.wire.work import (
    BadEntryView,
    LedgerView,
    OpenItemView,
    RacesView,
    ReviewQueueView,
    ReviewView,
    StaffOrdersQuery,
    SummaryView,
)
from server.domain.custody import Custody
from server.domain.errors import InvalidInput
from server.domain.ids import OrderId, PersonId, TerminalId
from server.domain.money import Charge
from server.domain.people import Actor
from server.domain.reviews import SendBack, needs_two
from server.domain.rules import Rules
from server.services.dispatch.races import Races
from server.services.orders.views import OrderViews, Viewer
from server.services.review.finished import ForReview, finished_view
from server.services.review.review import Review
from server.store.ledger import MongoLedger
from server.store.order_search import MongoOrderSearch, Wanted
from server.store.orders import MongoOrders

State = TypeVar("State", Custody, Charge)


class Gauges(Protocol):
    """How busy the platform is, over all processes as far as this one knows."""

    async def sockets(self) -> int:
        """Count sockets of people and terminals."""

    async def events_per_second(self) -> float:
        """Tell the rate of events published lately."""

    async def terminals_online(self) -> int:
        """Count terminals with a living connection."""

    async def couriers_on_duty(self) -> int:
        """Count couriers on duty with a living connection."""


class Desk:
    """What staff see and decide."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        search: MongoOrderSearch,
        ledger: MongoLedger,
        review: Review,
        races: Races,
        views: OrderViews,
        gauges: Gauges,
        rules: Rules,
    ) -> None:
        self._orders = orders
        self._search = search
        self._ledger = ledger
        self._review = review
        self._races = races
        self._views = views
        self._gauges = gauges
        self._rules = rules

    async def list_orders(self, query: StaffOrdersQuery) -> OrderPage:
        """List all orders, newest first, masked.

        Raises:
            InvalidInput: no such state of parcel or money.
        """
        found = await self._search.find(_wanted(query), query.before, query.limit)
        views = await self._views.many(found, Viewer.STAFF)
        more = len(found) == query.limit
        return OrderPage(orders=views, next=found[-1].created_at if more else None)

    async def summary(self) -> SummaryView:
        """Count orders by state, and how busy the platform is."""
        custody: Counter[str] = Counter()
        charge: Counter[str] = Counter()
        async for state, money, count in self._orders.counts():
            custody[state] += count
            charge[money] += count
        return SummaryView(
            custody=dict(custody),
            charge=dict(charge),
            sockets=await self._gauges.sockets(),
            events_per_second=await self._gauges.events_per_second(),
            terminals_online=await self._gauges.terminals_online(),
            couriers_on_duty=await self._gauges.couriers_on_duty(),
        )

    async def races(self, order: OrderId) -> RacesView:
        """Show who raced for an order and in which order they came; see `Races.show`."""
        return await self._races.show(order)

    async def check_ledger(self) -> LedgerView:
        """Prove the books, or name what is wrong; see `store/ledger_check.py`."""
        check = await self._ledger.check()
        return LedgerView(
            ok=check.ok,
            entries=check.entries,
            first_bad=check.first_bad,
            balances=check.balances,
            bad=tuple(
                BadEntryView(key=bad.key, order_id=bad.order, rule=bad.rule.value, why=bad.why)
                for bad in check.bad
            ),
            open=tuple(OpenItemView(name=one.name, fen=one.fen) for one in check.open),
        )

    async def reviews(self, actor: Actor) -> ReviewQueueView:
        """List what waits for review, unmasked; each read is recorded."""
        waiting = await self._review.queue(actor)
        orders = [one.order for one in waiting]
        views = await self._views.many(orders, Viewer.STAFF)
        pairs = zip(waiting, views, strict=True)
        return ReviewQueueView(orders=tuple(self._waiting(one, view, actor) for one, view in pairs))

    async def approve(self, actor: Actor, order: OrderId, body: ApproveWaybill) -> OrderView:
        """Approve a finished waybill; see `Review.approve`."""
        approved = await self._review.approve(
            actor, order, reason=body.reason, seen=body.uploaded_at
        )
        return await self._views.one(approved, Viewer.STAFF, timeline=True)

    async def withdraw(self, actor: Actor, order: OrderId) -> OrderView:
        """Take a first approval back; see `Review.withdraw`."""
        waiting = await self._review.withdraw(actor, order)
        return await self._views.one(waiting, Viewer.STAFF, timeline=True)

    async def reject(self, actor: Actor, order: OrderId, body: SendBackWaybill) -> OrderView:
        """Send a finished waybill back; see `Review.reject`."""
        rejected = await self._review.reject(
            actor, order, SendBack(body.reason), body.note, seen=body.uploaded_at
        )
        return await self._views.one(rejected, Viewer.STAFF, timeline=True)

    def _waiting(self, waiting: ForReview, order: OrderView, actor: Actor) -> ReviewView:
        approval = waiting.finished.approval
        two = needs_two(waiting.order, self._rules.four_eyes_fen)
        return ReviewView(
            order=order,
            finished=finished_view(waiting),
            approvals_needed=2 if two else 1,
            approved_at=approval.at if approval else None,
            approved_by_you=approval is not None and approval.reviewer == actor.person,
        )


def _wanted(query: StaffOrdersQuery) -> Wanted:
    return Wanted(
        custody=_state(Custody, query.custody, field="custody"),
        charge=_state(Charge, query.charge, field="charge"),
        number=query.q.strip().upper() or None,
        terminal=TerminalId(query.terminal) if query.terminal else None,
        person=PersonId(query.person) if query.person else None,
        since=query.since,
        until=query.until,
    )


def _state(kind: type[State], text: str, *, field: str) -> State | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise InvalidInput(field=field, rule="state") from None
