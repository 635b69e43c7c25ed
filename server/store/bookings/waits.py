"""Who waits for a place of a full slot: one document a person and slot, first come first served.

An entry ends with the offer that it leads to; MongoDB itself forgets those of slots that began.
`place` numbers a person's entries from 0; with its unique index no race makes one too many.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.bookings.slots import Slot
from server.domain.ids import OutletId, PersonId, SlotId
from server.store.documents import Document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "booking_waits"

FIRST_COME = [("since", ASCENDING), ("_id", ASCENDING)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One person's place in a slot's line."""

    slot: SlotId
    outlet: OutletId
    person: PersonId
    since: datetime
    starts_at: datetime

    @property
    def id(self) -> str:
        """Name it."""
        return wait_id(self.slot, self.person)


class MongoWaits:
    """The waits collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._waits = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._waits, [("slot", ASCENDING), *FIRST_COME])
        await ensure_index(self._waits, [("person", ASCENDING), ("starts_at", ASCENDING)])
        await ensure_index(self._waits, "starts_at", expireAfterSeconds=0)
        await ensure_index(
            self._waits,
            [("person", ASCENDING), ("place", ASCENDING)],
            unique=True,
            name="few_a_person",
            partialFilterExpression={"place": {"$exists": True}},
        )

    async def join(self, slot: Slot, person: PersonId, now: datetime, *, most: int) -> bool:
        """Put a person at the end of a slot's line; who is in it keeps their place.

        False: the person waits for `most` slots.
        """
        entry: Document = {
            "_id": wait_id(slot.id, person),
            "slot": slot.id,
            "outlet": slot.outlet,
            "person": person,
            "since": now,
            "starts_at": slot.starts_at,
        }
        while await self._waits.find_one({"_id": entry["_id"]}, {"_id": 1}) is None:
            taken = set(await self._waits.distinct("place", {"person": person}))
            free = next((place for place in range(most) if place not in taken), None)
            if free is None:
                return False
            with suppress(DuplicateKeyError):  # the same wish at once, or another took the place
                await self._waits.insert_one({**entry, "place": free})
        return True

    async def leave(self, slot: SlotId, person: PersonId, session: Session | None = None) -> None:
        """Take a person out of a slot's line; idempotent."""
        await self._waits.delete_one({"_id": wait_id(slot, person)}, session=session)

    async def is_wanted(self, slot: SlotId, session: Session | None = None) -> bool:
        """Tell whether anybody waits for a slot."""
        return await self._waits.find_one({"slot": slot}, {"_id": 1}, session=session) is not None

    async def take_next(self, slot: SlotId, session: Session) -> Wait | None:
        """Take the first in line out of it."""
        found = await self._waits.find_one_and_delete(
            {"slot": slot}, sort=FIRST_COME, session=session
        )
        return None if found is None else _wait(found)

    async def of_person(self, person: PersonId) -> list[Wait]:
        """List what a person waits for, the soonest first."""
        cursor = self._waits.find({"person": person}).sort("starts_at", ASCENDING)
        return [_wait(found) async for found in cursor]

    async def ahead_of(self, wait: Wait) -> int:
        """Count who came before."""
        earlier = {
            "$or": [
                {"since": {"$lt": wait.since}},
                {"since": wait.since, "_id": {"$lt": wait.id}},
            ]
        }
        count: int = await self._waits.count_documents({"slot": wait.slot, **earlier})
        return count

    async def slots(self, limit: int) -> list[SlotId]:
        """Name slots that somebody waits for, the soonest first."""
        rows = self._waits.aggregate(
            [
                {"$group": {"_id": "$slot", "starts_at": {"$first": "$starts_at"}}},
                {"$sort": {"starts_at": 1}},
                {"$limit": limit},
            ]
        )
        return [SlotId(row["_id"]) async for row in rows]


def wait_id(slot: SlotId, person: PersonId) -> str:
    """Name a person's place in a slot's line."""
    return f"{slot}:{person}"


def _wait(found: Document) -> Wait:
    return Wait(
        slot=SlotId(found["slot"]),
        outlet=OutletId(found["outlet"]),
        person=PersonId(found["person"]),
        since=found["since"],
        starts_at=found["starts_at"],
    )
