"""Bookings whose papers wait for staff, in the order in which staff decide on them."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.bookings.bookings import Booking
from server.domain.bookings.states import BookingState, PapersState
from server.domain.ids import OutletId
from server.store.bookings.bookings import COLLECTION, PLAIN
from server.store.documents import Document, from_document
from server.store.indexes import ensure_index

#: The soonest slot first; of one slot whoever waits longest.
ORDER = [("seat.starts_at", ASCENDING), ("papers_since", ASCENDING), ("_id", ASCENDING)]


class MongoPapersQueue:
    """A question to the bookings collection; nothing is changed."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._bookings = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._bookings,
            ORDER,
            name="papers_pending",
            partialFilterExpression={"papers": PapersState.PENDING.value},
        )

    async def pending(
        self, outlets: frozenset[OutletId] | None, *, starting_after: datetime, limit: int
    ) -> list[Booking]:
        """List what may be decided on now; `outlets` None: everywhere.

        That is what begins late enough, and cars that are at their outlet.
        """
        query: Document = {
            "papers": PapersState.PENDING.value,
            "$or": [
                {
                    "state": BookingState.BOOKED.value,
                    "seat.starts_at": {"$gte": starting_after},
                },
                {"state": BookingState.CHECKED_IN.value},
            ],
        }
        if outlets is not None:
            query["outlet"] = {"$in": sorted(outlets)}
        cursor = self._bookings.find(query, PLAIN).sort(ORDER).limit(limit)
        return [from_document(document, Booking) async for document in cursor]
