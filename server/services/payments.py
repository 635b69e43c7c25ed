"""Customers' payments: a QR to pay by, money that comes once, twice, late or never.

Whatever the provider says is applied in one transaction with the ledger; asking the provider
happens outside of it, under a number that was written before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from realtime.wire.views import PaymentView
from server.domain.changes import Change, Context, charge, move, note, then
from server.domain.custody import Custody, Step
from server.domain.errors import BadNotice, Conflict, NotFound, ProviderFailed
from server.domain.ids import Draw, OrderId, PaymentId, PersonId
from server.domain.ledger import payment_received
from server.domain.money import Charge, Fen
from server.domain.orders import Offer, Order
from server.domain.payments import Payment, PaymentState
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.providers.pay_ports import PaymentSeen, PayProvider
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, Relay
from server.services.refunds import Refunds
from server.store.ledger import MongoLedger
from server.store.orders import MongoOrders
from server.store.payments import MongoPayments
from server.store.transactions import Session, Transactions

#: A QR with less than this left is renewed rather than shown.
LEAST_LEFT = timedelta(seconds=30)

#: How often the provider is asked about a payment that no notice came for.
LOOK_AGAIN = timedelta(seconds=20)

DRAWN = 6
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What the provider says of money that came."""

    payment: PaymentId
    amount_fen: int
    transaction: str
    at: datetime | None


def payment_view(payment: Payment) -> PaymentView:
    """Show a payment to its customer."""
    return PaymentView(
        payment_id=payment.id,
        order_id=payment.order,
        amount_fen=payment.amount_fen,
        pay_url=payment.pay_url or "",
        expires_at=payment.expires_at,
        state=payment.state.value,
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
        provider: PayProvider,
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
        self._provider = provider
        self._clock = clock
        self._draw = draw
        self._rules = rules
        self._relay = relay

    async def ask(self, order: OrderId, customer: PersonId) -> PaymentView:
        """Give a QR to pay the order by: the current one, or a new one when its time is over.

        Raises:
            NotFound: not this customer's. Conflict: not deposited, or paid already.
            ProviderFailed: no QR could be had; ask again.
        """
        known = await self._orders.get(order)
        if known.customer != customer:
            raise NotFound(field="order_id", rule="exists")
        payment, replaced = await self._current_or_new(order)
        if payment.pay_url is None:
            pay_url = await self._provider.ask(payment)
            await self._payments.set_url(payment.id, pay_url)
            payment = replace(payment, pay_url=pay_url)
        if replaced is not None:
            await self._relay.kick(order)
            await self._retire(replaced)
        return payment_view(payment)

    async def get(self, payment: PaymentId, customer: PersonId) -> PaymentView:
        """Read one of the customer's payments.

        Raises:
            NotFound: there is none, or it is another's.
        """
        found = await self._payments.get(payment)
        if found.customer != customer:
            raise NotFound(field="payment_id", rule="exists")
        return payment_view(found)

    async def current(self, order: OrderId) -> PaymentView | None:
        """Read the order's latest payment, as a kiosk or a visit shows it; asks nobody."""
        known = await self._orders.get(order)
        payment = await self._payments.find(known.payment) if known.payment else None
        return payment_view(payment) if payment and payment.pay_url else None

    async def apply(self, paid: Paid, session: Session) -> OrderId | None:
        """Take money in, whenever it comes; None when that was done before.

        Raises:
            BadNotice: of no payment of ours, or of another amount; nothing is changed.
        """
        payment = await self._payments.find(paid.payment, session)
        if payment is None:
            raise BadNotice(field="out_trade_no", rule="known")
        if payment.amount_fen != paid.amount_fen:
            raise BadNotice(field="amount_fen", rule="as_asked")
        now = self._clock()
        if not await self._payments.mark_paid(
            payment.id, paid.transaction, paid.at or now, session
        ):
            return None
        received = payment_received(payment.id, payment.order, now, payment.amount_fen)
        await self._ledger.post(received, session)
        context = Context(actor=SYSTEM, at=now, rules=self._rules)
        await self._orders.change(payment.order, lambda o: _received(o, payment, context), session)
        if await self._is_second(payment, session):
            await self._refunds.owe_for(payment, "paid_twice", session)
        return payment.order

    async def look(self, payment: Payment) -> None:
        """Ask the provider how a payment stands and act on it; close it when its time is over.

        Raises:
            ProviderFailed: no answer. Unavailable: not written.
        """
        seen = await self._provider.seen(payment)
        if seen is not None and seen.state in ("SUCCESS", "REFUND"):
            await self._apply_seen(payment, seen)
        elif seen is not None and seen.state == "CLOSED":
            await self._payments.close(payment.id)
        elif payment.expires_at <= self._clock():
            await self._retire(payment)

    async def sweep(self) -> int:
        """Look at payments that no notice came for; returns how many."""
        now = self._clock()
        waiting = await self._payments.to_look_at(now - LOOK_AGAIN, now, BATCH)
        await one_by_one(waiting, self.look, name="look at payment")
        return len(waiting)

    async def _current_or_new(self, order: OrderId) -> tuple[Payment, Payment | None]:
        async def body(session: Session) -> tuple[Payment, Payment | None]:
            current = await self._orders.get(order, session)
            _check_payable(current)
            last = await self._payments.find(current.payment, session) if current.payment else None
            now = self._clock()
            if last and last.state is PaymentState.PENDING and last.expires_at - now > LEAST_LEFT:
                return last, None
            payment = self._new(current, now)
            await self._payments.insert(payment, session)
            context = Context(actor=current.customer, at=now, rules=self._rules)
            data: dict[str, object] = {"payment": payment.id}
            change = note(current, "payment_asked", context, data, payment=payment.id)
            await self._orders.write(change, session)
            return payment, last

        return await self._transactions.run(body)

    def _new(self, order: Order, now: datetime) -> Payment:
        return Payment(
            id=PaymentId(f"P{order.id}{self._draw(DRAWN)}"),
            order=order.id,
            customer=order.customer,
            amount_fen=Fen(order.price_fen),
            state=PaymentState.PENDING,
            created_at=now,
            expires_at=now + timedelta(seconds=self._rules.payment_life_seconds),
        )

    async def _retire(self, payment: Payment) -> None:
        """Close a payment at the provider and here; if it was paid just before, take it in."""
        try:
            closed = await self._provider.close(payment)
            if closed:
                await self._payments.close(payment.id)
                return
            seen = await self._provider.seen(payment)
        except ProviderFailed:
            return  # the sweep comes back to it
        if seen is not None and seen.state in ("SUCCESS", "REFUND"):
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

    async def _is_second(self, payment: Payment, session: Session) -> bool:
        order = await self._orders.get(payment.order, session)
        return order.payment != payment.id


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
