"""The photos of a booking's papers: in use from the form on, needed until the booking is over."""

from __future__ import annotations

from server.domain.bookings.bookings import Booking
from server.domain.bookings.changes import Papers
from server.domain.ids import BookingId, PersonId
from server.domain.photos import PhotoPurpose, PhotoUse
from server.services.ports import Photos
from server.store.transactions import Session


class BookingPhotos:
    """Implements `PaperPhotos`."""

    def __init__(self, photos: Photos) -> None:
        self._photos = photos

    async def attach(
        self, person: PersonId, booking: BookingId, papers: Papers, session: Session
    ) -> None:
        """Give the photos their one use, in the booking's transaction.

        Raises:
            NotFound, InvalidInput: a photo is not the person's own, or serves something else.
        """
        for photo in (papers.id_photo, papers.licence_photo):
            await self._photos.use(person, photo, use_of(booking), session)

    async def release(self, booking: Booking, session: Session) -> None:
        """Say that the photos are needed no longer, in the transaction that ends the booking."""
        for photo in (booking.id_photo, booking.licence_photo):
            if photo is not None:
                await self._photos.release(photo, use_of(booking.id), session)


def use_of(booking: BookingId) -> PhotoUse:
    """Say what a booking's photos are for."""
    return PhotoUse(purpose=PhotoPurpose.BOOKING_PAPER, subject=f"booking:{booking}")
