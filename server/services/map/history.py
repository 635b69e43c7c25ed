"""Where couriers were: points of those on duty, kept for a while, in batches.

A point waits in memory for the next batch, so that a process that is killed loses the newest batch
and nothing else. While MongoDB is away points wait on, up to a bound; then the oldest go first.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from realtime.tasks import Tasks, is_wanted
from server.domain.errors import Unavailable
from server.domain.geo import Place
from server.domain.ids import PersonId
from server.domain.rules import Rules
from server.services.ports import Clock
from server.store.outages import mongo_outage_is_unavailable
from server.store.position_history import Point

log = logging.getLogger(__name__)

#: Points that wait while MongoDB is away: some minutes of a thousand couriers.
MOST_WAITING = 20_000

#: Points of one write.
MOST_IN_BATCH = 1000


class Points(Protocol):
    """Where points go; `server.store.position_history.MongoPositionHistory`."""

    async def add(self, points: Sequence[Point]) -> None:
        """Write a batch; the same point twice does no harm."""


class PositionHistory:
    """Keeps at most one point a courier and so many seconds."""

    def __init__(self, *, points: Points, rules: Rules, clock: Clock) -> None:
        self._points = points
        self._gap = timedelta(seconds=rules.position_point_seconds)
        self._keep = timedelta(seconds=rules.position_keep_seconds)
        self._pause_seconds = rules.position_batch_seconds
        self._clock = clock
        self._waiting: deque[Point] = deque(maxlen=MOST_WAITING)
        self._latest: dict[PersonId, datetime] = {}
        self._tasks = Tasks()
        self._turn = asyncio.Lock()
        self.lost = 0  #: points that there was no room for

    def start(self) -> None:
        """Begin to write; needs the running loop."""
        self._tasks.keep(self._write_on, name="position-history")

    async def close(self) -> None:
        """Stop, and write what waits, if MongoDB answers."""
        await self._tasks.close()
        try:
            await self.flush()
        except Unavailable:
            log.warning("positions not written at the end: %d", len(self._waiting))

    def note(self, courier: PersonId, place: Place, at: datetime) -> None:
        """Take a position of a courier on duty; those that follow too soon are left out."""
        now = self._clock()
        at = min(at, now)
        before = self._latest.get(courier)
        if at <= now - self._keep or (before is not None and at < before + self._gap):
            return
        if len(self._waiting) == MOST_WAITING:
            self.lost += 1
        self._latest[courier] = at
        self._waiting.append(Point(courier=courier, place=place, at=at))

    async def flush(self) -> None:
        """Write what waits.

        Raises:
            Unavailable: MongoDB did not answer; what is not written waits on.
        """
        async with self._turn:
            while self._waiting:
                count = min(MOST_IN_BATCH, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(count)]
                try:
                    with mongo_outage_is_unavailable():
                        await self._points.add(batch)
                except BaseException:
                    room = MOST_WAITING - len(self._waiting)
                    self.lost += max(0, len(batch) - room)
                    self._waiting.extendleft(reversed(batch[-room:] if room else []))
                    raise

    async def _write_on(self) -> None:
        while is_wanted():
            await asyncio.sleep(self._pause_seconds)
            self._forget_old()
            await self.flush()

    def _forget_old(self) -> None:
        """Forget when those were last noted whose next position is a point in any case."""
        old = self._clock() - self._gap
        for courier in [courier for courier, at in self._latest.items() if at <= old]:
            del self._latest[courier]
