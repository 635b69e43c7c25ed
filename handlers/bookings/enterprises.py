"""Routes of enterprises: found by anyone, edited by staff."""

from __future__ import annotations

from handlers.access import ANYONE, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.bookings.services import BookingServices
from realtime.wire.outlets import EditEnterprise, EnterprisesQuery, NewEnterprise
from server.domain.ids import EnterpriseId
from server.domain.people import Role

ENTERPRISE = r"(?P<enterprise>[A-Z0-9]{1,32})"


class EnterprisesRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._enterprises = services.enterprises


class EnterprisesHandler(EnterprisesRoom):
    """GET /v1/enterprises."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`EnterprisesQuery` → `EnterprisesView`: active ones, by name."""
        self.answer(await self._enterprises.search(self.query(EnterprisesQuery)))


class StaffEnterprisesHandler(EnterprisesRoom):
    """GET and POST /v1/staff/enterprises."""

    @allow(Role.OPERATOR)
    async def get(self) -> None:
        """`EnterprisesQuery` → `EnterprisesView`: all of them, by name."""
        asked = self.query(EnterprisesQuery)
        self.answer(await self._enterprises.search(asked, for_staff=True))

    @allow(Role.OPERATOR, idempotent=True)
    async def post(self) -> None:
        """`NewEnterprise` → `EnterpriseView`; recorded."""
        made = await self._enterprises.create(self.actor, self.body(NewEnterprise))
        self.answer(made, status=201)


class StaffEnterpriseHandler(EnterprisesRoom):
    """GET and PUT /v1/staff/enterprises/{id}."""

    @allow(Role.OPERATOR)
    async def get(self, enterprise: str) -> None:
        """`EnterpriseView`."""
        self.answer(await self._enterprises.show(EnterpriseId(enterprise)))

    @allow(Role.OPERATOR)
    async def put(self, enterprise: str) -> None:
        """`EditEnterprise` → `EnterpriseView`; recorded."""
        asked = self.body(EditEnterprise)
        self.answer(await self._enterprises.edit(self.actor, EnterpriseId(enterprise), asked))


def routes(services: BookingServices) -> list[Route]:
    """List this module's routes."""
    mine = {"services": services}
    return [
        (r"/v1/enterprises", EnterprisesHandler, mine),
        (r"/v1/staff/enterprises", StaffEnterprisesHandler, mine),
        (rf"/v1/staff/enterprises/{ENTERPRISE}", StaffEnterpriseHandler, mine),
    ]
