"""Customers' payments: a way to pay, money that comes once, twice, late or never.

Whatever a wallet says is applied in one transaction with the ledger; asking the wallet happens
outside of it, under a number that was written before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from realtime.wire.views import PaymentView
from server.domain.changes import Change, Context, charge, move, note, then
from server.domain.custody import Custody, Step
from server.domain.errors import BadNotice, Conflict, NotFound, ProviderFailed, Unavailable
from server.domain.ids import Draw, OrderId, PaymentId, PersonId
from server.domain.ledger import payment_received
from server.domain.money import Charge, Fen
from server.domain.orders import Offer, Order
from server.domain.payments import (
    Payer,
    Payment,
    PaymentState,
    PayWay,
    RefundReason,
    Wallet,
    check_wallet,
)
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.providers.money_ports import PaymentSeen, PayProvider
from server.services.money.refunds import Refunds
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, Relay
from server.store.ledger import MongoLedger
from server.store.orders import MongoOrders
from server.store.payments import MongoPayments
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

#: A QR with less than this left is renewed rather than shown.
LEAST_LEFT = timedelta(seconds=30)

#: How often the wallet is asked about a payment that no notice came for.
LOOK_AGAIN = timedelta(seconds=20)

#: The same while its payer waits for the word.
LOOK_NOW = timedelta(seconds=3)

#: The same of one that was closed here, until so long after its time: its money may still come.
LOOK_AT_CLOSED = timedelta(minutes=5)
CLOSED_FOR = timedelta(minutes=30)

#: After an outage of ours one look is made up for; what is older is left to the bill.
MADE_UP_FOR = timedelta(days=2)

#: What the wallet says of a payment that was paid, even if it was given back since.
PAID = frozenset({"SUCCESS", "REFUND"})

DRAWN = 6
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What a wallet says of money that came."""

    payment: PaymentId
    amount_fen: int
    transaction: str
    at: datetime | None
    wallet: Wallet | None = None  #: who says so; None where it need not be told


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
        ledger: MongoLedger,
        refunds: Refunds,
        transactions: Transactions,
        wallets: Mapping[Wallet, PayProvider],
        clock: Clock,
        draw: Draw,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._payments = payments
        self._orders = orders
        self._ledger = ledger
        self._refunds = refunds
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
        running one's, or another payer where only one may pay, retires it at its wallet first;
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
            await self.look(found)
        except (Unavailable, BadNotice) as error:
            log.warning("payment not seen", extra={"payment": payment, "why": error.rule})

    async def apply(self, paid: Paid, session: Session) -> OrderId | None:
        """Take money in, whenever it comes; None when that was done before.

        Raises:
            BadNotice: of no payment of ours, or of another amount; nothing is changed.
        """
        payment = await self._payments.find(paid.payment, session)
        if payment is None:
            raise BadNotice(field="out_trade_no", rule="known")
        check_wallet(payment.way.wallet, paid.wallet)
        if payment.amount_fen != paid.amount_fen:
            raise BadNotice(field="amount_fen", rule="as_asked")
        now = self._clock()
        if not await self._payments.mark_paid(
            payment.id, paid.transaction, paid.at or now, session
        ):
            return None
        received = payment_received(
            payment.id, payment.order, now, payment.amount_fen, payment.way.wallet
        )
        await self._ledger.post(received, session)
        context = Context(actor=SYSTEM, at=now, rules=self._rules)
        change = await self._orders.change(
            payment.order, lambda order: _received(order, payment, context), session
        )
        if change.after.payment != payment.id:
            paid_payment = replace(payment, state=PaymentState.PAID)
            await self._refunds.owe(
                paid_payment, payment.amount_fen, RefundReason.PAID_TWICE, session
            )
        return payment.order

    async def look(self, payment: Payment) -> None:
        """Ask the wallet how a payment stands and act on it; close it when its time is over.

        Raises:
            ProviderFailed: no answer. Unavailable: not written.
        """
        seen = await self._wallet(payment).seen(payment)
        if seen is not None and seen.state in PAID:
            await self._apply_seen(payment, seen)
        elif payment.state is PaymentState.CLOSED:
            return
        elif seen is not None and seen.state == "CLOSED":
            await self._payments.close(payment.id)
        elif payment.expires_at <= self._clock() or await self._is_replaced(payment):
            await self._retire(payment)

    async def sweep(self) -> int:
        """Look at payments that no notice came for; returns how many."""
        now = self._clock()
        waiting = await self._payments.to_look_at(now - LOOK_AGAIN, now, BATCH)
        waiting += await self._payments.closed_to_look_at(
            now - LOOK_AT_CLOSED, now - MADE_UP_FOR, CLOSED_FOR, now, BATCH
        )
        await one_by_one(waiting, self.look, name="look at payment")
        return len(waiting)

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
            await self._retire(last)

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

    async def _retire(self, payment: Payment) -> None:
        """Close a payment at the wallet and here; if it was paid just before, take it in."""
        wallet = self._wallet(payment)
        try:
            if await wallet.close(payment):
                await self._payments.close(payment.id)
                return
            seen = await wallet.seen(payment)
        except ProviderFailed:
            return  # the sweep comes back to it
        if seen is not None and seen.state in PAID:
            await self._apply_seen(payment, seen)

    async def _apply_seen(self, payment: Payment, seen: PaymentSeen) -> None:
        paid = Paid(
            payment=payment.id,
            amount_fen=seen.amount_fen,
            transaction=seen.transaction_id or "",
            at=seen.paid_at,
        )
        order = await self._transactions.run(lambda session: self.apply(paid, session))
        if order is not None:
            await self._relay.kick(order)

    async def _is_replaced(self, payment: Payment) -> bool:
        return (await self._orders.get(payment.order)).payment != payment.id

    def _wallet(self, payment: Payment) -> PayProvider:
        wallet = self._wallets.get(payment.way.wallet)
        if wallet is None:
            raise ProviderFailed(rule="not_set_up", wallet=payment.way.wallet.value)
        return wallet


def _suits(payment: Payment, way: PayWay | None, payer: Payer | None, now: datetime) -> bool:
    """Tell whether a running payment can be shown to who asks for this way.

    What WeChat prepared for one payer nobody else can pay by.
    """
    running = payment.state is PaymentState.PENDING and payment.expires_at - now > LEAST_LEFT
    if not running or way not in (None, payment.way):
        return False
    return payment.payer is None or payer is None or payment.payer == payer.account


def _check_payable(order: Order) -> None:
    if order.charge is not Charge.UNPAID:
        raise Conflict(field="charge", rule="unpaid", charge=order.charge.value)
    if order.custody is not Custody.DEPOSITED:
        raise Conflict(field="custody", rule="deposited", custody=order.custody.value)


def _received(order: Order, payment: Payment, context: Context) -> Change:
    """Decide what money for an order does: open it, be kept for the way back, or be too much."""
    data: dict[str, object] = {"payment": payment.id, "amount_fen": payment.amount_fen}
    if order.charge is not Charge.UNPAID:
        return note(order, "paid_twice", context, data)
    paid = charge(order, Charge.PAID, context, data, payment=payment.id)
    if order.custody is not Custody.DEPOSITED:
        return paid
    version = order.offer.version + 1 if order.offer else 1
    offer = Offer(version=version, ring=0, opened_at=context.at)
    return then(paid, move(paid.after, Step.OFFER, context, data, offer=offer))
