"""The photos of a booking's papers: in use from the form on, needed until the booking is over."""

from __future__ import annotations

from datetime import datetime

from server.domain.bookings.bookings import Booking
from server.domain.bookings.changes import Papers
from server.domain.bookings.papers import PaperKind
from server.domain.bookings.readings import new_sheet
from server.domain.ids import BookingId, PersonId
from server.domain.photos import PhotoPurpose, PhotoUse
from server.services.ports import Clock, Photos
from server.store.bookings.paper_consents import MongoPaperConsents
from server.store.bookings.papers import MongoPapers
from server.store.documents import milliseconds
from server.store.transactions import Session


class BookingPhotos:
    """Implements `PaperPhotos`."""

    def __init__(
        self,
        photos: Photos,
        *,
        papers: MongoPapers,
        consents: MongoPaperConsents,
        clock: Clock,
    ) -> None:
        self._photos = photos
        self._papers = papers
        self._consents = consents
        self._clock = clock

    async def attach(
        self, person: PersonId, booking: BookingId, papers: Papers, session: Session
    ) -> None:
        """Give the photos their one use, in the booking's transaction.

        What was read off them is kept as the booking's; photos that nobody has read yet, a
        worker reads.

        Raises:
            NotFound, InvalidInput: a photo is not the person's own, or serves something else.
        """
        now = milliseconds(self._clock())
        await self._consents.agree(person, papers.consent_version, now, session)
        photos = {
            PaperKind.ID_CARD: papers.id_photo,
            PaperKind.VEHICLE_LICENCE: papers.licence_photo,
        }
        for kind, photo in photos.items():
            await self._photos.use(person, photo, use_of(booking), session)
            if not await self._papers.keep(booking, kind, photo, session):
                sheet = new_sheet(booking, person, kind, photo, now)
                await self._papers.ask(sheet, due_at=now, booked=True, session=session)

    async def release(
        self, booking: Booking, session: Session, *, at: datetime | None = None
    ) -> None:
        """Say that papers are needed no longer, in the transaction that ends the booking."""
        until = at or self._clock()
        for photo in (booking.id_photo, booking.licence_photo):
            if photo is not None:
                await self._photos.release(photo, use_of(booking.id), session, until=until)
        await self._papers.release(booking.id, until, session)


def use_of(booking: BookingId) -> PhotoUse:
    """Say what a booking's photos are for."""
    return PhotoUse(purpose=PhotoPurpose.BOOKING_PAPER, subject=f"booking:{booking}")
