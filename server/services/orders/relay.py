"""From an order's document to everybody who follows it: at least once, in order, by version.

An event is published from the document it was written in (rule 2). `kick` publishes soon in
this process; every worker's `sweep` finds what a process that died has left. What is told is
always the order as it is now, so that a late or repeated telling says nothing false.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from realtime.claims import Claims, ClaimsUnavailable
from realtime.tasks import is_wanted
from realtime.wire.people import Notice, OfferGone, OrderChanged, PushEvent
from realtime.wire.views import OfferView
from server.domain.custody import Custody, Step
from server.domain.errors import NotFound, Unavailable
from server.domain.ids import OrderId, PersonId
from server.domain.money import STEPS_OF_PAY
from server.domain.orders import CLOSES_OFFER, OPENS_OFFER, Order, OrderEvent
from server.services import kicks
from server.services.dispatch.judge import HELD, RENEWED, is_open_at, resource_of
from server.services.dispatch.races import Races
from server.services.notices.notices import Notices
from server.services.notices.texts_of_steps import STAFF_TEXTS
from server.services.one_by_one import one_by_one
from server.services.orders.views import OrderViews, Viewer
from server.services.ports import Clock, PersonFeed
from server.store.couriers import MongoCouriers
from server.store.orders import MongoOrders

#: Orders published at once in one process.
AT_ONCE = 8

BATCH = 200

#: A sweep leaves younger events to the process that wrote them.
LEFT_AFTER = timedelta(seconds=1)

#: A timer told staff; see services/timers.py.
STAFF_TOLD = "staff_told"

#: Steps that put the order on couriers' pages, or change how it stands there.
SHOWS_OFFER = OPENS_OFFER | {RENEWED, Step.WIDEN}

#: Steps after which the order no longer counts against a courier's cap.
LAYS_DOWN = frozenset(
    {
        *(Step.HAND_BACK, Step.UNASSIGN, Step.EXPIRE_CLAIM),
        *(Step.REFUSE, Step.TAKE_BACK, Step.UPLOAD),
    }
)

#: Steps by which a race is over, or all who were late have been heard.
ENDS_RACE = CLOSES_OFFER | {
    Step.BIND,
    Step.OPEN_OFFLINE,
    Step.HAND_BACK,
    Step.UNASSIGN,
    Step.EXPIRE_CLAIM,
    RENEWED,
}

#: States in which the order counts against its courier's cap.
CARRIED = frozenset({Custody.CLAIMED, Custody.COLLECTING, Custody.COLLECTED})


class OfferFeed(Protocol):
    """The districts' feeds; both raise Unavailable when Redis is away, and may be repeated."""

    async def opened(self, offer: OfferView) -> None:
        """Tell every district that the offer's ring touches."""

    async def gone(self, gone: OfferGone, offer: OfferView) -> None:
        """Tell every district that was told of the offer."""


class StaffOrders(Protocol):
    """Staff's feed of orders."""

    async def push(self, event: PushEvent) -> None:
        """Tell all staff. Raises: Unavailable."""


class OrderFollower(Protocol):
    """Whoever shows an order on another screen: the visits, for the kiosk."""

    async def order_changed(self, order: OrderId) -> None:
        """Look at the order again; may be called for nothing."""


class Kicks(kicks.Kicks[OrderId]):
    """Orders that this process should publish soon; implements `Relay` for every service."""


class OrderRelay:
    """Publishes orders' events."""

    def __init__(
        self,
        *,
        kicks: Kicks,
        orders: MongoOrders,
        couriers: MongoCouriers,
        views: OrderViews,
        claims: Claims,
        offers: OfferFeed,
        people: PersonFeed,
        staff: StaffOrders,
        notices: Notices,
        races: Races,
        follower: OrderFollower,
        clock: Clock,
    ) -> None:
        self._kicks = kicks
        self._orders = orders
        self._couriers = couriers
        self._views = views
        self._claims = claims
        self._offers = offers
        self._people = people
        self._staff = staff
        self._notices = notices
        self._races = races
        self._follower = follower
        self._clock = clock

    async def run(self) -> None:
        """Publish what is kicked, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._run_one())

    async def sweep(self) -> int:
        """Publish what no process has published in time; returns how many orders."""
        left = await self._orders.unpublished(BATCH)
        until = self._clock() - LEFT_AFTER
        return await one_by_one(left, lambda order: self.publish(order, until), name="publishing")

    async def publish(self, order: OrderId, until: datetime | None = None) -> bool:
        """Publish an order's unpublished events; False when there are none.

        With `until`, an order whose last event is younger is left to whoever wrote it.

        Raises:
            Unavailable: Redis or MongoDB is away; nothing is marked, so it is done again.
        """
        found = await self._orders.unpublished_events(order)
        if found is None:
            return False
        value, events, version = found
        if until is not None and events and events[-1].at > until:
            return False
        await self._race_and_offers(value, {event.step for event in events})
        await self._tell(value, events)
        await self._orders.mark_published(order, version)
        return True

    async def _run_one(self) -> None:
        while is_wanted():
            async with self._kicks.next() as order:
                await one_by_one((order,), self.publish, name="publishing")

    async def _race_and_offers(self, order: Order, steps: set[str]) -> None:
        """Make claim record, districts and caps say what the order says now."""
        if order.offer is None:
            return
        if steps & ENDS_RACE:
            await self._races.keep(order)
        if steps & LAYS_DOWN:
            holder = order.pickup.courier if order.pickup and order.custody in CARRIED else None
            await self._couriers.lay_down(order.id, order.version, except_for=holder)
        try:
            if order.custody is Custody.OPEN and steps & SHOWS_OFFER:
                await self._open(order)
            elif order.custody is not Custody.OPEN and steps & (CLOSES_OFFER | SHOWS_OFFER):
                await self._close(order)
        except ClaimsUnavailable as error:
            raise Unavailable(part="redis") from error

    async def _open(self, order: Order) -> None:
        if order.offer is None:
            return
        version = order.offer.version
        await self._claims.open(resource_of(order.id), version, opened_at=order.offer.opened_at)
        await self._offers.opened(await self._views.offer(order))
        # It may have gone meanwhile, and another process may have said so before us.
        now = await self._orders.get(order.id)
        if not is_open_at(now, version):
            await self._gone(order)

    async def _close(self, order: Order) -> None:
        if order.offer is not None and order.custody not in HELD:
            await self._claims.close(resource_of(order.id), order.offer.version)
        await self._gone(order)

    async def _gone(self, order: Order) -> None:
        if order.offer is None:
            return
        gone = OfferGone(order_id=order.id, offer_version=order.offer.version)
        try:
            offer = await self._views.offer(order)
        except NotFound:
            return  # out of its terminal already: the districts' histories are past it
        await self._offers.gone(gone, offer)

    async def _tell(self, order: Order, events: Sequence[OrderEvent]) -> None:
        customer = await self._views.push(order, Viewer.CUSTOMER)
        staff = await self._views.push(order, Viewer.STAFF)
        courier = order.pickup.courier if order.pickup else None
        winner = await self._views.push(order, Viewer.WINNER) if courier else None
        for event in events:
            step = "" if event.step in STEPS_OF_PAY else event.step
            await self._people.push(order.customer, OrderChanged(order=customer, step=step))
            if courier and winner and courier != order.customer:
                await self._people.push(courier, OrderChanged(order=winner, step=event.step))
            await self._tell_who_left(order, event)
            await self._staff.push(OrderChanged(order=staff, step=event.step))
            await self._tell_staff(order, event)
            await self._notices.tell_of(order, event)
        await self._follower.order_changed(order.id)

    async def _tell_who_left(self, order: Order, event: OrderEvent) -> None:
        """Tell a courier's pages that the order went, and nothing of what came after."""
        left = event.data.get("courier")
        if not isinstance(left, str) or (order.pickup and order.pickup.courier == left):
            return
        then = replace(
            order, version=event.version, custody=event.custody, pickup=None, finished=None
        )
        view = await self._views.push(then, Viewer.WINNER)
        await self._people.push(PersonId(left), OrderChanged(order=view, step=event.step))

    async def _tell_staff(self, order: Order, event: OrderEvent) -> None:
        kind = str(event.data.get("timer")) if event.step == STAFF_TOLD else event.step
        text = STAFF_TEXTS.get(kind)
        if text is not None:
            notice = Notice(kind=kind, zh=text.zh, en=text.en, order_id=order.id)
            await self._staff.push(notice)
