"""A person's vehicles: added, changed, removed, and chosen from when a slot is booked."""

from __future__ import annotations

from dataclasses import replace

from realtime.wire.centre import AddVehicle, ChangeVehicle, VehiclesView, VehicleView
from server.domain.centre import MOST_VEHICLES, Vehicle, mask_plate, mask_vin, model, plate, vin
from server.domain.errors import StaleVersion
from server.domain.ids import Draw, PersonId, VehicleId
from server.services.ports import Clock
from server.store.centre.vehicles import MongoVehicles

VEHICLE_CHARACTERS = 15


class Vehicles:
    """Implements what the booking form asks of vehicles, too."""

    def __init__(self, *, vehicles: MongoVehicles, clock: Clock, draw: Draw) -> None:
        self._vehicles = vehicles
        self._clock = clock
        self._draw = draw

    async def mine(self, person: PersonId) -> VehiclesView:
        """List a person's, masked."""
        found = await self._vehicles.of(person)
        return VehiclesView(vehicles=tuple(_view(one) for one in found), most=MOST_VEHICLES)

    async def get(self, person: PersonId, vehicle: VehicleId) -> Vehicle:
        """Give one of a person's own in full, for their own form.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        return await self._vehicles.get(person, vehicle)

    async def add(self, person: PersonId, asked: AddVehicle) -> VehicleView:
        """Add one; a plate that is there already gives what is there.

        Raises:
            InvalidInput: plate, model or VIN. Conflict: too many.
        """
        vehicle = Vehicle(
            id=VehicleId(f"V{self._draw(VEHICLE_CHARACTERS)}"),
            person=person,
            plate=plate(asked.plate),
            model=model(asked.model),
            vin=vin(asked.vin),
            version=1,
            created_at=self._clock(),
        )
        return _view(await self._vehicles.add(vehicle))

    async def change(
        self, person: PersonId, vehicle: VehicleId, asked: ChangeVehicle
    ) -> VehicleView:
        """Change one as it was read.

        Raises:
            NotFound: not theirs. InvalidInput: plate, model or VIN.
            StaleVersion: changed meanwhile. Conflict: another of theirs has the plate.
        """
        known = await self._vehicles.get(person, vehicle)
        if known.version != asked.version:
            raise StaleVersion(field="version", rule="unchanged")
        changed = replace(
            known,
            plate=known.plate if asked.plate is None else plate(asked.plate),
            model=known.model if asked.model is None else model(asked.model),
            vin=known.vin if asked.vin is None else vin(asked.vin),
        )
        return _view(await self._vehicles.change(changed))

    async def remove(self, person: PersonId, vehicle: VehicleId) -> VehiclesView:
        """Remove one; bookings made with it stand. Removing it twice does no harm."""
        await self._vehicles.remove(person, vehicle)
        return await self.mine(person)


def _view(vehicle: Vehicle) -> VehicleView:
    return VehicleView(
        vehicle_id=vehicle.id,
        masked_plate=mask_plate(vehicle.plate),
        model=vehicle.model,
        masked_vin=None if vehicle.vin is None else mask_vin(vehicle.vin),
        version=vehicle.version,
    )
