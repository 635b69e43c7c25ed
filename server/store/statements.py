"""Wallets' statements in MongoDB: a document a wallet and day, its lines, and its differences.

A fetch of a day has the number (`version`) that it was claimed under, and only the latest claim
may finish: a worker that was slow finds its day taken and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.ledger import Kind as Posted
from server.domain.ledger import clearing
from server.domain.payments import Wallet
from server.domain.statements import Billed, Flow, Name, Ours, Window
from server.store.documents import Document, from_document, milliseconds
from server.store.indexes import ensure_index
from server.store.ledger import COLLECTION as LEDGER
from server.store.transactions import Session

STATEMENTS = "statements"
LINES = "statement_lines"

BATCH = 1000

#: Which postings move money at a wallet, and how a bill calls that.
FLOWS = {
    Posted.PAYMENT.value: Flow.PAYMENT,
    Posted.REFUND_DONE.value: Flow.REFUND,
    Posted.REFUND_DONE_TOO.value: Flow.REFUND,
    Posted.PAYOUT_DONE.value: Flow.TRANSFER,
    Posted.PAYOUT_LATE.value: Flow.TRANSFER,
}

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One day of one wallet; sums are of its lines, fen."""

    id: str
    wallet: Wallet
    day: str
    version: int
    done: bool  #: fetched and compared; else it is still to be
    is_first: bool
    tried_at: datetime
    problem: str | None = None  #: why the last try brought nothing
    fetched_at: datetime | None = None
    lines: int = 0
    payments_fen: int = 0
    refunds_fen: int = 0
    transfers_fen: int = 0
    fee_fen: int = 0
    fee_posted_fen: int = 0
    fee_run: int = 0
    differences: int = 0  #: open ones
    untold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as it was fetched."""

    kind: str
    number: str
    transaction: str
    amount_fen: int
    fee_fen: int
    at: datetime


class MongoStatements:
    """The statements and their lines."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._days = database[STATEMENTS]
        self._lines = database[LINES]
        self._ledger = database[LEDGER]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._days, [("wallet", ASCENDING), ("day", DESCENDING)])
        await ensure_index(self._days, [("day", DESCENDING), ("wallet", ASCENDING)])
        await ensure_index(self._days, "untold", partialFilterExpression={"untold": True})
        await ensure_index(self._lines, [("wallet", ASCENDING), ("number", ASCENDING)])
        await ensure_index(self._lines, [("wallet", ASCENDING), ("day", ASCENDING)])

    # Days

    async def get(self, wallet: Wallet, day: date) -> Statement | None:
        """Read a day, or None."""
        found = await self._days.find_one({"_id": statement_id(wallet, day)})
        return from_document(found, Statement) if found else None

    async def last(self, wallet: Wallet) -> date | None:
        """Give the latest day that is known of a wallet, done or not."""
        found = await self._days.find_one({"wallet": wallet.value}, sort=[("day", DESCENDING)])
        return date.fromisoformat(found["day"]) if found else None

    async def want(self, wallet: Wallet, day: date) -> None:
        """Note that a day is to be fetched; idempotent."""
        fresh: Document = {
            "wallet": wallet.value,
            "day": day.isoformat(),
            "version": 0,
            "done": False,
            "tried_at": NEVER,
            "is_first": await self.last(wallet) is None,
        }
        try:
            await self._days.update_one(
                {"_id": statement_id(wallet, day)}, {"$setOnInsert": fresh}, upsert=True
            )
        except DuplicateKeyError:
            return  # two at once: it is there

    async def want_again(self, wallet: Wallet, day: date) -> bool:
        """Have a day fetched and compared anew at once; False when it is not known.

        Whoever is at it now may not finish it: what they fetched may be what is to be put right.
        """
        result = await self._days.update_one(
            {"_id": statement_id(wallet, day)},
            {"$set": {"done": False, "tried_at": NEVER}, "$inc": {"version": 1}},
        )
        return result.matched_count == 1

    async def wanted(self, wallet: Wallet, limit: int) -> list[date]:
        """List the days that are still to be fetched, oldest first."""
        query = {"wallet": wallet.value, "done": False}
        found = self._days.find(query, {"day": 1}).sort("day", ASCENDING).limit(limit)
        return [date.fromisoformat(document["day"]) async for document in found]

    async def claim(
        self, wallet: Wallet, day: date, now: datetime, pause: timedelta
    ) -> Statement | None:
        """Take up a day that nobody tried lately, under a new number; None when somebody did."""
        found = await self._days.find_one_and_update(
            {
                "_id": statement_id(wallet, day),
                "done": False,
                "tried_at": {"$lte": now - pause},
            },
            {"$set": {"tried_at": milliseconds(now)}, "$inc": {"version": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return from_document(found, Statement) if found else None

    async def failed(self, statement: Statement, problem: str) -> None:
        """Keep why a try brought nothing."""
        await self._days.update_one(
            {"_id": statement.id, "version": statement.version}, {"$set": {"problem": problem}}
        )

    async def hold(self, statement: Statement, session: Session | None = None) -> bool:
        """Tell whether no other try has taken the day; written, so that one at once conflicts."""
        result = await self._days.update_one(
            {"_id": statement.id, "version": statement.version},
            {"$inc": {"holds": 1}},
            session=session,
        )
        return result.modified_count == 1

    async def finish(self, statement: Statement, session: Session, **fields: Any) -> bool:
        """Write a day's outcome; False when another try has taken it since."""
        result = await self._days.update_one(
            {"_id": statement.id, "version": statement.version},
            {"$set": fields},
            session=session,
        )
        return result.modified_count == 1

    async def page(self, before: tuple[date, str] | None, limit: int) -> list[Statement]:
        """List days, newest first; those before a day, and that day's of wallets after one.

        Without a wallet the day itself is left out.
        """
        query: Document = {}
        if before is not None:
            day, wallet = before[0].isoformat(), before[1]
            rest = [{"day": day, "wallet": {"$gt": wallet}}] if wallet else []
            query = {"$or": [{"day": {"$lt": day}}, *rest]}
        found = self._days.find(query).sort([("day", DESCENDING), ("wallet", ASCENDING)])
        return [from_document(document, Statement) async for document in found.limit(limit)]

    async def untold(self, limit: int) -> list[Statement]:
        """List days whose outcome staff were not told of."""
        found = self._days.find({"untold": True}).limit(limit)
        return [from_document(document, Statement) async for document in found]

    async def told(self, statement: Statement) -> None:
        """Note that staff were told of this outcome."""
        await self._days.update_one(
            {"_id": statement.id, "version": statement.version}, {"$set": {"untold": False}}
        )

    async def count_open(self, statement: Statement, differences: int) -> None:
        """Keep how many differences of a day are open."""
        await self._days.update_one(
            {"_id": statement.id}, {"$set": {"differences": differences, "untold": True}}
        )

    # Lines

    async def keep(self, statement: Statement, lines: Iterable[Billed]) -> bool:
        """Keep what was fetched under this claim, and forget what earlier ones fetched.

        False when another try has taken the day since: nothing of this one is kept then.
        """
        batch: list[Document] = []
        for n, line in enumerate(lines):
            batch.append(_kept(statement, n, line))
            if len(batch) == BATCH:
                await self._lines.insert_many(batch, ordered=False)
                batch = []
        if batch:
            await self._lines.insert_many(batch, ordered=False)
        of_day = {"wallet": statement.wallet.value, "day": statement.day}
        if not await self.hold(statement):
            await self._lines.delete_many({**of_day, "version": statement.version})
            return False
        await self._lines.delete_many({**of_day, "version": {"$lt": statement.version}})
        return True

    async def lines(self, statement: Statement) -> list[Line]:
        """Read what was last fetched of a day."""
        of_day = {"wallet": statement.wallet.value, "day": statement.day}
        latest = await self._lines.find_one(of_day, {"version": 1}, sort=[("version", -1)])
        if latest is None:
            return []
        found = self._lines.find({**of_day, "version": latest["version"]})
        return [from_document(document, Line) async for document in found]

    async def elsewhere(
        self, statement: Statement, numbers: Iterable[str]
    ) -> tuple[dict[Name, str], frozenset[Name]]:
        """Find numbers in other days' bills: earlier (with the wallet's numbers), and later."""
        earlier: dict[Name, str] = {}
        later: set[Name] = set()
        for some in _batches(numbers):
            query = {"wallet": statement.wallet.value, "number": {"$in": some}}
            async for line in self._lines.find(query):
                name = (line["kind"], line["number"])
                if line["day"] < statement.day:
                    earlier.setdefault(name, line["transaction"])
                elif line["day"] > statement.day:
                    later.add(name)
        return earlier, frozenset(later)

    # Ours

    async def ours(self, wallet: Wallet, window: Window) -> list[Ours]:
        """Read what our books have at a wallet in a time."""
        at = {"$gte": window.begin, "$lt": window.end}
        found = self._ledger.find({"lines.account": clearing(wallet), "at": at})
        return [one async for document in found if (one := _ours(document, wallet))]

    async def ours_of(self, wallet: Wallet, names: Iterable[Name]) -> list[Ours]:
        """Read what our books have at a wallet under these numbers, whenever it was."""
        keys = [
            f"{kind}:{number}"
            for flow, number in names
            for kind, known in FLOWS.items()
            if known.value == flow
        ]
        found: list[Ours] = []
        for some in _batches(keys):
            query = {"_id": {"$in": some}, "lines.account": clearing(wallet)}
            async for document in self._ledger.find(query):
                if one := _ours(document, wallet):
                    found.append(one)
        return found


def statement_id(wallet: Wallet, day: date) -> str:
    """Name a wallet's day."""
    return f"{wallet.value}:{day.isoformat()}"


def _kept(statement: Statement, n: int, line: Billed) -> Document:
    return {
        "_id": f"{statement.id}:{statement.version}:{n}",
        "wallet": statement.wallet.value,
        "day": statement.day,
        "version": statement.version,
        "kind": line.kind,
        "number": line.number,
        "transaction": line.transaction,
        "amount_fen": line.amount_fen,
        "fee_fen": line.fee_fen,
        "at": milliseconds(line.at),
    }


def _ours(document: Document, wallet: Wallet) -> Ours | None:
    kind, _, number = str(document["_id"]).partition(":")
    if kind not in FLOWS:
        return None
    account = clearing(wallet)
    fen = sum(line["fen"] for line in document["lines"] if line["account"] == account)
    return Ours(flow=FLOWS[kind], number=number, amount_fen=abs(fen), at=document["at"])


def _batches(texts: Iterable[str]) -> Iterable[list[str]]:
    every = sorted(set(texts))
    return (every[n : n + BATCH] for n in range(0, len(every), BATCH))
