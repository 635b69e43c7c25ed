"""Wallets' daily bills: fetched once a day, compared with the books, told of to staff.

Each step may be cut off and done again: a day that is not finished is fetched anew, a difference
is written with its posting in one transaction, the day's fees with the word that it is done, and
none of it by a try whose day another has taken up since. The
clearing account then says what the bill says; what we do not understand of it is in suspense.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, timedelta

import msgspec

from realtime.wire.finance import StatementView
from realtime.wire.people import Fact
from server.domain import ledger
from server.domain.china import CHINA
from server.domain.errors import DomainError, ProviderFailed, Unavailable
from server.domain.payments import Wallet
from server.domain.rules import Rules
from server.domain.statements import Billed, Difference, Flow, Ours, judged_with, reconcile
from server.providers.bills import MOST_UNREAD
from server.providers.money_ports import StatementProvider
from server.services.ports import Clock, StaffFeed
from server.store.differences import Kept, MongoDifferences, difference_id
from server.store.ledger import MongoLedger
from server.store.statements import Line, MongoStatements, Statement
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

#: After a try that brought nothing, or that died, a day is left alone for so long.
PAUSE = timedelta(minutes=10)

#: How far back bills are fetched and open differences are looked at again.
MOST_DAYS = 31

#: A bill's number or transaction that is longer is no number of any wallet.
LONGEST = 64

#: Amounts beyond this are none.
MOST_FEN = 10**12

#: So many numbers of a bill are asked about; what is more is left in suspense.
MOST_ASKED = 200

NO_ANSWER = "no_answer"

BATCH = 50

#: Has the wallet asked how a number of ours stands and settles that; False when it was not asked.
#: Raises: ProviderFailed, Unavailable, BadNotice.
Ask = Callable[[str], Awaitable[bool]]


class Statements:
    """Fetches, compares, posts and tells."""

    def __init__(
        self,
        *,
        statements: MongoStatements,
        differences: MongoDifferences,
        ledger: MongoLedger,
        transactions: Transactions,
        wallets: Mapping[Wallet, StatementProvider],
        asks: Mapping[Flow, Ask],
        staff: StaffFeed,
        rules: Rules,
        clock: Clock,
    ) -> None:
        """Take the collaborators; wallets that are not set up are not in `wallets`.

        `asks` have a wallet asked how a number of each flow stands, and settle what it says.
        """
        self._statements = statements
        self._differences = differences
        self._ledger = ledger
        self._transactions = transactions
        self._wallets = wallets
        self._asks = dict(asks)
        self._staff = staff
        self._rules = rules
        self._clock = clock

    async def sweep(self) -> int:
        """Fetch and compare the days that are due, and tell staff; returns how many were done."""
        done = 0
        for wallet, provider in self._wallets.items():
            await self._want(wallet)
            for day in await self._statements.wanted(wallet, MOST_DAYS):
                if not await self.take(wallet, provider, day):
                    break  # later days are judged beside this one
                done += 1
                await self._look_back(wallet, day)
        await self._tell()
        return done

    async def take(self, wallet: Wallet, provider: StatementProvider, day: date) -> bool:
        """Fetch a day's bill and compare it; False when it is not to be had, or another has it."""
        now = self._clock()
        statement = await self._statements.claim(wallet, day, now, PAUSE)
        if statement is None:
            return False
        try:
            lines = _checked(await provider.statement(day))
        except ProviderFailed as failed:
            await self._statements.failed(statement, failed.rule or "failed")
            log.info("no statement yet", extra={"statement": statement.id, "why": failed.rule})
            return False
        if not await self._statements.keep(statement, lines):
            return False
        await self._look_up(wallet, lines)
        found = await self._judge(statement, lines)
        return await self._finish(statement, lines, found)

    async def _want(self, wallet: Wallet) -> None:
        """Want all days up to yesterday, from the bill's hour on; the first time only that."""
        local = self._clock().astimezone(CHINA)
        yesterday = local.date() - timedelta(days=1)
        if local.hour < self._rules.statement_hour:
            yesterday -= timedelta(days=1)
        last = await self._statements.last(wallet)
        day = yesterday if last is None else last + timedelta(days=1)
        day = max(day, yesterday - timedelta(days=MOST_DAYS))
        while day <= yesterday:
            await self._statements.want(wallet, day)
            day += timedelta(days=1)

    async def _look_up(self, wallet: Wallet, lines: list[Billed]) -> None:
        """Have the wallet asked about what is ours and only its bill tells of.

        What it confirms is settled as if its notice had come, and is no difference then. The bill
        alone moves nothing but suspense.
        """
        names = [(line.kind, line.number) for line in lines if line.kind in self._asks]
        known = {one.name for one in await self._statements.ours_of(wallet, names)}
        asked = 0
        for flow, number in dict.fromkeys(name for name in names if name not in known):
            if asked == MOST_ASKED:
                return
            try:
                asked += await self._asks[Flow(flow)](number)
            except (
                DomainError
            ) as error:  # of one number: the bill's others are settled all the same
                why = error.rule or error.code
                log.warning("not settled by its bill", extra={"number": number, "why": why})
                if why == NO_ANSWER:
                    return  # the next day's bill looks back at this one

    async def _judge(self, statement: Statement, lines: list[Billed]) -> int:
        """Write what differs, clear what does not any more; returns how many are open."""
        day = date.fromisoformat(statement.day)
        window = judged_with(day, is_first=statement.is_first)
        ours = await self._statements.ours(statement.wallet, window)
        known = {one.name for one in ours}
        unknown = [(line.kind, line.number) for line in lines]
        ours += await self._statements.ours_of(
            statement.wallet, [name for name in unknown if name not in known]
        )
        numbers = {line.number for line in lines} | {one.number for one in ours}
        earlier, later = await self._statements.elsewhere(statement, numbers)
        found = reconcile(
            _unique(ours),
            lines,
            window=window,
            earlier=earlier,
            later=later,
            fee_basis_points=self._rules.wallet_fee_basis_points,
        )
        for one in found:
            await self._write(statement, one)
        names = {difference_id(statement, one) for one in found}
        for kept in await self._differences.open_of(statement):
            if kept.id not in names:
                await self._clear(statement, kept)
        return len(await self._differences.open_of(statement))

    async def _write(self, statement: Statement, found: Difference) -> None:
        """Keep a difference and put its money in suspense; staff's word on one stands."""

        async def body(session: Session) -> None:
            if not await self._statements.hold(statement, session):
                return
            name = difference_id(statement, found)
            known = await self._differences.find(name, session)
            if known is None:
                await self._differences.insert(statement, found, self._clock(), session)
                await self._post(statement, name, 1, found.effect_fen, session)
                return
            if known.state == "resolved" or (known.state == "open" and known.what == found):
                return
            delta = found.effect_fen - known.posted_fen
            if await self._differences.change(known, session, state="open", found=found):
                await self._post(statement, name, known.turn + 1, delta, session)

        await self._transactions.run(body)

    async def _clear(self, statement: Statement, known: Kept) -> None:
        async def body(session: Session) -> None:
            if not await self._statements.hold(statement, session):
                return
            if await self._differences.change(known, session, state="cleared"):
                turn, fen = known.turn + 1, -known.posted_fen
                await self._post(statement, known.id, turn, fen, session)

        await self._transactions.run(body)

    async def _post(
        self, statement: Statement, name: str, turn: int, fen: int, session: Session
    ) -> None:
        if fen:
            number = f"{name}:{turn}"
            posting = ledger.suspense(number, statement.wallet, self._clock(), fen)
            await self._ledger.post(posting, session)

    async def _finish(self, statement: Statement, lines: list[Billed], found: int) -> bool:
        """Post what the day's fees are more than was posted, and call the day done."""
        fee = sum(line.fee_fen for line in lines)
        more, run, now = fee - statement.fee_posted_fen, statement.fee_run, self._clock()

        async def body(session: Session) -> bool:
            finished = await self._statements.finish(
                statement,
                session,
                done=True,
                problem=None,
                fetched_at=now,
                lines=len(lines),
                payments_fen=_total(lines, Flow.PAYMENT),
                refunds_fen=_total(lines, Flow.REFUND),
                transfers_fen=_total(lines, Flow.TRANSFER),
                fee_fen=fee,
                fee_posted_fen=fee,
                fee_run=run + (more != 0),
                differences=found,
                untold=True,
            )
            if finished and more:
                day = date.fromisoformat(statement.day)
                fees = ledger.provider_fee(statement.wallet, day, run + 1, now, more)
                await self._ledger.post(fees, session)
            return finished

        return await self._transactions.run(body)

    async def _look_back(self, wallet: Wallet, day: date) -> None:
        """Compare earlier days with open differences again: what was missing may have come."""
        since = (day - timedelta(days=MOST_DAYS)).isoformat()
        for earlier in await self._differences.open_days(wallet, since):
            statement = await self._statements.get(wallet, date.fromisoformat(earlier))
            if earlier >= day.isoformat() or statement is None or not statement.done:
                continue
            lines: list[Billed] = list(await self._statements.lines(statement))
            await self._look_up(wallet, lines)
            left = await self._judge(statement, lines)
            if left != statement.differences:
                await self._statements.count_open(statement, left)

    async def _tell(self) -> None:
        """Tell staff of days whose outcome is new; what fails is told by the next sweep."""
        for statement in await self._statements.untold(BATCH):
            data = msgspec.to_builtins(statement_view(statement))
            try:
                fact = Fact(key=f"statement:{statement.id}", kind="statement", data=data)
                await self._staff.push(fact)
            except Unavailable:
                return
            await self._statements.told(statement)


def statement_view(statement: Statement) -> StatementView:
    """Show a day to staff."""
    return StatementView(
        wallet=statement.wallet.value,
        day=statement.day,
        done=statement.done,
        problem=statement.problem,
        fetched_at=statement.fetched_at,
        lines=statement.lines,
        payments_fen=statement.payments_fen,
        refunds_fen=statement.refunds_fen,
        transfers_fen=statement.transfers_fen,
        fee_fen=statement.fee_fen,
        differences=statement.differences,
    )


def _checked(lines: Iterable[Billed]) -> list[Billed]:
    """Check what came from outside before it becomes a key; what is no line is an unread one.

    Raises:
        ProviderFailed: rule `bad_answer`: there are too many of those.
    """
    checked = [line if _is_line(line) else _unread(line) for line in lines]
    if sum(line.kind == Flow.UNREAD for line in checked) > MOST_UNREAD:
        raise ProviderFailed(rule="bad_answer")
    return checked


def _is_line(line: Billed) -> bool:
    short = all(len(text) <= LONGEST for text in (line.number, line.transaction))
    in_bounds = 0 <= line.amount_fen <= MOST_FEN and abs(line.fee_fen) <= MOST_FEN
    return line.kind in {flow.value for flow in Flow} and short and in_bounds


def _unread(line: Billed) -> Billed:
    number, transaction = line.number[:LONGEST], line.transaction[:LONGEST]
    return Line(
        kind=Flow.UNREAD.value,
        number=number,
        transaction=transaction,
        amount_fen=0,
        fee_fen=0,
        at=line.at,
    )


def _total(lines: list[Billed], flow: Flow) -> int:
    return sum(line.amount_fen for line in lines if line.kind == flow.value)


def _unique(ours: list[Ours]) -> list[Ours]:
    return list({one.name: one for one in ours}.values())
