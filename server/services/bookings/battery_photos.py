"""Photos of removed batteries: needed until the booking is over, and kept for years then."""

from __future__ import annotations

from server.domain.bookings.batteries import Battery
from server.domain.bookings.bookings import Booking
from server.domain.bookings.states import BookingState
from server.domain.ids import BookingId, PersonId
from server.domain.photos import PhotoPurpose, PhotoUse
from server.services.ports import Photos
from server.store.bookings.batteries import MongoBatteries
from server.store.transactions import Session


class BatteryPhotos:
    """Take them into use, and say when their need ends; in the caller's transaction."""

    def __init__(self, *, photos: Photos, batteries: MongoBatteries) -> None:
        self._photos = photos
        self._batteries = batteries

    async def use(
        self, person: PersonId, battery: Battery, booking: Booking, session: Session
    ) -> None:
        """Give a version's photos their use; those of earlier versions have it.

        Raises:
            NotFound, InvalidInput: a photo is not the person's own, or serves something else.
        """
        versions = await self._batteries.versions(booking.id)
        earlier = {
            photo for one in versions if one.version < battery.version for photo in one.photos
        }
        until = battery.at if booking.state is BookingState.DONE else None
        for photo in battery.photos:
            if photo not in earlier:  # else perhaps a colleague's
                await self._photos.use(person, photo, use_of(booking.id), session, until=until)

    async def release(self, booking: BookingId, session: Session) -> None:
        """Say that they are needed no longer; there may be none."""
        for battery in await self._batteries.versions(booking):
            for photo in battery.photos:
                await self._photos.release(photo, use_of(booking), session)


def use_of(booking: BookingId) -> PhotoUse:
    """Say what photos of a booking's battery are for."""
    return PhotoUse(purpose=PhotoPurpose.BATTERY, subject=f"booking:{booking}")
