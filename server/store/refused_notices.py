"""How many notices of wallets were refused: by callback, reason and day (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError, PyMongoError

from server.store.documents import Document
from server.store.indexes import ensure_index

COLLECTION = "refused_notices"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedNotices:
    """How often notices to one callback were refused for one reason on one day."""

    callback: str
    rule: str
    day: str
    count: int


class MongoRefusedNotices:
    """The refused_notices collection: one document a day, callback and reason."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._refused = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._refused, "at")

    async def count(self, callback: str, rule: str, at: datetime) -> None:
        """Count one; a database that is away is not what the refused notice is about."""
        day = f"{at:%Y-%m-%d}"
        named = {"callback": callback, "rule": rule, "day": day, "at": at}
        try:
            await self._refused.update_one(
                {"_id": f"{day}:{callback}:{rule}"},
                {"$inc": {"count": 1}, "$setOnInsert": named},
                upsert=True,
            )
        except DuplicateKeyError:
            await self._refused.update_one(
                {"_id": f"{day}:{callback}:{rule}"}, {"$inc": {"count": 1}}
            )
        except PyMongoError:
            return

    async def delete_before(self, before: datetime, limit: int) -> int:
        """Delete counts of days before an instant's, the oldest first; returns how many."""
        found = self._refused.find({"at": {"$lt": before}}, {"_id": 1}).sort("at").limit(limit)
        names = [one["_id"] async for one in found]
        return (await self._refused.delete_many({"_id": {"$in": names}})).deleted_count

    async def since(self, day: str) -> list[RefusedNotices]:
        """List the counts since a day, newest day first."""
        found = self._refused.find({"day": {"$gte": day}}).sort([("day", -1), ("_id", 1)])
        return [
            RefusedNotices(
                callback=one["callback"], rule=one["rule"], day=one["day"], count=one["count"]
            )
            async for one in found.limit(500)
        ]
