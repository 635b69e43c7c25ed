"""Couriers on duty whose pages may sleep: where they are to be found, and who is to be looked at.

An offer calls the couriers of the districts that its ring touches. Each who is called is looked
at once, a moment later, so that several offers are one message, and then not again within the
gap. Who took a courier and died gives them back by time. Losing Redis loses the calls that were
waiting; an offer that widens calls again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from redis.asyncio import Redis

from realtime.redis import outage_is_unavailable, script, text
from server.domain.ids import District, PersonId

#: One slot of a cluster: scripts take these keys together.
DUE_KEY = "{asleep}:due"
TAKEN_KEY = "{asleep}:taken"
TOLD_KEY = "{asleep}:told:"

#: A district that nobody enters for so long is forgotten; its entries end before.
LONGEST_MS = 24 * 3600 * 1000

#: How long looking at one courier may take before another worker does.
LEASE_MS = 60_000

#: Couriers called by one offer in one district, and waiting at all: more have other worries.
MOST_CALLED = 1_000
MOST_WAITING = 50_000


class AsleepCouriers:
    """Sorted sets in Redis, all expiring."""

    def __init__(
        self,
        redis: Redis,
        *,
        clock: Callable[[], datetime],
        merge_seconds: float,
        gap_seconds: float,
    ) -> None:
        """Take how long a call waits for others, and the pause between two messages."""
        self._redis = redis
        self._clock = clock
        self._merge_ms = round(merge_seconds * 1000)
        self._gap_ms = round(gap_seconds * 1000)
        self._take = script(redis, "realtime", "asleep")

    async def enlist(
        self, courier: PersonId, districts: Iterable[District], *, seconds: float
    ) -> None:
        """Let a courier be called in districts for so long; an earlier end of theirs is moved.

        Raises:
            Unavailable: Redis did not answer; doing it again does no harm.
        """
        now_ms, life_ms = self._now_ms(), round(seconds * 1000)
        with outage_is_unavailable():
            async with self._redis.pipeline(transaction=False) as pipe:
                for district in districts:
                    key = _district_key(district)
                    pipe.zadd(key, {courier: now_ms + life_ms}, gt=True)
                    pipe.zremrangebyscore(key, "-inf", now_ms)
                    pipe.pexpire(key, max(life_ms, LONGEST_MS))
                await pipe.execute()

    async def call(self, districts: Iterable[District]) -> int:
        """Call the couriers of some districts; who is waiting already waits no longer for it.

        Raises:
            Unavailable: Redis did not answer; calling again does no harm.
        """
        now_ms = self._now_ms()
        called: set[str] = set()
        with outage_is_unavailable():
            if await self._redis.zcard(DUE_KEY) >= MOST_WAITING:
                return 0
            async with self._redis.pipeline(transaction=False) as pipe:
                for district in districts:
                    key = _district_key(district)
                    pipe.zrevrangebyscore(key, "+inf", now_ms, start=0, num=MOST_CALLED)
                for found in await pipe.execute():
                    called.update(map(text, found))
            if called:
                due = dict.fromkeys(called, now_ms + self._merge_ms)
                await self._redis.zadd(DUE_KEY, due, nx=True)
        return len(called)

    async def take(self, limit: int) -> list[PersonId]:
        """Give couriers who are due, each to one caller; give each back with `done`.

        Raises:
            Unavailable: Redis did not answer; who was given is due again when the lease ends.
        """
        arguments = [self._now_ms(), limit, self._gap_ms, LEASE_MS]
        with outage_is_unavailable():
            found = await self._take(keys=[DUE_KEY, TAKEN_KEY, TOLD_KEY], args=arguments)
        return [PersonId(text(courier)) for courier in found]

    async def done(
        self, courier: PersonId, *, told: bool, again_seconds: float | None = None
    ) -> None:
        """Give a courier back: told, who rests for the gap now, or to be looked at again.

        Raises:
            Unavailable: Redis did not answer; they are due again when the lease ends.
        """
        with outage_is_unavailable():
            async with self._redis.pipeline(transaction=True) as pipe:
                if told:
                    pipe.set(TOLD_KEY + courier, "1", px=self._gap_ms)
                if again_seconds is not None:
                    due_ms = self._now_ms() + round(again_seconds * 1000)
                    pipe.zadd(DUE_KEY, {courier: due_ms}, nx=True)
                pipe.zrem(TAKEN_KEY, courier)
                await pipe.execute()

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1000)


def _district_key(district: District) -> str:
    return f"asleep:in:{district}"
