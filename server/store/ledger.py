"""The ledger in MongoDB: postings are added and never changed; `_id` is the posting's key."""

from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.ids import OrderId, PersonId
from server.domain.ledger import SUSPENSE, Kind, Posting, courier_account
from server.store.documents import Document, to_document
from server.store.indexes import ensure_index
from server.store.ledger_check import LedgerCheck, check_all, posting_of
from server.store.ledger_questions import LEDGER
from server.store.transactions import Session

COLLECTION = LEDGER

#: What a refund or a payout puts in suspense, and what takes it out.
IN_SUSPENSE = (Kind.REFUND_DONE_TOO, Kind.PAYOUT_DENIED, Kind.SUSPENSE_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """A courier's approved money by the ledger, fen: not yet there, and there."""

    available_fen: int
    paid_fen: int


class MongoLedger:
    """The ledger collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._database = database
        self._postings = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._postings, "order")
        await ensure_index(self._postings, [("lines.account", ASCENDING), ("at", ASCENDING)])
        await ensure_index(self._postings, [("at", ASCENDING), ("_id", ASCENDING)])

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
        cursor = self._postings.find({"order": order}).sort([("at", ASCENDING), ("_id", ASCENDING)])
        return [posting_of(document) async for document in cursor]

    async def in_suspense(self, number: str, session: Session) -> int:
        """Sum what a refund or a payout has in suspense, fen, in the transaction that closes it."""
        keys = [f"{kind.value}:{number}" for kind in IN_SUSPENSE]
        found = self._postings.find({"_id": {"$in": keys}}, session=session)
        lines = [line async for document in found for line in document["lines"]]
        return sum(line["fen"] for line in lines if line["account"] == SUSPENSE)

    async def balance(self, account: str) -> int:
        """Sum one account, fen; credits are negative."""
        return await self._sum(account, [{"$match": {"lines.account": account}}])

    async def earned(self, courier: PersonId) -> Earned:
        """Sum what a courier earned: what transfers have brought is paid, all else available.

        What was set off had reached the courier before, by a transfer that nobody owed.
        """
        account = courier_account(courier)
        owed = -await self.balance(account)
        asked = await self._sum(account, _transfers(account, done=False))
        paid = await self._sum(account, _transfers(account, done=True))
        set_off = await self._sum(account, _of_kind(account, Kind.SET_OFF))
        denied = -await self._sum(account, _of_kind(account, Kind.PAYOUT_DENIED))
        return Earned(available_fen=owed + asked, paid_fen=paid + set_off - denied)

    async def check(self) -> LedgerCheck:
        """Check every rule of the books in the database; see `ledger_check`."""
        return await check_all(self._database)

    async def _sum(self, account: str, stages: list[Document]) -> int:
        pipeline = [
            *stages,
            {"$unwind": "$lines"},
            {"$match": {"lines.account": account}},
            {"$group": {"_id": None, "fen": {"$sum": "$lines.fen"}}},
        ]
        async for row in self._postings.aggregate(pipeline):
            return int(row["fen"])
        return 0


def _of_kind(account: str, kind: Kind) -> list[Document]:
    keys = {"$gte": f"{kind.value}:", "$lt": f"{kind.value};"}
    return [{"$match": {"lines.account": account, "_id": keys}}]


def _transfers(account: str, *, done: bool) -> list[Document]:
    """Find the askings of a courier's transfers that were carried out, or have no outcome yet."""
    prefix = f"{Kind.PAYOUT_ASKED.value}:"
    number = {"$substrBytes": ["$_id", len(prefix), -1]}
    outcomes = (Kind.PAYOUT_DONE,) if done else (Kind.PAYOUT_DONE, Kind.PAYOUT_FAILED)
    keys = [{"$concat": [f"{kind.value}:", number]} for kind in outcomes]
    looked_up = [
        {
            "$lookup": {
                "from": COLLECTION,
                "let": {"key": key},
                "pipeline": [
                    {"$match": {"$expr": {"$eq": ["$_id", "$$key"]}}},
                    {"$project": {"_id": 1}},
                ],
                "as": f"outcome{n}",
            }
        }
        for n, key in enumerate(keys)
    ]
    wanted = {f"outcome{n}": {"$size": 1 if done else 0} for n in range(len(keys))}
    of_asking = {"$gte": prefix, "$lt": f"{Kind.PAYOUT_ASKED.value};"}
    return [
        {"$match": {"lines.account": account, "_id": of_asking}},
        *looked_up,
        {"$match": wanted},
    ]
