"""What booking a slot needs of others: narrow Protocols, wired in `server/app/bookings.py`."""

from __future__ import annotations

from typing import Protocol

from server.domain.bookings.bookings import Booking, BookingEvent
from server.domain.bookings.changes import Papers
from server.domain.bookings.outlets import Outlet
from server.domain.ids import BookingId, OutletId, PersonId, SlotId
from server.store.transactions import Session


class Outlets(Protocol):
    """Outlets as they are now."""

    async def get(self, outlet: OutletId, session: Session | None = None) -> Outlet:
        """Read one from the primary.

        Raises:
            NotFound: there is none.
        """

    async def pin(self, outlet: OutletId, by: str, session: Session) -> None:
        """Hold its calendar as this transaction's snapshot shows it; see `MongoOutlets.pin`."""


class PaperPhotos(Protocol):
    """The photos of a booking's papers."""

    async def attach(
        self, person: PersonId, booking: BookingId, papers: Papers, session: Session
    ) -> None:
        """Give the photos their one use, in the booking's transaction.

        Raises:
            NotFound, InvalidInput: a photo is not the person's own, or serves something else.
        """

    async def release(self, booking: Booking, session: Session) -> None:
        """Say that the photos are needed no longer, in the transaction that ends the booking."""


class Line(Protocol):
    """Who waits for full slots; `server.services.bookings.waitlist.Waitlist`."""

    async def is_wanted(self, slot: SlotId, session: Session | None = None) -> bool:
        """Tell whether anybody waits for a slot."""

    async def hand_on(self, slot: SlotId, session: Session) -> BookingId | None:
        """Offer a free place to the first in line, in the transaction that freed it.

        Raises:
            SeatTaken: cannot be for a place that this transaction freed.
        """

    async def has_booked(self, person: PersonId, slot: SlotId, session: Session) -> None:
        """Let who has booked a slot wait for it no more."""


class BookingKicks(Protocol):
    """Publishes what a booking's document holds unpublished."""

    async def kick(self, booking: BookingId) -> None:
        """Publish soon; returns at once and never fails (a sweep finds it)."""


class Follower(Protocol):
    """Whoever acts on what happened to bookings: notices, the outlet's list, the waitlist."""

    async def follow(self, booking: Booking, event: BookingEvent) -> None:
        """Hear one event, at least once and in order; the booking is as it is now.

        Raises:
            Unavailable: it will be told again.
        """
