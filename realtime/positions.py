"""Where couriers are: the latest position of each, gone after a while; no history here.

Positions lie in a fixed number of hashes, each beside a sorted set that says when one changed:
so one look, however many couriers there are, reads what is new since the look before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zlib import crc32

from redis.asyncio import Redis

from realtime.redis import outage_is_unavailable, script, text
from server.domain.geo import Place
from server.domain.ids import PersonId

#: Couriers are spread over so many hashes, each with a hash tag; all processes must agree.
SHARDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAt:
    """A place and when the courier was there."""

    place: Place
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What changed since a look before: new places, None for who went off duty."""

    places: Mapping[PersonId, PlaceAt | None]
    marks: tuple[int, ...] = field(repr=False)  #: for the next look; each is one shard's clock


class Positions:
    """Latest wins, by the time that the courier's device gave."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime], life_seconds: float = 3600
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._life_ms = round(life_seconds * 1000)
        self._put = script(redis, "realtime", "positions")
        self._forget = script(redis, "realtime", "positions_forget")
        self._changed = script(redis, "realtime", "positions_changed")

    async def put(self, courier: PersonId, place: Place, at: datetime) -> bool:
        """Keep a position unless a later one is known; tell whether it was kept.

        A time in the future counts as now: a phone whose clock is ahead must not shut out
        its own later reports.

        Raises:
            Unavailable: Redis did not answer; sending it again does no harm.
        """
        now = self._clock()
        at_ms = _ms(min(at, now))
        place_args = (repr(place.lat), repr(place.lon))
        with outage_is_unavailable():
            kept = await self._put(
                keys=_keys(_shard(courier)),
                args=[courier, *place_args, at_ms, self._life_ms, _ms(now)],
            )
        return bool(kept)

    async def get(self, courier: PersonId) -> PlaceAt | None:
        """Give the latest position.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            found = await self._redis.hget(_keys(_shard(courier))[0], courier)
        return self._alive(text(found)) if found else None

    async def forget(self, courier: PersonId) -> None:
        """Drop a courier's position, as going off duty does.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            await self._forget(keys=_keys(_shard(courier)), args=[courier, self._life_ms])

    async def changed(self, marks: tuple[int, ...] = (0,) * SHARDS) -> Changed:
        """Read what changed since a look before, or all that is known; one round trip.

        Something may be told twice; nothing is left out.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            async with self._redis.pipeline(transaction=False) as pipe:
                for shard, mark in enumerate(marks):
                    await self._changed(keys=_keys(shard), args=[mark], client=pipe)
                answers = await pipe.execute()
        places: dict[PersonId, PlaceAt | None] = {}
        for _, *rows in answers:
            for courier, row in zip(rows[::2], rows[1::2], strict=True):
                places[PersonId(text(courier))] = self._alive(text(row))
        return Changed(places=places, marks=tuple(int(answer[0]) for answer in answers))

    def _alive(self, row: str) -> PlaceAt | None:
        """Read a position; None where there is none, or one that is past its life."""
        if not row:
            return None
        lat, lon, at_ms = row.split(" ")
        if int(at_ms) <= _ms(self._clock()) - self._life_ms:
            return None
        return PlaceAt(
            place=Place(lat=float(lat), lon=float(lon)),
            at=datetime.fromtimestamp(int(at_ms) / 1000, UTC),
        )


def _shard(courier: PersonId) -> int:
    return crc32(courier.encode()) % SHARDS


def _keys(shard: int) -> list[str]:
    return [f"positions:{{{shard}}}", f"positions_changed:{{{shard}}}"]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
