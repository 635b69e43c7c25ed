"""From a booking's document to everybody who follows it: at least once, in order, by version.

An event is published from the document it was written in (rule 2). `kick` publishes soon in this
process; every worker's `sweep` finds what a process that died has left. What is told is always
the booking as it is now, so that a late or repeated telling says nothing false.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from realtime.claims import Claims, ClaimsUnavailable, JudgeUncertain
from realtime.tasks import is_wanted
from realtime.wire.bookings import BookingChanged
from server.domain.bookings.bookings import Booking, BookingEvent
from server.domain.bookings.states import BookingStep
from server.domain.errors import Unavailable
from server.domain.ids import BookingId, SlotId
from server.services import kicks
from server.services.bookings.counts import Counts
from server.services.bookings.judge import resource_of
from server.services.bookings.ports import Follower
from server.services.bookings.views import BookingViews
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, PersonFeed, StaffFeed
from server.store.bookings.bookings import MongoBookings

#: Bookings published at once in one process.
AT_ONCE = 4

BATCH = 200

#: A sweep leaves younger events to the process that wrote them.
LEFT_AFTER = timedelta(seconds=1)

#: Facts of an event that name a slot whose seats changed.
SLOTS = ("slot", "from_slot")

#: Steps that change until when the seat is the booking's own, and so what the record must know.
SETTLES = frozenset({BookingStep.BOOK.value, BookingStep.HOLD_LONGER.value})


class Kicks(kicks.Kicks[BookingId]):
    """Bookings that this process should publish soon; implements `BookingKicks`."""


class BookingRelay:
    """Publishes bookings' events."""

    def __init__(
        self,
        *,
        kicks: Kicks,
        bookings: MongoBookings,
        claims: Claims,
        counts: Counts,
        views: BookingViews,
        people: PersonFeed,
        staff: StaffFeed,
        followers: Sequence[Follower],
        clock: Clock,
    ) -> None:
        self._kicks = kicks
        self._bookings = bookings
        self._claims = claims
        self._counts = counts
        self._views = views
        self._people = people
        self._staff = staff
        self._followers = followers
        self._clock = clock

    async def run(self) -> None:
        """Publish what is kicked, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._run_one())

    async def sweep(self) -> int:
        """Publish what no process has published in time; returns how many bookings."""
        left = await self._bookings.unpublished(BATCH)
        until = self._clock() - LEFT_AFTER
        return await one_by_one(
            left, lambda booking: self.publish(booking, until), name="publishing"
        )

    async def publish(self, booking: BookingId, until: datetime | None = None) -> bool:
        """Publish a booking's unpublished events; False when there are none.

        With `until`, a booking whose last event is younger is left to whoever wrote it.

        Raises:
            Unavailable: Redis or MongoDB is away; nothing is marked, so it is done again.
        """
        found = await self._bookings.unpublished_events(booking)
        if found is None:
            return False
        value, events, version = found
        if until is not None and events and events[-1].at > until:
            return False
        await self._seats(value, events)
        await self._tell(value, events)
        await self._bookings.mark_published(booking, version)
        return True

    async def _run_one(self) -> None:
        while is_wanted():
            async with self._kicks.next() as booking:
                await one_by_one((booking,), self.publish, name="publishing")

    async def _seats(self, booking: Booking, events: Iterable[BookingEvent]) -> None:
        """Make the slots' records and counts say what the seats say now."""
        freed: set[SlotId] = set()
        changed: set[SlotId] = set()
        for event in events:
            changed |= _slots(event, SLOTS)
            for slot in _slots(event, SLOTS[1:]):
                reached = await self._reached(slot, event)
                freed |= reached
                changed |= reached
            if event.step in SETTLES:
                freed.add(booking.seat.slot)
        for slot in sorted(freed):
            try:
                await self._claims.refresh(resource_of(slot))
            except (ClaimsUnavailable, JudgeUncertain, TimeoutError) as error:
                raise Unavailable(part="claims") from error
        await self._counts.tell(changed)

    async def _reached(self, slot: SlotId, event: BookingEvent) -> frozenset[SlotId]:
        """Name the slots that a freed seat filled; more than its own after a change of hours."""
        ends_at = event.data.get("from_ends_at")
        if not isinstance(ends_at, datetime):
            return frozenset({slot})
        return await self._counts.reached(slot, ends_at)

    async def _tell(self, booking: Booking, events: Iterable[BookingEvent]) -> None:
        view = await self._views.told(booking)
        for event in events:
            changed = BookingChanged(booking=view, step=event.step)
            await self._people.push(booking.person, changed)
            await self._staff.push(changed)
            for follower in self._followers:
                await follower.follow(booking, event)


def _slots(event: BookingEvent, names: Iterable[str]) -> set[SlotId]:
    named = (event.data.get(name) for name in names)
    return {SlotId(slot) for slot in named if isinstance(slot, str)}
