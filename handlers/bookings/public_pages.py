"""Pages of enterprises as anyone reads them, without a script; and their pictures."""

from __future__ import annotations

from pathlib import Path

from tornado.template import Loader

from handlers.access import ANYONE, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.bookings import wording
from handlers.bookings.enterprises import ENTERPRISE, NUMBER
from handlers.bookings.html import HtmlHandler
from handlers.bookings.services import BookingServices
from handlers.bookings.wording import RegionNames
from realtime.wire.enterprises import EnterprisePageView, EnterprisesQuery
from realtime.wire.outlets import OutletsQuery
from server.domain.ids import EnterpriseId
from server.domain.people import Role

#: Outlets shown on an enterprise's page.
MOST_OUTLETS = 100

#: A name by its bytes never means anything else.
FOREVER = "public, max-age=31536000, immutable"

PICTURE = r"(?P<picture>[0-9a-f]{64})"


class PublicPage(HtmlHandler):
    """The base of these pages."""

    def initialize(self, services: BookingServices, templates: Loader, names: RegionNames) -> None:
        """Take the services, and what pages are written with."""
        self._services = services
        self._templates = templates
        self._names = names

    async def answer_enterprise(self, shown: EnterprisePageView) -> None:
        """Answer with the page of an enterprise and its outlets as they are now."""
        enterprise = shown.enterprise
        asked = OutletsQuery(enterprise_id=enterprise.enterprise_id, limit=MOST_OUTLETS)
        found = await self._services.outlets.find(asked)
        self.answer_page(
            "enterprise.html",
            title=enterprise.name,
            enterprise=enterprise,
            blocks=shown.blocks,
            outlets=found.outlets,
            now=found.at,
            service_line=await self._services.service_line.present(),
            words=wording,
            region_name=self._names.name,
        )


class SearchPage(PublicPage):
    """GET /e."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`EnterprisesQuery` → a page: enterprises by name and district."""
        asked = self.query(EnterprisesQuery)
        found = await self._services.enterprises.search(asked)
        self.answer_page(
            "enterprises.html",
            title="企业与网点",
            asked=asked,
            found=found,
            service_line=await self._services.service_line.present(),
            choices=self._names.choices(await self._services.enterprises.regions()),
            region_name=self._names.name,
        )

    head = get


class EnterprisePage(PublicPage):
    """GET /e/{id}."""

    @allow(ANYONE)
    async def get(self, enterprise: str) -> None:
        """A page: what the enterprise says of itself, and its outlets."""
        shown = await self._services.pages.public(EnterpriseId(enterprise))
        await self.answer_enterprise(shown)

    head = get


class PreviewPage(PublicPage):
    """GET /v1/staff/enterprises/{id}/pages/{number}/preview."""

    @allow(Role.OPERATOR)
    async def get(self, enterprise: str, number: str) -> None:
        """A page: a saved version as people would see it."""
        shown = await self._services.pages.preview(EnterpriseId(enterprise), int(number))
        await self.answer_enterprise(shown)


class PictureHandler(ApiHandler):
    """GET /pictures/{name}.jpg."""

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._pictures = services.pictures

    @allow(ANYONE)
    async def get(self, picture: str) -> None:
        """A JPEG, to be kept for good: its name is that of its bytes."""
        content = await self._pictures.content(picture)
        self.set_header("Cache-Control", FOREVER)
        self.answer_file(content, "image/jpeg")


def routes(services: BookingServices, web: Path) -> list[Route]:
    """List this module's routes."""
    templates, names = Loader(str(web / "templates")), RegionNames(web)
    page = {"services": services, "templates": templates, "names": names}
    return [
        (r"/e", SearchPage, page),
        (rf"/e/{ENTERPRISE}", EnterprisePage, page),
        (rf"/v1/staff/enterprises/{ENTERPRISE}/pages/{NUMBER}/preview", PreviewPage, page),
        (rf"/pictures/{PICTURE}\.jpg", PictureHandler, {"services": services}),
    ]
