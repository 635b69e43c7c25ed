"""Money on its way back to customers: all of a payment or parts of it, each under its own number.

A refund is owed in the transaction that decides on it, asked of the wallet afterwards under the
number written then, and asked again under the same number until its outcome is known. What the
wallet cannot give back is stuck: staff ask again, or settle it by hand (refund_desk.py).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from server.domain.changes import Change, Context, charge, note
from server.domain.errors import BadNotice, Conflict, ProviderFailed, Unavailable
from server.domain.ids import OrderId, PersonId, RefundId
from server.domain.ledger import refund_asked, refund_done, refund_done_too
from server.domain.money import Charge, Fen, Payout, charge_of_refunds
from server.domain.orders import Order
from server.domain.payments import (
    Payment,
    Refund,
    RefundReason,
    RefundState,
    Wallet,
    check_wallet,
    refund_id,
)
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.saga import Action, pending
from server.providers.money_ports import PayProvider, RefundSeen
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

#: The wallet cannot give the money back by itself (its card is gone): staff have to look.
TROUBLES = frozenset({"CLOSED", "ABNORMAL"})

#: After these nobody knows whether the wallet took it.
UNSURE = frozenset({"no_answer", "bad_answer"})

#: Steps of an order that are of no table; see notice_texts.py.
PART_ASKED = "part_refund_asked"
PART_DONE = "part_refunded"
SECOND_DONE = "second_payment_refunded"
STUCK = "refund_stuck"
DONE_TOO = "refunded_by_wallet_too"


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
        wallets: Mapping[Wallet, PayProvider],
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._refunds = refunds
        self._payments = payments
        self._orders = orders
        self._ledger = ledger
        self._transactions = transactions
        self._wallets = wallets
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def refund_order(self, order: OrderId) -> bool:
        """Give what is left of an order's money back when the saga says so; else False."""

        async def body(session: Session) -> Refund:
            known = await self._orders.get(order, session)
            if Action.REFUND not in [timer.action for _, timer in pending(known, self._rules)]:
                raise Conflict(order_id=order, rule="refund_due")
            payment = await self.payment_of(known, session)
            left = Fen(payment.amount_fen - payment.refunded_fen)
            return await self.owe(payment, left, RefundReason.PARCEL_NOT_SENT, session)

        try:
            refund = await self._transactions.run(body)
        except Conflict:
            return False
        await self._relay.kick(order)
        await self.send(refund)
        return True

    async def payment_of(self, order: Order, session: Session) -> Payment:
        """Read the payment that paid an order.

        Raises:
            Conflict: it is not paid.
        """
        payment = await self._payments.find(order.payment, session) if order.payment else None
        if payment is None or order.charge is Charge.UNPAID:
            raise Conflict(order_id=order.id, rule="paid")
        return payment

    async def owe(
        self,
        payment: Payment,
        fen: Fen,
        reason: RefundReason,
        session: Session,
        *,
        asked_by: PersonId = SYSTEM,
        words: str = "",
    ) -> Refund:
        """Write that some of a payment goes back; its order's money follows in the same write.

        Raises:
            Conflict: rule `at_most_paid`; nothing is changed.
        """
        number = await self._payments.owe_back(payment.id, fen, session)
        if number is None:
            raise Conflict(field="amount_fen", rule="at_most_paid")
        now = self._clock()
        refund = Refund(
            id=refund_id(payment.id, number),
            payment=payment.id,
            order=payment.order,
            customer=payment.customer,
            amount_fen=fen,
            reason=reason,
            state=RefundState.ASKED,
            asked_at=now,
            total_fen=payment.amount_fen,
            wallet=payment.way.wallet,
            asked_by=asked_by,
            note=words,
        )
        await self._refunds.insert(refund, session)
        order = await self._orders.get(payment.order, session)
        settled = _is_settled(order, refund)
        posting = refund_asked(refund.id, order.id, now, fen, by_platform=settled)
        await self._ledger.post(posting, session)
        if order.payment == payment.id:
            context = Context(actor=asked_by, at=now, rules=self._rules)
            await self._orders.change(order.id, lambda o: _asked(o, refund, context), session)
        return refund

    async def apply(
        self, seen: RefundSeen, session: Session, wallet: Wallet | None = None
    ) -> OrderId | None:
        """Follow what the wallet says of a refund; None when it is nothing new.

        Raises:
            BadNotice: of no refund of ours, or of another amount; nothing is changed.
        """
        known = await self._refunds.find(RefundId(seen.out_refund_no), session)
        if known is None:
            raise BadNotice(field="out_refund_no", rule="known")
        check_wallet(known.wallet, wallet)
        if known.amount_fen != seen.amount_fen:
            raise BadNotice(field="amount_fen", rule="as_asked")
        if seen.state == "SUCCESS":
            moved = await self._done(known, session)
        elif seen.state in TROUBLES:
            moved = await self._stuck(known, seen.state, session)
        else:
            moved = False
        return known.order if moved else None

    async def send(self, refund: Refund, *, anew: bool = False) -> None:
        """Ask the wallet; without an answer the sweep does it again, under the same number.

        With `anew` it is asked to give the money back although it said before that it cannot.
        """
        try:
            wallet = self._wallet(refund)
            seen = None if anew else await wallet.refund_seen(refund)
            if seen is None:
                current = await self._refunds.find(refund.id)
                if current is None or current.state is not RefundState.ASKED:
                    return  # another knows more, or staff gave it by hand meanwhile
                seen = await wallet.refund(refund)
            await self.follow(seen)
        except (ProviderFailed, Unavailable, BadNotice) as error:
            why = error.rule or error.code
            log.warning("refund not sent", extra={"refund": refund.id, "why": why})
            refused = isinstance(error, ProviderFailed) and why not in UNSURE
            await self._refunds.note_trouble(refund.id, why, refused=refused)

    async def seen(self, refund: Refund) -> RefundSeen | None:
        """Ask how a refund stands at its wallet. Raises: ProviderFailed."""
        return await self._wallet(refund).refund_seen(refund)

    async def follow(self, seen: RefundSeen) -> None:
        """Apply what the wallet answered. Raises: BadNotice, Unavailable."""
        order = await self._transactions.run(lambda session: self.apply(seen, session))
        if order is not None:
            await self._relay.kick(order)

    async def look_up(self, number: str) -> bool:
        """Ask about a refund that is not done here and that a bill has; False of any other.

        Raises:
            ProviderFailed: no answer. BadNotice: of another amount. Unavailable: not written.
        """
        refund = await self._refunds.find(RefundId(number))
        if refund is None or refund.state is RefundState.DONE:
            return False
        seen = await self.seen(refund)
        if seen is not None:
            await self.follow(seen)
        return True

    async def sweep(self) -> int:
        """Ask (again) for refunds without an outcome; returns how many."""
        now = self._clock()
        waiting = await self._refunds.to_look_at(now - LOOK_AGAIN, now, BATCH)
        await one_by_one(waiting, self.send, name="refund")
        return len(waiting)

    async def back(self, refund: Refund, session: Session) -> None:
        """Note on the order that a refund's money is with the customer."""
        context = Context(actor=SYSTEM, at=self._clock(), rules=self._rules)
        await self._orders.change(refund.order, lambda o: _given_back(o, refund, context), session)

    async def tell(self, refund: Refund, step: str, session: Session) -> None:
        """Note a fact about a refund on its order, for staff to hear of."""
        context = Context(actor=SYSTEM, at=self._clock(), rules=self._rules)
        data: dict[str, object] = {"refund": refund.id, "amount_fen": refund.amount_fen}
        await self._orders.change(
            refund.order, lambda order: note(order, step, context, data), session
        )

    async def _done(self, refund: Refund, session: Session) -> bool:
        now = self._clock()
        if await self._move(refund, {RefundState.ASKED, RefundState.STUCK}, session):
            done = refund_done(refund.id, refund.order, now, refund.amount_fen, refund.wallet)
            await self._ledger.post(done, session)
            await self.back(refund, session)
            return True
        if await self._move(refund, {RefundState.BY_HAND}, session):
            # The customer has it twice: finance have to ask for one of them.
            too = refund_done_too(refund.id, refund.order, now, refund.amount_fen, refund.wallet)
            await self._ledger.post(too, session)
            await self.tell(refund, DONE_TOO, session)
            return True
        return False

    async def _move(self, refund: Refund, expected: set[RefundState], session: Session) -> bool:
        return await self._refunds.move(
            refund.id, frozenset(expected), RefundState.DONE, session, at=self._clock()
        )

    async def _stuck(self, refund: Refund, trouble: str, session: Session) -> bool:
        asked, now = frozenset({RefundState.ASKED}), self._clock()
        moved = await self._refunds.move(
            refund.id, asked, RefundState.STUCK, session, at=now, trouble=trouble
        )
        if moved:
            await self.tell(refund, STUCK, session)
        return moved

    def _wallet(self, refund: Refund) -> PayProvider:
        wallet = self._wallets.get(refund.wallet)
        if wallet is None:
            raise ProviderFailed(rule="not_set_up", wallet=refund.wallet.value)
        return wallet


def _is_settled(order: Order, refund: Refund) -> bool:
    """Tell whether the money that goes back is in the customer's funds no more."""
    return order.payment == refund.payment and order.payout is not Payout.NONE


def _asked(order: Order, refund: Refund, context: Context) -> Change:
    """Count a refund on its order: all of it asked back moves the money, a part does not."""
    asked = Fen(order.refund_asked_fen + refund.amount_fen)
    to = charge_of_refunds(order.price_fen, asked, order.refund_done_fen)
    data: dict[str, object] = {"refund": refund.id, "amount_fen": refund.amount_fen}
    if to is order.charge:
        return note(order, PART_ASKED, context, data, refund_asked_fen=asked)
    return charge(order, to, context, data, refund_asked_fen=asked)


def _given_back(order: Order, refund: Refund, context: Context) -> Change:
    data: dict[str, object] = {"refund": refund.id, "amount_fen": refund.amount_fen}
    if order.payment != refund.payment:
        return note(order, SECOND_DONE, context, data)
    done = Fen(order.refund_done_fen + refund.amount_fen)
    to = charge_of_refunds(order.price_fen, order.refund_asked_fen, done)
    if to is order.charge:
        return note(order, PART_DONE, context, data, refund_done_fen=done)
    return charge(order, to, context, data, refund_done_fen=done)
