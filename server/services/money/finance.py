"""Finance's desk: the days of each wallet's bill, what differs, and what staff say of it."""

from __future__ import annotations

from datetime import date

from realtime.wire.finance import (
    DifferencesQuery,
    DifferencesView,
    DifferenceView,
    FetchStatement,
    ResolveDifference,
    StatementsQuery,
    StatementsView,
    StatementView,
)
from server.domain import ledger
from server.domain.errors import Conflict, NotFound
from server.domain.paging import BETWEEN
from server.domain.payments import Wallet
from server.domain.people import Actor
from server.services.money.sheets import day_of
from server.services.money.statements import statement_view
from server.services.ports import Audit, Clock
from server.store.differences import Kept, MongoDifferences
from server.store.ledger import MongoLedger
from server.store.statements import MongoStatements
from server.store.transactions import Session, Transactions


class Finance:
    """What finance see and decide of statements."""

    def __init__(
        self,
        *,
        statements: MongoStatements,
        differences: MongoDifferences,
        ledger: MongoLedger,
        transactions: Transactions,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._statements = statements
        self._differences = differences
        self._ledger = ledger
        self._transactions = transactions
        self._audit = audit
        self._clock = clock

    async def days(self, query: StatementsQuery) -> StatementsView:
        """List the wallets' days, newest first.

        Raises:
            InvalidInput: `before` is no day.
        """
        day, _, wallet = (query.before or "").partition(BETWEEN)
        before = (day_of(day, field="before"), wallet) if day else None
        found = await self._statements.page(before, query.limit)
        more = len(found) == query.limit
        last = f"{found[-1].day}{BETWEEN}{found[-1].wallet.value}" if more else None
        return StatementsView(statements=tuple(map(statement_view, found)), next=last)

    async def fetch(self, actor: Actor, body: FetchStatement) -> StatementView:
        """Have a day's bill fetched and compared anew by the next worker; recorded.

        Raises:
            NotFound: the day is not known. InvalidInput: it is no day.
        """
        wallet, day = Wallet(body.wallet), day_of(body.day)
        if await self._statements.get(wallet, day) is None:
            raise NotFound(field="day", rule="known")
        await self._record(actor, "fetch_statement", f"statement:{wallet.value}:{day}", body.note)
        await self._statements.want_again(wallet, day)
        return await self._view(wallet, day)

    async def differences(self, query: DifferencesQuery) -> DifferencesView:
        """List differences.

        Raises:
            InvalidInput: `day` is none.
        """
        day = day_of(query.day).isoformat() if query.day else None
        found = await self._differences.page(
            state=None if query.state == "all" else query.state,
            day=day,
            after=query.after or None,
            limit=query.limit,
        )
        more = len(found) == query.limit
        views = tuple(difference_view(one) for one in found)
        return DifferencesView(differences=views, next=found[-1].id if more else None)

    async def resolve(self, actor: Actor, body: ResolveDifference) -> DifferenceView:
        """Close a difference with a note; `book` gives its suspense to the platform. Recorded.

        What it has in suspense must go somewhere: nobody looks at a closed one again.

        Raises:
            NotFound: there is none. Conflict: it is not open any more; rule `suspense_holds`: it
                has to be booked.
        """
        name, now = body.difference_id, self._clock()
        if await self._differences.find(name) is None:
            raise NotFound(field="difference_id", rule="exists")
        await self._record(actor, "resolve_difference", f"difference:{name}", body.note)

        async def write(session: Session) -> None:
            known = await self._differences.find(name, session)
            if known is not None and known.posted_fen and not body.book:
                raise Conflict(field="book", rule="suspense_holds")
            if known is None or not await self._differences.resolve(
                known, session, note=body.note, booked=body.book, by=actor.person, at=now
            ):
                raise Conflict(field="state", rule="open")
            if body.book and known.posted_fen:
                out = ledger.suspense_out(name, now, known.posted_fen)
                await self._ledger.post(out, session)

        await self._transactions.run(write)
        resolved = await self._differences.find(name)
        if resolved is None:
            raise NotFound(field="difference_id", rule="exists")
        await self._recount(resolved)
        return difference_view(resolved)

    async def _recount(self, resolved: Kept) -> None:
        statement = await self._statements.get(resolved.wallet, date.fromisoformat(resolved.day))
        if statement is not None:
            left = len(await self._differences.open_of(statement))
            await self._statements.count_open(statement, left)

    async def _view(self, wallet: Wallet, day: date) -> StatementView:
        found = await self._statements.get(wallet, day)
        if found is None:
            raise NotFound(field="day", rule="known")
        return statement_view(found)

    async def _record(self, actor: Actor, action: str, subject: str, purpose: str) -> None:
        await self._audit.record(
            actor=actor.person, action=action, subject=subject, purpose=purpose, at=self._clock()
        )


def difference_view(kept: Kept) -> DifferenceView:
    """Show a difference to staff."""
    return DifferenceView(
        difference_id=kept.id,
        wallet=kept.wallet.value,
        day=kept.day,
        kind=kept.kind.value,
        flow=kept.flow.value,
        number=kept.number,
        transaction=kept.transaction,
        ours_fen=kept.ours_fen,
        theirs_fen=kept.theirs_fen,
        fee_fen=kept.fee_fen,
        suspense_fen=0 if kept.booked else kept.posted_fen,
        state=kept.state,
        found_at=kept.found_at,
        note=kept.note,
        booked=kept.booked,
        resolved_by=kept.resolved_by,
        resolved_at=kept.resolved_at,
    )
