"""SMS codes in MongoDB: one a number, kept as an HMAC only, burnt after its tries.

A try is spent before the code is compared, and the winner of parallel right answers is the one
whose delete removed the code: it works once.
"""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.store.documents import Document
from server.store.indexes import ensure_index

COLLECTION = "sms_codes"


class MongoCodes:
    """Codes by the blind index of their number."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._codes = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._codes, "expires_at", expireAfterSeconds=0)

    async def put(self, number: str, *, digest: str, tries: int, expires_at: datetime) -> None:
        """Keep a new code; the one before is void."""
        await self._codes.replace_one(
            {"_id": number},
            {"digest": digest, "tries_left": tries, "expires_at": expires_at},
            upsert=True,
        )

    async def spend_try(self, number: str, now: datetime) -> str | None:
        """Spend one try and give the digest to compare with; None: no code, too late or burnt."""
        document = await self._codes.find_one_and_update(
            {"_id": number, "tries_left": {"$gt": 0}, "expires_at": {"$gt": now}},
            {"$inc": {"tries_left": -1}},
        )
        return None if document is None else str(document["digest"])

    async def consume(self, number: str, digest: str) -> bool:
        """Use the code up; False if another log-in just did."""
        result = await self._codes.delete_one({"_id": number, "digest": digest})
        return result.deleted_count == 1
