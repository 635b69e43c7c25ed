"""Bookings in MongoDB: one document a booking, its events and its publishing mark inside.

A change is one conditional write on state and version that carries its event (rules 1 and 2).
The relay finds what is not yet published by the mark `unpublished`, the version of the last
change; it is cleared only while that version still stands.

Name, phone and plate lie sealed in `details` and are read by name only. `vehicle_day` is the
plate's blind index and the day, while the booking has its seat: unique, so that a vehicle has one
booking a day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.bookings.bookings import Booking, BookingEvent, Details
from server.domain.bookings.changes import BookingChange
from server.domain.bookings.states import SEATED, BookingState
from server.domain.errors import NotFound, StaleVersion, VehicleBooked
from server.domain.ids import BookingId, OutletId, PersonId
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.seal import BlindIndex, Place, Seal
from server.store.transactions import RunAgain, Session

COLLECTION = "bookings"

#: How often an optimistic change is decided anew before the caller hears `stale`.
MAX_DECISIONS = 8

#: Events kept in a booking's document, newest first to stay.
MAX_EVENTS = 500

#: The sealed texts of a booking.
SEALED = ("name", "phone", "plate")

#: What a plain read leaves out: sealed personal data, indexes over it, and the history.
PLAIN = dict.fromkeys(("details", "plate_index", "vehicle_day", "events", "unpublished"), 0)

VEHICLE_DAY = "vehicle_day"
ONE_A_DAY = "one_a_vehicle_and_day"

Decide = Callable[[Booking], BookingChange]


class MongoBookings:
    """The bookings collection."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, seal: Seal, index: BlindIndex
    ) -> None:
        self._bookings = database[COLLECTION]
        self._seal = seal
        self._index = index

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        create = partial(ensure_index, self._bookings)
        await create([("person", ASCENDING), ("created_at", DESCENDING)])
        await create([("outlet", ASCENDING), ("seat.starts_at", ASCENDING)])
        await create(
            VEHICLE_DAY,
            unique=True,
            name=ONE_A_DAY,
            partialFilterExpression={VEHICLE_DAY: {"$type": "string"}},
        )
        await create("plate_index", sparse=True)
        await create(
            "due_at", name="next_timer", partialFilterExpression={"due_at": {"$type": "date"}}
        )
        await create(
            "seat.starts_at",
            name="booked_by_start",
            partialFilterExpression={"state": BookingState.BOOKED.value},
        )
        await create("ended_at", name="walk_ins_ended", partialFilterExpression={"walk_in": True})
        await create("unpublished", partialFilterExpression={"unpublished": {"$gt": 0}})

    async def insert(
        self, change: BookingChange, session: Session, sealed: dict[str, Any] | None = None
    ) -> None:
        """Write a new booking with its first event; `sealed` as in `write`.

        Raises:
            RunAgain: it is there already, by the same request at another process.
            VehicleBooked: its vehicle has another booking that day.
        """
        document = to_document(change.after) | (sealed or {})
        document["events"] = [to_document(change.event)]
        document["unpublished"] = change.after.version
        try:
            await self._bookings.insert_one(document, session=session)
        except DuplicateKeyError as error:
            if ONE_A_DAY in str(error):
                raise VehicleBooked(field="plate", rule="one_a_day") from None
            raise RunAgain from None

    async def find(self, booking: BookingId, session: Session | None = None) -> Booking | None:
        """Read one booking; None if there is none."""
        document = await self._bookings.find_one({"_id": booking}, PLAIN, session=session)
        return None if document is None else from_document(document, Booking)

    async def get(self, booking: BookingId, session: Session | None = None) -> Booking:
        """Read one booking.

        Raises:
            NotFound: there is none.
        """
        found = await self.find(booking, session)
        if found is None:
            raise NotFound(field="booking_id", rule="exists")
        return found

    async def write(
        self, change: BookingChange, session: Session, sealed: dict[str, Any] | None = None
    ) -> bool:
        """Write a decided change if the booking still is what it was decided on; False if not.

        `sealed` sets further fields that are no part of the value, from `sealed_details`.

        Raises:
            VehicleBooked: its vehicle has another booking that day; the transaction is over.
        """
        before, after = change.before, change.after
        if before is None:
            raise ValueError("a new booking is inserted")
        fields = to_document(after) | (sealed or {})
        fields.pop("_id")
        update: Document = {
            "$set": {**fields, "unpublished": after.version},
            "$push": {"events": {"$each": [to_document(change.event)], "$slice": -MAX_EVENTS}},
        }
        if after.state not in SEATED:
            update["$unset"] = {VEHICLE_DAY: ""}
        try:
            result = await self._bookings.update_one(
                {"_id": before.id, "version": before.version, "state": before.state.value},
                update,
                session=session,
            )
        except DuplicateKeyError:  # the one unique index besides the id
            raise VehicleBooked(field="plate", rule="one_a_day") from None
        return result.modified_count == 1

    async def change(
        self,
        booking: BookingId,
        decide: Decide,
        session: Session,
        sealed: dict[str, Any] | None = None,
    ) -> BookingChange:
        """Read, decide purely and write conditionally, within one transaction.

        Raises:
            NotFound, VehicleBooked, and whatever `decide` raises; nothing is changed then.
        """
        change = decide(await self.get(booking, session))
        if not await self.write(change, session, sealed):
            raise StaleVersion(booking_id=booking)  # cannot be, in one snapshot
        return change

    def sealed_details(self, booking: BookingId, details: Details, day: date) -> dict[str, Any]:
        """Seal what the owner filled in, with the indexes by which it is found."""
        plate = self._index.digest("plate", details.plate)
        return {
            "details": {
                name: self._seal.close_text(getattr(details, name), _place(booking, name))
                for name in SEALED
            },
            "plate_index": plate,
            VEHICLE_DAY: vehicle_day(plate, day),
        }

    async def moved_day(self, booking: BookingId, day: date, session: Session) -> dict[str, Any]:
        """Give what `write` sets when a booking moves to another day."""
        found = await self._bookings.find_one({"_id": booking}, {"plate_index": 1}, session=session)
        plate = found.get("plate_index") if found else None
        return {VEHICLE_DAY: vehicle_day(plate, day)} if plate else {}

    async def details(self, booking: BookingId) -> Details:
        """Open what the owner filled in; callers record the read (rule 11).

        Raises:
            NotFound: there is none, or the form was never sent.
        """
        document = await self._bookings.find_one({"_id": booking}, {"details": 1})
        if document is None or not document.get("details"):
            raise NotFound(field="booking_id", rule="details")
        sealed = document["details"]
        return Details(
            **{
                name: self._seal.open_text(bytes(sealed[name]), _place(booking, name))
                for name in SEALED
            }
        )

    async def by_plate(self, plate: str, limit: int = 20) -> list[Booking]:
        """List the bookings of a vehicle, newest first; `plate` in its compared form."""
        return await self._list({"plate_index": self._index.digest("plate", plate)}, limit)

    async def of_person(
        self, person: PersonId, *, before: datetime | None = None, limit: int = 20
    ) -> list[Booking]:
        """List a person's bookings, newest first."""
        query: Document = {"person": person}
        if before is not None:
            query["created_at"] = {"$lt": before}
        return await self._list(query, limit)

    async def count_booked(self, person: PersonId, session: Session) -> int:
        """Count a person's bookings whose cars are still to come."""
        query = {"person": person, "state": BookingState.BOOKED.value}
        count: int = await self._bookings.count_documents(query, session=session)
        return count

    async def of_outlet(
        self,
        outlet: OutletId,
        since: datetime,
        until: datetime,
        states: Sequence[BookingState],
        limit: int = 0,
    ) -> list[Booking]:
        """List an outlet's bookings whose slots begin in a stretch of time, by their start.

        `limit` is the most that are listed; 0: all.
        """
        query = {
            "outlet": outlet,
            "seat.starts_at": {"$gte": since, "$lt": until},
            "state": {"$in": [state.value for state in states]},
        }
        cursor = self._bookings.find(query, PLAIN).sort("seat.starts_at", ASCENDING)
        return [from_document(document, Booking) async for document in cursor.limit(limit)]

    async def events(self, booking: BookingId) -> tuple[BookingEvent, ...]:
        """Read a booking's history, oldest first; empty if there is no such booking."""
        document = await self._bookings.find_one({"_id": booking}, {"events": 1})
        events = document["events"] if document else []
        return tuple(from_document(event, BookingEvent) for event in events)

    async def ran_out(self, now: datetime, limit: int) -> list[BookingId]:
        """List holds whose time ran out, those first that did so first."""
        query = {"due_at": {"$lte": now}, "state": BookingState.HELD.value}
        cursor = self._bookings.find(query, {"_id": 1}).sort("due_at").limit(limit)
        return [BookingId(document["_id"]) async for document in cursor]

    async def due(self, now: datetime, limit: int = 100) -> list[BookingId]:
        """List bookings whose next timer is due, most overdue first."""
        cursor = self._bookings.find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at")
        return [BookingId(document["_id"]) async for document in cursor.limit(limit)]

    async def unpublished(self, limit: int = 200) -> list[BookingId]:
        """List bookings with events that no relay has published yet."""
        cursor = self._bookings.find({"unpublished": {"$gt": 0}}, {"_id": 1})
        return [BookingId(document["_id"]) async for document in cursor.limit(limit)]

    async def unpublished_events(
        self, booking: BookingId
    ) -> tuple[Booking, list[BookingEvent], int] | None:
        """Read a booking, its unpublished events and the mark; None if all is published."""
        document = await self._bookings.find_one(
            {"_id": booking, "unpublished": {"$gt": 0}}, {"details": 0}
        )
        if document is None:
            return None
        published = document.get("published", 0)
        events = [from_document(event, BookingEvent) for event in document["events"]]
        fresh = [event for event in events if event.version > published]
        return from_document(document, Booking), fresh, document["unpublished"]

    async def mark_published(self, booking: BookingId, version: int) -> None:
        """Remember that all up to `version` is published; keeps the mark if more has come."""
        await self._bookings.update_one({"_id": booking}, {"$max": {"published": version}})
        await self._bookings.update_one(
            {"_id": booking, "unpublished": {"$lte": version}}, {"$set": {"unpublished": 0}}
        )

    async def _list(self, query: Document, limit: int) -> list[Booking]:
        cursor = self._bookings.find(query, PLAIN).sort("created_at", DESCENDING).limit(limit)
        return [from_document(document, Booking) async for document in cursor]


def vehicle_day(plate_index: str, day: date) -> str:
    """Name a vehicle's day, without the plate in it."""
    return f"{plate_index}:{day.isoformat()}"


def _place(booking: BookingId, name: str) -> Place:
    return Place(COLLECTION, f"details.{name}", booking)
