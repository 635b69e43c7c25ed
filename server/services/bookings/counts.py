"""How many places of slots are free, for lists and for every open page.

Counts are of MongoDB's seats. Each is published after the change that it tells of and looked at
once more afterwards: two processes that publish the same slot in the wrong order would else leave
the older count standing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from realtime.wire.bookings import SlotCount
from server.domain.bookings.calendar import bookable_slots, slots_of
from server.domain.bookings.calendar import day_of as day_in_china
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.slots import Slot, read_slot_id
from server.domain.errors import NotFound, Unavailable
from server.domain.ids import OutletId, SlotId
from server.domain.rules import Rules
from server.services.bookings.ports import Outlets
from server.services.ports import Clock
from server.store.bookings.seats import MongoSeats

#: Looks after publishing one slot; a slot that changes faster is published by its next changes.
MOST_LOOKS = 5


class CountFeed(Protocol):
    """The outlets' channels of counts; keyed, latest wins."""

    async def tell(self, outlet: OutletId, count: SlotCount) -> None:
        """Publish one count. Raises: Unavailable."""

    async def changed(self, outlet: OutletId) -> None:
        """Publish that the outlet's slots are others now. Raises: Unavailable."""


class Counts:
    """Count free places and tell them."""

    def __init__(
        self, *, seats: MongoSeats, outlets: Outlets, feed: CountFeed, clock: Clock, rules: Rules
    ) -> None:
        self._seats = seats
        self._outlets = outlets
        self._feed = feed
        self._clock = clock
        self._rules = rules

    async def free(self, outlet: Outlet, slots: Sequence[Slot]) -> dict[SlotId, int]:
        """Count the free places of slots of one outlet, as of now; every slot is in the answer."""
        taken = await self._seats.taken(slots, self._clock())
        return {slot.id: max(0, slot.capacity - taken[slot.id]) for slot in slots}

    async def reached(self, name: SlotId, ends_at: datetime) -> frozenset[SlotId]:
        """Name the slots that a seat fills: its own, and those that it reaches into by now."""
        outlet, starts_at = read_slot_id(name)
        with suppress(NotFound):
            found = await self._outlets.get(outlet)
            slots = slots_of(found, day_in_china(starts_at))
            reaches = (
                one.id for one in slots if one.starts_at < ends_at and starts_at < one.ends_at
            )
            return frozenset({name, *reaches})
        return frozenset({name})

    async def snapshot(self, outlet: OutletId) -> tuple[SlotCount, ...]:
        """Count every slot of an outlet that may be booked now.

        Raises:
            NotFound: there is no such outlet.
        """
        found = await self._outlets.get(outlet)
        days = self._rules.slot_days_ahead + 1
        slots = bookable_slots(found, self._clock(), self._rules, days=days)
        free = await self.free(found, slots)
        return tuple(_count(slot, free[slot.id]) for slot in slots)

    async def tell(self, slots: Iterable[SlotId]) -> None:
        """Publish how many places of slots are free now.

        Raises:
            Unavailable: Redis or MongoDB is away; tell it again.
        """
        for slot in sorted(slots):
            told: SlotCount | None = None
            for _ in range(MOST_LOOKS):
                now = await self._look(slot)
                if now is None or now == told:
                    break
                await self._feed.tell(read_slot_id(slot)[0], now)
                told = now

    async def calendar_changed(self, outlet: OutletId) -> None:
        """Have open pages fetch an outlet's slots again; with Redis away they do so later."""
        with suppress(Unavailable):
            await self._feed.changed(outlet)

    async def _look(self, name: SlotId) -> SlotCount | None:
        """Count one slot; None if its outlet's calendar has it no more."""
        outlet, starts_at = read_slot_id(name)
        try:
            found = await self._outlets.get(outlet)
        except NotFound:
            return None
        for slot in slots_of(found, day_in_china(starts_at)):
            if slot.id == name:
                return _count(slot, (await self.free(found, [slot]))[name])
        return None


def _count(slot: Slot, free: int) -> SlotCount:
    return SlotCount(slot_id=slot.id, free=free, capacity=slot.capacity)
