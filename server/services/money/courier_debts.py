"""What couriers owe: a wallet paid them a number that had ended as not paid.

The pay of the same order, if it is not under way yet, was paid by that: it is set off at once.
What was paid twice is kept from the courier's pay of other orders once staff say so, or borne by
the platform; until then the courier's next payouts are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from server.domain.errors import Conflict
from server.domain.ids import PersonId
from server.domain.ledger import payout_late, set_off, written_off
from server.domain.money import Fen, Payout
from server.domain.payments import Afterwards, Transfer, TransferState, Waits
from server.domain.transfers import IN_VAIN, RESTING, UNDER_WAY, rest_of
from server.services.money.payout_steps import PayoutSteps
from server.services.ports import Clock
from server.store.ledger import MongoLedger
from server.store.payouts import MongoPayouts
from server.store.transactions import RunAgain, Session, Transactions

#: Steps of an order that are of no table; see notice_kinds.py and texts_of_steps.py.
PAID_LATE = "payout_paid_late"
HELD_FOR_DEBT = "payout_held_for_debt"
PART_SET_OFF = "payout_set_off"

#: Longer than a look at any payout under way waits for the next one.
LONG_AGO = timedelta(days=1)

PAYABLE = frozenset({TransferState.PAYABLE})
HELD = frozenset({TransferState.HELD})
PAID_TOO_LATE = frozenset({TransferState.PAID_LATE})


class CourierDebts:
    """What was paid too much, and how it is made good."""

    def __init__(
        self,
        *,
        payouts: MongoPayouts,
        ledger: MongoLedger,
        transactions: Transactions,
        steps: PayoutSteps,
        clock: Clock,
    ) -> None:
        self._payouts = payouts
        self._ledger = ledger
        self._transactions = transactions
        self._steps = steps
        self._clock = clock

    async def arises(self, transfer: Transfer, session: Session) -> None:
        """Take in that a payout in vain was paid after all, and keep its order from a second one.

        The order's next try is set off if it rests, and taken back if it is under way and that is
        not too late.
        """
        now, fen = self._clock(), transfer.amount_fen
        owed = {"owed_fen": fen, "trouble": None, "afterwards": None}
        await self._payouts.move(
            transfer.id, IN_VAIN, TransferState.PAID_LATE, session, at=now, **owed
        )
        late = payout_late(transfer.id, transfer.order, transfer.courier, now, fen, transfer.wallet)
        await self._ledger.post(late, session)
        await self._steps.tell(transfer, PAID_LATE, session)
        last = (await self._payouts.of_order(transfer.order, session))[-1]
        if last.state in RESTING:
            await self.settle_own(last, session)
        elif last.state in UNDER_WAY:
            # At once: until it is taken back its courier can confirm it, and is paid twice.
            due = {"looked_at": now - LONG_AGO}
            wish = {"afterwards": Afterwards.HOLD.value, "back_since": now, **due}
            await self._payouts.note(last.id, UNDER_WAY, session, **wish)

    async def settle_own(self, transfer: Transfer, session: Session) -> None:
        """Set a try that rests off against what was paid late for its own order, if anything.

        Pay of other orders that was held for that goes on, if nothing else is owed.
        """
        debts = await self._payouts.owed_by(transfer.courier, session)
        own = [debt for debt in debts if debt.order == transfer.order]
        if own:
            await self._set_off(transfer, own, session)
            await self._release(transfer.courier, session)

    async def settle(self, transfer: Transfer) -> bool:
        """See to what its courier owes before a payout is asked for; False: it is not to be.

        Debts that staff want set off take what they can of it; what is left is for another try.
        One that staff have not decided on holds it.
        """
        if not await self._payouts.owed_by(transfer.courier):
            return True

        async def body(session: Session) -> bool:
            known = await self._payouts.get(transfer.id, session)
            debts = await self._payouts.owed_by(transfer.courier, session)
            if known.state not in PAYABLE or not debts:
                return known.state in PAYABLE
            if any(debt.afterwards is not Afterwards.SET_OFF for debt in debts):
                await self._hold(known, debts, session)
            else:
                await self._set_off(known, debts, session)
            return False

        return await self._transactions.run(body)

    async def decide_set_off(self, debt: Transfer) -> list[Transfer]:
        """Have a debt kept from the courier's next pay; gives the payouts that were held for it.

        Raises:
            Conflict: rule `owed`: nothing is owed of it.
        """

        async def body(session: Session) -> list[Transfer]:
            known, wish = await self._payouts.get(debt.id, session), Afterwards.SET_OFF.value
            if not known.owed_fen:
                raise _not_owed(known)
            await self._payouts.note(known.id, PAID_TOO_LATE, session, afterwards=wish)
            return await self._release(known.courier, session)

        return await self._transactions.run(body)

    async def write_off(self, debt: Transfer) -> list[Transfer]:
        """Have the platform bear what is owed; gives the payouts that were held for it.

        Raises:
            Conflict: rule `owed`: nothing is owed of it.
        """

        async def body(session: Session) -> list[Transfer]:
            known = await self._payouts.get(debt.id, session)
            fen = known.owed_fen
            if not fen or not await self._payouts.owe_less(known, fen, session, written_off=True):
                raise _not_owed(known)
            posting = written_off(known.id, known.order, known.courier, self._clock(), fen)
            await self._ledger.post(posting, session)
            return await self._release(known.courier, session)

        return await self._transactions.run(body)

    async def _hold(self, transfer: Transfer, debts: Sequence[Transfer], session: Session) -> None:
        now, waits = self._clock(), Waits.OWES.value
        if await self._payouts.move(
            transfer.id, PAYABLE, TransferState.HELD, session, at=now, waits=waits
        ):
            await self._steps.tell(transfer, HELD_FOR_DEBT, session)
        for debt in debts:
            # Whoever settles it in the same moment must run again, and see what it holds.
            await self._payouts.note(debt.id, PAID_TOO_LATE, session, looked_at=now)

    async def _release(self, courier: PersonId, session: Session) -> list[Transfer]:
        """Let what was held for debts go on, once staff have decided on all of them."""
        debts = await self._payouts.owed_by(courier, session)
        if any(debt.afterwards is not Afterwards.SET_OFF for debt in debts):
            return []
        held, now = await self._payouts.held_for_debt(courier, session), self._clock()
        free = {"waits": None, "not_before": now}
        for one in held:
            await self._payouts.move(one.id, HELD, TransferState.PAYABLE, session, at=now, **free)
        return [await self._payouts.get(one.id, session) for one in held]

    async def _set_off(
        self, transfer: Transfer, debts: Sequence[Transfer], session: Session
    ) -> None:
        """Let a try that rests pay debts, oldest first, and make another of what is left."""
        now = self._clock()
        fen = Fen(min(transfer.amount_fen, sum(debt.owed_fen for debt in debts)))
        if not await self._payouts.keep_back(transfer, fen, session, at=now):
            raise RunAgain  # it has moved since it was read
        left = int(fen)
        for debt in debts:
            some = min(left, debt.owed_fen)
            if some and not await self._payouts.owe_less(debt, some, session):
                raise RunAgain
            left -= some
        posting = set_off(transfer.id, transfer.order, transfer.courier, now, fen)
        await self._ledger.post(posting, session)
        if fen == transfer.amount_fen:
            await self._steps.move(transfer, Payout.PAID_OUT, session)
            return
        order = await self._steps.tell(transfer, PART_SET_OFF, session)
        rest = rest_of(order, transfer, fen, now)
        if rest is not None:
            await self._payouts.insert(rest, session)


def _not_owed(transfer: Transfer) -> Conflict:
    return Conflict(field="state", rule="owed", state=transfer.state.value)
