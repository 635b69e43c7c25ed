"""Routes of enterprises and their pages: found by anyone, edited by staff."""

from __future__ import annotations

from handlers.access import ANYONE, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.bookings.services import BookingServices
from realtime.wire.enterprises import (
    EditEnterprise,
    EnterprisesQuery,
    NewEnterprise,
    PagesQuery,
    PublishPage,
    SavePage,
)
from server.domain.ids import EnterpriseId
from server.domain.people import Role

ENTERPRISE = r"(?P<enterprise>[A-Z0-9]{1,32})"
NUMBER = r"(?P<number>[0-9]{1,9})"

#: A page of sixty full blocks; and a camera's picture.
PAGE_BYTES = 512 * 1024
PICTURE_BYTES = 10 * 1024 * 1024


class EnterprisesRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._enterprises = services.enterprises
        self._pages = services.pages


class EnterprisesHandler(EnterprisesRoom):
    """GET /v1/enterprises."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`EnterprisesQuery` → `EnterprisesView`: active ones, by name."""
        self.answer(await self._enterprises.search(self.query(EnterprisesQuery)))


class EnterpriseHandler(EnterprisesRoom):
    """GET /v1/enterprises/{id}."""

    @allow(ANYONE)
    async def get(self, enterprise: str) -> None:
        """`EnterprisePageView`: its page as blocks; /e/{id} is the same for people to read."""
        self.answer(await self._pages.public(EnterpriseId(enterprise)))


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


class StaffPagesHandler(EnterprisesRoom):
    """GET and POST /v1/staff/enterprises/{id}/pages."""

    @allow(Role.OPERATOR)
    async def get(self, enterprise: str) -> None:
        """`PagesQuery` → `SavedPagesView`: every version that was saved, newest first."""
        asked = self.query(PagesQuery)
        self.answer(await self._pages.versions(EnterpriseId(enterprise), asked))

    @allow(Role.OPERATOR, body_bytes=PAGE_BYTES, idempotent=True)
    async def post(self, enterprise: str) -> None:
        """`SavePage` → `PageView`: a new version; people see it once it is published."""
        asked = self.body(SavePage)
        saved = await self._pages.save(self.actor, EnterpriseId(enterprise), asked)
        self.answer(saved, status=201)


class StaffPageHandler(EnterprisesRoom):
    """GET /v1/staff/enterprises/{id}/pages/{number}."""

    @allow(Role.OPERATOR)
    async def get(self, enterprise: str, number: str) -> None:
        """`PageView`."""
        self.answer(await self._pages.version(EnterpriseId(enterprise), int(number)))


class PublishHandler(EnterprisesRoom):
    """PUT /v1/staff/enterprises/{id}/page."""

    @allow(Role.OPERATOR)
    async def put(self, enterprise: str) -> None:
        """`PublishPage` → `EnterpriseView`: people see this version now; recorded."""
        asked = self.body(PublishPage)
        self.answer(await self._pages.publish(self.actor, EnterpriseId(enterprise), asked))


class PicturesHandler(ApiHandler):
    """POST /v1/staff/pictures."""

    raw_types = frozenset({"image/jpeg", "image/png"})

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._pictures = services.pictures

    @allow(Role.OPERATOR, body_bytes=PICTURE_BYTES)
    async def post(self) -> None:
        """Raw JPEG or PNG, 10 MB at most → `PictureTaken`; anyone may see it from now on."""
        self.answer(await self._pictures.take(self.actor, self.raw_body()), status=201)


def routes(services: BookingServices) -> list[Route]:
    """List this module's routes."""
    mine = {"services": services}
    one = rf"/v1/staff/enterprises/{ENTERPRISE}"
    return [
        (r"/v1/enterprises", EnterprisesHandler, mine),
        (rf"/v1/enterprises/{ENTERPRISE}", EnterpriseHandler, mine),
        (r"/v1/staff/enterprises", StaffEnterprisesHandler, mine),
        (one, StaffEnterpriseHandler, mine),
        (rf"{one}/pages", StaffPagesHandler, mine),
        (rf"{one}/pages/{NUMBER}", StaffPageHandler, mine),
        (rf"{one}/page", PublishHandler, mine),
        (r"/v1/staff/pictures", PicturesHandler, mine),
    ]
