"""Texts to people in MongoDB: one a person and event, so nobody hears the same thing twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.ids import OrderId, PersonId
from server.store.documents import Document, from_document, to_document
from server.store.looking import each_once

COLLECTION = "notices"

#: Notices are kept this long after they were made.
KEEP_SECONDS = 30 * 24 * 3600

#: `looked_at` of what nobody has tried to send yet.
NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """One text for one person's phone."""

    id: str  #: order, version and person; or person, step and its version
    kind: str
    person: PersonId
    order: OrderId | None
    zh: str  #: the words, without anything personal
    at: datetime
    sent: bool = False
    tries: int = 0


class MongoNotices:
    """The notices collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._notices = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await self._notices.create_index([("sent", ASCENDING), ("looked_at", ASCENDING)])
        await self._notices.create_index("at", expireAfterSeconds=KEEP_SECONDS)

    async def insert(self, notice: StoredNotice) -> bool:
        """Write a notice; False when this event's was written for this person before."""
        document = to_document(notice)
        document["looked_at"] = NEVER
        try:
            await self._notices.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    async def mark_sent(self, notice: str) -> None:
        """Remember that it went out."""
        await self._notices.update_one({"_id": notice}, {"$set": {"sent": True}})

    async def count_try(self, notice: str) -> None:
        """Remember that sending failed once more."""
        await self._notices.update_one({"_id": notice}, {"$inc": {"tries": 1}})

    async def unsent(
        self, before: datetime, now: datetime, max_tries: int, limit: int
    ) -> list[StoredNotice]:
        """List notices that did not go out; each to one caller, until they were tried enough."""
        query = {"sent": False, "looked_at": {"$lte": before}, "tries": {"$lt": max_tries}}
        return [
            from_document(document, StoredNotice)
            for document in await each_once(self._notices, query, now, limit)
        ]
