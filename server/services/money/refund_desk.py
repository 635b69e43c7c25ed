"""Staff's refunds: all of an order's money or a part of it, with a reason; and what is stuck.

Each act is recorded before it happens, with its staff member and the reason in words.
"""

from __future__ import annotations

from realtime.wire.staff_money import MoneyQuery, RefundPage, RefundView
from server.domain.changes import Context, move
from server.domain.custody import Custody, Step
from server.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from server.domain.ids import OrderId, PersonId, RefundId
from server.domain.ledger import refund_by_hand
from server.domain.money import Charge, Fen
from server.domain.orders import Order
from server.domain.paging import Position, read_position
from server.domain.payments import STAFF_REASONS, Refund, RefundReason, RefundState
from server.domain.people import Actor
from server.domain.rules import Rules
from server.services.deposit.reactions import disarmed
from server.services.money.listing import next_page, state_of
from server.services.money.refunds import TROUBLES, Refunds
from server.services.ports import Audit, Clock, Relay
from server.store.ledger import MongoLedger
from server.store.orders import MongoOrders
from server.store.payments import MongoRefunds
from server.store.transactions import Session, Transactions

#: All of the money back, and the parcel has not left its cell: it must not travel any more.
TURNED_BACK = frozenset({Custody.OPEN, Custody.CLAIMED})


class RefundDesk:
    """What finance decide on refunds."""

    def __init__(
        self,
        *,
        refunds: Refunds,
        store: MongoRefunds,
        orders: MongoOrders,
        ledger: MongoLedger,
        transactions: Transactions,
        audit: Audit,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._refunds = refunds
        self._store = store
        self._orders = orders
        self._ledger = ledger
        self._transactions = transactions
        self._audit = audit
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def refund(
        self, actor: Actor, order: OrderId, amount_fen: int | None, reason: str, words: str
    ) -> RefundView:
        """Give an order's money back: so much of it, or all that is left.

        With all of it back a parcel that still lies in its cell is turned back, and a courier
        who won it is told; one that was collected travels on, and its courier is paid all the
        same, by the platform.

        Raises:
            NotFound: no such order. Forbidden: staff's own. InvalidInput: names the field.
            Conflict: not paid, rule `at_most_paid`, or an offline grant for its door lives.
        """
        why, words = _reason(reason), _words(words)
        known = await self._orders.get(order)
        _check_disinterested(known, actor)
        if amount_fen is not None and amount_fen > known.price_fen:
            raise InvalidInput(field="amount_fen", rule="at_most_paid")
        await self._record(actor, "staff_refund", f"order:{order}", words)

        async def body(session: Session) -> Refund:
            now = await self._orders.get(order, session)
            payment = await self._refunds.payment_of(now, session)
            left = payment.amount_fen - payment.refunded_fen
            fen = Fen(left if amount_fen is None else amount_fen)
            if fen <= 0:
                raise Conflict(field="amount_fen", rule="at_most_paid")
            made = await self._refunds.owe(
                payment, fen, why, session, asked_by=actor.person, words=words
            )
            if fen == left:
                await self._turn_back(order, actor, session)
            return made

        refund = await self._transactions.run(body)
        await self._relay.kick(order)
        await self._refunds.send(refund)
        return refund_view(await self._get(refund.id))

    async def list(self, query: MoneyQuery) -> RefundPage:
        """List refunds, newest first; of one state, or of all.

        Raises:
            InvalidInput: no such state, or no position.
        """
        state, before = state_of(RefundState, query.state), read_position(query.before)
        found = await self._store.page(state, before, query.limit)
        ends = next_page(found, query.limit, lambda last: Position(last.asked_at, last.id))
        return RefundPage(refunds=tuple(map(refund_view, found)), next=ends)

    async def retry(self, actor: Actor, refund: RefundId, words: str) -> RefundView:
        """Ask the wallet again for a refund that is stuck, under the same number.

        Raises:
            NotFound: there is none. Forbidden: staff's own. Conflict: not stuck.
            InvalidInput: no reason.
        """
        words = _words(words)
        _check_not_own(actor, (await self._get(refund)).customer)
        await self._record(actor, "staff_retry_refund", f"refund:{refund}", words)
        stuck = frozenset({RefundState.STUCK})

        async def body(session: Session) -> None:
            now = self._clock()
            if not await self._store.move(refund, stuck, RefundState.ASKED, session, at=now):
                raise Conflict(field="state", rule="stuck")

        await self._transactions.run(body)
        await self._refunds.send(await self._get(refund), anew=True)
        return refund_view(await self._get(refund))

    async def settle(self, actor: Actor, refund: RefundId, words: str) -> RefundView:
        """Note that staff gave the money back past the wallet.

        The wallet is asked first: what it did after all, or is about to do, is not to be done by
        hand. Of one that it refused and knows nothing of staff need not wait until it is stuck.

        Raises:
            NotFound: there is none. Forbidden: staff's own. Conflict: not stuck.
            InvalidInput: no reason.
            ProviderFailed: the wallet does not say how it stands; try again.
        """
        words = _words(words)
        known = await self._get(refund)
        _check_not_own(actor, known.customer)
        seen = await self._refunds.seen(known)
        if seen is not None and seen.state not in TROUBLES:
            await self._refunds.follow(seen)
            raise Conflict(field="state", rule="stuck")
        await self._record(actor, "staff_settle_refund", f"refund:{refund}", words)
        refused = {RefundState.ASKED} if seen is None and known.refused else set()
        stuck = frozenset({RefundState.STUCK, *refused})

        async def body(session: Session) -> None:
            now = self._clock()
            if not await self._store.move(refund, stuck, RefundState.BY_HAND, session, at=now):
                raise Conflict(field="state", rule="stuck")
            posting = refund_by_hand(refund, known.order, now, known.amount_fen)
            await self._ledger.post(posting, session)
            await self._refunds.back(known, session)

        await self._transactions.run(body)
        await self._relay.kick(known.order)
        return refund_view(await self._get(refund))

    async def _turn_back(self, order: OrderId, actor: Actor, session: Session) -> None:
        known = await self._orders.get(order, session)
        if known.custody not in TURNED_BACK or known.placement is None:
            return
        context = Context(actor=actor.person, at=self._clock(), rules=self._rules)
        place = disarmed(known.placement)
        facts: dict[str, object] = {"by_staff": True, "refunded": True}
        await self._orders.change(
            order, lambda o: move(o, Step.TAKE_BACK, context, facts, placement=place), session
        )

    async def _get(self, refund: RefundId) -> Refund:
        found = await self._store.find(refund)
        if found is None:
            raise NotFound(field="refund_id", rule="exists")
        return found

    async def _record(self, actor: Actor, action: str, subject: str, words: str) -> None:
        await self._audit.record(
            actor=actor.person, action=action, subject=subject, purpose=words, at=self._clock()
        )


def refund_view(refund: Refund) -> RefundView:
    """Show a refund to staff."""
    return RefundView(
        refund_id=refund.id,
        payment_id=refund.payment,
        order_id=refund.order,
        amount_fen=refund.amount_fen,
        wallet=refund.wallet.value,
        state=refund.state.value,
        reason=refund.reason.value,
        note=refund.note,
        asked_by=refund.asked_by,
        asked_at=refund.asked_at,
        trouble=refund.trouble,
    )


def _reason(text: str) -> RefundReason:
    if text not in {reason.value for reason in STAFF_REASONS}:
        raise InvalidInput(field="reason", rule="staff_reason")
    return RefundReason(text)


def _words(text: str) -> str:
    if not text.strip():
        raise InvalidInput(field="note", rule="required")
    return text.strip()


def _check_not_own(actor: Actor, customer: PersonId) -> None:
    if actor.person == customer:
        raise Forbidden(rule="not_your_own")


def _check_disinterested(order: Order, actor: Actor) -> None:
    _check_not_own(actor, order.customer)
    if order.charge is Charge.UNPAID:
        raise Conflict(order_id=order.id, rule="paid")
