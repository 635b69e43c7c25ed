"""Which log-in may see which booking's papers in full, for a while: it gave a code for them."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import BookingId, PersonId, SessionId
from server.store.documents import Document
from server.store.indexes import ensure_index

COLLECTION = "paper_unlocks"


class MongoPaperUnlocks:
    """The unlocks collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._unlocks = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._unlocks, "until", expireAfterSeconds=0)
        await ensure_index(self._unlocks, "person")

    async def unlock(
        self, session: SessionId, booking: BookingId, person: PersonId, until: datetime
    ) -> None:
        """Let one log-in see one booking's papers until an instant."""
        told = {"person": person, "until": until}
        await self._unlocks.update_one(
            {"_id": _name(session, booking)}, {"$set": told}, upsert=True
        )

    async def is_unlocked(self, session: SessionId, booking: BookingId, now: datetime) -> bool:
        """Tell whether a log-in may see them."""
        query = {"_id": _name(session, booking), "until": {"$gt": now}}
        return await self._unlocks.find_one(query, {"_id": 1}) is not None


def _name(session: SessionId, booking: BookingId) -> str:
    return f"{session}:{booking}"
