"""Who has a page open now, over all processes: said again and again, expiring."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from zlib import crc32

from redis.asyncio import Redis

from realtime.redis import outage_is_unavailable
from realtime.tasks import Tasks
from server.domain.errors import Unavailable
from server.domain.ids import PersonId

#: How often a process says whose sockets it holds, and how long that is believed, seconds.
BEAT_SECONDS = 10.0
LIFE_SECONDS = 25.0

#: People are spread over so many sorted sets; all processes must agree.
BUCKETS = 64


class OpenPages:
    """Sorted sets of people in Redis, scored by when their being here ends (ms since 1970)."""

    def __init__(
        self,
        redis: Redis,
        *,
        people: Callable[[], Iterable[PersonId]],
        clock: Callable[[], datetime],
    ) -> None:
        """`people` lists whose sockets are in this process."""
        self._redis = redis
        self._people = people
        self._clock = clock
        self._tasks = Tasks()

    def start(self) -> None:
        """Begin to say who is here; needs the running loop."""
        self._tasks.keep(self._beat_on, name="pages-beat")

    async def close(self) -> None:
        """Stop; who was here is forgotten by time."""
        await self._tasks.close()

    async def beat(self) -> None:
        """Say who is here now.

        Raises:
            Unavailable: Redis did not answer; beat again.
        """
        now_ms = self._now_ms()
        ends_ms = now_ms + round(LIFE_SECONDS * 1000)
        here: dict[str, dict[str, float]] = {}
        for person in self._people():
            here.setdefault(_key(person), {})[person] = ends_ms
        with outage_is_unavailable():
            async with self._redis.pipeline(transaction=False) as pipe:
                for key, people in here.items():
                    pipe.zadd(key, people, gt=True)
                    pipe.zremrangebyscore(key, "-inf", f"({now_ms}")
                    pipe.pexpire(key, round(LIFE_SECONDS * 2000))
                await pipe.execute()

    async def is_open(self, person: PersonId) -> bool:
        """Tell whether a page of the person was open a moment ago.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            ends_ms = await self._redis.zscore(_key(person), person)
        return ends_ms is not None and ends_ms >= self._now_ms()

    async def _beat_on(self) -> None:
        while True:
            with suppress(Unavailable):  # the next beat makes up for it
                await self.beat()
            await asyncio.sleep(BEAT_SECONDS)

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1000)


def _key(person: PersonId) -> str:
    return f"pages:{crc32(person.encode()) % BUCKETS}"
