"""The proof of the books: every rule of the ledger asked of the database, at one instant.

Here arrives at most one bad entry of each question, whatever the ledger holds. All are asked of one
snapshot, so that what is being written meanwhile is either in all of them or in none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo.errors import OperationFailure

from server.domain.errors import Unavailable
from server.domain.ids import OrderId
from server.domain.ledger import COURIER_RECEIVABLE, Line, Posting
from server.domain.ledger_rules import Bad, Rule, first_bad_of_order
from server.store.documents import Document
from server.store.ledger_questions import (
    AGREEMENTS,
    FIRST,
    IN_TIME,
    LEDGER,
    Agreement,
    Stages,
    accounts,
    alone,
    debts,
    joined,
    of_orders,
    open_items,
)

#: MongoDB keeps a snapshot for five minutes unless it is told to keep it for longer.
SNAPSHOT_TOO_OLD = 239

#: So many open items are named.
MOST_OPEN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What is right in the books and staff have still to see to, fen; credits are negative.

    `suspense:SOURCE`, a difference or a refund; or `courier_receivable:PERSON`.
    """

    name: str
    fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """What a look at every posting saw: at most one bad entry of each question."""

    entries: int
    bad: tuple[Bad, ...]
    balances: dict[str, int]  #: by account, fen; those of couriers summed up
    open: tuple[OpenItem, ...] = ()  #: at most `MOST_OPEN`

    @property
    def ok(self) -> bool:
        """Whether the books are right."""
        return not self.bad

    @property
    def first_bad(self) -> str | None:
        """The key of the first bad entry."""
        return self.bad[0].key if self.bad else None


async def check_all(database: AsyncIOMotorDatabase[Document]) -> LedgerCheck:
    """Check every rule over every posting: 200,000 take some 15 s on two busy cores.

    Raises:
        Unavailable: rule `snapshot_too_old`: MongoDB keeps its snapshots for less than this took
            (`minSnapshotHistoryWindowInSeconds`).
    """
    try:
        return await _check_all(database)
    except OperationFailure as failure:
        if failure.code == SNAPSHOT_TOO_OLD:
            raise Unavailable(part="mongo", rule="snapshot_too_old") from failure
        raise


async def _check_all(database: AsyncIOMotorDatabase[Document]) -> LedgerCheck:
    async with await database.client.start_session(snapshot=True) as session:
        check = _Check(database, session)
        found: list[Bad | None] = [await check.posting()]
        found += [await check.agreement(one) for one in AGREEMENTS]
        found += [await check.order(), await check.debt()]
        balances, overdrawn = await check.balances()
        found += overdrawn
        entries, waiting = await check.entries(), await check.open()
    bad = tuple(one for one in found if one is not None)
    return LedgerCheck(entries=entries, bad=bad, balances=balances, open=waiting)


class _Check:
    """The questions, in one snapshot."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], session: AsyncIOMotorClientSession
    ) -> None:
        self._database = database
        self._session = session

    async def posting(self) -> Bad | None:
        """Ask what each posting has to keep alone."""
        async for row in self._rows(LEDGER, [*alone(), *FIRST]):
            return Bad(
                key=str(row["_id"]),
                order=row.get("order"),
                rule=Rule(row["broken"]),
                why=f"{row['broken']}: lines sum to {row.get('sum')} fen",
            )
        return None

    async def agreement(self, one: Agreement) -> Bad | None:
        """Ask which posting has no document, which document no posting, and which differ."""
        async for row in self._rows(one.collection, [*joined(one), *FIRST]):
            why = _difference(one, row)
            key = row["posted"] or f"{one.kinds[0].value}:{row['_id']}"
            return Bad(key=key, order=row["order"], rule=one.rule, why=why)
        return None

    async def order(self) -> Bad | None:
        """Ask for an order whose accounts are wrong, and play it to the posting that is."""
        async for row in self._rows(LEDGER, [*of_orders(), *FIRST]):
            order = OrderId(row["_id"])
            found = self._database[LEDGER].find({"order": order}, session=self._session)
            documents = [document async for document in found.sort(IN_TIME)]
            return _first_of(documents) or Bad(
                key=documents[-1]["_id"], order=order, rule=Rule.OVERDRAWN, why="in its sum"
            )
        return None

    async def debt(self) -> Bad | None:
        """Ask for a courier whose account of what they owe says other than their payouts."""
        async for row in self._rows("payouts", [*debts(), *FIRST]):
            why = f"payouts say that {row['fen']:+} fen more are owed than the account"
            key = f"{COURIER_RECEIVABLE}:{row['_id']}"
            return Bad(key=key, order=None, rule=Rule.PAYOUT, why=why)
        return None

    async def open(self) -> tuple[OpenItem, ...]:
        """Name what staff have still to see to."""
        rows = self._rows(LEDGER, [*open_items(), {"$limit": MOST_OPEN}])
        return tuple(
            [
                OpenItem(name=":".join([row["_id"]["account"], *row["_id"]["of"]]), fen=row["fen"])
                async for row in rows
            ]
        )

    async def balances(self) -> tuple[dict[str, int], list[Bad]]:
        """Sum up the accounts, and name couriers' ones that are on the wrong side."""
        sums: dict[str, int] = {}
        bad: list[Bad] = []
        async for row in self._rows(LEDGER, accounts()):
            sums[row["_id"]] = row["fen"]
            if row["wrong"]:
                why = "the account is on the wrong side"
                bad.append(Bad(key=row["wrong"], order=None, rule=Rule.OVERDRAWN, why=why))
        return dict(sorted(sums.items())), bad

    async def entries(self) -> int:
        """Count the postings."""
        async for row in self._rows(LEDGER, [{"$count": "entries"}]):
            return int(row["entries"])
        return 0

    def _rows(self, collection: str, stages: Stages) -> AsyncIterator[Document]:
        rows: AsyncIterator[Document] = self._database[collection].aggregate(
            stages, session=self._session, allowDiskUse=True
        )
        return rows


def _first_of(documents: list[Document]) -> Bad | None:
    try:
        return first_bad_of_order([posting_of(document) for document in documents])
    except ValueError:  # one of them does not even balance, which is told of by itself
        return None


def posting_of(document: Document) -> Posting:
    """Make the posting of a document."""
    lines = tuple(Line(account=line["account"], fen=line["fen"]) for line in document["lines"])
    at: datetime = document["at"]
    return Posting(key=document["_id"], order=document["order"], at=at, lines=lines)


def _difference(one: Agreement, row: Document) -> str:
    if row["n"] > 0:
        return f"{one.collection} has it, the ledger has no posting"
    if row["n"] < 0:
        return f"posted, and {one.collection} has none such"
    if row["fen"]:
        return f"{one.collection} says {row['fen']:+} fen more than the posting"
    if row["order"] != row["other"]:
        return f"of order {row['order']} and of {row['other']}"
    return f"on {row['named']} and on {row['named_too']}"
