"""What one refund or payout has in suspense, closed by finance: the wallet and staff both did it.

A refund that staff gave by hand and the wallet as well, or a payout that staff took for paid and
that was not. What bills have in suspense is closed with its difference: `finance.py`.
"""

from __future__ import annotations

from realtime.wire.staff_money import SuspenseClosed
from server.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from server.domain.ids import PayoutId, PersonId, RefundId
from server.domain.ledger import BANK, PLATFORM_FEE, suspense_out
from server.domain.people import Actor
from server.services.ports import Audit, Clock
from server.store.ledger import MongoLedger
from server.store.payments import MongoRefunds
from server.store.payouts import MongoPayouts
from server.store.transactions import Session, Transactions


class Suspense:
    """Finance's hand in it."""

    def __init__(
        self,
        *,
        refunds: MongoRefunds,
        payouts: MongoPayouts,
        ledger: MongoLedger,
        transactions: Transactions,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._refunds = refunds
        self._payouts = payouts
        self._ledger = ledger
        self._transactions = transactions
        self._audit = audit
        self._clock = clock

    async def close(self, actor: Actor, number: str, words: str, came_back: bool) -> SuspenseClosed:
        """Close it: the money came back to the company's own account, or the platform bears it.

        Raises:
            NotFound: no refund or payout has this number. Forbidden: staff's own.
            InvalidInput: no reason. Conflict: rule `in_suspense`: it has nothing there.
        """
        if not words.strip():
            raise InvalidInput(field="reason", rule="required")
        if actor.person == await self._whose(number):
            raise Forbidden(rule="not_your_own")
        now, to = self._clock(), BANK if came_back else PLATFORM_FEE

        async def body(session: Session) -> int:
            fen = await self._ledger.in_suspense(number, session)
            if not fen:
                raise Conflict(field="number", rule="in_suspense")
            await self._ledger.post(suspense_out(number, now, -fen, to), session)
            await self._audit.record(
                actor=actor.person,
                action="close_suspense",
                subject=f"money:{number}",
                purpose=words.strip(),
                at=now,
                session=session,
            )
            return fen

        return SuspenseClosed(number=number, closed_fen=await self._transactions.run(body))

    async def _whose(self, number: str) -> PersonId:
        refund = await self._refunds.find(RefundId(number))
        if refund is not None:
            return refund.customer
        payout = await self._payouts.find(PayoutId(number))
        if payout is None:
            raise NotFound(field="number", rule="exists")
        return payout.courier
