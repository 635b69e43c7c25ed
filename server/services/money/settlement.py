"""Couriers' pay: owed with the approval, asked of a wallet once under one number at a time.

One transfer pays one order. A try whose outcome is unknown is only ever asked again under its
own number. One that came to nothing is followed by another, later, under the next number.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.domain.changes import Context, note, pay_out
from server.domain.custody import Custody
from server.domain.errors import BadNotice, Conflict, ProviderFailed, Unavailable
from server.domain.ids import OrderId, PayoutId, PersonId
from server.domain.ledger import order_settled, payout_asked, payout_done, payout_failed
from server.domain.money import Fen, Payout
from server.domain.orders import Order
from server.domain.payments import (
    UNHEARD,
    Afterwards,
    Transfer,
    TransferState,
    Waits,
    Wallet,
    check_wallet,
)
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.transfers import (
    UNDER_WAY,
    day_of,
    first_try,
    next_day,
    next_try,
    told,
)
from server.providers.money_ports import Payee, PayoutProvider, TransferredState, TransferSeen
from server.services.money.payees import Payees
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

#: Steps of an order that are of no table; see notice_texts.py.
NO_PAYEE = "payout_without_payee"
TRIES_USED = "payout_tries_used"

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

    async def apply(
        self, seen: TransferSeen, session: Session, wallet: Wallet | None = None
    ) -> OrderId | None:
        """Follow what a wallet says of a transfer; None when it is nothing new.

        Raises:
            BadNotice: of no transfer of ours, of another amount, of one that was never asked
                for, or against what was final.
        """
        transfer = await self._payouts.find(PayoutId(seen.out_bill_no), session)
        if transfer is None:
            raise BadNotice(field="out_bill_no", rule="known")
        check_wallet(transfer.wallet, wallet)
        if transfer.amount_fen != seen.amount_fen:
            raise BadNotice(field="amount_fen", rule="as_asked")
        to = told(transfer.state, seen.state)
        if to is None:
            if (transfer.trouble or not transfer.taken) and transfer.state in UNDER_WAY:
                # The wallet knows it: what it said before of not knowing it is over.
                await self._payouts.note(transfer.id, UNDER_WAY, session, taken=True, trouble=None)
            return None
        if to is TransferState.DONE:
            await self._done(transfer, session)
        elif to in UNDER_WAY:
            await self._goes_on(transfer, to, seen, session)
        else:
            await self._in_vain(transfer, to, seen, session)
        return transfer.order

    async def sweep(self) -> int:
        """Ask for payouts that are due and look after those under way; returns how many."""
        now = self._clock()
        due = await self._payouts.payable(now, BATCH)
        await one_by_one(due, self.begin, name="begin payout")
        waiting = list[Transfer]()
        for state in sorted(UNDER_WAY):
            pause = LOOK_LATER if state is TransferState.AWAITING else LOOK_AGAIN
            waiting += await self._payouts.to_look_at(state, now - pause, now, BATCH)
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

        Why it waits is kept with it, for the courier to see.
        """
        now = self._clock()
        found = await self._payee_of(transfer)
        if found is None:
            await self._without_payee(transfer, now)
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
            await self._follow(seen)
        except (ProviderFailed, Unavailable, BadNotice) as error:
            await self._not_followed(transfer, error)

    async def conclude(self, transfer: Transfer, *, paid: bool) -> None:
        """Take staff's word for how a payout ended that its wallet does not know any more.

        Raises:
            BadNotice: it ended otherwise meanwhile.
        """
        await self._payouts.note(transfer.id, UNDER_WAY, afterwards=Afterwards.HOLD.value)
        await self._follow(_ended(transfer, "SUCCESS" if paid else "CANCELLED", UNHEARD))

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
        await self._order(asked, Payout.PAYING, session)
        return True

    async def _payee_of(self, transfer: Transfer) -> tuple[Wallet, Payee] | None:
        """Find where the courier can be paid: the first wallet of ours that knows them."""
        for wallet in self._wallets:
            payee = await self._payees.payee(transfer.courier, wallet)
            if payee is not None:
                return wallet, payee
        return None

    async def _without_payee(self, transfer: Transfer, now: datetime) -> None:
        """Let a payout wait for its courier to link a wallet; they hear of it once."""

        async def body(session: Session) -> None:
            fields = {"waits": Waits.PAYEE.value, "not_before": now + PAYEE_AGAIN}
            waits = await self._payouts.note(transfer.id, PAYABLE, session, **fields)
            if waits and transfer.waits is not Waits.PAYEE:
                await self._tell(transfer, NO_PAYEE, session)

        await self._transactions.run(body)
        await self._relay.kick(transfer.order)

    async def _ask(self, transfer: Transfer, payee: Payee) -> None:
        try:
            await self._follow(await self._wallet(transfer.wallet).transfer(transfer, payee))
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
            await self._follow(_ended(transfer, "CANCELLED", NEVER_CAME))
            return
        payee = await self._payees.payee(transfer.courier, transfer.wallet)
        if payee is None:
            raise ProviderFailed(rule="payee", payout_id=transfer.id)
        await self._ask(transfer, payee)

    async def _not_followed(self, transfer: Transfer, error: Exception) -> None:
        """Keep what went wrong for staff to see; the next look comes all the same."""
        rule = getattr(error, "rule", None) or type(error).__name__
        log.warning("payout not followed", extra={"payout": transfer.id, "why": rule})
        await self._payouts.note(transfer.id, UNDER_WAY, trouble=rule)

    async def _follow(self, seen: TransferSeen) -> None:
        order = await self._transactions.run(lambda session: self.apply(seen, session))
        if order is not None:
            await self._relay.kick(order)

    async def _done(self, transfer: Transfer, session: Session) -> None:
        now = self._clock()
        await self._payouts.move(
            transfer.id, UNDER_WAY, TransferState.DONE, session, at=now, trouble=None
        )
        done = payout_done(transfer.id, transfer.order, now, transfer.amount_fen, transfer.wallet)
        await self._ledger.post(done, session)
        await self._order(transfer, Payout.PAID_OUT, session)

    async def _goes_on(
        self, transfer: Transfer, to: TransferState, seen: TransferSeen, session: Session
    ) -> None:
        fields: dict[str, object] = {"taken": True, "trouble": None}
        if seen.package_info:
            fields["package_info"] = seen.package_info
        await self._payouts.move(transfer.id, UNDER_WAY, to, session, at=self._clock(), **fields)
        if to is TransferState.AWAITING:
            await self._order(transfer, Payout.AWAITING, session)

    async def _in_vain(
        self, transfer: Transfer, to: TransferState, seen: TransferSeen, session: Session
    ) -> None:
        """Take the money back into what the courier has earned, and owe the next try."""
        now = self._clock()
        await self._payouts.move(
            transfer.id, UNDER_WAY, to, session, at=now, trouble=seen.fail_reason
        )
        back = payout_failed(
            transfer.id, transfer.order, transfer.courier, now, transfer.amount_fen
        )
        await self._ledger.post(back, session)
        if transfer.day is not None:
            fen = transfer.amount_fen
            await self._payouts.uncount(transfer.courier, transfer.day, fen, session)
        order = await self._order(transfer, Payout.PAYABLE, session)
        again = next_try(order, transfer, now)
        await self._payouts.insert(again, session)
        if again.waits is Waits.TRIES:
            await self._tell(again, TRIES_USED, session)

    async def _order(self, transfer: Transfer, to: Payout, session: Session) -> Order:
        context = Context(actor=SYSTEM, at=self._clock(), rules=self._rules)
        data: dict[str, object] = {"payout": transfer.id}
        change = await self._orders.change(
            transfer.order, lambda order: pay_out(order, to, context, data), session
        )
        return change.after

    async def _tell(self, transfer: Transfer, step: str, session: Session) -> None:
        context = Context(actor=SYSTEM, at=self._clock(), rules=self._rules)
        data: dict[str, object] = {"payout": transfer.id}
        await self._orders.change(
            transfer.order, lambda order: note(order, step, context, data), session
        )

    def _wallet(self, wallet: Wallet) -> PayoutProvider:
        provider = self._wallets.get(wallet)
        if provider is None:
            raise ProviderFailed(rule="not_set_up", wallet=wallet.value)
        return provider


def _ended(transfer: Transfer, state: TransferredState, why: str) -> TransferSeen:
    return TransferSeen(
        out_bill_no=transfer.id, amount_fen=transfer.amount_fen, state=state, fail_reason=why
    )
