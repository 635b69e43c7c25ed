"""Routes of pay pages, and of couriers' confirmations that they are paid.

The code in a pay page's URL is all that is asked for: anyone may pay for another.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.access import ANYONE, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.browser_cookies import browser_of
from handlers.payments import ORDER
from handlers.wechat import COOKIE
from realtime.wire.pay_pages import AskPayPage
from server.domain.ids import OrderId, PayoutId
from server.domain.payments import PayWay
from server.services.money.pay_codes import PayCodes
from server.services.money.pay_pages import PayPages
from server.services.money.payout_confirmations import PayoutConfirmations

CODE = r"(?P<code>[A-Z0-9]{1,64})"
PAYOUT = r"(?P<payout>[A-Za-z0-9]{1,48})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayServices:
    """What this room calls."""

    codes: PayCodes
    pages: PayPages
    confirmations: PayoutConfirmations


class PayRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: PayServices) -> None:
        """Take the services."""
        self._codes = services.codes
        self._pages = services.pages
        self._confirmations = services.confirmations


class PayPageHandler(PayRoom):
    """GET, POST /v1/pay/{code}."""

    @allow(ANYONE)
    async def get(self, code: str) -> None:
        """→ `PayPageView`: how it stands, by what is known here."""
        self.answer(await self._pages.look(code))

    @allow(ANYONE)
    async def post(self, code: str) -> None:
        """`AskPayPage` → `PayPageView` with a way to pay; the same again gives the same."""
        asked = self.body(AskPayPage)
        way, browser = PayWay(asked.way), browser_of(self, COOKIE)
        self.answer(await self._pages.ask(code, way, asked.handle, browser, self.address))


class PayLookHandler(PayRoom):
    """POST /v1/pay/{code}/look."""

    @allow(ANYONE)
    async def post(self, code: str) -> None:
        """No body → `PayPageView`; the wallet is asked too, unless it just was."""
        self.answer(await self._pages.look_at_wallet(code))


class PayLinkHandler(PayRoom):
    """POST /v1/orders/{id}/pay-link."""

    @allow(PERSON)
    async def post(self, order: str) -> None:
        """No body → `PayLinkView` of one's own order that is in its cell, unpaid."""
        self.answer(await self._codes.link_of(OrderId(order), self.actor.person))


class PayoutConfirmationHandler(PayRoom):
    """POST /v1/courier/payouts/{id}/confirmation."""

    @allow(PERSON)
    async def post(self, payout: str) -> None:
        """No body → `PayoutConfirmation` of one's own payout that waits for it."""
        person = self.actor.person
        self.answer(await self._confirmations.open(PayoutId(payout), person))


def routes(services: PayServices) -> list[Route]:
    """List this room's routes."""
    mine = {"services": services}
    return [
        (rf"/v1/pay/{CODE}", PayPageHandler, mine),
        (rf"/v1/pay/{CODE}/look", PayLookHandler, mine),
        (rf"/v1/orders/{ORDER}/pay-link", PayLinkHandler, mine),
        (rf"/v1/courier/payouts/{PAYOUT}/confirmation", PayoutConfirmationHandler, mine),
    ]
