"""A place for a car that stands at the outlet now: in the slot under way, and never one too many.

It is taken in MongoDB alone, in the caller's transaction: nobody races for a slot that began.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from server.domain.bookings.bookings import Seat
from server.domain.bookings.calendar import day_of, slots_of
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.seating import free_places
from server.domain.bookings.slots import Slot
from server.domain.errors import Conflict, SlotFull
from server.domain.ids import BookingId, PersonId
from server.services.bookings.claimants import NewHold, claimant_id
from server.services.bookings.counts import Counts
from server.services.bookings.ports import Outlets
from server.store.bookings.seats import Holding, MongoSeats
from server.store.transactions import Session

#: Days looked ahead for a free slot.
LOOK_DAYS = 7


class PresentSeats:
    """Take a place of the slot under way."""

    def __init__(self, *, outlets: Outlets, seats: MongoSeats, counts: Counts) -> None:
        self._outlets = outlets
        self._seats = seats
        self._counts = counts

    async def take(
        self, outlet: Outlet, booking: BookingId, person: PersonId, now: datetime, session: Session
    ) -> Seat:
        """Give a booking the lowest free place of the slot under way, in this transaction.

        `outlet` was read in it: its calendar stays so until it commits, or it runs again.

        Raises:
            SlotFull, Conflict: no place, or no slot now; details name the next free one.
            SeatTaken: somebody was quicker; run it again.
        """
        slot = present_slot(outlet, now)
        if slot is None:
            raise Conflict(
                field="outlet_id", rule="no_slot_now", next=await self.next_free(outlet, now)
            )
        holdings = await self._seats.filling(slot, session)
        places = free_places(slot.capacity, [one.place for one in holdings])
        if not places:
            following = await self.next_free(outlet, now)
            raise SlotFull(field="slot_id", rule="free", next=following)
        seat = Seat(slot=slot.id, place=places[0], starts_at=slot.starts_at, ends_at=slot.ends_at)
        holding = Holding(
            place=seat.place,
            booking=booking,
            claimant=claimant_id(NewHold(person, booking)),
            request="arrival",
            since=now,
            until=None,
        )
        await self._outlets.pin(outlet.id, f"{seat.slot}#{seat.place}", session)
        await self._seats.claim(seat, outlet.id, holding, session)
        return seat

    async def free_now(self, outlet: Outlet, now: datetime) -> int | None:
        """Count the free places of the slot under way; None: there is no such slot."""
        slot = present_slot(outlet, now)
        return None if slot is None else (await self._counts.free(outlet, [slot]))[slot.id]

    async def next_free(self, outlet: Outlet, now: datetime) -> dict[str, object] | None:
        """Name the next slot with a free place, today's included, as details of a refusal."""
        for number in range(LOOK_DAYS):
            slots = slots_of(outlet, day_of(now) + timedelta(days=number))
            coming = [slot for slot in slots if slot.starts_at > now]
            free = await self._counts.free(outlet, coming)
            for slot in coming:
                if free[slot.id]:
                    return {"slot_id": slot.id, "starts_at": slot.starts_at.isoformat()}
        return None


def present_slot(outlet: Outlet, now: datetime) -> Slot | None:
    """Find the slot under way."""
    slots = slots_of(outlet, day_of(now))
    return next((slot for slot in slots if slot.starts_at <= now < slot.ends_at), None)
