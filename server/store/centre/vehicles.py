"""People's vehicles in MongoDB: plate and VIN sealed, a plate once a person by its blind index.

`place` numbers a person's vehicles from 0; with its unique index no race makes one too many.
"""

from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.centre import MOST_VEHICLES, Vehicle
from server.domain.errors import Conflict, NotFound, StaleVersion
from server.domain.ids import PersonId, VehicleId
from server.store.documents import Document, from_document, milliseconds
from server.store.indexes import ensure_index
from server.store.seal import BlindIndex, Place, Seal

COLLECTION = "vehicles"


class MongoVehicles:
    """The vehicles collection."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, seal: Seal, index: BlindIndex
    ) -> None:
        self._vehicles = database[COLLECTION]
        self._seal = seal
        self._index = index

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._vehicles, [("person", ASCENDING), ("plate_index", ASCENDING)], unique=True
        )
        await ensure_index(
            self._vehicles, [("person", ASCENDING), ("place", ASCENDING)], unique=True
        )

    async def add(self, vehicle: Vehicle) -> Vehicle:
        """Keep a new vehicle; the same plate again gives the one that is there.

        Raises:
            Conflict: the person has as many as allowed.
        """
        while True:
            known = await self._by_plate(vehicle.person, vehicle.plate)
            if known is not None:
                return known
            place = await self._free_place(vehicle.person)
            document = self._sealed(vehicle) | {
                "_id": vehicle.id,
                "person": vehicle.person,
                "place": place,
                "version": vehicle.version,
                "created_at": milliseconds(vehicle.created_at),
            }
            try:
                await self._vehicles.insert_one(document)
            except DuplicateKeyError:
                continue  # another request took the place, or brought the plate
            return self._vehicle(document)

    async def of(self, person: PersonId) -> list[Vehicle]:
        """List a person's, first to last."""
        found = self._vehicles.find({"person": person}).sort("place", ASCENDING)
        return [self._vehicle(document) async for document in found.limit(MOST_VEHICLES)]

    async def get(self, person: PersonId, vehicle: VehicleId) -> Vehicle:
        """Read one of a person's.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        document = await self._vehicles.find_one({"_id": vehicle, "person": person})
        if document is None:
            raise NotFound(field="vehicle_id", rule="exists")
        return self._vehicle(document)

    async def change(self, vehicle: Vehicle) -> Vehicle:
        """Write a vehicle over the version that it was read as.

        Raises:
            StaleVersion: it changed or went meanwhile.
            Conflict: another of the person's has this plate.
        """
        try:
            document = await self._vehicles.find_one_and_update(
                {"_id": vehicle.id, "person": vehicle.person, "version": vehicle.version},
                {"$set": self._sealed(vehicle), "$inc": {"version": 1}},
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            raise Conflict(field="plate", rule="one_vehicle") from None
        if document is None:
            raise StaleVersion(field="version", rule="unchanged")
        return self._vehicle(document)

    async def remove(self, person: PersonId, vehicle: VehicleId) -> None:
        """Forget a vehicle; one that is gone is no harm."""
        await self._vehicles.delete_one({"_id": vehicle, "person": person})

    async def _by_plate(self, person: PersonId, plate: str) -> Vehicle | None:
        document = await self._vehicles.find_one(
            {"person": person, "plate_index": self._index.digest("plate", plate)}
        )
        return None if document is None else self._vehicle(document)

    async def _free_place(self, person: PersonId) -> int:
        taken = set(await self._vehicles.distinct("place", {"person": person}))
        free = next((place for place in range(MOST_VEHICLES) if place not in taken), None)
        if free is None:
            raise Conflict(field="plate", rule=f"{MOST_VEHICLES}_vehicles")
        return free

    def _sealed(self, vehicle: Vehicle) -> Document:
        vin = vehicle.vin
        return {
            "plate": self._seal.close_text(vehicle.plate, _place(vehicle.id, "plate")),
            "plate_index": self._index.digest("plate", vehicle.plate),
            "model": vehicle.model,
            "vin": None if vin is None else self._seal.close_text(vin, _place(vehicle.id, "vin")),
        }

    def _vehicle(self, document: Document) -> Vehicle:
        vehicle = VehicleId(document["_id"])
        opened = {
            name: self._seal.open_text(bytes(document[name]), _place(vehicle, name))
            for name in ("plate", "vin")
            if document[name] is not None
        }
        return from_document(document | opened, Vehicle)


def _place(vehicle: VehicleId, field: str) -> Place:
    return Place(COLLECTION, field, vehicle)
