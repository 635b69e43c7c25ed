"""Bookings as their owners, and staff who help them, ask for them: every answer is a view."""

from __future__ import annotations

from datetime import datetime

from msgspec import structs

from realtime.wire.bookings import BookingPage, BookingView, BookSlot, HoldSlot, Reschedule
from server.domain.ids import BookingId, SlotId, VehicleId
from server.domain.people import Actor
from server.services.bookings.bookings import Bookings
from server.services.bookings.rights import OutletRights
from server.services.bookings.views import BookingViews
from server.store.bookings.bookings import MongoBookings
from server.store.centre.vehicles import MongoVehicles


class OwnBookings:
    """What the handlers of bookings call."""

    def __init__(
        self,
        *,
        bookings: Bookings,
        store: MongoBookings,
        vehicles: MongoVehicles,
        views: BookingViews,
        rights: OutletRights,
    ) -> None:
        self._bookings = bookings
        self._store = store
        self._vehicles = vehicles
        self._views = views
        self._rights = rights

    async def hold(self, actor: Actor, asked: HoldSlot) -> BookingView:
        """Claim a place of a slot; see `Bookings.hold`."""
        held = await self._bookings.hold(actor, SlotId(asked.slot_id), asked.request_id)
        return await self._views.view(held)

    async def longer(self, actor: Actor, booking: BookingId) -> BookingView:
        """Prolong a hold; see `Bookings.hold_longer`."""
        return await self._views.view(await self._bookings.hold_longer(actor, booking))

    async def give_up(self, actor: Actor, booking: BookingId) -> BookingView:
        """End a hold; see `Bookings.give_up`."""
        return await self._views.view(await self._bookings.give_up(actor, booking))

    async def book(self, actor: Actor, booking: BookingId, form: BookSlot) -> BookingView:
        """Make a hold a booking, with a vehicle of the person's own or a typed plate.

        Raises:
            See `Bookings.book`. NotFound: the vehicle is not theirs.
        """
        if form.vehicle_id:
            vehicle = await self._vehicles.get(actor.person, VehicleId(form.vehicle_id))
            form = structs.replace(form, plate=vehicle.plate)
        return await self._views.view(await self._bookings.book(actor, booking, form))

    async def reschedule(self, actor: Actor, booking: BookingId, asked: Reschedule) -> BookingView:
        """Move a booking; see `Bookings.reschedule`."""
        moved = await self._bookings.reschedule(
            actor, booking, SlotId(asked.slot_id), asked.version, asked.request_id
        )
        return await self._views.view(moved)

    async def cancel(self, actor: Actor, booking: BookingId, reason: str | None) -> BookingView:
        """Cancel one's booking; see `Bookings.cancel`."""
        return await self._views.view(await self._bookings.cancel(actor, booking, reason))

    async def cancel_by_staff(self, actor: Actor, booking: BookingId, reason: str) -> BookingView:
        """Cancel a booking of an outlet that the member of staff works for.

        Raises:
            NotFound: no such booking. Forbidden: of another outlet. InvalidInput,
            IllegalTransition.
        """
        known = await self._store.get(booking)
        await self._rights.require(actor, known.outlet)
        return await self._views.view(await self._bookings.cancel_by_staff(actor, booking, reason))

    async def show(self, actor: Actor, booking: BookingId) -> BookingView:
        """Show one of the person's bookings.

        Raises:
            NotFound: there is none, or it is another's.
        """
        return await self._views.view(await self._bookings.own(actor, booking))

    async def mine(self, actor: Actor, *, before: datetime | None, limit: int) -> BookingPage:
        """List the person's bookings, newest first."""
        found = await self._bookings.mine(actor, before=before, limit=limit)
        more = found[-1].created_at if len(found) == limit else None
        return BookingPage(bookings=await self._views.many(found), next=more)
