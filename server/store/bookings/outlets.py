"""Outlets in MongoDB, and whose staff work at which; every edit is one conditional write.

An active outlet's enterprise is active: whoever judges a booking looks at the outlet alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.bookings.outlets import Outlet
from server.domain.errors import NotFound, StaleVersion
from server.domain.geo import Place
from server.domain.ids import EnterpriseId, OutletId, PersonId
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.transactions import RunAgain, Session

COLLECTION = "outlets"
STAFF_COLLECTION = "outlet_staff"
PIN_COLLECTION = "outlet_pins"

#: Pins of each outlet: claims of one outlet meet at one pin in so many, an edit at all of them.
PINS = 64

#: Documents fetched at a time by whoever may stop early.
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which outlets are asked for; what is empty asks for all."""

    enterprises: frozenset[EnterpriseId] | None = None
    ids: frozenset[OutletId] | None = None
    region: str = ""  #: the beginning of its code
    service: str = ""
    text: str = ""  #: part of a name, an address or an id
    active_only: bool = True

    def query(self) -> Document:
        """Say it to MongoDB."""
        query: Document = {"active": True} if self.active_only else {}
        if self.enterprises is not None:
            query["enterprise"] = {"$in": sorted(self.enterprises)}
        if self.ids is not None:
            query["_id"] = {"$in": sorted(self.ids)}
        if self.region:
            query["region"] = {"$regex": f"^{re.escape(self.region)}"}
        if self.service:
            query["services"] = self.service
        if self.text:
            part = {"$regex": re.escape(self.text), "$options": "i"}
            query["$or"] = [{"name": part}, {"address": part}, {"_id": part}]
        return query


class MongoOutlets:
    """Both collections."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._outlets = database[COLLECTION]
        self._staff = database[STAFF_COLLECTION]
        self._pins = database[PIN_COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._outlets, [("location", "2dsphere")])
        await ensure_index(self._outlets, [("enterprise", ASCENDING), ("name", ASCENDING)])
        await ensure_index(self._outlets, [("name", ASCENDING), ("_id", ASCENDING)])
        await ensure_index(self._outlets, "region")
        await ensure_index(self._staff, [("person", ASCENDING), ("outlet", ASCENDING)])
        await ensure_index(self._staff, [("outlet", ASCENDING), ("person", ASCENDING)])

    async def insert(self, outlet: Outlet, session: Session | None = None) -> None:
        """Write a new outlet."""
        await self._outlets.insert_one(_document(outlet), session=session)

    async def pin(self, outlet: OutletId, by: str, session: Session) -> None:
        """Hold an outlet's calendar as this transaction's snapshot shows it.

        An edit writes all pins: of a claim and an edit in the same instant one commits, and the
        other runs again on what is there then. Claims of one outlet seldom meet at one pin.

        Raises:
            RunAgain: another wrote this pin for the first time just now.
        """
        number = crc32(by.encode()) % PINS
        await self._touch(f"{outlet}:{number}", session)

    async def _touch_all(self, outlet: OutletId, session: Session) -> None:
        mine = {"_id": {"$gte": f"{outlet}:", "$lt": f"{outlet};"}}
        touched = await self._pins.update_many(mine, {"$inc": {"count": 1}}, session=session)
        if touched.matched_count < PINS:  # the first edit makes them
            for number in range(PINS):
                await self._touch(f"{outlet}:{number}", session)

    async def _touch(self, pin: str, session: Session) -> None:
        try:
            await self._pins.update_one(
                {"_id": pin}, {"$inc": {"count": 1}}, upsert=True, session=session
            )
        except DuplicateKeyError as error:
            raise RunAgain from error

    async def get(self, outlet: OutletId, session: Session | None = None) -> Outlet:
        """Read one outlet.

        Raises:
            NotFound: there is none.
        """
        document = await self._outlets.find_one({"_id": outlet}, {"location": 0}, session=session)
        if document is None:
            raise NotFound(field="outlet_id", rule="exists")
        return from_document(document, Outlet)

    async def change(self, outlet: Outlet, session: Session) -> Outlet:
        """Write an edited outlet over the version that it was edited from; see `pin`.

        Raises:
            StaleVersion: it changed meanwhile.
            NotFound: there is none.
        """
        document = _document(outlet)
        version = document.pop("version")
        changed: Document | None = await self._outlets.find_one_and_update(
            {"_id": document.pop("_id"), "version": version},
            {"$set": document, "$inc": {"version": 1}},
            projection={"location": 0},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if changed is None:
            await self.get(outlet.id, session)
            raise StaleVersion(field="version", rule="current")
        await self._touch_all(outlet.id, session)
        return from_document(changed, Outlet)

    async def any_active(self, enterprise: EnterpriseId, session: Session) -> bool:
        """Tell whether an enterprise has an active outlet."""
        query = {"enterprise": enterprise, "active": True}
        return await self._outlets.find_one(query, {"_id": 1}, session=session) is not None

    async def near(
        self,
        place: Place | None,
        wanted: Wanted,
        *,
        limit: int,
        suits: Callable[[Outlet], bool] = lambda _: True,
    ) -> list[tuple[Outlet, float | None]]:
        """List outlets, nearest first with their distance in metres; without a place by name.

        What does not suit is left out, and does not count to the limit.
        """
        stages: list[Document] = [{"$match": wanted.query()}, {"$sort": {"name": 1, "_id": 1}}]
        if place is not None:
            near = {"type": "Point", "coordinates": [place.lon, place.lat]}
            there = {"near": near, "distanceField": "metres", "spherical": True}
            stages = [{"$geoNear": {**there, "query": wanted.query()}}]
        stages.append({"$project": {"location": 0}})
        found: list[tuple[Outlet, float | None]] = []
        cursor = self._outlets.aggregate(stages, batchSize=BATCH)
        try:
            async for document in cursor:
                metres = document.pop("metres", None)
                outlet = from_document(document, Outlet)
                if suits(outlet):
                    found.append((outlet, None if metres is None else float(metres)))
                if len(found) == limit:
                    break
        finally:
            await cursor.close()
        return found

    async def by_name(self, wanted: Wanted, *, skip: int, limit: int) -> list[Outlet]:
        """List a page of outlets by name."""
        order = [("name", ASCENDING), ("_id", ASCENDING)]
        found = self._outlets.find(wanted.query(), {"location": 0}).sort(order)
        return [from_document(one, Outlet) async for one in found.skip(skip).limit(limit)]

    async def enterprises_in(self, region: str) -> frozenset[EnterpriseId]:
        """Name the enterprises that have an active outlet in a region, by its code's beginning."""
        query = Wanted(region=region).query()
        return frozenset(map(EnterpriseId, await self._outlets.distinct("enterprise", query)))

    async def regions(self) -> frozenset[str]:
        """Name the regions where active outlets stand."""
        return frozenset(await self._outlets.distinct("region", {"active": True}))

    # Who works where

    async def link(self, outlet: OutletId, person: PersonId, by: PersonId, at: datetime) -> None:
        """Let a person work at an outlet; idempotent."""
        told = {"outlet": outlet, "person": person, "by": by, "at": milliseconds(at)}
        await self._staff.update_one(
            {"_id": _link(outlet, person)}, {"$setOnInsert": told}, upsert=True
        )

    async def unlink(self, outlet: OutletId, person: PersonId, session: Session) -> bool:
        """Take that back; False if there was nothing to take."""
        name = {"_id": _link(outlet, person)}
        return (await self._staff.delete_one(name, session=session)).deleted_count == 1

    async def is_linked(self, outlet: OutletId, person: PersonId) -> bool:
        """Tell whether a person works at an outlet."""
        found = await self._staff.find_one({"_id": _link(outlet, person)}, {"_id": 1})
        return found is not None

    async def outlets_of(self, person: PersonId) -> frozenset[OutletId]:
        """Name the outlets that a person works at."""
        found = self._staff.find({"person": person}, {"outlet": 1})
        return frozenset([OutletId(document["outlet"]) async for document in found])

    async def staff_of(self, outlet: OutletId) -> list[tuple[PersonId, datetime]]:
        """Name who works at an outlet, and since when."""
        found = self._staff.find({"outlet": outlet}).sort("person", ASCENDING)
        return [(PersonId(one["person"]), one["at"]) async for one in found]


def _document(outlet: Outlet) -> Document:
    document = to_document(outlet)
    place = outlet.place
    document["location"] = {"type": "Point", "coordinates": [place.lon, place.lat]}
    return document


def _link(outlet: OutletId, person: PersonId) -> str:
    return f"{outlet}:{person}"
