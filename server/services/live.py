"""What people do over their sockets: snapshots of their channels, duty, places, claims."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from realtime.channels import DAY, SLOTS
from realtime.wire.people import Snapshot
from realtime.wire.views import OrderView, VisitView
from realtime.wire.work import ClaimWonView
from server.domain.errors import Forbidden
from server.domain.geo import Place
from server.domain.ids import District, OrderId, OutletId, PersonId
from server.domain.people import Actor
from server.services.bookings.counts import Counts
from server.services.bookings.day import OutletDay
from server.services.dispatch.couriers import Couriers
from server.services.dispatch.dispatch import Dispatch
from server.services.map.desk import MapDesk
from server.services.orders.views import ORDER_STAFF, OrderViews, Viewer
from server.services.ports import Clock
from server.services.visits.screens import Screens
from server.store.order_search import MongoOrderSearch, Wanted
from server.store.orders import MongoOrders
from server.store.visits import MongoVisits

#: Orders in a snapshot; older ones are found by their lists.
OWN_ORDERS = 20
STAFF_ORDERS = 100


class Live:
    """Implements the sockets' `PeopleService`."""

    def __init__(
        self,
        *,
        couriers: Couriers,
        dispatch: Dispatch,
        orders: MongoOrders,
        search: MongoOrderSearch,
        visits: MongoVisits,
        screens: Screens,
        views: OrderViews,
        counts: Counts,
        day: OutletDay,
        map_desk: MapDesk,
        clock: Clock,
    ) -> None:
        self._couriers = couriers
        self._dispatch = dispatch
        self._orders = orders
        self._search = search
        self._visits = visits
        self._screens = screens
        self._views = views
        self._counts = counts
        self._day = day
        self._map_desk = map_desk
        self._clock = clock

    async def snapshot(self, actor: Actor, channel: str) -> Snapshot:
        """Give all of a channel, as of after this was called.

        Raises:
            Forbidden: the staff channel, without a role that works with orders; the channel of
                another's outlet.
            NotFound: the channel of an outlet that is none.
        """
        if channel.startswith(SLOTS):
            return Snapshot(slots=await self._counts.snapshot(OutletId(channel[len(SLOTS) :])))
        if channel.startswith(DAY):
            await self.may_follow(actor, channel)
            return Snapshot(bookings=await self._day.views(OutletId(channel[len(DAY) :])))
        if channel == "me":
            return await self._of_person(actor.person)
        if not actor.roles & ORDER_STAFF:
            raise Forbidden(rule="staff")
        found = await self._search.find(Wanted(), None, STAFF_ORDERS)
        return Snapshot(orders=await self._views.many(found, Viewer.STAFF))

    async def may_follow(self, actor: Actor, channel: str) -> None:
        """Check that a channel of an outlet's day is this member of staff's.

        Raises:
            Forbidden: it is not.
        """
        if channel.startswith(DAY):
            await self._day.require(actor, OutletId(channel[len(DAY) :]))

    async def may_see_offers(self, actor: Actor) -> None:
        """Check that the person is a courier; see `Couriers`."""
        await self._couriers.may_see_offers(actor)

    async def may_watch_map(self, actor: Actor, *, is_first: bool) -> None:
        """Check who may see where couriers are; see `MapDesk.may_watch`."""
        await self._map_desk.may_watch(actor, is_first=is_first)

    async def set_duty(self, actor: Actor, *, on: bool, districts: Iterable[District]) -> None:
        """Go on or off duty; see `Couriers`."""
        await self._couriers.set_duty(actor, on=on, districts=districts)

    async def report_position(self, actor: Actor, place: Place, at: datetime) -> None:
        """Take the courier's place; see `Couriers`."""
        await self._couriers.report_position(actor, place, at)

    async def claim(
        self, actor: Actor, order: OrderId, offer_version: int, request: str
    ) -> ClaimWonView:
        """Claim an offer; see `Dispatch.claim` for the refusals."""
        return await self._couriers.claim(actor, order, offer_version, request)

    async def _of_person(self, person: PersonId) -> Snapshot:
        own = await self._orders.of_customer(person, limit=OWN_ORDERS)
        won = [one for one in await self._dispatch.won_by(person) if one.customer != person]
        views: tuple[OrderView, ...] = (
            *await self._views.many(own, Viewer.CUSTOMER),
            *await self._views.many(won, Viewer.WINNER),
        )
        return Snapshot(orders=views, visit=await self._visit_of(person))

    async def _visit_of(self, person: PersonId) -> VisitView | None:
        visit = await self._visits.running_of(person, self._clock())
        return await self._screens.look(visit.id) if visit else None
