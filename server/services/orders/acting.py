"""What staff do to an order at their desk, shown to them as it is afterwards."""

from __future__ import annotations

from realtime.wire.views import OrderView
from server.domain.errors import InvalidInput
from server.domain.ids import OrderId, PersonId
from server.domain.people import Actor
from server.services.dispatch.assigning import Assigning
from server.services.orders.views import OrderViews, Viewer
from server.services.ports import Audit, Clock
from server.services.timers import Timers
from server.store.orders import MongoOrders


class DeskActs:
    """Assigning, taking back, carrying out what is due."""

    def __init__(
        self,
        *,
        assigning: Assigning,
        timers: Timers,
        orders: MongoOrders,
        views: OrderViews,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._assigning = assigning
        self._timers = timers
        self._orders = orders
        self._views = views
        self._audit = audit
        self._clock = clock

    async def assign(
        self,
        actor: Actor,
        order: OrderId,
        courier: PersonId,
        offer_version: int,
        words: str,
        *,
        held_by: str | None = None,
    ) -> OrderView:
        """Give it to a courier; see `Assigning.assign`."""
        given = await self._assigning.assign(
            actor, order, courier, offer_version, words, held_by=held_by
        )
        return await self._views.one(given, Viewer.STAFF, timeline=True)

    async def unassign(
        self, actor: Actor, order: OrderId, offer_version: int, words: str
    ) -> OrderView:
        """Take it from its courier; see `Assigning.unassign`."""
        free = await self._assigning.unassign(actor, order, offer_version, words)
        return await self._views.one(free, Viewer.STAFF, timeline=True)

    async def act(self, actor: Actor, order: OrderId, words: str) -> OrderView:
        """Carry out now what the order's timers are due for; recorded.

        Raises:
            NotFound: no such order. InvalidInput: no reason. What stands in a timer's way.
        """
        if not words.strip():
            raise InvalidInput(field="reason", rule="required")
        await self._orders.get(order)
        await self._audit.record(
            actor=actor.person,
            action="act_on_order",
            subject=f"order:{order}",
            purpose=words.strip(),
            at=self._clock(),
        )
        await self._timers.act(order)
        known = await self._orders.get(order)
        return await self._views.one(known, Viewer.STAFF, timeline=True)
