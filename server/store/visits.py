"""Visits in MongoDB; a kiosk code is used once per account by a unique index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.errors import NotFound
from server.domain.ids import OrderId, PersonId, TerminalId, VisitId
from server.domain.visits import Visit
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index

COLLECTION = "visits"

#: Ended visits are forgotten after a week.
KEEP_SECONDS = 7 * 24 * 3600


class MongoVisits:
    """The visits collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._visits = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._visits,
            [("terminal", ASCENDING), ("code_step", ASCENDING), ("person", ASCENDING)],
            unique=True,
            partialFilterExpression={"person": {"$type": "string"}},
        )
        await ensure_index(self._visits, [("terminal", ASCENDING), ("code_step", ASCENDING)])
        await ensure_index(self._visits, [("order", ASCENDING), ("ended", ASCENDING)])
        await ensure_index(self._visits, [("ended", ASCENDING), ("expires_at", ASCENDING)])
        await ensure_index(self._visits, "created_at", expireAfterSeconds=KEEP_SECONDS)

    async def insert(self, visit: Visit) -> bool:
        """Write a new visit; False when its account has used the code already."""
        try:
            await self._visits.insert_one(to_document(visit))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, visit: VisitId) -> Visit:
        """Read one visit.

        Raises:
            NotFound: there is none.
        """
        document = await self._visits.find_one({"_id": visit})
        if document is None:
            raise NotFound(field="visit_id", rule="exists")
        return from_document(document, Visit)

    async def by_code(self, terminal: TerminalId, step: int, person: PersonId) -> Visit | None:
        """Find the visit for which an account used a code."""
        document = await self._visits.find_one(
            {"terminal": terminal, "code_step": step, "person": person}
        )
        return None if document is None else from_document(document, Visit)

    async def unjoined(self, terminal: TerminalId, step: int) -> int:
        """Count the visits that began with a code and that nobody has joined."""
        query = {"terminal": terminal, "code_step": step, "person": None}
        return await self._visits.count_documents(query)

    async def join(self, visit: VisitId, person: PersonId) -> Visit | None:
        """Make an anonymous visit a person's, once; None when it is somebody's already.

        Raises:
            CodeUsed: the account has used the code for another visit.
        """
        try:
            return await self._update({"_id": visit, "person": None}, {"person": person})
        except DuplicateKeyError:
            raise CodeUsed from None

    async def update(self, visit: Visit, **fields: Any) -> Visit | None:
        """Set fields of a visit that still has this version; None when it moved on."""
        return await self._update({"_id": visit.id, "version": visit.version}, fields)

    async def at_door(self, visit: VisitId, order: OrderId, until: datetime, **fields: Any) -> None:
        """Say what a running visit is about now, and let it last until then at least."""
        await self._visits.update_one(
            {"_id": visit, "ended": False},
            {
                "$set": {"order": order, **fields},
                "$max": {"expires_at": until},
                "$inc": {"version": 1},
            },
        )

    async def with_order(self, order: OrderId, now: datetime) -> list[Visit]:
        """List the running visits that have chosen an order, newest first."""
        query = {"order": order, "ended": False, "expires_at": {"$gt": now}}
        cursor = self._visits.find(query).sort("created_at", -1).limit(10)
        return [from_document(document, Visit) async for document in cursor]

    async def running_of(self, person: PersonId, now: datetime) -> Visit | None:
        """Find a person's running visit, the newest if there are several."""
        query = {"person": person, "ended": False, "expires_at": {"$gt": now}}
        document = await self._visits.find_one(query, sort=[("created_at", -1)])
        return None if document is None else from_document(document, Visit)

    async def expired(self, now: datetime, limit: int = 200) -> list[Visit]:
        """List visits that ran out and were not yet ended."""
        cursor = self._visits.find({"ended": False, "expires_at": {"$lte": now}}).limit(limit)
        return [from_document(document, Visit) async for document in cursor]

    async def _update(self, query: Document, fields: Document) -> Visit | None:
        document = await self._visits.find_one_and_update(
            query,
            {"$set": fields, "$inc": {"version": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return None if document is None else from_document(document, Visit)


class CodeUsed(Exception):
    """The account used this kiosk code for a visit before."""
