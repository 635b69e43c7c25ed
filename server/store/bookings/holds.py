"""How many slots each person holds at once: one document a person, the cap in the write's filter.

All of one person's holds meet in that document, so that two claims at once conflict and the
second counts the first. A list with deadlines, not a number: an entry too many ends by itself.
How many a person began within a day is counted there, too, with moves of bookings: who holds,
gives up and holds again would else have a slot for good, and leave a booking behind each time; each
move is a text.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.ids import BookingId, PersonId
from server.store.documents import Document
from server.store.transactions import RunAgain, Session

COLLECTION = "booking_holds"

DAY = timedelta(days=1)


class TooMany(StrEnum):
    """Why one more hold is refused; the judge's words."""

    AT_ONCE = "too_many_holds"
    A_DAY = "too_many_holds_a_day"


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
        most_a_day: int,
        now: datetime,
        session: Session,
    ) -> TooMany | None:
        """Count one more hold if the person has fewer than `cap` now and began fewer a day."""
        may = await self._meet(person, most_a_day, now, session)
        added = await self._holds.update_one(
            {**may, f"holds.{cap - 1}": {"$exists": False}},
            {"$push": {"holds": {"booking": booking, "until": until}, "begun": now}},
            session=session,
        )
        if added.modified_count:
            return None
        rested = await self._holds.find_one(may, {"_id": 1}, session=session)
        return TooMany.A_DAY if rested is None else TooMany.AT_ONCE

    async def count_move(
        self, person: PersonId, *, most_a_day: int, now: datetime, session: Session
    ) -> TooMany | None:
        """Count a booking's move among what the person began within a day."""
        may = await self._meet(person, most_a_day, now, session)
        added = await self._holds.update_one(may, {"$push": {"begun": now}}, session=session)
        return None if added.modified_count else TooMany.A_DAY

    async def _meet(
        self, person: PersonId, most_a_day: int, now: datetime, session: Session
    ) -> Document:
        """Drop what is over; give the filter of a person who may begin one more."""
        try:
            # Also the write on which two claims of one person meet.
            await self._holds.update_one(
                {"_id": person},
                {
                    "$pull": {"holds": {"until": {"$lte": now}}, "begun": {"$lte": now - DAY}},
                    "$inc": {"changes": 1},
                },
                upsert=True,
                session=session,
            )
        except DuplicateKeyError:
            raise RunAgain from None  # the person's first two claims at once
        return {"_id": person, f"begun.{most_a_day - 1}": {"$exists": False}}

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
