"""Staff's desk: orders, counters, reviews and the ledger, as views."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from realtime.wire.orders import OrderPage
from realtime.wire.views import OrderView
from realtime.wire.work import (
    BadEntryView,
    FinishedView,
    LedgerView,
    RacesView,
    ReviewQueueView,
    ReviewView,
    StaffOrdersQuery,
    SummaryView,
)
from server.domain.custody import Custody
from server.domain.errors import InvalidInput
from server.domain.ids import OrderId
from server.domain.people import Actor
from server.services.races import Races
from server.services.review import ForReview, Review
from server.services.views import OrderViews, Viewer
from server.store.ledger import MongoLedger
from server.store.order_search import MongoOrderSearch
from server.store.orders import MongoOrders


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
    ) -> None:
        self._orders = orders
        self._search = search
        self._ledger = ledger
        self._review = review
        self._races = races
        self._views = views
        self._gauges = gauges

    async def list_orders(self, query: StaffOrdersQuery) -> OrderPage:
        """List all orders, newest first, masked.

        Raises:
            InvalidInput: no such state.
        """
        number = query.q.strip().upper() or None
        custody = _custody(query.custody)
        found = await self._search.find(custody, number, query.before, query.limit)
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
        )

    async def reviews(self, actor: Actor) -> ReviewQueueView:
        """List what waits for review, unmasked; each read is recorded."""
        waiting = await self._review.queue(actor)
        orders = [one.order for one in waiting]
        views = await self._views.many(orders, Viewer.STAFF)
        pairs = zip(waiting, views, strict=True)
        return ReviewQueueView(orders=tuple(_review_view(one, view) for one, view in pairs))

    async def approve(self, actor: Actor, order: OrderId) -> OrderView:
        """Approve a finished waybill; see `Review.approve`."""
        approved = await self._review.approve(actor, order)
        return await self._views.one(approved, Viewer.STAFF, timeline=True)

    async def reject(self, actor: Actor, order: OrderId, reason: str) -> OrderView:
        """Send a finished waybill back; see `Review.reject`."""
        rejected = await self._review.reject(actor, order, reason)
        return await self._views.one(rejected, Viewer.STAFF, timeline=True)


def _custody(text: str) -> Custody | None:
    if not text:
        return None
    try:
        return Custody(text)
    except ValueError:
        raise InvalidInput(field="custody", rule="state") from None


def _review_view(waiting: ForReview, order: OrderView) -> ReviewView:
    finished, texts = waiting.finished, waiting.texts
    return ReviewView(
        order=order,
        finished=FinishedView(
            carrier=finished.carrier,
            number=finished.number,
            sender=texts.sender,
            recipient=texts.recipient,
            phone=texts.phone,
            address=texts.address,
            weight_grams=finished.weight_grams,
            postage_fen=finished.postage_fen,
            date=finished.posted_on,
            photo_id=finished.photo,
            uploaded_at=finished.uploaded_at,
        ),
    )
