"""Short-lived values that all processes share and one of them renews, such as WeChat's token.

What is kept is given sealed: Redis, its append-only file and its backups hold no usable secret.
"""

from __future__ import annotations

from redis.asyncio import Redis

from realtime.redis import outage_is_unavailable, text

#: Deletes the claim only if it is still this holder's.
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class KeptSecrets:
    """Values with a life, each with a claim on renewing it; losing Redis loses only a renewal."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._release = redis.register_script(_RELEASE)

    async def get(self, name: str) -> str | None:
        """Give the kept value, None when there is none or its time is over.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            value = await self._redis.get(_value(name))
        return None if value is None else text(value)

    async def put(self, name: str, value: str, *, seconds: float) -> None:
        """Keep a value for so long.

        Raises:
            Unavailable: Redis did not answer; it may be kept.
        """
        with outage_is_unavailable():
            await self._redis.set(_value(name), value, px=_milliseconds(seconds))

    async def claim(self, name: str, holder: str, *, seconds: float) -> bool:
        """Let one holder renew it, for at most so long; False when another does.

        Raises:
            Unavailable: Redis did not answer; the claim may stand until its time is over.
        """
        with outage_is_unavailable():
            won = await self._redis.set(_claim(name), holder, nx=True, px=_milliseconds(seconds))
        return bool(won)

    async def release(self, name: str, holder: str) -> None:
        """Give the claim back, if it is still this holder's.

        Raises:
            Unavailable: Redis did not answer; the claim ends by itself.
        """
        with outage_is_unavailable():
            await self._release(keys=[_claim(name)], args=[holder])


def _value(name: str) -> str:
    return f"kept:{{{name}}}:value"


def _claim(name: str) -> str:
    return f"kept:{{{name}}}:claim"


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
