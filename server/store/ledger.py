"""The ledger in MongoDB: postings are added and never changed; `_id` is the posting's key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.ids import OrderId
from server.domain.ledger import Line, Posting
from server.store.documents import Document, to_document
from server.store.transactions import Session

COLLECTION = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """What a look at every posting saw; `first_bad` is the key of one that does not balance."""

    ok: bool
    entries: int
    first_bad: str | None
    balances: dict[str, int]  #: by account, fen


class MongoLedger:
    """The ledger collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._postings = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await self._postings.create_index("order")
        await self._postings.create_index([("lines.account", ASCENDING), ("at", ASCENDING)])

    async def post(self, posting: Posting, session: Session) -> None:
        """Add a posting, in the transaction of what it is posted for.

        A key that was posted before ends the transaction (DuplicateKeyError): whoever posts
        has changed a state that can change only once, so that would be a fault of ours.
        """
        document = to_document(posting)
        document["_id"] = document.pop("key")
        await self._postings.insert_one(document, session=session)

    async def of_order(self, order: OrderId) -> list[Posting]:
        """List an order's postings, oldest first."""
        cursor = self._postings.find({"order": order}).sort("at", ASCENDING)
        return [_posting(document) async for document in cursor]

    async def balance(self, account: str) -> int:
        """Sum one account, fen; credits are negative."""
        match: list[Document] = [{"$match": {"lines.account": account}}]
        return (await self._balances(match, account)).get(account, 0)

    async def check(self) -> LedgerCheck:
        """Add everything up in the database: each posting, and each account."""
        total = {"$sum": "$lines.fen"}
        bad: list[Document] = [
            {"$match": {"$expr": {"$ne": [total, 0]}}},
            {"$sort": {"at": 1, "_id": 1}},
            {"$limit": 1},
        ]
        first_bad = None
        async for document in self._postings.aggregate(bad):
            first_bad = str(document["_id"])
        balances = await self._balances([], None)
        return LedgerCheck(
            ok=first_bad is None and sum(balances.values()) == 0,
            entries=await self._postings.count_documents({}),
            first_bad=first_bad,
            balances=balances,
        )

    async def _balances(self, match: Iterable[Document], account: str | None) -> dict[str, int]:
        pipeline: list[dict[str, Any]] = [*match, {"$unwind": "$lines"}]
        if account:
            pipeline.append({"$match": {"lines.account": account}})
        pipeline.append({"$group": {"_id": "$lines.account", "fen": {"$sum": "$lines.fen"}}})
        return {row["_id"]: row["fen"] async for row in self._postings.aggregate(pipeline)}


def _posting(document: Document) -> Posting:
    lines = tuple(Line(account=line["account"], fen=line["fen"]) for line in document["lines"])
    return Posting(key=document["_id"], order=document["order"], at=document["at"], lines=lines)
