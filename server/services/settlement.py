"""Couriers' pay: owed with the approval, asked of the provider once under one number at a time.

A try whose outcome is unknown is only ever asked again under its own number. A try that failed
for good is followed by another, later, under the next number.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.changes import Context, pay_out
from server.domain.custody import Custody
from server.domain.errors import BadNotice, Conflict, ProviderFailed, Unavailable
from server.domain.ids import OrderId, PayoutId, PersonId
from server.domain.ledger import order_settled, payout_asked, payout_done, payout_failed
from server.domain.money import Payout
from server.domain.orders import Order
from server.domain.payments import Transfer, TransferState, payout_id
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.providers.pay_ports import PayoutProvider, TransferredState
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, Relay
from server.store.ledger import MongoLedger
from server.store.orders import MongoOrders
from server.store.payouts import MongoPayouts
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

#: How often a try under way is asked about.
LOOK_AGAIN = timedelta(seconds=20)

#: How often one that waits for its courier is asked about, should its notice be lost.
LOOK_LATER = timedelta(minutes=10)

#: How long after a failed try the next one comes: doubling, at most a day.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)

UNDER_WAY = frozenset({TransferState.ASKED, TransferState.AWAITING})

#: Collected by the courier and not yet approved.
PENDING = frozenset({Custody.COLLECTED, Custody.IN_REVIEW})

BATCH = 50
MOST_PENDING = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """What the provider says of a transfer."""

    transfer: PayoutId
    amount_fen: int
    state: TransferredState
    confirm_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earnings:
    """A courier's money, fen: before approval, approved and not yet there, and there."""

    pending_fen: int
    available_fen: int
    paid_fen: int
    payouts: tuple[Transfer, ...]


class Settlement:
    """What couriers have earned and are paid."""

    def __init__(
        self,
        *,
        payouts: MongoPayouts,
        orders: MongoOrders,
        ledger: MongoLedger,
        transactions: Transactions,
        provider: PayoutProvider,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._payouts = payouts
        self._orders = orders
        self._ledger = ledger
        self._transactions = transactions
        self._provider = provider
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def credit(self, order: Order, at: datetime, session: Session) -> None:
        """Post what an approved order earned and owe its first payout, in the same transaction.

        Raises:
            Conflict: nobody carried the order.
        """
        if order.pickup is None:
            raise Conflict(order_id=order.id, rule="carried")
        courier = order.pickup.courier
        settled = order_settled(order.id, courier, at, order.pay_fen, order.fee_fen)
        await self._ledger.post(settled, session)
        await self._payouts.insert(_try(order, courier, 1, at, at), session)

    async def apply(self, told: Transferred, session: Session) -> OrderId | None:
        """Follow what the provider says of a transfer; None when it is nothing new.

        Raises:
            BadNotice: of no transfer of ours, of another amount, or against what was final.
        """
        transfer = await self._payouts.find(told.transfer, session)
        if transfer is None:
            raise BadNotice(field="out_bill_no", rule="known")
        if transfer.amount_fen != told.amount_fen:
            raise BadNotice(field="amount_fen", rule="as_asked")
        if _contradicts(transfer.state, told.state):
            raise BadNotice(field="state", rule="final")
        match told.state:
            case "SUCCESS":
                moved = await self._done(transfer, session)
            case "FAIL":
                moved = await self._failed(transfer, session)
            case "WAIT_USER_CONFIRM":
                moved = await self._awaits(transfer, told.confirm_url, session)
        return transfer.order if moved else None

    async def sweep(self) -> int:
        """Ask for payouts that are due and look after those under way; returns how many."""
        now = self._clock()
        due = await self._payouts.payable(now, BATCH)
        await one_by_one(due, self._begin_and_send, name="begin payout")
        waiting = [
            *await self._payouts.to_look_at(TransferState.ASKED, now - LOOK_AGAIN, now, BATCH),
            *await self._payouts.to_look_at(TransferState.AWAITING, now - LOOK_LATER, now, BATCH),
        ]
        await one_by_one(waiting, self._try_send, name="follow payout")
        return len(due) + len(waiting)

    async def earnings(self, courier: PersonId) -> Earnings:
        """Sum up a courier's money."""
        pending = await self._orders.of_courier(courier, PENDING, MOST_PENDING)
        sums = await self._payouts.sums(courier)
        available = (TransferState.PAYABLE, TransferState.ASKED, TransferState.AWAITING)
        return Earnings(
            pending_fen=sum(order.pay_fen for order in pending),
            available_fen=sum(sums.get(state, 0) for state in available),
            paid_fen=sums.get(TransferState.DONE, 0),
            payouts=tuple(await self._payouts.of_courier(courier)),
        )

    async def _begin_and_send(self, transfer: Transfer) -> None:
        async def body(session: Session) -> bool:
            payable = frozenset({TransferState.PAYABLE})
            now = self._clock()
            if not await self._move(transfer, payable, TransferState.ASKED, session):
                return False
            asked = payout_asked(
                transfer.id, transfer.order, transfer.courier, now, transfer.amount_fen
            )
            await self._ledger.post(asked, session)
            await self._order(transfer, Payout.PAYING, session)
            return True

        try:
            if await self._transactions.run(body):
                await self._try_send(transfer)
        except Unavailable as error:
            log.warning("payout not begun", extra={"payout": transfer.id, "why": str(error)})

    async def _try_send(self, transfer: Transfer) -> None:
        """Ask how it stands, and for it if it never arrived; the sweep repeats what failed."""
        try:
            seen = await self._provider.seen(transfer.id)
            if seen is None:
                seen = await self._provider.transfer(transfer)
            told = Transferred(
                transfer=transfer.id,
                amount_fen=seen.amount_fen,
                state=seen.state,
                confirm_url=seen.confirm_url,
            )
            order = await self._transactions.run(lambda session: self.apply(told, session))
        except (ProviderFailed, Unavailable, BadNotice) as error:
            log.warning("payout not followed", extra={"payout": transfer.id, "why": str(error)})
            return
        if order is not None:
            await self._relay.kick(order)

    async def _done(self, transfer: Transfer, session: Session) -> bool:
        if not await self._move(transfer, UNDER_WAY, TransferState.DONE, session):
            return False
        done = payout_done(transfer.id, transfer.order, self._clock(), transfer.amount_fen)
        await self._ledger.post(done, session)
        await self._order(transfer, Payout.PAID_OUT, session)
        return True

    async def _failed(self, transfer: Transfer, session: Session) -> bool:
        if not await self._move(transfer, UNDER_WAY, TransferState.FAILED, session):
            return False
        now = self._clock()
        failed = payout_failed(
            transfer.id, transfer.order, transfer.courier, now, transfer.amount_fen
        )
        await self._ledger.post(failed, session)
        order = await self._order(transfer, Payout.PAYABLE, session)
        wait = min(FIRST_WAIT * 2 ** min(transfer.attempt - 1, 16), LONGEST_WAIT)
        again = _try(order, transfer.courier, transfer.attempt + 1, now, now + wait)
        await self._payouts.insert(again, session)
        return True

    async def _awaits(self, transfer: Transfer, confirm_url: str | None, session: Session) -> bool:
        asked = frozenset({TransferState.ASKED})
        if not await self._move(transfer, asked, TransferState.AWAITING, session, confirm_url):
            return False
        await self._order(transfer, Payout.AWAITING, session)
        return True

    async def _move(
        self,
        transfer: Transfer,
        expected: frozenset[TransferState],
        to: TransferState,
        session: Session,
        confirm_url: str | None = None,
    ) -> bool:
        return await self._payouts.move(
            transfer.id, expected, to, session, at=self._clock(), confirm_url=confirm_url
        )

    async def _order(self, transfer: Transfer, to: Payout, session: Session) -> Order:
        context = Context(actor=SYSTEM, at=self._clock(), rules=self._rules)
        data: dict[str, object] = {"payout": transfer.id}
        change = await self._orders.change(
            transfer.order, lambda order: pay_out(order, to, context, data), session
        )
        return change.after


def _try(
    order: Order, courier: PersonId, attempt: int, now: datetime, not_before: datetime
) -> Transfer:
    return Transfer(
        id=payout_id(order.id, attempt),
        order=order.id,
        courier=courier,
        amount_fen=order.pay_fen,
        state=TransferState.PAYABLE,
        attempt=attempt,
        created_at=now,
        not_before=not_before,
    )


def _contradicts(known: TransferState, told: TransferredState) -> bool:
    """Tell whether the provider takes back an outcome, or speaks of what was never asked."""
    final = {TransferState.DONE: "FAIL", TransferState.FAILED: "SUCCESS"}
    return known is TransferState.PAYABLE or final.get(known) == told
