"""Wallets' bills on a real MongoDB: fetched, compared, posted, told; whatever breaks in between."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from realtime.wire.finance import (
    DifferencesQuery,
    FetchStatement,
    ResolveDifference,
    StatementsQuery,
)
from server.domain import ledger
from server.domain.errors import Conflict, IllegalTransition, ProviderFailed, Unavailable
from server.domain.payments import Wallet
from server.domain.people import Role
from server.domain.rules import Rules
from server.domain.statements import Flow
from server.providers.money_ports import StatementLine
from server.services.money.finance import Finance
from server.services.money.statements import Statements
from server.store.audit import MongoAudit
from server.store.connection import connect
from server.store.differences import MongoDifferences
from server.store.ledger import MongoLedger
from server.store.statements import MongoStatements
from server.store.transactions import Transactions
from tests.integration.services.house import actor

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)  # twelve in China
AFTER_TEN = datetime(2026, 11, 22, 2, 0, 1, tzinfo=UTC)
ORDER = "LJ261121STATEMNT"
PERSON = actor("f1", Role.FINANCE)


@dataclass
class LateBill:
    """A wallet whose bill is not ready, or breaks off, as often as it is told to."""

    lines: dict[date, list[StatementLine]] = field(default_factory=dict)
    fails: list[str] = field(default_factory=list)
    asked: list[date] = field(default_factory=list)

    async def statement(self, day: date) -> list[StatementLine]:
        self.asked.append(day)
        if self.fails:
            raise ProviderFailed(rule=self.fails.pop(0))
        return list(self.lines.get(day, []))


@dataclass
class DeafStaff:
    """Staff's feed, away when it is told to be."""

    heard: list[Any] = field(default_factory=list)
    away: bool = False

    async def push(self, event: Any) -> None:
        if self.away:
            raise Unavailable(part="redis")
        self.heard.append(event)


@dataclass
class World:
    client: Any
    db: Any
    now: datetime = AFTER_TEN
    bill: LateBill = field(default_factory=LateBill)
    staff: DeafStaff = field(default_factory=DeafStaff)
    confirms: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ask_fails: str | None = None
    ask_raises: Exception | None = None

    def __post_init__(self) -> None:
        self.ledger, self.audit = MongoLedger(self.db), MongoAudit(self.db)
        self.days, self.found = MongoStatements(self.db), MongoDifferences(self.db)
        self.transactions = Transactions(self.client)
        stores: dict[str, Any] = {
            "statements": self.days,
            "differences": self.found,
            "ledger": self.ledger,
            "transactions": self.transactions,
            "clock": lambda: self.now,
        }
        self.statements = Statements(
            wallets={Wallet.WECHAT: self.bill},
            asks=dict.fromkeys((Flow.PAYMENT, Flow.REFUND, Flow.TRANSFER), self.ask),
            staff=self.staff,
            rules=Rules(),
            **stores,
        )
        self.finance = Finance(audit=self.audit, **stores)

    async def ask(self, number: str) -> bool:
        """Have the wallet asked; it confirms what it was told to."""
        self.asked.append(number)
        if self.ask_raises:
            raise self.ask_raises
        if self.ask_fails:
            raise ProviderFailed(rule=self.ask_fails)
        if number in self.confirms:
            await self.paid(number, self.confirms.pop(number), self.now)
        return True

    async def paid(self, number: str, fen: int = 2000, at: datetime = NOON) -> StatementLine:
        posting = ledger.payment_received(number, ORDER, at, fen)
        await self.transactions.run(lambda session: self.ledger.post(posting, session))
        return line(number, fen, at)

    async def differences(self, state: str = "open") -> list[tuple[str, str, int]]:
        shown = await self.finance.differences(DifferencesQuery(state=state))
        return [(one.kind, one.number, one.suspense_fen) for one in shown.differences]

    async def day(self, day: date = DAY) -> Any:
        return await self.days.get(Wallet.WECHAT, day)

    async def balance(self, account: str) -> int:
        return await self.ledger.balance(account)


def line(number: str, fen: int = 2000, at: datetime = NOON, **fields: Any) -> StatementLine:
    made = {"kind": "payment", "number": number, "transaction": f"W{number}", "amount_fen": fen}
    return StatementLine(**({**made, "fee_fen": fen * 6 // 1000, "at": at} | fields))


@asynccontextmanager
async def world(mongo_uri, name):
    client = connect(mongo_uri)
    try:
        made = World(client, client[name])
        stores = (made.ledger, made.audit, made.days, made.found)
        await asyncio.gather(*(store.ensure_indexes() for store in stores))
        yield made
    finally:
        client.close()


CLEARING = ledger.clearing(Wallet.WECHAT)


async def test_a_right_bill_posts_its_fees_once_and_is_told_once(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.lines[DAY] = [await w.paid(f"P{n}") for n in range(3)]
        w.now = AFTER_TEN - timedelta(seconds=2)
        first = await w.statements.sweep()
        assert w.bill.asked == [DAY - timedelta(days=1)] * first  # before ten: the day before
        w.now = AFTER_TEN
        assert await w.statements.sweep() == 1
        assert await w.statements.sweep() == 0
        day = await w.day()
        assert (day.done, day.lines, day.payments_fen, day.fee_fen) == (True, 3, 6000, 36)
        assert day.differences == 0 and await w.differences("all") == []
        assert await w.balance(ledger.PROVIDER_FEES) == 36
        assert await w.balance(CLEARING) == 6000 - 36
        assert [fact.key for fact in w.staff.heard].count(f"statement:wechat:{DAY}") == 1


async def test_a_bill_that_is_not_ready_is_asked_for_again_later(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.fails = ["not_ready", "no_answer"]
        for _ in range(3):
            await w.statements.sweep()
        assert w.bill.asked == [DAY], "asked again without a pause"
        assert (await w.day()).problem == "not_ready"
        for problem in ("no_answer", None):
            w.now += timedelta(minutes=11)
            await w.statements.sweep()
            assert (await w.day()).problem == problem
        assert w.bill.asked == [DAY] * 3 and (await w.day()).done


async def test_what_differs_goes_to_suspense_and_what_comes_later_clears_it(
    mongo_uri, mongo_db_name
):
    async with world(mongo_uri, mongo_db_name) as w:
        right, gone = await w.paid("P1"), await w.paid("P2", 300)
        w.bill.lines[DAY] = [right, line("P3", 700), line("P1", transaction="W1X"), gone]
        w.bill.lines[DAY].pop()  # the wallet does not have it
        await w.statements.sweep()
        assert await w.differences() == [
            ("duplicate", "P1", 2000),
            ("missing_at_wallet", "P2", -300),
            ("missing_here", "P3", 700),
        ]
        assert await w.balance(ledger.SUSPENSE) == -2400
        fees = sum(one.fee_fen for one in w.bill.lines[DAY])
        assert await w.balance(CLEARING) == 2000 + 2000 + 700 - fees  # as the bill says
        # The notice of P3 was lost, and polling finds it a day later.
        await w.paid("P3", 700, AFTER_TEN + timedelta(hours=1))
        w.now += timedelta(days=1)
        await w.statements.sweep()
        assert [one[1] for one in await w.differences()] == ["P1", "P2"]
        assert [one[1] for one in await w.differences("cleared")] == ["P3"]
        assert await w.balance(ledger.SUSPENSE) == -1700
        assert (await w.day()).differences == 2
        check = await w.ledger.check()
        assert all(bad.rule.value == "payment" for bad in check.bad)  # no payments here


async def test_a_day_fetched_again_changes_only_what_changed(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.lines[DAY] = [await w.paid("P1"), line("P9", 500)]
        await w.statements.sweep()
        again = FetchStatement(wallet="wechat", day=DAY.isoformat(), note="again")
        for _ in range(2):
            assert not (await w.finance.fetch(PERSON, again)).done
            await w.statements.sweep()
        assert await w.balance(ledger.SUSPENSE) == -500
        w.bill.lines[DAY][1] = replace(w.bill.lines[DAY][1], amount_fen=800, fee_fen=4)
        await w.finance.fetch(PERSON, again)
        await w.statements.sweep()
        assert await w.differences() == [("missing_here", "P9", 800)]
        assert await w.balance(ledger.SUSPENSE) == -800
        assert await w.balance(ledger.PROVIDER_FEES) == 12 + 4
        del w.bill.lines[DAY][1]
        await w.finance.fetch(PERSON, again)
        await w.statements.sweep()
        assert await w.differences() == []
        assert await w.balance(ledger.SUSPENSE) == 0
        assert await w.balance(ledger.PROVIDER_FEES) == 12
        assert await w.balance(CLEARING) == 2000 - 12


async def test_staffs_word_on_a_difference_stands(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.lines[DAY] = [line("P9", 500)]
        await w.statements.sweep()
        name = (await w.finance.differences(DifferencesQuery())).differences[0].difference_id
        word = ResolveDifference(difference_id=name, note="a gift", book=True)
        outcomes = await asyncio.gather(
            *(w.finance.resolve(PERSON, word) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(one, Conflict) for one in outcomes) == 2
        assert await w.balance(ledger.SUSPENSE) == 0
        assert await w.balance(ledger.PLATFORM_FEE) == -500
        again = FetchStatement(wallet="wechat", day=DAY.isoformat(), note="again")
        await w.finance.fetch(PERSON, again)
        await w.statements.sweep()
        assert await w.differences("resolved") == [("missing_here", "P9", 0)]
        assert await w.balance(ledger.PLATFORM_FEE) == -500
        assert (await w.day()).differences == 0
        acts = [one["action"] for one in await w.audit.of(f"difference:{name}")]
        assert acts == ["resolve_difference"] * 3


async def test_workers_at_once_and_one_that_died_count_nothing_twice(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.lines[DAY] = [await w.paid("P1"), line("P9", 500)]
        w.staff.away = True
        await asyncio.gather(*(w.statements.sweep() for _ in range(4)))
        assert w.bill.asked == [DAY]
        # As if the worker had died before its last write: all of it is done again.
        await w.db["statements"].update_one(
            {"_id": f"wechat:{DAY}"},
            {"$set": {"done": False, "fee_posted_fen": 0, "fee_run": 0}},
        )
        await w.db["ledger"].delete_one({"_id": f"provider_fee:wechat:{DAY}:1"})
        w.now += timedelta(minutes=11)
        w.staff.away = False
        await asyncio.gather(*(w.statements.sweep() for _ in range(4)))
        assert await w.balance(ledger.SUSPENSE) == -500
        assert await w.balance(ledger.PROVIDER_FEES) == 12 + 3
        assert len(w.staff.heard) >= 1
        assert await w.db["statement_lines"].count_documents({}) == 2


async def test_what_only_the_bill_tells_of_is_asked_about_and_settled(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        known = await w.paid("P1")
        w.confirms = {"P2": 700}
        w.bill.lines[DAY] = [known, line("P2", 700), line("P3", 900)]
        await w.statements.sweep()
        assert w.asked == ["P2", "P3"], "what is in the books is not asked about"
        assert await w.differences() == [("missing_here", "P3", 900)]
        fees = sum(one.fee_fen for one in w.bill.lines[DAY])
        assert await w.balance(CLEARING) == 2000 + 700 + 900 - fees
        # A wallet that does not answer is asked again with the next day's bill, once each time.
        w.bill.lines[DAY + timedelta(days=1)] = [line("P4", 400), line("P5", 500)]
        w.asked, w.ask_fails = [], "no_answer"
        w.now += timedelta(days=1)
        await w.statements.sweep()
        assert w.asked == ["P4", "P3"]
        # One whose answer cannot be applied hides nothing else that the bill brought.
        w.bill.lines[DAY + timedelta(days=2)] = [line("P6", 600)]
        w.ask_raises = IllegalTransition(state="paid", step="paid")
        w.now += timedelta(days=1)
        await w.statements.sweep()
        assert ("missing_here", "P6", 600) in await w.differences()
        w.confirms, w.ask_fails, w.ask_raises = {"P3": 900, "P4": 400, "P6": 600}, None, None
        w.now += timedelta(days=1)
        await w.statements.sweep()
        assert await w.differences() == [("missing_here", "P5", 500)]
        assert await w.balance(ledger.SUSPENSE) == -500


@pytest.mark.parametrize(
    "bad",
    [{"number": "P" * 65}, {"kind": "gift"}, {"amount_fen": -1}, {"amount_fen": 10**30}],
    ids=lambda bad: next(iter(bad)),
)
async def test_a_line_of_nonsense_is_a_difference_of_its_own(bad, mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.lines[DAY] = [await w.paid("P1"), replace(line("P2"), **bad), await w.paid("P3")]
        await w.statements.sweep()
        day = await w.day()
        assert (day.done, day.payments_fen, day.differences) == (True, 4000, 1)
        ((kind, number, fen),) = await w.differences()
        assert (kind, number[:1], fen) == ("unreadable", "P", 0)
        assert await w.balance(ledger.SUSPENSE) == 0
        found = await w.finance.differences(DifferencesQuery())
        name = found.differences[0].difference_id
        await w.finance.resolve(PERSON, ResolveDifference(difference_id=name, note="a test"))
        assert await w.differences() == []


async def test_what_an_unreadable_line_names_is_not_missing_too(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.lines[DAY] = [replace(await w.paid("P1"), amount_fen=-5)]
        await w.statements.sweep()
        assert await w.differences() == [("unreadable", "P1", 0)]


async def test_what_has_money_in_suspense_is_closed_by_booking_it(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.lines[DAY] = [line("P9", 500)]
        await w.statements.sweep()
        name = (await w.finance.differences(DifferencesQuery())).differences[0].difference_id
        with pytest.raises(Conflict) as refused:
            await w.finance.resolve(PERSON, ResolveDifference(difference_id=name, note="seen"))
        assert refused.value.rule == "suspense_holds"
        open_items = (await w.ledger.check()).open
        assert [(one.name, one.fen) for one in open_items] == [(f"suspense:{name}", -500)]
        word = ResolveDifference(difference_id=name, note="a gift", book=True)
        await w.finance.resolve(PERSON, word)
        assert (await w.ledger.check()).open == ()


async def test_days_of_two_wallets_are_paged_one_by_one(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        for wallet in Wallet:
            for n in range(2):
                await w.days.want(wallet, DAY - timedelta(days=n))
        listed, before = [], None
        while True:
            page = await w.finance.days(StatementsQuery(before=before, limit=1))
            listed += [(one.day, one.wallet) for one in page.statements]
            if page.next is None:
                break
            before = page.next
        days = (DAY, DAY - timedelta(days=1))
        assert listed == [(str(day), wallet) for day in days for wallet in ("alipay", "wechat")]


async def test_a_bill_of_nonsense_changes_nothing(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        w.bill.lines[DAY] = [replace(line(f"P{n}"), kind="gift") for n in range(21)]
        await w.statements.sweep()
        day = await w.day()
        assert (day.done, day.problem) == (False, "bad_answer")
        assert await w.db["ledger"].count_documents({}) == 0


@pytest.mark.parametrize("before", ["keep", "elsewhere"])
async def test_a_slow_worker_changes_nothing_of_a_day_that_was_fetched_again(
    before, mongo_uri, mongo_db_name
):
    """Its bill was cut short; staff had the day fetched anew while it was at it."""
    async with world(mongo_uri, mongo_db_name) as w:
        right = [await w.paid("P1"), await w.paid("P2")]
        w.bill.lines[DAY] = [line("P1"), line("X1")]
        days = w.statements._statements
        step = getattr(days, before)

        async def overtaken(*told: Any) -> Any:
            setattr(days, before, step)
            w.bill.lines[DAY] = right
            await w.finance.fetch(PERSON, FetchStatement(wallet="wechat", day=str(DAY), note="x"))
            assert await w.statements.sweep() == 1
            return await step(*told)

        setattr(days, before, overtaken)
        await w.statements.sweep()
        day = await w.day()
        assert (day.done, day.lines, day.differences) == (True, 2, 0)
        assert await w.differences() == []
        assert await w.balance(ledger.SUSPENSE) == 0
        assert await w.balance(CLEARING) == 4000 - 24
        assert {one.number for one in await w.days.lines(day)} == {"P1", "P2"}
        assert await w.db["statement_lines"].count_documents({}) == 2


async def test_days_that_were_missed_are_fetched_in_their_order(mongo_uri, mongo_db_name):
    async with world(mongo_uri, mongo_db_name) as w:
        await w.statements.sweep()
        w.now += timedelta(days=3)
        await w.statements.sweep()
        assert w.bill.asked == [DAY + timedelta(days=n) for n in range(4)]
