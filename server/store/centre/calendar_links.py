"""Links to calendar files, in MongoDB, as digests: calendar programs send no tokens."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import BookingId, PersonId
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index

COLLECTION = "calendar_links"


class MongoCalendarLinks:
    """The calendar_links collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._links = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._links, "expires_at", expireAfterSeconds=0)
        await ensure_index(self._links, "person")

    async def put(
        self, digest: str, *, person: PersonId, booking: BookingId, expires_at: datetime
    ) -> None:
        """Keep a new link; the one before to this booking is void."""
        await self._links.delete_many({"person": person, "booking": booking})
        await self._links.insert_one(
            {
                "_id": digest,
                "person": person,
                "booking": booking,
                "expires_at": milliseconds(expires_at),
            }
        )

    async def find(self, digest: str, now: datetime) -> tuple[PersonId, BookingId] | None:
        """Say whose booking a link leads to; None when it is over, or never was."""
        found = await self._links.find_one({"_id": digest, "expires_at": {"$gt": now}})
        return None if found is None else (PersonId(found["person"]), BookingId(found["booking"]))
