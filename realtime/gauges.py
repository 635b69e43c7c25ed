"""How busy the platform is, over all its processes: each says its own numbers, expiring."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from redis.asyncio import Redis

from realtime.channels import STAFF
from realtime.feeds import Feeds
from realtime.presence import Presence
from realtime.redis import outage_is_unavailable, text
from realtime.tasks import Tasks
from server.domain.errors import Unavailable

BEAT_SECONDS = 2.0

#: A process that has not said its numbers for so long counts for nothing.
LIFE_MS = 10_000

#: The window over which events a second are counted.
RATE_SAMPLES = 6

#: Hash: process -> "sockets terminals until_ms".
KEY = "gauges"


class Gauges:
    """This process's numbers, said to all, and the sums."""

    def __init__(
        self,
        redis: Redis,
        *,
        process: str,
        feeds: Feeds,
        presence: Presence,
        sockets: Callable[[], int],
        terminals: Callable[[], int],
        clock: Callable[[], datetime],
    ) -> None:
        self._redis = redis
        self._process = process
        self._feeds = feeds
        self._presence = presence
        self._sockets = sockets
        self._terminals = terminals
        self._clock = clock
        self._tasks = Tasks()
        # When, epoch and offset of the staff channel: what every order event passes.
        self._samples: deque[tuple[datetime, str, int]] = deque(maxlen=RATE_SAMPLES)

    def start(self) -> None:
        """Begin to say this process's numbers; needs the running loop."""
        self._tasks.keep(self._beat_on, name="gauges-beat")

    async def close(self) -> None:
        """Stop, and count for nothing from now on."""
        await self._tasks.close()
        with suppress(Unavailable), outage_is_unavailable():
            await self._redis.hdel(KEY, self._process)

    async def sockets(self) -> int:
        """Count sockets of people and terminals. Raises: Unavailable."""
        return sum(sockets for sockets, _ in await self._said())

    async def terminals_online(self) -> int:
        """Count terminals with a living connection. Raises: Unavailable."""
        return sum(terminals for _, terminals in await self._said())

    async def couriers_on_duty(self) -> int:
        """Count couriers on duty with a living connection. Raises: Unavailable."""
        return await self._presence.on_duty()

    async def events_per_second(self) -> float:
        """Tell the rate of the staff channel over the last samples; 0 while there are none."""
        if len(self._samples) < 2:
            return 0.0
        (since, old_epoch, old), (until, epoch, new) = self._samples[0], self._samples[-1]
        seconds = (until - since) / timedelta(seconds=1)
        if epoch != old_epoch or seconds <= 0:
            return 0.0
        return round((new - old) / seconds, 1)

    async def _said(self) -> list[tuple[int, int]]:
        with outage_is_unavailable():
            found = await self._redis.hgetall(KEY)
        now = self._now_ms()
        rows = (text(row).split() for row in found.values())
        return [(int(row[0]), int(row[1])) for row in rows if int(row[2]) >= now]

    async def _beat_on(self) -> None:
        while True:
            with suppress(Unavailable):
                await self._beat()
            await asyncio.sleep(BEAT_SECONDS)

    async def _beat(self) -> None:
        position = await self._feeds.position(STAFF)
        self._samples.append((self._clock(), position.epoch, position.offset))
        row = f"{self._sockets()} {self._terminals()} {self._now_ms() + LIFE_MS}"
        with outage_is_unavailable():
            await self._redis.hset(KEY, self._process, row)

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1000)
