"""Routes of offline grants: one's own, and staff's release of one."""

from __future__ import annotations

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from realtime.wire.requests import ReleaseGrant
from server.domain.ids import CommandId, OrderId
from server.domain.people import Role
from server.services.grants.desk import GrantDesk


class GrantsRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, desk: GrantDesk) -> None:
        """Take the service."""
        self._desk = desk


class GrantsHandler(GrantsRoom):
    """GET /v1/grants."""

    @allow(PERSON)
    async def get(self) -> None:
        """`GrantsView`: one's own offline grants, to keep on the phone; recorded."""
        self.answer(await self._desk.mine(self.actor))


class ReleaseHandler(GrantsRoom):
    """POST /v1/orders/{id}/grant/release."""

    @allow(Role.OPERATOR)
    async def post(self, order: str) -> None:
        """`ReleaseGrant` → `OrderView`: this grant, whose terminal stays away; recorded."""
        asked = self.body(ReleaseGrant)
        grant = CommandId(asked.grant_id)
        self.answer(await self._desk.release(self.actor, OrderId(order), grant, asked.reason))


def routes(desk: GrantDesk) -> list[Route]:
    """List this room's routes."""
    mine = {"desk": desk}
    return [
        (r"/v1/grants", GrantsHandler, mine),
        (rf"/v1/orders/{ORDER}/grant/release", ReleaseHandler, mine),
    ]
