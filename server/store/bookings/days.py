"""Questions of outlets' days to the bookings: whose they are, who is due, who is to be reminded.

The collection is `MongoBookings`'; here nothing of a booking's life is written, but the mark of a
reminder and the end of a walk-in's personal data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.bookings.bookings import Booking, Details
from server.domain.bookings.states import BookingState
from server.domain.ids import BookingId, OutletId
from server.store.bookings.bookings import COLLECTION, PLAIN, SEALED
from server.store.documents import Document, from_document
from server.store.seal import Place, Seal

BOOKED = BookingState.BOOKED.value

#: States of bookings that have, or had, their place.
SEATED = [
    state.value
    for state in (
        BookingState.BOOKED,
        BookingState.CHECKED_IN,
        BookingState.DONE,
        BookingState.NO_SHOW,
    )
]

#: The day of a slot, where China's one zone is.
CHINAS_DAY = {
    "$dateToString": {"date": "$seat.starts_at", "format": "%Y-%m-%d", "timezone": "+08:00"}
}


class MongoDays:
    """The bookings collection, by time."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._bookings = database[COLLECTION]
        self._seal = seal

    async def details_of(self, bookings: Sequence[BookingId]) -> dict[BookingId, Details]:
        """Open what the owners filled in; who never did is left out. Callers mask it, or record."""
        found = self._bookings.find({"_id": {"$in": list(bookings)}}, {"details": 1})
        return {
            BookingId(document["_id"]): self._details(document)
            async for document in found
            if document.get("details")
        }

    async def booked_by_day(
        self, outlet: OutletId, since: datetime, until: datetime, now: datetime
    ) -> dict[date, int]:
        """Count the bookings of each day in China that has any, holds that live included.

        A booking's day is that of its slot's start; `until` is excluded.
        """
        holds = {"state": BookingState.HELD.value, "held_until": {"$gt": now}}
        rows = self._bookings.aggregate(
            [
                {
                    "$match": {
                        "outlet": outlet,
                        "seat.starts_at": {"$gte": since, "$lt": until},
                        "$or": [{"state": {"$in": SEATED}}, holds],
                    }
                },
                {"$group": {"_id": CHINAS_DAY, "count": {"$sum": 1}}},
            ]
        )
        return {date.fromisoformat(row["_id"]): row["count"] async for row in rows}

    async def due_by_start(self, until: datetime, limit: int) -> list[BookingId]:
        """List bookings whose slots began by an instant and whose cars have not come."""
        query = {"state": BOOKED, "seat.starts_at": {"$lte": until}}
        found = self._bookings.find(query, {"_id": 1}).sort("seat.starts_at").limit(limit)
        return [BookingId(document["_id"]) async for document in found]

    async def to_remind(
        self, since: datetime, until: datetime, mark: str, limit: int
    ) -> list[Booking]:
        """List bookings whose slots begin after `since` and by `until`, without a mark for it.

        `mark` is the reminder's name; a mark is of the slot, too.
        """
        query = {
            "state": BOOKED,
            "seat.starts_at": {"$gt": since, "$lte": until},
            "$expr": {"$ne": [f"$reminded.{mark}", "$seat.slot"]},
        }
        found = self._bookings.find(query, PLAIN).sort("seat.starts_at").limit(limit)
        return [from_document(document, Booking) async for document in found]

    async def mark_reminded(self, booking: Booking, mark: str) -> None:
        """Remember that a booking's owner was reminded of its slot."""
        await self._bookings.update_one(
            {"_id": booking.id, "seat.slot": booking.seat.slot},
            {"$set": {f"reminded.{mark}": booking.seat.slot}},
        )

    async def forget_walk_ins(self, ended_before: datetime) -> int:
        """Delete name, phone and plate of walk-ins that ended before an instant; how many."""
        result = await self._bookings.update_many(
            {
                "walk_in": True,
                "ended_at": {"$lte": ended_before},
                "details": {"$exists": True},
            },
            {"$unset": {"details": "", "plate_index": "", "vehicle_day": ""}},
        )
        return result.modified_count

    def _details(self, document: Document) -> Details:
        sealed, booking = document["details"], document["_id"]
        return Details(
            **{
                name: self._seal.open_text(
                    bytes(sealed[name]), Place(COLLECTION, f"details.{name}", booking)
                )
                for name in SEALED
            }
        )
