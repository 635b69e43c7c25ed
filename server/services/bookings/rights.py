"""Which outlets a member of staff works at: asked here, by every room, and nowhere else."""

from __future__ import annotations

from server.domain.errors import Forbidden
from server.domain.ids import OutletId
from server.domain.people import Actor, Role
from server.store.bookings.outlets import MongoOutlets

#: Staff who see and edit every outlet.
ALL_OUTLETS = frozenset({Role.OPERATOR, Role.ADMIN})


class OutletRights:
    """Operators and admins have all outlets; outlet staff those that an admin linked them to."""

    def __init__(self, outlets: MongoOutlets) -> None:
        self._outlets = outlets

    async def require(self, actor: Actor, outlet: OutletId) -> None:
        """Check that an outlet is this member of staff's.

        Raises:
            Forbidden: it is not, whether there is such an outlet or none.
        """
        if actor.roles & ALL_OUTLETS:
            return
        if Role.OUTLET_STAFF in actor.roles and await self._outlets.is_linked(outlet, actor.person):
            return
        raise Forbidden(field="outlet_id", rule="own_outlet")

    async def outlets_of(self, actor: Actor) -> frozenset[OutletId] | None:
        """Name this member of staff's outlets; None: all of them."""
        if actor.roles & ALL_OUTLETS:
            return None
        if Role.OUTLET_STAFF not in actor.roles:
            return frozenset()
        return await self._outlets.outlets_of(actor.person)
