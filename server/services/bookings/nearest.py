"""Where whoever finds a slot full may go on: the nearest slots with a free place.

Many lose the same slot at once: one look serves all of a process's losers of a moment.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from realtime.claims.flights import Flights
from server.domain.bookings.calendar import bookable_slots, day_of
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.slots import Slot
from server.domain.ids import SlotId
from server.domain.rules import Rules
from server.services.bookings.counts import Counts
from server.services.ports import Clock

#: How many are named, of so many days from the slot's own.
NAMED = 3
DAYS = 7

#: How long a look counts, and how many are kept.
FRESH_SECONDS = 1.0
MOST_KEPT = 1000

Nearest = tuple[dict[str, object], ...]


class NearestSlots:
    """Free slots near a full one."""

    def __init__(
        self,
        *,
        counts: Counts,
        clock: Clock,
        rules: Rules,
        timer: Callable[[], float] = monotonic,
    ) -> None:
        self._counts = counts
        self._clock = clock
        self._rules = rules
        self._timer = timer
        self._seen: OrderedDict[SlotId, tuple[float, Nearest]] = OrderedDict()
        self._looks: Flights[Nearest] = Flights()

    async def to(self, outlet: Outlet, full: Slot) -> Nearest:
        """Name the free slots nearest in time, as details of a refusal; at most a second old."""
        seen = self._seen.get(full.id)
        if seen is not None and self._timer() - seen[0] < FRESH_SECONDS:
            return seen[1]
        return await self._looks.join(full.id, lambda: self._look(outlet, full))

    async def _look(self, outlet: Outlet, full: Slot) -> Nearest:
        at = self._timer()
        day = day_of(full.starts_at)
        slots = bookable_slots(outlet, self._clock(), self._rules, first=day, days=DAYS)
        free = await self._counts.free(outlet, slots)
        left = [slot for slot in slots if free[slot.id] and slot.id != full.id]
        left.sort(key=lambda slot: (abs(slot.starts_at - full.starts_at), slot.starts_at))
        found: Nearest = tuple(
            {"slot_id": slot.id, "starts_at": slot.starts_at.isoformat(), "free": free[slot.id]}
            for slot in left[:NAMED]
        )
        self._seen[full.id] = (at, found)
        self._seen.move_to_end(full.id)
        while len(self._seen) > MOST_KEPT:
            self._seen.popitem(last=False)
        return found
