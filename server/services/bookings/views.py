"""What people see of bookings; nothing personal is in any of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec import structs

from realtime.wire.bookings import BookingView
from server.domain.bookings.bookings import Booking
from server.services.bookings.outlets_seen import OutletsSeen
from server.services.ports import Clock


class BookingViews:
    """Make views of bookings."""

    def __init__(self, *, outlets: OutletsSeen, clock: Clock) -> None:
        self._outlets = outlets
        self._clock = clock

    async def view(self, booking: Booking) -> BookingView:
        """Show one booking, with the time it was shown."""
        outlet = await self._outlets.get(booking.outlet)
        return BookingView(
            booking_id=booking.id,
            outlet_id=booking.outlet,
            slot_id=booking.seat.slot,
            starts_at=booking.seat.starts_at,
            ends_at=booking.seat.ends_at,
            state=booking.state.value,
            papers=booking.papers.value,
            version=booking.version,
            created_at=booking.created_at,
            server_time=self._clock(),
            change_until=booking.seat.starts_at - timedelta(seconds=outlet.cancel_before_seconds),
            held_until=booking.held_until,
            held_longer=booking.held_longer,
            ended_at=booking.ended_at,
            reason=booking.reason,
            walk_in=booking.walk_in,
        )

    async def told(self, booking: Booking) -> BookingView:
        """Show one booking as events carry it: a reason is staff's or its owner's own words.

        Readers fetch it; through Redis go ids and states.
        """
        return structs.replace(await self.view(booking), reason=None)

    async def many(self, bookings: Sequence[Booking]) -> tuple[BookingView, ...]:
        """Show several."""
        return tuple([await self.view(booking) for booking in bookings])
