"""Routes of where couriers are paid: their wallets, their Alipay account, and its way back."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from handlers.access import ANYONE, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.browser_cookies import bind_browser, browser_of
from realtime.wire.payees import (
    AlipayBegun,
    ChooseWallet,
    MoveAlipay,
    SendAlipayCode,
    TakeAlipay,
)
from server.domain.payments import Wallet
from server.services.accounts.codes import Caller
from server.services.money.alipay_links import OAUTH_PATH
from server.services.money.payee_desk import PayeeDesk

#: Binds a way to Alipay and back to its browser; no script reads it.
COOKIE = "lanjian_alipay"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeServices:
    """What this room calls."""

    desk: PayeeDesk


class PayeeRoom(ApiHandler):
    """The base of this room; it refuses who is no courier."""

    def initialize(self, services: PayeeServices) -> None:
        """Take the services."""
        self._desk = services.desk

    @property
    def browser(self) -> str:
        """Give the cookie's value; empty without one, which no handle is bound to."""
        return browser_of(self, COOKIE)

    def caller(self, device: str) -> Caller:
        """Say where this comes from."""
        return Caller(address=self.address, device=device)


class PayeesHandler(PayeeRoom):
    """GET, PUT /v1/courier/payees."""

    @allow(PERSON)
    async def get(self) -> None:
        """→ `MyPayees`."""
        self.answer(await self._desk.mine(self.actor))

    @allow(PERSON)
    async def put(self) -> None:
        """`ChooseWallet` → `MyPayees`; 409 when it is not linked."""
        wallet = Wallet(self.body(ChooseWallet).wallet)
        self.answer(await self._desk.choose(self.actor, wallet))


class BeginHandler(PayeeRoom):
    """POST /v1/courier/alipay/begin."""

    @allow(PERSON)
    async def post(self) -> None:
        """No body → `AlipayBegun` with a cookie: lead the browser there."""
        begun = await self._desk.begin(self.actor, self.browser or None)
        bind_browser(self, COOKIE, begun.browser)
        self.answer(AlipayBegun(url=begun.url))


class OAuthQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What Alipay adds to the URL that it leads back to; it adds more."""

    state: str = ""
    auth_code: str = ""


class OAuthHandler(PayeeRoom):
    """GET /v1/alipay/oauth."""

    @allow(ANYONE)
    async def get(self) -> None:
        """A query of Alipay's → 302 to the earnings: `?alipay=` a handle, or `failed`."""
        asked = self.query(OAuthQuery)
        self.answer_redirect(
            await self._desk.come_back(asked.state[:64], asked.auth_code[:512], self.browser)
        )


class AlipayHandler(PayeeRoom):
    """POST, DELETE /v1/courier/alipay."""

    @allow(PERSON)
    async def post(self) -> None:
        """`TakeAlipay` → `MyPayees`; 409 `alipay_elsewhere` when it is another account's."""
        handle = self.body(TakeAlipay).handle
        self.answer(await self._desk.take(self.actor, handle, self.browser))

    @allow(PERSON)
    async def delete(self) -> None:
        """Unlink one's own → `MyPayees`; what was asked of it already is paid there."""
        self.answer(await self._desk.unlink(self.actor))


class MoveCodeHandler(PayeeRoom):
    """POST /v1/courier/alipay/move-code."""

    @allow(PERSON)
    async def post(self) -> None:
        """`SendAlipayCode` → `CodeSent`, to the phone of the account that has it now."""
        asked = self.body(SendAlipayCode)
        caller = self.caller(asked.device)
        self.answer(await self._desk.send_move_code(self.actor, asked.handle, self.browser, caller))


class MoveHandler(PayeeRoom):
    """POST /v1/courier/alipay/move."""

    @allow(PERSON)
    async def post(self) -> None:
        """`MoveAlipay` → `MyPayees`; both accounts are told."""
        asked = self.body(MoveAlipay)
        caller = self.caller("")
        self.answer(
            await self._desk.move(self.actor, asked.handle, self.browser, asked.code, caller)
        )


def routes(services: PayeeServices) -> list[Route]:
    """List this room's routes."""
    given = {"services": services}
    return [
        (r"/v1/courier/payees", PayeesHandler, given),
        (r"/v1/courier/alipay", AlipayHandler, given),
        (r"/v1/courier/alipay/begin", BeginHandler, given),
        (r"/v1/courier/alipay/move-code", MoveCodeHandler, given),
        (r"/v1/courier/alipay/move", MoveHandler, given),
        (OAUTH_PATH, OAuthHandler, given),
    ]
