"""Records of removed batteries: written at the outlet, corrected version by version, printed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from realtime.wire.outlet_day import BatteryVersions, BatteryView, RecordBattery
from server.domain.bookings import at_outlet
from server.domain.bookings.batteries import Battery, Condition, Handover, checked_battery
from server.domain.bookings.bookings import Booking
from server.domain.bookings.changes import By
from server.domain.errors import InvalidInput, NotFound, StaleVersion
from server.domain.ids import BookingId, OutletId, PhotoId
from server.domain.people import Actor
from server.services.bookings.battery_labels import draw_label
from server.services.bookings.battery_photos import BatteryPhotos, use_of
from server.services.bookings.ports import BookingKicks, Outlets
from server.services.bookings.rights import OutletRights
from server.services.photos.photos import Photos
from server.services.ports import Audit, Clock
from server.store.bookings.batteries import MongoBatteries
from server.store.bookings.bookings import MongoBookings
from server.store.documents import milliseconds
from server.store.transactions import Session, Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryStores:
    """What it reads and writes, and how several are written at once."""

    batteries: MongoBatteries
    bookings: MongoBookings
    transactions: Transactions
    audit: Audit


class Batteries:
    """Record, show and print."""

    def __init__(
        self,
        *,
        stores: BatteryStores,
        outlets: Outlets,
        rights: OutletRights,
        photos: Photos,
        used: BatteryPhotos,
        relay: BookingKicks,
        clock: Clock,
    ) -> None:
        self._batteries = stores.batteries
        self._bookings = stores.bookings
        self._transactions = stores.transactions
        self._audit = stores.audit
        self._outlets = outlets
        self._rights = rights
        self._photos = photos
        self._used = used
        self._relay = relay
        self._clock = clock

    async def record(
        self, actor: Actor, booking: BookingId, asked: RecordBattery
    ) -> BatteryVersions:
        """Write the record, or a correction as its next version; the same again changes nothing.

        Raises:
            NotFound, Forbidden: not this member of staff's. InvalidInput: a field, or a photo
            that serves something else. StaleVersion: corrected meanwhile. IllegalTransition.
        """
        await self._require(actor, booking)
        by = By(actor=actor.person, at=milliseconds(self._clock()))
        battery = checked_battery(_battery(booking, asked, by))
        if await self._is_repeat(battery):
            return await self.versions(actor, booking)

        async def body(session: Session) -> Booking:
            known = await self._bookings.get(booking, session)
            present = await self._batteries.version(booking, session)
            if present != asked.version:
                raise StaleVersion(field="version", rule="current", version=present)
            change = at_outlet.record_battery(known, by, battery.version)
            await self._batteries.add(battery, known, session)
            await self._used.use(actor.person, battery, change.after, session)
            if not await self._bookings.write(change, session):
                raise StaleVersion(field="booking_id", rule="current")
            await self._audit.record(
                actor=actor.person,
                action="record_battery",
                subject=f"booking:{booking}",
                purpose=f"version {battery.version}",
                at=by.at,
                session=session,
            )
            return change.after

        await self._transactions.run(body)
        await self._relay.kick(booking)
        return await self.versions(actor, booking)

    async def versions(self, actor: Actor, booking: BookingId) -> BatteryVersions:
        """Show a battery's record, newest first; the read is recorded, since a name is in it.

        Raises:
            NotFound, Forbidden: not this member of staff's.
        """
        await self._require(actor, booking)
        await self._note(actor, booking, "read_battery", "outlet")
        found = await self._batteries.versions(booking)
        return BatteryVersions(booking_id=booking, versions=tuple(map(_view, found)))

    async def photo(self, actor: Actor, booking: BookingId, photo: PhotoId, purpose: str) -> bytes:
        """Show a photo of the battery as JPEG; recorded.

        Raises:
            NotFound, Forbidden: not this member of staff's.
        """
        await self._require(actor, booking)
        return await self._photos.show_for(actor, photo, use_of(booking), purpose)

    async def label(self, actor: Actor, booking: BookingId) -> bytes:
        """Print the newest version as a label: a PDF of one page.

        Raises:
            NotFound: no such booking, or nothing was recorded. Forbidden.
        """
        known = await self._require(actor, booking)
        found = await self._batteries.versions(booking)
        if not found:
            raise NotFound(field="booking_id", rule="battery")
        await self._note(actor, booking, "print_battery", "label")
        outlet = await self._outlets.get(OutletId(known.outlet))
        return await asyncio.to_thread(draw_label, found[0], outlet.name)

    async def _is_repeat(self, battery: Battery) -> bool:
        """Tell whether this very version was written by these words before."""
        known = [
            one
            for one in await self._batteries.versions(battery.booking)
            if one.version == battery.version
        ]
        return bool(known) and _words(known[0]) == _words(battery)

    async def _require(self, actor: Actor, booking: BookingId) -> Booking:
        known = await self._bookings.get(booking)
        await self._rights.require(actor, known.outlet)
        return known

    async def _note(self, actor: Actor, booking: BookingId, action: str, purpose: str) -> None:
        await self._audit.record(
            actor=actor.person,
            action=action,
            subject=f"booking:{booking}",
            purpose=purpose,
            at=self._clock(),
        )


def _battery(booking: BookingId, asked: RecordBattery, by: By) -> Battery:
    if (asked.handed_to is None) != (asked.handed_at is None):
        missing = "handed_to" if asked.handed_to is None else "handed_at"
        raise InvalidInput(field=missing, rule="required")
    handover = None
    if asked.handed_to is not None and asked.handed_at is not None:
        handover = Handover(to=asked.handed_to, at=milliseconds(asked.handed_at))
    return Battery(
        booking=booking,
        version=asked.version + 1,
        model=asked.model,
        code=asked.code,
        count=asked.count,
        weight_grams=asked.weight_grams,
        condition=Condition(asked.condition),
        note=asked.note,
        photos=tuple(map(PhotoId, asked.photos)),
        handover=handover,
        by=by.actor,
        at=by.at,
    )


def _words(battery: Battery) -> tuple[object, ...]:
    return (
        *(battery.model, battery.code, battery.count, battery.weight_grams),
        *(battery.condition, battery.note, battery.photos, battery.handover, battery.by),
    )


def _view(battery: Battery) -> BatteryView:
    handover = battery.handover
    return BatteryView(
        version=battery.version,
        model=battery.model,
        code=battery.code,
        count=battery.count,
        weight_grams=battery.weight_grams,
        condition=battery.condition.value,
        note=battery.note,
        photos=battery.photos,
        by=battery.by,
        at=battery.at,
        handed_to=handover.to if handover else None,
        handed_at=handover.at if handover else None,
    )
