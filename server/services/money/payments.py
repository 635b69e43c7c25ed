"""Customers' ways to pay: one at a time, asked of the wallet under a number written before.

What becomes of them is followed in `payment_outcomes.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from realtime.wire.views import PaymentView
from server.domain.changes import Context, note
from server.domain.custody import Custody
from server.domain.errors import BadNotice, Conflict, NotFound, ProviderFailed, Unavailable
from server.domain.ids import Draw, OrderId, PaymentId, PersonId
from server.domain.money import Charge, Fen
from server.domain.orders import Order
from server.domain.payments import Payer, Payment, PaymentState, PayWay, Wallet
from server.domain.rules import Rules
from server.providers.money_ports import PayProvider
from server.services.money.payment_outcomes import PaymentOutcomes
from server.services.ports import Clock, Relay
from server.store.orders import MongoOrders
from server.store.payments import MongoPayments
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

#: A QR with less than this left is renewed rather than shown.
LEAST_LEFT = timedelta(seconds=30)

#: How often the wallet is asked about a payment while its payer waits for the word.
LOOK_NOW = timedelta(seconds=3)

DRAWN = 6


def payment_view(payment: Payment) -> PaymentView:
    """Show a payment to its customer."""
    return PaymentView(
        payment_id=payment.id,
        order_id=payment.order,
        amount_fen=payment.amount_fen,
        pay_url=payment.pay_url or "",
        expires_at=payment.expires_at,
        state=payment.state.value,
        way=payment.way.value,
        prepay_id=payment.prepay_id,
    )


class Payments:
    """What customers owe and paid."""

    def __init__(
        self,
        *,
        payments: MongoPayments,
        orders: MongoOrders,
        outcomes: PaymentOutcomes,
        transactions: Transactions,
        wallets: Mapping[Wallet, PayProvider],
        clock: Clock,
        draw: Draw,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._payments = payments
        self._orders = orders
        self._outcomes = outcomes
        self._transactions = transactions
        self._wallets = wallets
        # Where nobody chose one: a QR for whatever shows it.
        self._usual_way = PayWay.NATIVE if Wallet.WECHAT in wallets else PayWay.PRECREATE
        self._clock = clock
        self._draw = draw
        self._rules = rules
        self._relay = relay

    async def ask(
        self,
        order: OrderId,
        customer: PersonId,
        way: PayWay | None = None,
        payer: Payer | None = None,
    ) -> PaymentView:
        """Give the customer a way to pay the order; see `ask_of_anyone`.

        Raises:
            NotFound: not this customer's. Conflict, ProviderFailed: as there.
        """
        known = await self._orders.get(order)
        if known.customer != customer:
            raise NotFound(field="order_id", rule="exists")
        return payment_view(await self.ask_of_anyone(order, way, payer))

    async def ask_of_anyone(
        self, order: OrderId, way: PayWay | None = None, payer: Payer | None = None
    ) -> Payment:
        """Give a way to pay the order: the running one, or a new one when its time is over.

        Without `way` the running payment is shown whichever way it is. Another way than the
        running one's, or anyone else where only one may pay, retires it at its wallet first;
        was it paid in that moment, it counts. `payer` is whom WeChat's JSAPI wants to know.

        Raises:
            Conflict: not deposited, or paid already; rule `offered_way` where the wallet is not
                set up.
            ProviderFailed: no way could be had; ask again.
        """
        known = await self._orders.get(order)
        if (way or self._usual_way).wallet not in self._wallets:
            raise Conflict(field="way", rule="offered_way")
        _check_payable(known)
        await self._retire_unsuitable(known, way, payer)
        payment, replaced = await self._current_or_new(order, way, payer)
        if not payment.asked:
            payment = await self._link(payment, payer)
        if replaced is not None:
            await self._relay.kick(order)
        return payment

    async def get(self, payment: PaymentId, customer: PersonId) -> PaymentView:
        """Read one of the customer's payments.

        Raises:
            NotFound: there is none, or it is another's.
        """
        found = await self._payments.get(payment)
        if found.customer != customer:
            raise NotFound(field="payment_id", rule="exists")
        return payment_view(found)

    async def latest(self, order: Order) -> Payment | None:
        """Read the payment that an order was asked to be paid by last; asks nobody."""
        return await self._payments.find(order.payment) if order.payment else None

    async def look_now(self, payment: PaymentId) -> None:
        """Ask the wallet how a payment stands, unless somebody did so a moment ago.

        For a payer who waits; a wallet that does not answer is asked again by the sweep.
        """
        now = self._clock()
        found = await self._payments.take_look(payment, now - LOOK_NOW, now)
        if found is None:
            return
        try:
            await self._outcomes.look(found)
        except (Unavailable, BadNotice) as error:
            log.warning("payment not seen", extra={"payment": payment, "why": error.rule})

    async def _link(self, payment: Payment, payer: Payer | None) -> Payment:
        openid = None if payer is None else payer.openid
        link = await self._wallet(payment).ask(payment, openid)
        await self._payments.set_link(payment.id, pay_url=link.url, prepay_id=link.prepay_id)
        return replace(payment, pay_url=link.url, prepay_id=link.prepay_id)

    async def _retire_unsuitable(
        self, order: Order, way: PayWay | None, payer: Payer | None
    ) -> None:
        """Close the running payment before another one is shown, so that few are paid twice.

        A wallet that does not answer holds nobody up: the sweep comes back to that payment.
        """
        last = await self._payments.find(order.payment) if order.payment else None
        if last is None or last.state is not PaymentState.PENDING:
            return
        if not _suits(last, way, payer, self._clock()):
            await self._outcomes.retire(last)

    async def _current_or_new(
        self, order: OrderId, way: PayWay | None, payer: Payer | None
    ) -> tuple[Payment, Payment | None]:
        async def body(session: Session) -> tuple[Payment, Payment | None]:
            current = await self._orders.get(order, session)
            _check_payable(current)
            last = await self._payments.find(current.payment, session) if current.payment else None
            now = self._clock()
            if last and _suits(last, way, payer, now):
                return last, None
            payment = self._new(current, way or self._usual_way, payer, now)
            await self._payments.insert(payment, session)
            context = Context(actor=current.customer, at=now, rules=self._rules)
            data: dict[str, object] = {"payment": payment.id}
            change = note(current, "payment_asked", context, data, payment=payment.id)
            await self._orders.write(change, session)
            return payment, last

        return await self._transactions.run(body)

    def _new(self, order: Order, way: PayWay, payer: Payer | None, now: datetime) -> Payment:
        return Payment(
            id=PaymentId(f"P{order.id}{self._draw(DRAWN)}"),
            order=order.id,
            customer=order.customer,
            amount_fen=Fen(order.price_fen),
            state=PaymentState.PENDING,
            created_at=now,
            expires_at=now + timedelta(seconds=self._rules.payment_life_seconds),
            way=way,
            payer=payer.account if payer is not None and way is PayWay.JSAPI else None,
        )

    def _wallet(self, payment: Payment) -> PayProvider:
        wallet = self._wallets.get(payment.way.wallet)
        if wallet is None:
            raise ProviderFailed(rule="not_set_up", wallet=payment.way.wallet.value)
        return wallet


def _suits(payment: Payment, way: PayWay | None, payer: Payer | None, now: datetime) -> bool:
    """Tell whether a running payment can be shown to who asks for this way.

    What WeChat prepared for one payer nobody else can pay by, known or not.
    """
    running = payment.state is PaymentState.PENDING and payment.expires_at - now > LEAST_LEFT
    if not running or way not in (None, payment.way):
        return False
    return payment.payer is None or (payer is not None and payment.payer == payer.account)


def _check_payable(order: Order) -> None:
    if order.charge is not Charge.UNPAID:
        raise Conflict(field="charge", rule="unpaid", charge=order.charge.value)
    if order.custody is not Custody.DEPOSITED:
        raise Conflict(field="custody", rule="deposited", custody=order.custody.value)
