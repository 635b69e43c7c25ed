"""Couriers' pay: owed with the approval, asked of a wallet once under one number at a time.

One transfer pays one order. A try whose outcome is unknown is only ever asked again under its
own number. One that came to nothing is followed by another, later, under the next number.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.domain.custody import Custody
from server.domain.errors import BadNotice, Conflict, ProviderFailed, Unavailable
from server.domain.ids import PayoutId, PersonId
from server.domain.ledger import order_settled, payout_asked
from server.domain.money import Fen, Payout
from server.domain.orders import Order
from server.domain.payments import UNHEARD, Transfer, TransferState, Waits, Wallet
from server.domain.rules import Rules
from server.domain.transfers import IN_VAIN, UNDER_WAY, day_of, first_try, next_day
from server.providers.money_ports import Payee, PayoutProvider, TransferSeen
from server.services.money.courier_debts import CourierDebts
from server.services.money.payees import PayeeNameMissing, Payees
from server.services.money.payout_outcomes import PayoutOutcomes, ended
from server.services.money.payout_steps import PayoutSteps
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

#: Under way, and what it waits for.
BY_COURIER = frozenset({TransferState.AWAITING})
BY_ITSELF = UNDER_WAY - BY_COURIER

#: How soon a courier who has linked a wallet is paid there.
PAYEE_AGAIN = timedelta(minutes=5)

#: Wallets tell of a transfer for thirty days: an older number that they do not know any more may
#: have been paid, and is never asked for again.
ASK_WITHIN = timedelta(days=25)

#: A wallet that does not know a number that staff want back is not asked for it again: so long
#: after, no request for it is on its way any more.
COMES_WITHIN = timedelta(minutes=10)

#: Why a payout that staff want back came to nothing, or is not at its end yet.
NEVER_CAME, NOT_COME = "never_came", "not_come"

#: States at the wallet from which a transfer can be taken back.
CANCELLABLE = frozenset({"ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM"})

#: Collected by the courier and not yet approved.
PENDING = frozenset({Custody.COLLECTED, Custody.IN_REVIEW})

PAYABLE = frozenset({TransferState.PAYABLE})

#: A step of an order that is of no table; see notice_kinds.py.
NO_PAYEE, NO_NAME = "payout_without_payee", "payout_without_name"

BATCH = 50
MOST_PENDING = 1000


class _DayFull(Exception):
    """The courier's payouts of the day are at their limit; ends the transaction."""


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
        wallets: Mapping[Wallet, PayoutProvider],
        payees: Payees,
        outcomes: PayoutOutcomes,
        debts: CourierDebts,
        steps: PayoutSteps,
        clock: Clock,
        rules: Rules,
        relay: Relay,
    ) -> None:
        self._payouts = payouts
        self._orders = orders
        self._ledger = ledger
        self._transactions = transactions
        self._wallets = wallets
        self._payees = payees
        self._outcomes = outcomes
        self._debts = debts
        self._steps = steps
        self._clock = clock
        self._rules = rules
        self._relay = relay

    async def credit(self, order: Order, at: datetime, session: Session) -> None:
        """Post what an approved order earned and owe its first payout, in the same transaction.

        What the customer was given back of it is the platform's loss, not the courier's.

        Raises:
            Conflict: nobody carried the order.
        """
        if order.pickup is None:
            raise Conflict(order_id=order.id, rule="carried")
        courier = order.pickup.courier
        fee = Fen(order.fee_fen - order.refund_asked_fen)
        await self._ledger.post(order_settled(order.id, courier, at, order.pay_fen, fee), session)
        await self._payouts.insert(first_try(order, courier, at), session)

    async def sweep(self) -> int:
        """Ask for payouts that are due and look after those under way; returns how many."""
        now = self._clock()
        due = await self._payouts.payable(now, BATCH)
        await one_by_one(due, self.begin, name="begin payout")
        waiting = list[Transfer]()
        for states, pause in ((BY_ITSELF, LOOK_AGAIN), (BY_COURIER, LOOK_LATER)):
            waiting += await self._payouts.to_look_at(states, now - pause, now, BATCH)
        await one_by_one(waiting, self.follow, name="follow payout")
        return len(due) + len(waiting)

    async def earnings(self, courier: PersonId) -> Earnings:
        """Sum up a courier's money: approved and paid out as the books say."""
        pending = await self._orders.of_courier(courier, PENDING, MOST_PENDING)
        earned = await self._ledger.earned(courier)
        return Earnings(
            pending_fen=sum(order.pay_fen for order in pending),
            available_fen=earned.available_fen,
            paid_fen=earned.paid_fen,
            payouts=tuple(await self._payouts.of_courier(courier)),
        )

    async def begin(self, transfer: Transfer) -> bool:
        """Ask a wallet for a payout that rests; False when it has to wait, or went already.

        Why it waits is kept with it, for the courier to see. What the courier owes comes first.
        """
        now = self._clock()
        if not await self._debts.settle(transfer):
            await self._relay.kick(transfer.order)
            return False
        try:
            found = await self._payee_of(transfer)
        except PayeeNameMissing:
            await self._without(transfer, Waits.NAME, NO_NAME, now)
            return False
        if found is None:
            await self._without(transfer, Waits.PAYEE, NO_PAYEE, now)
            return False
        wallet, payee = found
        asked = replace(
            transfer, state=TransferState.ASKED, wallet=wallet, day=day_of(now), asked_at=now
        )
        await self._payouts.open_day(transfer.courier, day_of(now), now)
        try:
            if not await self._transactions.run(lambda session: self._begin(asked, now, session)):
                return False
        except _DayFull:
            await self._payouts.note(
                transfer.id, PAYABLE, waits=Waits.DAY_CAP.value, not_before=next_day(now)
            )
            return False
        await self._relay.kick(transfer.order)
        await self._ask(asked, payee)
        return True

    async def follow(self, transfer: Transfer) -> None:
        """Ask how a payout under way stands, and have it taken back where staff want that.

        One that the wallet never heard of is asked for again under its number, unless staff want
        it back, or it may be that the wallet has only forgotten it.
        """
        try:
            wallet = self._wallet(transfer.wallet)
            seen = await wallet.transfer_seen(transfer)
            if seen is None:
                await self._ask_again(transfer)
                return
            if transfer.afterwards is not None and seen.state in CANCELLABLE:
                seen = await wallet.cancel(transfer)
            await self._outcomes.follow(seen)
        except (ProviderFailed, Unavailable, BadNotice) as error:
            await self._not_followed(transfer, error)

    async def seen(self, transfer: Transfer) -> TransferSeen | None:
        """Ask how a payout stands at its wallet. Raises: ProviderFailed."""
        return await self._wallet(transfer.wallet).transfer_seen(transfer)

    async def look_up(self, number: str) -> bool:
        """Ask about a payout that is not paid here and that a bill has; False of any other.

        Raises:
            ProviderFailed: no answer. BadNotice: of another amount. Unavailable: not written.
        """
        transfer = await self._payouts.find(PayoutId(number))
        if transfer is None or transfer.state not in UNDER_WAY | IN_VAIN:
            return False
        seen = await self._wallet(transfer.wallet).transfer_seen(transfer)
        if seen is not None:
            await self._outcomes.follow(seen)
        return True

    async def _begin(self, asked: Transfer, now: datetime, session: Session) -> bool:
        moved = await self._payouts.move(
            asked.id,
            PAYABLE,
            TransferState.ASKED,
            session,
            at=now,
            wallet=asked.wallet.value,
            day=asked.day,
            asked_at=now,
            waits=None,
        )
        if not moved:
            return False
        limit = self._rules.payout_day_fen
        fen, courier = asked.amount_fen, asked.courier
        if not await self._payouts.count(courier, day_of(now), fen, limit, session):
            raise _DayFull
        await self._ledger.post(payout_asked(asked.id, asked.order, courier, now, fen), session)
        await self._steps.move(asked, Payout.PAYING, session)
        return True

    async def _payee_of(self, transfer: Transfer) -> tuple[Wallet, Payee] | None:
        """Find where the courier wants to be paid, of the wallets of ours that know them.

        Raises:
            PayeeNameMissing: that wallet wants a name that is not known.
        """
        for wallet in await self._payees.wallets(transfer.courier):
            if wallet in self._wallets:
                payee = await self._payees.payee(transfer.courier, wallet, transfer.amount_fen)
                if payee is not None:
                    return wallet, payee
        return None

    async def _without(self, transfer: Transfer, why: Waits, step: str, now: datetime) -> None:
        """Let a payout wait for what its courier has to mend; they hear of it once."""

        async def body(session: Session) -> None:
            fields = {"waits": why.value, "not_before": now + PAYEE_AGAIN}
            waits = await self._payouts.note(transfer.id, PAYABLE, session, **fields)
            if waits and transfer.waits is not why:
                await self._steps.tell(transfer, step, session)

        await self._transactions.run(body)
        await self._relay.kick(transfer.order)

    async def _ask(self, transfer: Transfer, payee: Payee) -> None:
        try:
            await self._outcomes.follow(
                await self._wallet(transfer.wallet).transfer(transfer, payee)
            )
        except (ProviderFailed, Unavailable, BadNotice) as error:
            await self._not_followed(transfer, error)

    async def _ask_again(self, listed: Transfer) -> None:
        transfer, now = await self._payouts.get(listed.id), self._clock()
        if transfer.state is not listed.state:
            return  # another knows more
        old = transfer.asked_at is None or now - transfer.asked_at > ASK_WITHIN
        if transfer.state is not TransferState.ASKED or transfer.taken or old:
            raise ProviderFailed(rule=UNHEARD, payout_id=transfer.id)
        if transfer.back_since is not None:
            if now - transfer.back_since < COMES_WITHIN:
                raise ProviderFailed(rule=NOT_COME, payout_id=transfer.id)
            await self._outcomes.follow(ended(transfer, "CANCELLED", NEVER_CAME))
            return
        fen = transfer.amount_fen
        payee = await self._payees.payee(transfer.courier, transfer.wallet, fen)
        if payee is None:
            raise ProviderFailed(rule="payee", payout_id=transfer.id)
        await self._ask(transfer, payee)

    async def _not_followed(self, transfer: Transfer, error: Exception) -> None:
        """Keep what went wrong for staff to see; the next look comes all the same."""
        rule = getattr(error, "rule", None) or type(error).__name__
        log.warning("payout not followed", extra={"payout": transfer.id, "why": rule})
        await self._payouts.note(transfer.id, UNDER_WAY, trouble=rule)

    def _wallet(self, wallet: Wallet) -> PayoutProvider:
        provider = self._wallets.get(wallet)
        if provider is None:
            raise ProviderFailed(rule="not_set_up", wallet=wallet.value)
        return provider
