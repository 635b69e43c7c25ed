"""Where couriers are: the latest position of each, gone after a while; no history here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.asyncio import Redis

from realtime.redis import outage_is_unavailable, script
from server.domain.geo import Place
from server.domain.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAt:
    """A place and when the courier was there."""

    place: Place
    at: datetime


class Positions:
    """Latest wins, by the time that the courier's device gave."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime], life_seconds: float = 3600
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._life_ms = round(life_seconds * 1000)
        self._put = script(redis, "realtime", "positions")

    async def put(self, courier: PersonId, place: Place, at: datetime) -> bool:
        """Keep a position unless a later one is known; tell whether it was kept.

        A time in the future counts as now: a phone whose clock is ahead must not shut out
        its own later reports.

        Raises:
            Unavailable: Redis did not answer; sending it again does no harm.
        """
        at_ms = round(min(at, self._clock()).timestamp() * 1000)
        with outage_is_unavailable():
            kept = await self._put(
                keys=[_key(courier)], args=[place.lat, place.lon, at_ms, self._life_ms]
            )
        return bool(kept)

    async def get(self, courier: PersonId) -> PlaceAt | None:
        """Give the latest position.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            found = await self._redis.hgetall(_key(courier))
        if not found:
            return None
        return PlaceAt(
            place=Place(lat=float(found[b"lat"]), lon=float(found[b"lon"])),
            at=datetime.fromtimestamp(int(found[b"at"]) / 1000, UTC),
        )

    async def forget(self, courier: PersonId) -> None:
        """Drop a courier's position, as going off duty does.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            await self._redis.delete(_key(courier))


def _key(courier: PersonId) -> str:
    return f"position:{{{courier}}}"
