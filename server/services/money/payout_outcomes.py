"""What wallets say of couriers' pay, and staff of what wallets forgot: followed in any order.

Each word is applied in one transaction with the ledger, the order and the try that follows.
"""

from __future__ import annotations

from dataclasses import replace

from server.domain.errors import BadNotice
from server.domain.ids import OrderId, PayoutId
from server.domain.ledger import payout_denied, payout_done, payout_failed
from server.domain.money import Payout
from server.domain.payments import (
    UNHEARD,
    Afterwards,
    Transfer,
    TransferState,
    Waits,
    Wallet,
    check_wallet,
)
from server.domain.transfers import AFTER, IN_VAIN, UNDER_WAY, next_try, told
from server.providers.money_ports import TransferredState, TransferSeen
from server.services.money.courier_debts import PAID_LATE, CourierDebts
from server.services.money.payout_steps import PayoutSteps
from server.services.ports import Clock, Relay
from server.store.ledger import MongoLedger
from server.store.payouts import MongoPayouts
from server.store.transactions import Session, Transactions

#: A step of an order that is of no table; see texts_of_steps.py.
TRIES_USED, DENIED = "payout_tries_used", "payout_denied"


class PayoutOutcomes:
    """Follows what is said of payouts."""

    def __init__(
        self,
        *,
        payouts: MongoPayouts,
        ledger: MongoLedger,
        transactions: Transactions,
        steps: PayoutSteps,
        debts: CourierDebts,
        clock: Clock,
        relay: Relay,
    ) -> None:
        self._payouts = payouts
        self._ledger = ledger
        self._transactions = transactions
        self._steps = steps
        self._debts = debts
        self._clock = clock
        self._relay = relay

    async def apply(
        self,
        seen: TransferSeen,
        session: Session,
        wallet: Wallet | None = None,
        *,
        by_staff: bool = False,
    ) -> OrderId | None:
        """Follow what a wallet, or staff, says of a transfer; None when it is nothing new.

        Raises:
            BadNotice: of no transfer of ours, of another amount, of one that was never asked
                for, or that it failed although the wallet had said that it was paid.
        """
        transfer = await self._payouts.find(PayoutId(seen.out_bill_no), session)
        if transfer is None:
            raise BadNotice(field="out_bill_no", rule="known")
        check_wallet(transfer.wallet, wallet)
        if transfer.amount_fen != seen.amount_fen:
            raise BadNotice(field="amount_fen", rule="as_asked")
        if transfer.by_hand:
            return await self._about_staffs_word(transfer, seen, session)
        to = told(transfer.state, seen.state)
        if to is None:
            await self._known_to_wallet(transfer, session)
            return None
        if to is TransferState.DONE:
            await self._done(transfer, session, by_staff)
        elif to is TransferState.PAID_LATE:
            await self._debts.arises(transfer, session)
        elif to in UNDER_WAY:
            await self._goes_on(transfer, to, seen, session)
        else:
            await self._in_vain(transfer, to, seen, session)
        return transfer.order

    async def follow(self, seen: TransferSeen, *, by_staff: bool = False) -> None:
        """Apply what a wallet answered, or staff said, and have those told whom it concerns.

        Raises:
            BadNotice: see `apply`. Unavailable: not written.
        """
        order = await self._transactions.run(
            lambda session: self.apply(seen, session, by_staff=by_staff)
        )
        if order is not None:
            await self._relay.kick(order)

    async def conclude(self, transfer: Transfer, *, paid: bool) -> None:
        """Take staff's word for how a payout ended that its wallet does not know any more.

        Raises:
            BadNotice: it ended otherwise meanwhile.
        """
        await self._payouts.note(transfer.id, UNDER_WAY, afterwards=Afterwards.HOLD.value)
        word = ended(transfer, "SUCCESS" if paid else "CANCELLED", UNHEARD)
        await self.follow(word, by_staff=True)

    async def _done(self, transfer: Transfer, session: Session, by_staff: bool) -> None:
        now, fields = self._clock(), {"trouble": None, "by_hand": by_staff}
        await self._payouts.move(
            transfer.id, UNDER_WAY, TransferState.DONE, session, at=now, **fields
        )
        done = payout_done(transfer.id, transfer.order, now, transfer.amount_fen, transfer.wallet)
        await self._ledger.post(done, session)
        await self._steps.move(transfer, Payout.PAID_OUT, session)

    async def _goes_on(
        self, transfer: Transfer, to: TransferState, seen: TransferSeen, session: Session
    ) -> None:
        fields: dict[str, object] = {"taken": True, "trouble": None}
        if seen.package_info:
            fields["package_info"] = seen.package_info
        await self._payouts.move(transfer.id, UNDER_WAY, to, session, at=self._clock(), **fields)
        if to is TransferState.AWAITING:
            await self._steps.move(transfer, Payout.AWAITING, session)

    async def _in_vain(
        self, transfer: Transfer, to: TransferState, seen: TransferSeen, session: Session
    ) -> None:
        """Take the money back into what the courier has earned, and owe the next try."""
        now, fen = self._clock(), transfer.amount_fen
        await self._payouts.move(
            transfer.id, UNDER_WAY, to, session, at=now, trouble=seen.fail_reason
        )
        back = payout_failed(transfer.id, transfer.order, transfer.courier, now, fen)
        await self._ledger.post(back, session)
        await self._owe_again(transfer, session)

    async def _known_to_wallet(self, transfer: Transfer, session: Session) -> None:
        """Forget what the wallet said before of not knowing one that is under way."""
        if (transfer.trouble or not transfer.taken) and transfer.state in UNDER_WAY:
            await self._payouts.note(transfer.id, UNDER_WAY, session, taken=True, trouble=None)

    async def _about_staffs_word(
        self, transfer: Transfer, seen: TransferSeen, session: Session
    ) -> OrderId | None:
        """Hold a wallet's word, or staff's next one, against staff's that it was paid."""
        after = AFTER[seen.state]
        if after in IN_VAIN and transfer.denied_at is None:
            await self._denied(transfer, session)
        elif after is TransferState.DONE:
            await self._confirmed(transfer, session)
        else:
            return None
        return transfer.order

    async def _denied(self, transfer: Transfer, session: Session) -> None:
        """Take in that what staff said was paid was not: the next try is held, and staff hear."""
        now, fen = self._clock(), transfer.amount_fen
        await self._payouts.note(
            transfer.id, {TransferState.DONE}, session, denied_at=now, trouble=DENIED
        )
        owed = payout_denied(transfer.id, transfer.order, transfer.courier, now, fen)
        await self._ledger.post(owed, session)
        await self._owe_again(replace(transfer, afterwards=Afterwards.HOLD), session)
        await self._steps.tell(transfer, DENIED, session)

    async def _confirmed(self, transfer: Transfer, session: Session) -> None:
        """Take in that staff were right; staff hear where that had been denied meanwhile."""
        fields = {"trouble": None, "by_hand": False}
        await self._payouts.note(transfer.id, {TransferState.DONE}, session, **fields)
        if transfer.denied_at is not None:
            await self._steps.tell(transfer, PAID_LATE, session)

    async def _owe_again(self, transfer: Transfer, session: Session) -> None:
        """Owe the next try of a payout that did not come."""
        now, fen = self._clock(), transfer.amount_fen
        if transfer.day is not None:
            await self._payouts.uncount(transfer.courier, transfer.day, fen, session)
        order = await self._steps.move(transfer, Payout.PAYABLE, session)
        again = next_try(order, transfer, now)
        await self._payouts.insert(again, session)
        if again.waits is Waits.TRIES:
            await self._steps.tell(again, TRIES_USED, session)
        await self._debts.settle_own(again, session)


def ended(transfer: Transfer, state: TransferredState, why: str) -> TransferSeen:
    """Say of a payout that it ended so, where its wallet does not."""
    return TransferSeen(
        out_bill_no=transfer.id, amount_fen=transfer.amount_fen, state=state, fail_reason=why
    )
