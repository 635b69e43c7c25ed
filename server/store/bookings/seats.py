"""Seats of slots in MongoDB: one document a seat, and so at most one holder a seat.

`_id` is slot and place. A seat without a document is free; one whose `held_until` has passed is
free too, and is overtaken by the next claim. It is taken by an upsert whose filter says free or
expired: against a living holder's document the upsert's insert meets the `_id`.

A seat keeps its time when staff change hours or the length of slots: it then also fills each slot
of the new calendar that it reaches into.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.bookings.bookings import Seat
from server.domain.bookings.slots import Slot
from server.domain.ids import BookingId, OutletId, SlotId
from server.store.documents import Document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "booking_seats"

#: The first of the numbers under which seats of other slots fill a slot; no slot has so many.
BESIDE = 10_000


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

    @property
    def beside(self) -> bool:
        """Tell whether it is a seat of another slot, of older hours, that reaches into this one."""
        return self.place >= BESIDE

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
        reach = [("outlet", ASCENDING), ("ends_at", ASCENDING), ("starts_at", ASCENDING)]
        await ensure_index(self._seats, reach)

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
            "starts_at": seat.starts_at,
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
        return [_holding(document, document["place"]) async for document in found]

    async def filling(self, slot: Slot, session: Session | None = None) -> list[Holding]:
        """List whose seats fill a slot: `of_slot`, and those of other slots that reach into it.

        The latter have the numbers from `BESIDE` on for their places.
        """
        own = await self.of_slot(slot.id, session)
        reaching = _reaching(slot.outlet, slot.starts_at, slot.ends_at)
        others = self._seats.find({**reaching, "slot": {"$ne": slot.id}}, session=session)
        beside = [document async for document in others.sort("_id", ASCENDING)]
        return own + [_holding(document, BESIDE + at) for at, document in enumerate(beside)]

    async def taken(self, slots: Sequence[Slot], now: datetime) -> dict[SlotId, int]:
        """Count the living seats that fill slots of one outlet; none is left out of the answer.

        `slots` are in order and do not overlap, as a calendar gives them.
        """
        count: Counter[SlotId] = Counter({slot.id: 0 for slot in slots})
        if not slots:
            return count
        living = {"$or": [{"held_until": None}, {"held_until": {"$gt": now}}]}
        reaching = _reaching(slots[0].outlet, slots[0].starts_at, slots[-1].ends_at)
        times = {"starts_at": "$starts_at", "ends_at": "$ends_at"}
        rows = self._seats.aggregate(
            [
                {"$match": {**reaching, **living}},
                {"$group": {"_id": times, "count": {"$sum": 1}}},
            ]
        )
        ends = [slot.ends_at for slot in slots]
        async for row in rows:
            begins, over = row["_id"]["starts_at"], row["_id"]["ends_at"]
            for slot in slots[bisect_right(ends, begins) :]:
                if slot.starts_at >= over:
                    break
                count[slot.id] += row["count"]
        return count


def _reaching(outlet: OutletId, begins: datetime, ends: datetime) -> Document:
    return {"outlet": outlet, "ends_at": {"$gt": begins}, "starts_at": {"$lt": ends}}


def _holding(document: Document, place: int) -> Holding:
    return Holding(
        place=place,
        booking=BookingId(document["booking"]),
        claimant=document["claimant"],
        request=document["request"],
        since=document["since"],
        until=document["held_until"],
    )


def seat_id(seat: Seat) -> str:
    """Name a seat."""
    return f"{seat.slot}#{seat.place}"
