"""What MongoDB says of one slot: who has it, who ever had it, whose time was over.

Of the bookings and their events alone, not of the seats' documents that the judge goes by: a
judge that sells a seat twice must not be believed on his own word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from server.domain.bookings.changes import RAN_OUT
from server.domain.bookings.states import BookingState, BookingStep
from server.local.site import Site
from server.store.bookings.bookings import COLLECTION
from server.store.connection import Database, connect

#: Steps after which a booking no longer has this slot's seat.
LEAVES = frozenset(
    step.value
    for step in (
        BookingStep.LET_GO,
        BookingStep.CANCEL,
        BookingStep.RESCHEDULE,
        BookingStep.REJECT,
        BookingStep.MISS,
    )
)

#: A hold that is over for so long and still counts as held has leaked.
LEAKED_AFTER = timedelta(seconds=5)


class SlotTruth:
    """One slot's bookings."""

    def __init__(self, database: Database, slot: str) -> None:
        self._bookings = database[COLLECTION]
        self._slot = slot

    async def booked(self) -> int:
        """Count bookings."""
        return await self._count({"state": BookingState.BOOKED.value})

    async def held(self) -> int:
        """Count holds, whether or not they have time left."""
        return await self._count({"state": BookingState.HELD.value})

    async def overdue(self) -> int:
        """Count holds whose time has been over for long."""
        over = {"$lte": datetime.now(UTC) - LEAKED_AFTER}
        return await self._count({"state": BookingState.HELD.value, "held_until": over})

    async def owners(self) -> dict[str, set[str]]:
        """Name who has bookings, and which."""
        found: dict[str, set[str]] = defaultdict(set)
        query = {"seat.slot": self._slot, "state": BookingState.BOOKED.value}
        async for one in self._bookings.find(query, {"person": 1}):
            found[one["person"]].add(one["_id"])
        return dict(found)

    async def latest_end_seconds(self) -> float:
        """Tell how long after its deadline the latest hold was ended by time."""
        latest = timedelta()
        async for one in self._every():
            events = one["events"]
            ended = [event["at"] for event in events if _ran_out(event)]
            if ended:
                latest = max(latest, ended[0] - (events[0]["at"] + self._held_for(one)))
        return round(latest.total_seconds(), 3)

    async def most_at_once(self) -> int:
        """Tell how many had the slot at the same instant at most, by the events.

        Whoever leaves at an instant makes room for who comes at that instant.
        """
        changes: list[tuple[datetime, int]] = []
        async for one in self._every():
            events = one["events"]
            changes.append((events[0]["at"], 1))
            left = [event["at"] for event in events if event["step"] in LEAVES]
            if left:
                changes.append((left[0], -1))
        most = now = 0
        for _, change in sorted(changes):
            now += change
            most = max(most, now)
        return most

    def _every(self) -> Any:
        return self._bookings.find({"events.data.slot": self._slot}, {"events": 1, "seat": 1})

    @staticmethod
    def _held_for(one: dict[str, Any]) -> timedelta:
        return timedelta(seconds=float(one["events"][0]["data"]["seconds"]))

    async def _count(self, query: dict[str, Any]) -> int:
        count: int = await self._bookings.count_documents({"seat.slot": self._slot, **query})
        return count


def _ran_out(event: dict[str, Any]) -> bool:
    return bool(event["step"] == BookingStep.LET_GO.value and event["data"]["reason"] == RAN_OUT)


@asynccontextmanager
async def truth_of(site: Site, slot: str) -> AsyncIterator[SlotTruth]:
    """Open the site's own MongoDB, to judge the judge."""
    client = connect(site.environment["LANJIAN_MONGODB_URI"])
    try:
        database = client[site.environment.get("LANJIAN_DATABASE", "lanjian")]
        yield SlotTruth(database, slot)
    finally:
        client.close()
