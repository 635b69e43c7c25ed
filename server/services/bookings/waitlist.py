"""The line for a full slot: a freed place is offered to whoever has waited longest.

An offer is a hold in their name, made in the very transaction that frees the place: nobody who is
quick gets in between. When the offer's time runs out it ends like every hold, and so the place
goes on to the next. Places that nobody freed in a transaction (staff raised the capacity, a
place was freed while somebody joined) are found by the worker.
"""

from __future__ import annotations

from datetime import datetime

from realtime.wire.bookings import WaitsView, WaitView
from server.domain.bookings import changes
from server.domain.bookings.bookings import Seat
from server.domain.bookings.calendar import slot_of
from server.domain.bookings.changes import By
from server.domain.bookings.seating import free_places
from server.domain.bookings.slots import Slot, read_slot_id
from server.domain.bookings.states import BookingState
from server.domain.errors import Conflict, InvalidInput, Limited, NotFound
from server.domain.ids import BookingId, PersonId, SlotId
from server.domain.people import Actor
from server.domain.rules import Rules
from server.services.bookings.claimants import claimant_id, new_hold
from server.services.bookings.ports import BookingKicks, Outlets
from server.services.one_by_one import one_by_one
from server.services.ports import Clock
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.seats import Holding, MongoSeats, SeatTaken
from server.store.bookings.waits import MongoWaits, Wait
from server.store.documents import milliseconds
from server.store.transactions import Session, Transactions

#: Slots that one person may wait for at once.
MOST_WAITS = 5

#: Slots looked at in one sweep.
SWEPT = 200


class Waitlist:
    """Join, leave, offer."""

    def __init__(
        self,
        *,
        waits: MongoWaits,
        outlets: Outlets,
        seats: MongoSeats,
        bookings: MongoBookings,
        transactions: Transactions,
        relay: BookingKicks,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._waits = waits
        self._outlets = outlets
        self._seats = seats
        self._bookings = bookings
        self._transactions = transactions
        self._relay = relay
        self._clock = clock
        self._rules = rules

    async def join(self, actor: Actor, slot: SlotId) -> WaitsView:
        """Wait for a full slot; twice changes nothing.

        Raises:
            InvalidInput: no slot that may be booked. Conflict: it has a free place, or the
            person holds one. Limited: the person waits for as many slots as allowed.
        """
        now = milliseconds(self._clock())
        outlet = await self._outlets.get(read_slot_id(slot)[0])
        value = slot_of(outlet, slot, now, self._rules)
        if await self._free(value, None) and not await self._waits.is_wanted(slot):
            raise Conflict(field="slot_id", rule="full")
        if await self._holds_one(actor.person, slot):
            raise Conflict(field="slot_id", rule="has_a_place")
        if not await self._waits.join(value, actor.person, now, most=MOST_WAITS):
            raise Limited(field="slot_id", rule="waits_at_once", retry_after_seconds=3600)
        return await self.mine(actor)

    async def leave(self, actor: Actor, slot: SlotId) -> WaitsView:
        """Wait no more; twice changes nothing."""
        await self._waits.leave(slot, actor.person)
        return await self.mine(actor)

    async def mine(self, actor: Actor) -> WaitsView:
        """Show what the person waits for, and how many are before them."""
        waits = await self._waits.of_person(actor.person)
        views = [
            WaitView(
                slot_id=one.slot,
                starts_at=one.starts_at,
                since=one.since,
                ahead=await self._waits.ahead_of(one),
            )
            for one in waits
        ]
        return WaitsView(waits=tuple(views))

    async def hand_on(self, slot: SlotId, session: Session) -> BookingId | None:
        """Offer a free place to the first in line, in the caller's transaction; None: nobody."""
        if not await self._waits.is_wanted(slot, session):
            return None
        now = milliseconds(self._clock())
        try:
            outlet = await self._outlets.get(read_slot_id(slot)[0], session)
            value = slot_of(outlet, slot, now, self._rules)
        except (InvalidInput, NotFound):
            return None  # too soon for anybody to come
        places = await self._free(value, session)
        wait = await self._waits.take_next(slot, session) if places else None
        if wait is None:
            return None
        return await self._offer(wait, value, places[0], now, session)

    async def is_wanted(self, slot: SlotId, session: Session | None = None) -> bool:
        """Tell whether anybody waits for a slot."""
        return await self._waits.is_wanted(slot, session)

    async def has_booked(self, person: PersonId, slot: SlotId, session: Session) -> None:
        """Let who has booked a slot wait for it no more."""
        await self._waits.leave(slot, person, session)

    async def sweep(self) -> int:
        """Offer places that are free though somebody waits; for the worker."""
        slots = await self._waits.slots(SWEPT)
        return await one_by_one(slots, self._serve, name="waitlist of")

    async def _serve(self, slot: SlotId) -> bool:
        async def body(session: Session) -> BookingId | None:
            return await self.hand_on(slot, session)

        try:
            offered = await self._transactions.run(body)
        except SeatTaken:
            return False  # somebody was quicker; the next sweep looks again
        if offered is not None:
            await self._relay.kick(offered)
        return offered is not None

    async def _offer(
        self, wait: Wait, slot: Slot, place: int, now: datetime, session: Session
    ) -> BookingId:
        wish = new_hold(wait.person, f"offer {wait.id} {wait.since.isoformat()}")
        seat = Seat(slot=slot.id, place=place, starts_at=slot.starts_at, ends_at=slot.ends_at)
        change = changes.offer(
            wish.booking,
            seat=seat,
            outlet=slot.outlet,
            by=By(actor=wait.person, at=now),
            rules=self._rules,
        )
        holding = Holding(
            place=place,
            booking=wish.booking,
            claimant=claimant_id(wish),
            request="offer",
            since=now,
            until=change.after.held_until,
        )
        # The calendar stays as `slot` was read from it until this commits, or this runs again.
        await self._outlets.pin(slot.outlet, f"{seat.slot}#{seat.place}", session)
        await self._seats.claim(seat, slot.outlet, holding, session)
        await self._bookings.insert(change, session)
        return wish.booking

    async def _holds_one(self, person: PersonId, slot: SlotId) -> bool:
        """Tell whether a person could be offered the very place that their own hold leaves."""
        mine = await self._bookings.of_person(person)
        return any(one.state is BookingState.HELD and one.seat.slot == slot for one in mine)

    async def _free(self, slot: Slot, session: Session | None) -> tuple[int, ...]:
        """List free places; one whose hold ran out is not free until that hold is ended."""
        holdings = await self._seats.filling(slot, session)
        return free_places(slot.capacity, [one.place for one in holdings])
