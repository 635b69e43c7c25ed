"""Differences between wallets' bills and our books, with what each has put in suspense.

`posted_fen` is what the suspense account holds for a difference now; each change of it is a
posting of its own (`turn` numbers them), written in the transaction of the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.ids import PersonId
from server.domain.payments import Wallet
from server.domain.statements import Difference, Flow, Kind
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.statements import Statement
from server.store.transactions import RunAgain, Session

COLLECTION = "differences"

State = Literal["open", "cleared", "resolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One difference as it stands."""

    id: str
    wallet: Wallet
    day: str
    kind: Kind
    flow: Flow
    number: str
    state: State
    posted_fen: int
    turn: int
    found_at: datetime
    transaction: str | None = None
    ours_fen: int | None = None
    theirs_fen: int | None = None
    fee_fen: int | None = None
    note: str = ""
    booked: bool = False  #: to the platform, with its resolution
    resolved_by: PersonId | None = None
    resolved_at: datetime | None = None

    @property
    def what(self) -> Difference:
        """Give what was compared."""
        return Difference(
            kind=self.kind,
            flow=self.flow,
            number=self.number,
            transaction=self.transaction,
            ours_fen=self.ours_fen,
            theirs_fen=self.theirs_fen,
            fee_fen=self.fee_fen,
        )


class MongoDifferences:
    """The differences collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._found = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._found, [("state", ASCENDING), ("day", DESCENDING)])
        await ensure_index(self._found, [("day", DESCENDING), ("_id", ASCENDING)])
        await ensure_index(self._found, [("wallet", ASCENDING), ("day", ASCENDING)])

    async def find(self, name: str, session: Session | None = None) -> Kept | None:
        """Read one, or None."""
        document = await self._found.find_one({"_id": name}, session=session)
        return from_document(document, Kept) if document else None

    async def insert(
        self, statement: Statement, found: Difference, at: datetime, session: Session
    ) -> None:
        """Write a new one; when another worker just did, the transaction runs again."""
        document = {
            "_id": difference_id(statement, found),
            "wallet": statement.wallet.value,
            "day": statement.day,
            **to_document(found),
            "state": "open",
            "posted_fen": found.effect_fen,
            "turn": 1,
            "found_at": milliseconds(at),
        }
        try:
            await self._found.insert_one(document, session=session)
        except DuplicateKeyError:
            raise RunAgain from None

    async def change(
        self, known: Kept, session: Session, *, state: State, found: Difference | None = None
    ) -> bool:
        """Open one anew as it is found now, or clear it; False when it has changed meanwhile."""
        fields: Document = {"state": state, "posted_fen": found.effect_fen if found else 0}
        if found:
            fields.update(to_document(found))
        result = await self._found.update_one(
            {"_id": known.id, "turn": known.turn, "state": known.state},
            {"$set": fields, "$inc": {"turn": 1}},
            session=session,
        )
        return result.modified_count == 1

    async def resolve(
        self, known: Kept, session: Session, *, note: str, booked: bool, by: PersonId, at: datetime
    ) -> bool:
        """Close an open one on staff's word; False when it is not that any more."""
        fields: Document = {
            "state": "resolved",
            "note": note,
            "booked": booked,
            "resolved_by": by,
            "resolved_at": milliseconds(at),
        }
        result = await self._found.update_one(
            {"_id": known.id, "turn": known.turn, "state": "open"},
            {"$set": fields},
            session=session,
        )
        return result.modified_count == 1

    async def open_of(self, statement: Statement) -> list[Kept]:
        """List the open ones of a day."""
        query = {"wallet": statement.wallet.value, "day": statement.day, "state": "open"}
        return [from_document(one, Kept) async for one in self._found.find(query)]

    async def open_days(self, wallet: Wallet, since: str) -> list[str]:
        """List days since one that have open differences."""
        query = {"wallet": wallet.value, "state": "open", "day": {"$gte": since}}
        return sorted(await self._found.distinct("day", query))

    async def page(
        self, *, state: State | None, day: str | None, after: str | None, limit: int
    ) -> list[Kept]:
        """List them by id; those of a state, of a day, after one."""
        query: Document = {}
        if state:
            query["state"] = state
        if day:
            query["day"] = day
        if after:
            query["_id"] = {"$gt": after}
        found = self._found.find(query).sort("_id", ASCENDING).limit(limit)
        return [from_document(document, Kept) async for document in found]


def difference_id(statement: Statement, found: Difference) -> str:
    """Name a difference of a wallet's day."""
    return f"{statement.id}:{found.name}"
