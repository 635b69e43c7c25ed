"""Pay pages: anyone who has the code pays the order, in the way that suits where they are.

In WeChat the page pays by JSAPI, in Alipay by the precreated link, elsewhere by a QR or a link.
Asking for another way, or as another payer, retires what ran before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

import segno

from realtime.wire.pay_pages import PagePayment, PayPageView
from server.domain.errors import Conflict, Limited, NotFound, ProviderFailed
from server.domain.orders import Order
from server.domain.pay_pages import PageState, PayCode, PayCodeId, page_state
from server.domain.payments import Payer, Payment, PayWay
from server.domain.rules import HOUR, MINUTE
from server.domain.wechat import WeChatAccount, WeChatApp
from server.services.accounts.codes import network_of
from server.services.money.payments import Payments
from server.services.ports import Clock
from server.store.orders import MongoOrders
from server.store.pay_codes import MongoPayCodes
from server.store.seal import BlindIndex
from server.store.terminals import MongoTerminals

log = logging.getLogger(__name__)

#: Ways asked for at one code, and from one address; a carrier's NAT shares one.
MOST_PER_CODE = ((12, MINUTE), (60, HOUR))
MOST_PER_ADDRESS = ((600, HOUR),)

BORDER_MODULES = 2

TOLD = frozenset({PageState.WAITING, PageState.PAYING, PageState.PAID})
PAYABLE = frozenset({PageState.WAITING, PageState.PAYING})


class Limits(Protocol):
    """Sliding counters over all processes; `realtime.limits.Limits`."""

    async def hit(self, key: str, limits: Sequence[tuple[int, float]]) -> float | None:
        """Count one hit; give None, or the seconds until it would be allowed."""


class Handles(Protocol):
    """Who WeChat says that a browser's person is; `WeChatHandles`."""

    async def look(self, handle: str, browser: str | None) -> WeChatAccount:
        """Give the account of a handle. Raises: WeChatOver."""


class BridgeSigner(Protocol):
    """Signs what a page hands to WeChat's bridge; `WechatPay`."""

    def jsapi_parameters(self, prepay_id: str) -> Mapping[str, str]:
        """Give them for one prepaid order."""


class PayPages:
    """Pay pages; `signer` is None where WeChat Pay is not set up."""

    def __init__(
        self,
        *,
        codes: MongoPayCodes,
        orders: MongoOrders,
        terminals: MongoTerminals,
        payments: Payments,
        ways: Sequence[PayWay],
        handles: Handles,
        signer: BridgeSigner | None,
        limits: Limits,
        index: BlindIndex,
        clock: Clock,
    ) -> None:
        self._codes = codes
        self._orders = orders
        self._terminals = terminals
        self._payments = payments
        self._ways = tuple(ways)
        self._handles = handles
        self._signer = signer
        self._limits = limits
        self._index = index
        self._clock = clock

    async def look(self, code: str) -> PayPageView:
        """Tell how a page stands; a running payment is told, but not whom it may be paid by.

        Raises:
            NotFound: there is no such code.
        """
        known = await self._known(code)
        return await self._view(known, await self._orders.get(known.order))

    async def look_at_wallet(self, code: str) -> PayPageView:
        """Do the same, having asked the wallet: for a payer who came back from it.

        Raises:
            NotFound: there is no such code.
        """
        known = await self._known(code)
        payment = await self._payments.latest(await self._orders.get(known.order))
        if payment is not None:
            await self._payments.look_now(payment.id)
        return await self.look(code)

    async def ask(
        self, code: str, way: PayWay, handle: str | None, browser: str, address: str
    ) -> PayPageView:
        """Give a way to pay; a page that is not to be paid any more only tells so.

        Raises:
            NotFound: there is no such code. Limited: too often.
            Conflict: rule `offered_way`. WeChatOver: begin a log-in by WeChat anew.
            ProviderFailed: the wallet gave none; ask again.
        """
        known = await self._known(code)
        await self._count(known, address)
        if way not in self._ways:
            raise Conflict(field="way", rule="offered_way")
        payer = await self._payer(handle, browser) if way is PayWay.JSAPI else None
        order = await self._orders.get(known.order)
        if await self._state(known, order) not in PAYABLE:
            return await self._view(known, order)
        try:
            asked = await self._payments.ask_of_anyone(order.id, way, payer)
        except Conflict:
            return await self.look(code)  # paid, or taken out, in this moment
        except ProviderFailed:
            # It may be paid or closed over there: then the next time goes otherwise.
            seen = await self.look_at_wallet(code)
            if seen.state == PageState.PAID:
                return seen
            raise
        return await self._view(known, await self._orders.get(order.id), asked)

    async def _known(self, code: str) -> PayCode:
        known = await self._codes.find(PayCodeId(code))
        if known is None:
            raise NotFound(field="code", rule="exists")
        return known

    async def _count(self, code: PayCode, address: str) -> None:
        for kind, value, limits in (
            ("code", str(code.id), MOST_PER_CODE),
            ("address", network_of(address), MOST_PER_ADDRESS),
        ):
            digest = self._index.digest(f"limit pay page {kind}", value)
            wait = await self._limits.hit(f"pay-page:{kind}:{digest}", limits)
            if wait is not None:
                raise Limited.for_seconds(wait, field=kind)

    async def _payer(self, handle: str | None, browser: str) -> Payer:
        if handle is None:
            raise Conflict(field="handle", rule="required")
        account = await self._handles.look(handle, browser)
        if account.app is not WeChatApp.SERVICE:
            raise Conflict(field="handle", rule="service_account")
        return Payer(account=account.id, openid=account.openid)

    async def _state(self, code: PayCode, order: Order) -> PageState:
        return page_state(code, order, await self._payments.latest(order), self._clock())

    async def _view(self, code: PayCode, order: Order, asked: Payment | None = None) -> PayPageView:
        """Show a page; `asked` is the payment that whoever looks has just asked for."""
        payment = await self._payments.latest(order)
        state = page_state(code, order, payment, self._clock())
        if state not in TOLD:
            return PayPageView(state=state.value)
        place = order.placement
        terminal = None if place is None else await self._terminals.get(place.terminal)
        return PayPageView(
            state=state.value,
            ways=tuple(way.value for way in self._ways) if state in PAYABLE else (),
            amount_fen=order.price_fen,
            size=order.size.value,
            terminal_name=None if terminal is None else terminal.name,
            expires_at=code.expires_at,
            payment=self._paying(payment, asked) if state is PageState.PAYING else None,
        )

    def _paying(self, payment: Payment | None, asked: Payment | None) -> PagePayment | None:
        if payment is None:
            return None
        mine = asked is not None and asked.id == payment.id
        jsapi = None
        if mine and payment.prepay_id is not None and self._signer is not None:
            jsapi = dict(self._signer.jsapi_parameters(payment.prepay_id))
        return PagePayment(
            way=payment.way.value,
            expires_at=payment.expires_at,
            url=payment.pay_url,
            qr=_picture(payment.pay_url),
            jsapi=jsapi,
        )


def _picture(url: str | None) -> str | None:
    if not url:
        return None
    return str(segno.make_qr(url, error="m").svg_data_uri(border=BORDER_MODULES))
