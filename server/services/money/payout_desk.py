"""Staff's hand in payouts: hold, release, pay now, take back, issue anew; each with a reason.

Each act is recorded before it happens. None of them gets past the limit of a day, and none asks
a wallet under a new number while the outcome of the last is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable

from realtime.wire.staff_money import MoneyQuery, PayoutPage, StaffPayoutView
from server.domain.errors import Conflict, Forbidden, InvalidInput
from server.domain.ids import PayoutId
from server.domain.paging import Position, read_position
from server.domain.payments import UNHEARD, Afterwards, Transfer, TransferState, Waits
from server.domain.people import Actor
from server.domain.transfers import AFTER, IN_VAIN, RESTING, UNDER_WAY
from server.services.money.courier_debts import CourierDebts
from server.services.money.listing import next_page, state_of
from server.services.money.payout_outcomes import PayoutOutcomes
from server.services.money.settlement import Settlement
from server.services.ports import Audit, Clock
from server.store.payouts import MongoPayouts
from server.store.transactions import Session, Transactions

PAYABLE = frozenset({TransferState.PAYABLE})
HELD = frozenset({TransferState.HELD})


class PayoutDesk:
    """What finance decide on payouts."""

    def __init__(
        self,
        *,
        settlement: Settlement,
        outcomes: PayoutOutcomes,
        debts: CourierDebts,
        payouts: MongoPayouts,
        transactions: Transactions,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._settlement = settlement
        self._outcomes = outcomes
        self._debts = debts
        self._payouts = payouts
        self._transactions = transactions
        self._audit = audit
        self._clock = clock

    async def list(self, query: MoneyQuery) -> PayoutPage:
        """List payouts, newest first; of one state, or of all.

        Raises:
            InvalidInput: no such state, or no position.
        """
        state, before = state_of(TransferState, query.state), read_position(query.before)
        found = await self._payouts.page(state, before, query.limit)
        ends = next_page(found, query.limit, lambda last: Position(last.created_at, last.id))
        return PayoutPage(payouts=tuple(map(payout_view, found)), next=ends)

    async def hold(self, actor: Actor, payout: PayoutId, words: str) -> StaffPayoutView:
        """Keep a payout from being asked for until it is released.

        Raises:
            NotFound, Forbidden, InvalidInput: see `_checked`. Conflict: it was asked for.
        """
        await self._checked(actor, payout, "staff_hold_payout", words)
        await self._move(payout, PAYABLE, TransferState.HELD, Waits.STAFF)
        return await self._view(payout)

    async def release(self, actor: Actor, payout: PayoutId, words: str) -> StaffPayoutView:
        """Let a payout that is held be asked for.

        Raises:
            NotFound, Forbidden, InvalidInput: see `_checked`. Conflict: not held.
        """
        await self._checked(actor, payout, "staff_release_payout", words)
        await self._move(payout, HELD, TransferState.PAYABLE, None)
        return await self._view(payout)

    async def pay(self, actor: Actor, payouts: Iterable[PayoutId], words: str) -> PayoutPage:
        """Ask for payouts now that wait for their time; the limit of a day holds all the same.

        Each by itself: the answer says of each how it stands and what it still waits for.

        Raises:
            NotFound, Forbidden, InvalidInput: of any of them; none is asked for then.
        """
        chosen = list(dict.fromkeys(payouts))
        for payout in chosen:
            _check(await self._payouts.get(payout), actor, words)
        for payout in chosen:
            transfer = await self._checked(actor, payout, "staff_pay_now", words)
            if transfer.state is TransferState.PAYABLE:
                await self._settlement.begin(transfer)
        return PayoutPage(payouts=tuple([await self._view(payout) for payout in chosen]))

    async def cancel(self, actor: Actor, payout: PayoutId, words: str) -> StaffPayoutView:
        """Take a payout back that is under way; the next try is held.

        The wallet decides: one that its courier has confirmed meanwhile stays paid.

        Raises:
            NotFound, Forbidden, InvalidInput: see `_checked`. Conflict: not under way.
        """
        transfer = await self._checked(actor, payout, "staff_cancel_payout", words)
        await self._take_back(transfer, Afterwards.HOLD)
        return await self._view(payout)

    async def reissue(self, actor: Actor, payout: PayoutId, words: str) -> StaffPayoutView:
        """Have the order paid under the next number: after this one is taken back, or at once.

        Raises:
            NotFound, Forbidden, InvalidInput: see `_checked`.
            Conflict: it is paid, or was never asked for.
        """
        transfer = await self._checked(actor, payout, "staff_reissue_payout", words)
        if transfer.state in UNDER_WAY:
            await self._take_back(transfer, Afterwards.REISSUE)
        elif transfer.state not in IN_VAIN:
            raise Conflict(field="state", rule="failed_or_under_way", state=transfer.state.value)
        last = (await self._payouts.of_order(transfer.order))[-1]
        if last.state in RESTING and last.id != payout:
            if last.state is TransferState.HELD:
                await self._move(last.id, HELD, TransferState.PAYABLE, None)
            await self._settlement.begin(await self._payouts.get(last.id))
        return await self._view(last.id)

    async def settle(
        self, actor: Actor, payout: PayoutId, words: str, *, paid: bool
    ) -> StaffPayoutView:
        """Say how a payout ended that its wallet does not know any more: staff looked there.

        The wallet is asked once more first: what it does know is not for staff to say. Not paid:
        the next try is held. That may also be said of one that staff had said was paid.

        Raises:
            NotFound, Forbidden, InvalidInput: see `_checked`.
            Conflict: rule `unheard`: its wallet tells how it stands, or does not answer now.
        """
        transfer = await self._checked(actor, payout, "staff_settle_payout", words)
        if transfer.state in UNDER_WAY and transfer.trouble == UNHEARD:
            await self._settlement.follow(transfer)
            transfer = await self._payouts.get(payout)
        if transfer.by_hand and transfer.denied_at is None and not paid:
            seen = await self._settlement.seen(transfer)
            if seen is not None and AFTER[seen.state] not in IN_VAIN:
                raise Conflict(field="state", rule="unheard", state=transfer.state.value)
        elif transfer.state not in UNDER_WAY or transfer.trouble != UNHEARD:
            raise Conflict(field="state", rule="unheard", state=transfer.state.value)
        await self._outcomes.conclude(transfer, paid=paid)
        return await self._view(payout)

    async def set_off(self, actor: Actor, payout: PayoutId, words: str) -> StaffPayoutView:
        """Have what is owed of a payout that came late kept from its courier's next pay.

        What was held for it is seen to at once; what is more than that pay is kept from later.

        Raises:
            NotFound, Forbidden, InvalidInput: see `_checked`. Conflict: nothing is owed of it.
        """
        debt = await self._checked(actor, payout, "staff_set_off_payout", words)
        await self._begin(await self._debts.decide_set_off(debt))
        return await self._view(payout)

    async def write_off(self, actor: Actor, payout: PayoutId, words: str) -> StaffPayoutView:
        """Have the platform bear what is owed of a payout that came late.

        Raises:
            NotFound, Forbidden, InvalidInput: see `_checked`. Conflict: nothing is owed of it.
        """
        debt = await self._checked(actor, payout, "staff_write_off_payout", words)
        await self._begin(await self._debts.write_off(debt))
        return await self._view(payout)

    async def _begin(self, free: Iterable[Transfer]) -> None:
        for transfer in free:
            if transfer.state is TransferState.PAYABLE:
                await self._settlement.begin(transfer)

    async def _take_back(self, transfer: Transfer, afterwards: Afterwards) -> None:
        now, wish = self._clock(), afterwards.value
        if not await self._payouts.note(transfer.id, UNDER_WAY, afterwards=wish, back_since=now):
            raise Conflict(field="state", rule="under_way")
        await self._settlement.follow(await self._payouts.get(transfer.id))

    async def _move(
        self,
        payout: PayoutId,
        expected: frozenset[TransferState],
        to: TransferState,
        waits: Waits | None,
    ) -> None:
        now = self._clock()
        fields = {"waits": waits.value if waits else None, "not_before": now}

        async def body(session: Session) -> None:
            if not await self._payouts.move(payout, expected, to, session, at=now, **fields):
                raise Conflict(field="state", rule=" | ".join(sorted(expected)))

        await self._transactions.run(body)

    async def _checked(self, actor: Actor, payout: PayoutId, action: str, words: str) -> Transfer:
        """Read a payout, check that this person may act on it with these words, and record it.

        Raises:
            NotFound: there is none. Forbidden: one's own pay. InvalidInput: no reason.
        """
        transfer = await self._payouts.get(payout)
        _check(transfer, actor, words)
        await self._audit.record(
            actor=actor.person,
            action=action,
            subject=f"payout:{payout}",
            purpose=words.strip(),
            at=self._clock(),
        )
        return transfer

    async def _view(self, payout: PayoutId) -> StaffPayoutView:
        return payout_view(await self._payouts.get(payout))


def payout_view(transfer: Transfer) -> StaffPayoutView:
    """Show a payout to staff."""
    return StaffPayoutView(
        payout_id=transfer.id,
        order_id=transfer.order,
        courier_id=transfer.courier,
        amount_fen=transfer.amount_fen,
        wallet=transfer.wallet.value,
        state=transfer.state.value,
        attempt=transfer.attempt,
        created_at=transfer.created_at,
        not_before=transfer.not_before,
        asked_at=transfer.asked_at,
        waits=transfer.waits.value if transfer.waits and transfer.state in RESTING else None,
        trouble=transfer.trouble,
        afterwards=transfer.afterwards.value if transfer.afterwards else None,
        owed_fen=transfer.owed_fen,
        written_off_fen=transfer.written_off_fen,
        by_hand=transfer.by_hand and transfer.denied_at is None,
    )


def _check(transfer: Transfer, actor: Actor, words: str) -> None:
    if actor.person == transfer.courier:
        raise Forbidden(rule="not_your_own")
    if not words.strip():
        raise InvalidInput(field="reason", rule="required")
