"""Which couriers are on duty, and which processes hold their sockets.

Duty is a wish that outlives a lost connection; presence is kept alive by the process that
holds the socket, and ends by itself when that process dies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from redis.asyncio import Redis

from realtime.redis import outage_is_unavailable, text
from server.domain.ids import District, PersonId

#: Score = when the presence ends (ms since 1970); counts couriers on duty with a live socket.
ON_DUTY_KEY = "presence:on_duty"


class Presence:
    """Duty and presence in Redis, expiring."""

    def __init__(
        self,
        redis: Redis,
        *,
        process: str,
        clock: Callable[[], datetime],
        life_seconds: float = 60,
        duty_seconds: float = 12 * 3600,
    ) -> None:
        self._redis = redis
        self._process = process
        self._clock = clock
        self._life_ms = round(life_seconds * 1000)
        self._duty_ms = round(duty_seconds * 1000)

    @property
    def beat_seconds(self) -> float:
        """Give how often `beat` must be called."""
        return self._life_ms / 3000

    async def begin_duty(self, courier: PersonId, chosen: Iterable[District]) -> None:
        """Put a courier on duty with the districts chosen for when the position is old.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            await self._redis.set(_duty_key(courier), ",".join(sorted(chosen)), px=self._duty_ms)

    async def end_duty(self, courier: PersonId) -> None:
        """Take a courier off duty. Doing it twice changes nothing.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            await self._redis.delete(_duty_key(courier))
            await self._redis.zrem(ON_DUTY_KEY, courier)

    async def duty(self, courier: PersonId) -> frozenset[District] | None:
        """Give the chosen districts of a courier on duty; None when off duty.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            found = await self._redis.get(_duty_key(courier))
        if found is None:
            return None
        return frozenset(District(name) for name in text(found).split(",") if name)

    async def beat(self, couriers: Iterable[PersonId]) -> None:
        """Keep alive the presence of couriers on duty whose sockets are in this process.

        Raises:
            Unavailable: Redis did not answer; beat again.
        """
        now_ms = self._now_ms()
        ends_ms = now_ms + self._life_ms
        with outage_is_unavailable():
            async with self._redis.pipeline(transaction=False) as pipe:
                for courier in couriers:
                    pipe.hset(_presence_key(courier), self._process, str(ends_ms))
                    pipe.pexpire(_presence_key(courier), self._life_ms)
                    pipe.pexpire(_duty_key(courier), self._duty_ms)
                    pipe.zadd(ON_DUTY_KEY, {courier: ends_ms})
                pipe.zremrangebyscore(ON_DUTY_KEY, "-inf", f"({now_ms}")
                await pipe.execute()

    async def leave(self, courier: PersonId) -> None:
        """Say that this process holds no socket of the courier any more.

        Raises:
            Unavailable: Redis did not answer; the presence ends by itself.
        """
        with outage_is_unavailable():
            await self._redis.hdel(_presence_key(courier), self._process)

    async def processes(self, courier: PersonId) -> frozenset[str]:
        """Give the processes that hold a socket of the courier.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            found = await self._redis.hgetall(_presence_key(courier))
        now_ms = self._now_ms()
        return frozenset(text(name) for name, ends_ms in found.items() if int(ends_ms) >= now_ms)

    async def on_duty(self) -> int:
        """Count the couriers on duty with a live socket.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            return int(await self._redis.zcount(ON_DUTY_KEY, self._now_ms(), "+inf"))

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1000)


def _duty_key(courier: PersonId) -> str:
    return f"duty:{courier}"


def _presence_key(courier: PersonId) -> str:
    return f"presence:{courier}"
