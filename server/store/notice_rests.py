"""Channels that take nothing of anybody for a while (a day's quota, a refused key), in MongoDB."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.notices import Channel
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index

COLLECTION = "notice_rests"


class MongoNoticeRests:
    """The notice_rests collection: one document a channel."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._rests = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._rests, "until", expireAfterSeconds=0)

    async def rest(self, channel: Channel, until: datetime, rule: str) -> None:
        """Let a channel rest; a longer rest stands."""
        await self._rests.update_one(
            {"_id": channel.value},
            {"$max": {"until": milliseconds(until)}, "$set": {"rule": rule}},
            upsert=True,
        )

    async def resting(self, now: datetime) -> dict[Channel, datetime]:
        """List the channels that rest now, and until when."""
        found = self._rests.find({"until": {"$gt": now}})
        return {Channel(one["_id"]): one["until"] async for one in found}
