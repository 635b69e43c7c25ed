"""How long papers are kept: until so many days after their booking is over, whoever ended it.

A follower of the relay, so that no way to end a booking can forget its papers; and a sweep that
deletes what was read and corrected. The photos' own sweep deletes the photos.
"""

from __future__ import annotations

from datetime import timedelta

from server.domain.bookings.bookings import Booking, BookingEvent
from server.domain.bookings.states import BookingState
from server.domain.rules import Rules
from server.services.bookings.paper_photos import BookingPhotos
from server.services.ports import Clock
from server.store.bookings.papers import MongoPapers
from server.store.transactions import Session, Transactions

#: States after which nobody needs the papers; who comes late after all is over again later.
OVER = frozenset(
    {
        BookingState.DONE,
        BookingState.CANCELLED,
        BookingState.NO_SHOW,
        BookingState.REJECTED,
    }
)


class PaperKeeping:
    """Implements `Follower`."""

    def __init__(
        self,
        *,
        photos: BookingPhotos,
        papers: MongoPapers,
        transactions: Transactions,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._photos = photos
        self._papers = papers
        self._transactions = transactions
        self._clock = clock
        self._rules = rules

    async def follow(self, booking: Booking, event: BookingEvent) -> None:
        """Count the papers' time from when their booking ended; repeatable.

        Raises:
            Unavailable: it will be told again.
        """
        if booking.state not in OVER or event.state not in OVER:
            return

        # A battery's record may be corrected long after the end, which is no new end.
        ended_at = booking.ended_at or event.at

        async def body(session: Session) -> None:
            await self._photos.release(booking, session, at=ended_at)

        await self._transactions.run(body)

    async def sweep(self) -> int:
        """Delete papers that are kept long enough, and those of forms that were never sent."""
        now, rules = self._clock(), self._rules
        kept = now - timedelta(days=rules.papers_kept_days)
        unused = now - timedelta(seconds=rules.unused_photo_keep_seconds)
        return await self._papers.delete_over(
            booked=True, before=kept
        ) + await self._papers.delete_over(booked=False, before=unused)
