"""Records of removed batteries in MongoDB: a document a version, never changed; the highest counts.

Whom a battery was handed to is sealed. `person` is the booking's, for exports and erasures.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.bookings.at_outlet import NOBODY
from server.domain.bookings.batteries import Battery
from server.domain.bookings.bookings import Booking
from server.domain.errors import StaleVersion
from server.domain.ids import BookingId
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.seal import Place, Seal
from server.store.transactions import Session

COLLECTION = "batteries"

#: Versions that are listed.
MOST_VERSIONS = 50


class MongoBatteries:
    """The batteries collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._batteries = database[COLLECTION]
        self._seal = seal

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._batteries, [("booking", 1), ("version", DESCENDING)])
        await ensure_index(self._batteries, "person")
        await ensure_index(self._batteries, "code")

    async def add(self, battery: Battery, booking: Booking, session: Session) -> None:
        """Write a version.

        Raises:
            StaleVersion: somebody else wrote this version; the transaction is over.
        """
        document = to_document(battery)
        name = battery_id(battery.booking, battery.version)
        document |= {"_id": name, "person": booking.person, "outlet": booking.outlet}
        document |= {"at": milliseconds(battery.at)}
        document |= self._handed(document.pop("handover"), name)
        try:
            await self._batteries.insert_one(document, session=session)
        except DuplicateKeyError:
            raise StaleVersion(field="version", rule="current") from None

    async def version(self, booking: BookingId, session: Session | None = None) -> int:
        """Tell the highest version of a booking's record; 0: there is none."""
        found = await self._batteries.find_one(
            {"booking": booking}, {"version": 1}, sort=[("version", DESCENDING)], session=session
        )
        return int(found["version"]) if found else 0

    async def versions(self, booking: BookingId) -> list[Battery]:
        """List a booking's record, newest version first."""
        found = self._batteries.find({"booking": booking}).sort("version", DESCENDING)
        return [self._battery(document) async for document in found.limit(MOST_VERSIONS)]

    async def latest_of(self, bookings: Sequence[BookingId]) -> dict[BookingId, int]:
        """Tell the highest versions of several; who has no record is left out."""
        rows = self._batteries.aggregate(
            [
                {"$match": {"booking": {"$in": list(bookings)}}},
                {"$group": {"_id": "$booking", "version": {"$max": "$version"}}},
            ]
        )
        return {BookingId(row["_id"]): row["version"] async for row in rows}

    async def forget_walk_ins(self, before: datetime) -> int:
        """Delete whom walk-ins' batteries were handed to, of versions of before an instant."""
        result = await self._batteries.update_many(
            {
                "person": {"$regex": f"^{NOBODY}"},
                "at": {"$lte": before},
                "handed_to": {"$ne": None},
            },
            {"$set": {"handed_to": None}},
        )
        return result.modified_count

    def _handed(self, handover: Any, name: str) -> Document:
        if handover is None:
            return {"handed_to": None, "handed_at": None}
        sealed = self._seal.close_text(handover["to"], Place(COLLECTION, "handed_to", name))
        return {"handed_to": sealed, "handed_at": milliseconds(handover["at"])}

    def _battery(self, document: Document) -> Battery:
        handover = None
        if document.get("handed_to") is not None:
            place = Place(COLLECTION, "handed_to", document["_id"])
            to = self._seal.open_text(bytes(document["handed_to"]), place)
            handover = {"to": to, "at": document["handed_at"]}
        fields = {name: value for name, value in document.items() if name != "_id"}
        return from_document({**fields, "handover": handover}, Battery)


def battery_id(booking: BookingId, version: int) -> str:
    """Name a version."""
    return f"{booking}:{version}"
