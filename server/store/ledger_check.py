"""The proof of the books: every rule of the ledger asked of the database, at one instant.

The database adds up, joins and sorts (on its disk where it has to); here arrives at most one bad
entry of each rule, whatever the ledger holds. All questions are asked of one snapshot, so that
what is being written meanwhile is either in all of them or in none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain import ledger
from server.domain.ids import OrderId
from server.domain.ledger import Kind, Line, Posting
from server.domain.ledger_rules import NEVER_DEBIT, OF_CUSTOMER, Bad, Rule, first_bad_of_order
from server.domain.payments import PayWay, Wallet
from server.store.documents import Document

LEDGER = "ledger"

Stages = list[dict[str, Any]]
Expression = Any

IN_TIME = [("at", ASCENDING), ("_id", ASCENDING)]
FIRST: Stages = [{"$sort": dict(IN_TIME)}, {"$limit": 1}]

#: The first word of a line's account, and of a key.
ACCOUNT_KIND = {"$arrayElemAt": [{"$split": ["$$line.account", ":"]}, 0]}
KEY_KIND = {"$arrayElemAt": [{"$split": ["$_id", ":"]}, 0]}

#: Accounts of one courier each; a site has too many of them to list.
OF_COURIERS = (ledger.COURIER_EARNINGS, ledger.COURIER_RECEIVABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """What a look at every posting saw: at most one bad entry of each question."""

    entries: int
    bad: tuple[Bad, ...]
    balances: dict[str, int]  #: by account, fen; those of couriers summed up

    @property
    def ok(self) -> bool:
        """Whether the books are right."""
        return not self.bad

    @property
    def first_bad(self) -> str | None:
        """The key of the first bad entry."""
        return self.bad[0].key if self.bad else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One posting, of one of the kinds, for each document of a state: same number, order and fen.

    `account` is where the fen are; a document tells the whole account in `named` where it knows.
    """

    rule: Rule
    kinds: tuple[Kind, ...]
    collection: str
    match: Document
    fen: str
    account: str
    order: str = "$order"
    named: Expression = None


BY_WALLET: Expression = {
    "$cond": [
        {"$eq": ["$way", PayWay.PRECREATE.value]},
        ledger.clearing(Wallet.ALIPAY),
        ledger.clearing(Wallet.WECHAT),
    ]
}

AGREEMENTS = (
    Agreement(
        rule=Rule.PAYMENT,
        kinds=(Kind.PAYMENT,),
        collection="payments",
        match={"state": "paid"},
        fen="$amount_fen",
        account=ledger.CLEARING,
        named=BY_WALLET,
    ),
    Agreement(
        rule=Rule.REFUND,
        kinds=(Kind.REFUND_ASKED,),
        collection="refunds",
        match={},
        fen="$amount_fen",
        account=ledger.REFUNDS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.REFUND,
        kinds=(Kind.REFUND_DONE, Kind.REFUND_BY_HAND),
        collection="refunds",
        match={"state": {"$in": ["done", "by_hand"]}},
        fen="$amount_fen",
        account=ledger.REFUNDS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.ORDER,
        kinds=(Kind.SETTLED,),
        collection="orders",
        match={"payout": {"$ne": "none"}},
        fen="$pay_fen",
        account=ledger.COURIER_EARNINGS,
        order="$_id",
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.PAYOUT_ASKED,),
        collection="payouts",
        match={"state": {"$nin": ["payable", "held"]}},
        fen="$amount_fen",
        account=ledger.PAYOUTS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.PAYOUT_DONE,),
        collection="payouts",
        match={"state": "done"},
        fen="$amount_fen",
        account=ledger.PAYOUTS_IN_FLIGHT,
    ),
    Agreement(
        rule=Rule.PAYOUT,
        kinds=(Kind.PAYOUT_FAILED,),
        collection="payouts",
        match={"state": {"$in": ["failed", "cancelled"]}},
        fen="$amount_fen",
        account=ledger.PAYOUTS_IN_FLIGHT,
    ),
)


async def check_all(database: AsyncIOMotorDatabase[Document]) -> LedgerCheck:
    """Check every rule over every posting; seconds for each few hundred thousand."""
    async with await database.client.start_session(snapshot=True) as session:
        check = _Check(database, session)
        found: list[Bad | None] = [await check.posting()]
        found += [await check.agreement(one) for one in AGREEMENTS]
        found += [await check.order()]
        balances, overdrawn = await check.balances()
        found += overdrawn
        entries = await check.entries()
    bad = tuple(one for one in found if one is not None)
    return LedgerCheck(entries=entries, bad=bad, balances=balances)


class _Check:
    """The questions, in one snapshot."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], session: AsyncIOMotorClientSession
    ) -> None:
        self._database = database
        self._session = session

    async def posting(self) -> Bad | None:
        """Ask what each posting has to keep alone."""
        async for row in self._rows(LEDGER, [*_alone(), *FIRST]):
            return Bad(
                key=str(row["_id"]),
                order=row.get("order"),
                rule=Rule(row["broken"]),
                why=f"{row['broken']}: lines sum to {row.get('sum')} fen",
            )
        return None

    async def agreement(self, one: Agreement) -> Bad | None:
        """Ask which posting has no document, which document no posting, and which differ."""
        async for row in self._rows(one.collection, [*_joined(one), *FIRST]):
            why = _difference(one, row)
            key = row["posted"] or f"{one.kinds[0].value}:{row['_id']}"
            return Bad(key=key, order=row["order"], rule=one.rule, why=why)
        return None

    async def order(self) -> Bad | None:
        """Ask for an order whose accounts are wrong, and play it to the posting that is."""
        async for row in self._rows(LEDGER, [*_of_orders(), *FIRST]):
            order = OrderId(row["_id"])
            found = self._database[LEDGER].find({"order": order}, session=self._session)
            documents = [document async for document in found.sort(IN_TIME)]
            return _first_of(documents) or Bad(
                key=documents[-1]["_id"], order=order, rule=Rule.OVERDRAWN, why="in its sum"
            )
        return None

    async def balances(self) -> tuple[dict[str, int], list[Bad]]:
        """Sum up the accounts, and name couriers' ones that are on the wrong side."""
        sums: dict[str, int] = {}
        bad: list[Bad] = []
        async for row in self._rows(LEDGER, _accounts()):
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


def _alone() -> Stages:
    """Find postings that do not balance, or whose accounts or key say nothing known."""
    each = {"input": "$lines", "as": "line"}
    whole = {"$in": [{"$type": "$$line.fen"}, ["int", "long"]]}
    known = {"$in": [ACCOUNT_KIND, list(ledger.ACCOUNTS)]}
    of_none = [kind.value for kind in ledger.OF_NO_ORDER]
    # An order's number is the rest of the key of its settlement, and no fee has an order.
    key = {
        "$and": [
            {"$in": [KEY_KIND, [kind.value for kind in Kind]]},
            {"$eq": [{"$in": [KEY_KIND, of_none]}, {"$eq": ["$order", None]}]},
            {
                "$or": [
                    {"$ne": [KEY_KIND, Kind.SETTLED.value]},
                    {"$eq": ["$_id", {"$concat": [f"{Kind.SETTLED.value}:", "$order"]}]},
                ]
            },
        ]
    }
    branches = [
        (Rule.SUM, {"$ne": ["$sum", 0]}),
        (Rule.SUM, {"$not": {"$allElementsTrue": {"$map": {**each, "in": whole}}}}),
        (Rule.SUM, {"$lt": [{"$size": "$lines"}, 2]}),
        (Rule.ACCOUNT, {"$not": {"$allElementsTrue": {"$map": {**each, "in": known}}}}),
        (Rule.KEY, {"$not": key}),
    ]
    switch = [{"case": case, "then": rule.value} for rule, case in branches]
    return [
        {"$set": {"sum": {"$sum": "$lines.fen"}}},
        {"$set": {"broken": {"$switch": {"branches": switch, "default": ""}}}},
        {"$match": {"broken": {"$ne": ""}}},
    ]


def _joined(one: Agreement) -> Stages:
    """Put documents and postings of a kind side by side by their number; keep what differs."""
    theirs = {
        "_id": 1,
        "n": {"$literal": 1},
        "fen": one.fen,
        "order": one.order,
        "named": one.named if one.named is not None else {"$literal": None},
        "at": {"$ifNull": ["$created_at", "$asked_at"]},
    }
    on_account = {"$eq": [ACCOUNT_KIND, one.account]}
    lines = {"$filter": {"input": "$lines", "as": "line", "cond": on_account}}
    ours = {
        "_id": {"$substrBytes": ["$_id", {"$add": [{"$indexOfBytes": ["$_id", ":"]}, 1]}, -1]},
        "posted": "$_id",
        "n": {"$literal": -1},
        "fen": {"$multiply": [-1, {"$abs": {"$sum": "$on.fen"}}]},
        "order": 1,
        "named": {"$first": "$on.account"} if one.named is not None else {"$literal": None},
        "at": 1,
    }
    of_kinds = [{"_id": {"$gte": f"{kind.value}:", "$lt": f"{kind.value};"}} for kind in one.kinds]
    differs = [
        {"n": {"$ne": 0}},
        {"fen": {"$ne": 0}},
        {"$expr": {"$ne": ["$order", "$other"]}},
        {"$expr": {"$ne": ["$named", "$named_too"]}},
    ]
    return [
        {"$match": one.match},
        {"$project": theirs},
        {
            "$unionWith": {
                "coll": LEDGER,
                "pipeline": [
                    {"$match": {"$or": of_kinds}},
                    {"$set": {"on": lines}},
                    {"$project": ours},
                ],
            }
        },
        {
            "$group": {
                "_id": "$_id",
                "posted": {"$max": "$posted"},
                "n": {"$sum": "$n"},
                "fen": {"$sum": "$fen"},
                "order": {"$min": "$order"},
                "other": {"$max": "$order"},
                "named": {"$min": "$named"},
                "named_too": {"$max": "$named"},
                "at": {"$min": "$at"},
            }
        },
        {"$match": {"$or": differs}},
    ]


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


def _of_orders() -> Stages:
    """Sum each order's accounts; keep the orders where one is on the wrong side."""

    def sum_of(condition: Expression) -> Expression:
        return {"$sum": {"$cond": [condition, "$lines.fen", 0]}}

    kind = {"$arrayElemAt": [{"$split": ["$lines.account", ":"]}, 0]}
    sums: Document = {name: sum_of({"$eq": [kind, name]}) for name in NEVER_DEBIT}
    from_customers = {"$in": [KEY_KIND, [one.value for one in OF_CUSTOMER]]}
    for wallet in Wallet:
        at_wallet = {"$eq": ["$lines.account", ledger.clearing(wallet)]}
        sums[wallet.value] = sum_of({"$and": [from_customers, at_wallet]})
    is_settled = {"$cond": [{"$eq": [KEY_KIND, Kind.SETTLED.value]}, 1, 0]}
    wrong: list[Document] = [
        *({name: {"$gt": 0}} for name in NEVER_DEBIT),
        *({wallet.value: {"$lt": 0}} for wallet in Wallet),
        {"settled": 1, ledger.CUSTOMER_FUNDS: {"$ne": 0}},
    ]
    return [
        {"$match": {"order": {"$ne": None}}},
        {"$unwind": "$lines"},
        {
            "$group": {
                "_id": "$order",
                "at": {"$min": "$at"},
                "settled": {"$max": is_settled},
                **sums,
            }
        },
        {"$match": {"$or": wrong}},
    ]


def _accounts() -> Stages:
    """Sum every account, then those of couriers together; name one on the wrong side."""
    kind = {"$arrayElemAt": [{"$split": ["$_id", ":"]}, 0]}
    wrong = {
        "$or": [
            {"$and": [{"$eq": [kind, ledger.COURIER_EARNINGS]}, {"$gt": ["$fen", 0]}]},
            {"$and": [{"$eq": [kind, ledger.COURIER_RECEIVABLE]}, {"$lt": ["$fen", 0]}]},
        ]
    }
    return [
        {"$unwind": "$lines"},
        {"$group": {"_id": "$lines.account", "fen": {"$sum": "$lines.fen"}}},
        {
            "$group": {
                "_id": {"$cond": [{"$in": [kind, list(OF_COURIERS)]}, kind, "$_id"]},
                "fen": {"$sum": "$fen"},
                "wrong": {"$min": {"$cond": [wrong, "$_id", None]}},
            }
        },
    ]
