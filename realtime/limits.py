"""Rate limits: how often something may happen within sliding windows, over all processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from redis.asyncio import Redis

from realtime.redis import outage_is_unavailable, script

#: (how many hits, within how many seconds)
Limit = tuple[int, float]


class Limits:
    """Sliding counters in Redis; exact, and bounded by the largest count of a key."""

    def __init__(self, redis: Redis, *, clock: Callable[[], datetime]) -> None:
        self._hit = script(redis, "realtime", "limits")
        self._clock = clock

    async def hit(self, key: str, limits: Sequence[Limit]) -> float | None:
        """Count one hit against all limits of the key, or against none of them.

        The key must hold nothing personal: hash phones and addresses first. Always use the
        same limits with the same key. A refused hit is not counted.

        Returns:
            None when it was counted, else the seconds until it would be.

        Raises:
            Unavailable: Redis did not answer; the hit may have been counted.
        """
        numbers: list[int] = [round(self._clock().timestamp() * 1000)]
        for count, window_seconds in limits:
            if count < 1 or window_seconds <= 0:
                raise ValueError(f"a limit of {count} in {window_seconds} s")
            numbers += [count, round(window_seconds * 1000)]
        with outage_is_unavailable():
            wait = int(await self._hit(keys=[f"limit:{key}"], args=numbers))
        return wait / 1000 if wait else None
