"""How much staff have to look at in a booking's papers, for the list of an outlet's day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.domain.bookings.bookings import Booking
from server.domain.bookings.states import BookingState, PapersState
from server.domain.ids import BookingId
from server.services.bookings.paper_views import PaperViews

#: Papers that are not decided on, of bookings that are not over.
UNDECIDED = frozenset({PapersState.PENDING, PapersState.REJECTED})
STANDS = frozenset({BookingState.BOOKED, BookingState.CHECKED_IN})


class PaperFindings:
    """Count findings; nothing that was read comes out."""

    def __init__(self, views: PaperViews) -> None:
        self._views = views

    async def counts(self, bookings: Sequence[Booking]) -> Mapping[BookingId, int]:
        """Count what staff should look at; who has nothing is left out."""
        found: dict[BookingId, int] = {}
        for booking in bookings:
            if booking.papers in UNDECIDED and booking.state in STANDS:
                found[booking.id] = len((await self._views.of_staff(booking)).findings)
        return found
