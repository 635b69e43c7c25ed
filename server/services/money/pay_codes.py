"""Codes of pay pages: shown to an order's customer and on the kiosk that it lies in.

One deposit has one code as a rule, good for as long as a payment lives from when it was shown
last; once it is over, the next showing draws another.
"""

from __future__ import annotations

from datetime import timedelta

from realtime.wire.views import PayLinkView
from server.domain.errors import Conflict, NotFound
from server.domain.ids import Draw, OrderId, PersonId
from server.domain.orders import Order
from server.domain.pay_pages import PayCode, PayCodeId, is_payable
from server.domain.rules import Rules
from server.services.ports import Clock
from server.store.orders import MongoOrders
from server.store.pay_codes import MongoPayCodes

#: The page; the code is appended. The handlers' routes have the same path.
PAY_PATH = "/pay/"

#: 130 bits.
CHARACTERS = 26


class PayCodes:
    """Shows codes to those who are entitled to one."""

    def __init__(
        self,
        *,
        codes: MongoPayCodes,
        orders: MongoOrders,
        base_url: str,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._codes = codes
        self._orders = orders
        self._base_url = base_url
        self._life = timedelta(seconds=rules.payment_life_seconds)
        self._clock = clock
        self._draw = draw

    async def link(self, order: Order) -> PayLinkView | None:
        """Give the pay page of an order that lies in its cell unpaid; None of any other.

        What is shown has at least half of its life before it.
        """
        if not is_payable(order):
            return None
        code = await self._shown(order)
        return PayLinkView(
            url=f"{self._base_url}{PAY_PATH}{code.id}",
            code=code.id,
            amount_fen=order.price_fen,
            expires_at=code.expires_at,
        )

    async def link_of(self, order: OrderId, customer: PersonId) -> PayLinkView:
        """Give the customer the pay page of an order.

        Raises:
            NotFound: not this customer's. Conflict: nothing is to be paid for it now.
        """
        known = await self._orders.get(order)
        if known.customer != customer:
            raise NotFound(field="order_id", rule="exists")
        link = await self.link(known)
        if link is None:
            raise Conflict(field="charge", rule="unpaid", charge=known.charge.value)
        return link

    async def _shown(self, order: Order) -> PayCode:
        now = self._clock()
        known = await self._codes.latest(order.id, order.custody_since)
        if known is not None and known.expires_at - now > self._life / 2:
            return known
        if known is not None:
            extended = await self._codes.extend(known.id, now + self._life, now)
            if extended is not None:
                return extended
        drawn = PayCode(
            id=PayCodeId(self._draw(CHARACTERS)),
            order=order.id,
            deposited_at=order.custody_since,
            expires_at=now + self._life,
        )
        await self._codes.insert(drawn)
        return drawn
