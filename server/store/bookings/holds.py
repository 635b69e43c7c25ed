"""How many slots each person holds at once: one document a person, the cap in the write's filter.

All of one person's holds meet in that document, so that two claims at once conflict and the
second counts the first. A list with deadlines, not a number: an entry too many ends by itself.
"""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.ids import BookingId, PersonId
from server.store.documents import Document
from server.store.transactions import RunAgain, Session

COLLECTION = "booking_holds"


class MongoHolds:
    """The holds collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._holds = database[COLLECTION]

    async def add(
        self,
        person: PersonId,
        booking: BookingId,
        until: datetime,
        *,
        cap: int,
        now: datetime,
        session: Session,
    ) -> bool:
        """Count one more hold if the person has fewer than `cap` now; False if not."""
        try:
            # Also the write on which two claims of one person meet.
            await self._holds.update_one(
                {"_id": person},
                {"$pull": {"holds": {"until": {"$lte": now}}}, "$inc": {"changes": 1}},
                upsert=True,
                session=session,
            )
        except DuplicateKeyError:
            raise RunAgain from None  # the person's first two claims at once
        added = await self._holds.update_one(
            {"_id": person, f"holds.{cap - 1}": {"$exists": False}},
            {"$push": {"holds": {"booking": booking, "until": until}}},
            session=session,
        )
        return added.modified_count == 1

    async def prolong(
        self, person: PersonId, booking: BookingId, until: datetime, session: Session
    ) -> None:
        """Let a hold count until a later instant."""
        await self._holds.update_one(
            {"_id": person, "holds.booking": booking},
            {"$set": {"holds.$.until": until}},
            session=session,
        )

    async def drop(self, person: PersonId, booking: BookingId, session: Session) -> None:
        """Count a hold no more; idempotent."""
        await self._holds.update_one(
            {"_id": person, "holds.booking": booking},
            {"$pull": {"holds": {"booking": booking}}},
            session=session,
        )
