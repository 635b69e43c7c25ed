"""Staff's routes of prices: versions of the list, a new one, its preview, its withdrawal."""

from __future__ import annotations

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.prices import PreviewPrices, PriceListsQuery, PublishPrices, WithdrawPrices
from server.domain.people import Role
from server.services.orders.price_desk import PriceDesk

NUMBER = r"(?P<number>[0-9]{1,9})"


class PricesRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, prices: PriceDesk) -> None:
        """Take the service."""
        self._prices = prices


class PriceListsHandler(PricesRoom):
    """GET and POST /v1/staff/prices."""

    @allow(Role.FINANCE, Role.REVIEWER, Role.OPERATOR)
    async def get(self) -> None:
        """`PriceListsQuery` → `PriceListPage`, newest first."""
        self.answer(await self._prices.page(self.query(PriceListsQuery)))

    @allow(Role.FINANCE, idempotent=True)
    async def post(self) -> None:
        """`PublishPrices` → `PriceListView`: the next version, at once or to come. Recorded."""
        made = await self._prices.publish(self.actor, self.body(PublishPrices))
        self.answer(made, status=201)


class PricePreviewHandler(PricesRoom):
    """POST /v1/staff/prices/preview."""

    @allow(Role.FINANCE)
    async def post(self) -> None:
        """`PreviewPrices` → `PricePreview`: what it would change; nothing is written."""
        self.answer(await self._prices.preview(self.body(PreviewPrices)))


class WithdrawPricesHandler(PricesRoom):
    """POST /v1/staff/prices/{number}/withdraw."""

    @allow(Role.FINANCE, idempotent=True)
    async def post(self, number: str) -> None:
        """`WithdrawPrices` → `PriceListView`, of one whose day has not come. Recorded."""
        reason = self.body(WithdrawPrices).reason
        self.answer(await self._prices.withdraw(self.actor, int(number), reason))


def routes(prices: PriceDesk) -> list[Route]:
    """List this room's routes."""
    given = {"prices": prices}
    return [
        (r"/v1/staff/prices", PriceListsHandler, given),
        (r"/v1/staff/prices/preview", PricePreviewHandler, given),
        (rf"/v1/staff/prices/{NUMBER}/withdraw", WithdrawPricesHandler, given),
    ]
