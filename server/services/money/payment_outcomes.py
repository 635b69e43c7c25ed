"""What becomes of customers' payments: money that comes once, twice, late or never.

Whatever a wallet says is applied in one transaction with the ledger; asking the wallet happens
outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.domain.changes import Change, Context, charge, move, note, then
from server.domain.custody import Custody, Step
from server.domain.errors import BadNotice, ProviderFailed
from server.domain.ids import OrderId, PaymentId
from server.domain.ledger import payment_received
from server.domain.money import Charge
from server.domain.orders import Offer, Order
from server.domain.payments import (
    Payment,
    PaymentState,
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

#: How often the wallet is asked about a payment that no notice came for.
LOOK_AGAIN = timedelta(seconds=20)

#: The same of one that was closed here, until so long after its time: its money may still come.
LOOK_AT_CLOSED = timedelta(minutes=5)
CLOSED_FOR = timedelta(minutes=30)

#: After an outage of ours one look is made up for; what is older is left to the bill.
MADE_UP_FOR = timedelta(days=2)

#: What the wallet says of a payment that was paid, even if it was given back since.
PAID = frozenset({"SUCCESS", "REFUND"})

BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What a wallet says of money that came."""

    payment: PaymentId
    amount_fen: int
    transaction: str
    at: datetime | None
    wallet: Wallet | None = None  #: who says so; None where it need not be told


class PaymentOutcomes:
    """Takes customers' money in, and looks after ways to pay until their end."""

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
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._payments = payments
        self._orders = orders
        self._ledger = ledger
        self._refunds = refunds
        self._transactions = transactions
        self._wallets = wallets
        self._clock = clock
        self._rules = rules
        self._relay = relay

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
            await self.retire(payment)

    async def look_up(self, number: str) -> bool:
        """Ask about a payment that is not taken in and that a bill has; False of any other.

        Raises:
            ProviderFailed: no answer. BadNotice: of another amount. Unavailable: not written.
        """
        payment = await self._payments.find(PaymentId(number))
        if payment is None or payment.state is PaymentState.PAID:
            return False
        await self.look(payment)
        return True

    async def sweep(self) -> int:
        """Look at payments that no notice came for; returns how many."""
        now = self._clock()
        waiting = await self._payments.to_look_at(now - LOOK_AGAIN, now, BATCH)
        waiting += await self._payments.closed_to_look_at(
            now - LOOK_AT_CLOSED, now - MADE_UP_FOR, CLOSED_FOR, now, BATCH
        )
        await one_by_one(waiting, self.look, name="look at payment")
        return len(waiting)

    async def retire(self, payment: Payment) -> None:
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
