"""Money on its way back to customers: one refund a payment at most, all of it.

A refund is owed in the transaction that decides on it, asked of the provider afterwards under
the number written then, and asked again under the same number until its outcome is known.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from server.domain.changes import Change, Context, charge, note
from server.domain.errors import BadNotice, Conflict, ProviderFailed, Unavailable
from server.domain.ids import OrderId, RefundId
from server.domain.ledger import refund_asked, refund_done
from server.domain.money import Charge
from server.domain.orders import Order
from server.domain.payments import Payment, Refund, RefundState, refund_id
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.saga import Action, pending
from server.providers.pay_ports import PayProvider
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, Relay
from server.store.ledger import MongoLedger
from server.store.orders import MongoOrders
from server.store.payments import MongoPayments, MongoRefunds
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

#: How often a refund without an outcome is asked about.
LOOK_AGAIN = timedelta(seconds=20)

BATCH = 50


class Refunds:
    """What customers get back."""

    def __init__(
        self,
        *,
        refunds: MongoRefunds,
        payments: MongoPayments,
        orders: MongoOrders,
        ledger: MongoLedger,
        transactions: Transactions,
        provider: PayProvider,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._refunds = refunds
        self._payments = payments
        self._orders = orders
        self._ledger = ledger
        self._transactions = transactions
        self._provider = provider
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def refund_order(self, order: OrderId) -> bool:
        """Give an order's money back when the saga says so; False when there is nothing to do."""

        async def body(session: Session) -> Refund:
            now = self._clock()
            context = Context(actor=SYSTEM, at=now, rules=self._rules)
            change = await self._orders.change(order, lambda o: self._owed(o, context), session)
            paid_by = change.after.payment
            payment = await self._payments.find(paid_by, session) if paid_by else None
            if payment is None:
                raise Conflict(order_id=order, rule="paid")
            return await self.owe_for(payment, "parcel_not_sent", session)

        try:
            refund = await self._transactions.run(body)
        except Conflict:
            return False
        await self._relay.kick(order)
        await self._try_send(refund)
        return True

    async def owe_for(self, payment: Payment, reason: str, session: Session) -> Refund:
        """Write that a payment goes back; once a payment, by the refund's own number."""
        now = self._clock()
        refund = Refund(
            id=refund_id(payment.id),
            payment=payment.id,
            order=payment.order,
            customer=payment.customer,
            amount_fen=payment.amount_fen,
            reason=reason,
            state=RefundState.ASKED,
            asked_at=now,
        )
        await self._refunds.insert(refund, session)
        asked = refund_asked(refund.id, refund.order, now, refund.amount_fen)
        await self._ledger.post(asked, session)
        return refund

    async def apply(self, refund: RefundId, amount_fen: int, session: Session) -> OrderId | None:
        """Note that the provider gave the money back; None when that was noted before.

        Raises:
            BadNotice: of no refund of ours, or of another amount; nothing is changed.
        """
        known = await self._refunds.find(refund, session)
        if known is None:
            raise BadNotice(field="out_refund_no", rule="known")
        if known.amount_fen != amount_fen:
            raise BadNotice(field="amount_fen", rule="as_asked")
        if not await self._refunds.mark_done(refund, session):
            return None
        now = self._clock()
        await self._ledger.post(refund_done(refund, known.order, now, known.amount_fen), session)
        context = Context(actor=SYSTEM, at=now, rules=self._rules)
        await self._orders.change(known.order, lambda o: _given_back(o, known, context), session)
        return known.order

    async def sweep(self) -> int:
        """Ask (again) for refunds without an outcome; returns how many."""
        now = self._clock()
        waiting = await self._refunds.to_look_at(now - LOOK_AGAIN, now, BATCH)
        await one_by_one(waiting, self._try_send, name="refund")
        return len(waiting)

    async def _try_send(self, refund: Refund) -> None:
        """Ask the provider; without an answer the sweep does it again, under the same number."""
        try:
            seen = await self._provider.refund_seen(refund.id)
            state = seen.state if seen else await self._provider.refund(refund)
            if state == "SUCCESS":
                await self._apply_seen(refund)
        except (ProviderFailed, Unavailable) as error:
            log.warning("refund not sent", extra={"refund": refund.id, "why": str(error)})

    async def _apply_seen(self, refund: Refund) -> None:
        order = await self._transactions.run(
            lambda session: self.apply(refund.id, refund.amount_fen, session)
        )
        if order is not None:
            await self._relay.kick(order)

    def _owed(self, order: Order, context: Context) -> Change:
        timers = [timer.action for _, timer in pending(order, self._rules)]
        if Action.REFUND not in timers:
            raise Conflict(order_id=order.id, rule="refund_due")
        return charge(order, Charge.REFUNDING, context, {"payment": order.payment})


def _given_back(order: Order, refund: Refund, context: Context) -> Change:
    data: dict[str, object] = {"refund": refund.id, "amount_fen": refund.amount_fen}
    if order.charge is Charge.REFUNDING and order.payment == refund.payment:
        return charge(order, Charge.REFUNDED, context, data)
    return note(order, "second_payment_refunded", context, data)
