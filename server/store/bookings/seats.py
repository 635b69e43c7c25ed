"""Seats of slots in MongoDB: one document a seat, and so at most one holder a seat.

`_id` is slot and place. A seat without a document is free; one whose `held_until` has passed is
free too, and is overtaken by the next claim. It is taken by an upsert whose filter says free or
expired: against a living holder's document the upsert's insert meets the `_id`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.bookings.bookings import Seat
from server.domain.ids import BookingId, OutletId, SlotId
from server.store.documents import Document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "booking_seats"


class SeatTaken(Exception):
    """The seat has a living holder; the transaction is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who has one place of a slot; `claimant` and `request` are the claim engine's words."""

    place: int
    booking: BookingId
    claimant: str
    request: str
    since: datetime
    until: datetime | None  #: None: booked

    def lives(self, now: datetime) -> bool:
        """Tell whether the seat is not free at an instant."""
        return self.until is None or self.until > now


class MongoSeats:
    """The seats collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._seats = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._seats, "slot")
        await ensure_index(self._seats, "booking")

    async def claim(
        self, seat: Seat, outlet: OutletId, holding: Holding, session: Session
    ) -> BookingId | None:
        """Give a free or expired seat to a holder; answers whose expired hold it was, if any.

        Raises:
            SeatTaken: it has a living holder.
        """
        free = {"$or": [{"booking": None}, {"held_until": {"$lte": holding.since}}]}
        fields = {
            "slot": seat.slot,
            "place": seat.place,
            "outlet": outlet,
            "booking": holding.booking,
            "claimant": holding.claimant,
            "request": holding.request,
            "since": holding.since,
            "held_until": holding.until,
            "ends_at": seat.ends_at,
        }
        try:
            before = await self._seats.find_one_and_update(
                {"_id": seat_id(seat), **free},
                {"$set": fields},
                upsert=True,
                return_document=ReturnDocument.BEFORE,
                session=session,
            )
        except DuplicateKeyError:
            raise SeatTaken(seat_id(seat)) from None
        return BookingId(before["booking"]) if before and before["booking"] else None

    async def settle(
        self, seat: Seat, booking: BookingId, until: datetime | None, session: Session
    ) -> bool:
        """Set until when a booking's seat is its own (None: for good); False if it is not."""
        result = await self._seats.update_one(
            {"_id": seat_id(seat), "booking": booking},
            {"$set": {"held_until": until}},
            session=session,
        )
        return result.matched_count == 1

    async def free(self, seat: Seat, booking: BookingId, session: Session) -> bool:
        """Free a booking's seat; False, and nothing is changed, if another has it by now."""
        result = await self._seats.delete_one(
            {"_id": seat_id(seat), "booking": booking}, session=session
        )
        return result.deleted_count == 1

    async def of_slot(self, slot: SlotId, session: Session | None = None) -> list[Holding]:
        """List who has the places of a slot, those whose time ran out included."""
        found = self._seats.find({"slot": slot}, session=session)
        return [
            Holding(
                place=document["place"],
                booking=BookingId(document["booking"]),
                claimant=document["claimant"],
                request=document["request"],
                since=document["since"],
                until=document["held_until"],
            )
            async for document in found
        ]

    async def taken(self, slots: Sequence[SlotId], now: datetime) -> dict[SlotId, int]:
        """Count the living holders of slots; a slot without any is left out."""
        living = {"$or": [{"held_until": None}, {"held_until": {"$gt": now}}]}
        rows = self._seats.aggregate(
            [
                {"$match": {"slot": {"$in": list(slots)}, **living}},
                {"$group": {"_id": "$slot", "count": {"$sum": 1}}},
            ]
        )
        return {SlotId(row["_id"]): row["count"] async for row in rows}


def seat_id(seat: Seat) -> str:
    """Name a seat."""
    return f"{seat.slot}#{seat.place}"
