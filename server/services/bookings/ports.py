"""What booking a slot needs of others: narrow Protocols, wired in `server/app/bookings.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from server.domain.bookings.bookings import Booking, BookingEvent
from server.domain.bookings.changes import Papers
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.slots import Slot
from server.domain.ids import BookingId, OutletId, PersonId, SlotId
from server.store.transactions import Session


class Outlets(Protocol):
    """Outlets as they are now."""

    async def get(self, outlet: OutletId, session: Session | None = None) -> Outlet:
        """Read one from the primary.

        Raises:
            NotFound: there is none.
        """


class Calendar(Protocol):
    """Which slots an outlet has; pure."""

    def slot_of(self, outlet: Outlet, slot: SlotId, now: datetime) -> Slot:
        """Give a slot that may be claimed now.

        Raises:
            InvalidInput: no slot of this outlet. SlotClosed: past, too soon, too far ahead, or
                the outlet is closed then.
        """

    def next_slots(self, outlet: Outlet, since: datetime, now: datetime, most: int) -> list[Slot]:
        """List slots that may be claimed now and begin at or after an instant, by their start."""


class PaperPhotos(Protocol):
    """The photos of a booking's papers."""

    async def attach(
        self, person: PersonId, booking: BookingId, papers: Papers, session: Session
    ) -> None:
        """Give the photos their one use, in the booking's transaction.

        Raises:
            NotFound, InvalidInput: a photo is not the person's own, or serves something else.
        """


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
