"""Sliding limits on a real Redis, with a clock of the test's own."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from realtime.limits import Limits
from realtime.redis import connect
from server.domain.errors import Unavailable

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SMS = [(1, 60), (5, 3600), (10, 86400)]


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def test_hits_are_counted_until_a_window_is_full(redis_url):
    clock = Clock()
    async with connect(redis_url) as redis:
        limits = Limits(redis, clock=clock)
        assert await limits.hit("a", [(3, 10)]) is None
        clock.pass_seconds(1)
        assert await limits.hit("a", [(3, 10)]) is None
        assert await limits.hit("a", [(3, 10)]) is None
        assert await limits.hit("a", [(3, 10)]) == 9
        assert await limits.hit("b", [(3, 10)]) is None
        clock.pass_seconds(8.999)
        assert await limits.hit("a", [(3, 10)]) == pytest.approx(0.001)
        clock.pass_seconds(0.001)
        assert await limits.hit("a", [(3, 10)]) is None
        assert await limits.hit("a", [(3, 10)]) == 1


async def test_a_refused_hit_counts_in_no_window(redis_url):
    clock = Clock()
    async with connect(redis_url) as redis:
        limits = Limits(redis, clock=clock)
        for _ in range(4):
            assert await limits.hit("phone", SMS) is None
            assert await limits.hit("phone", SMS) == 60
            clock.pass_seconds(60)
        assert await limits.hit("phone", SMS) is None
        clock.pass_seconds(60)
        # Five were counted and four refused: the hour is full, the day is not.
        assert await limits.hit("phone", SMS) == 3600 - 300
        clock.pass_seconds(3300)
        for _ in range(5):
            assert await limits.hit("phone", SMS) is None
            clock.pass_seconds(3600)
        assert await limits.hit("phone", SMS) == 86400 - 5 * 3600 - 3600


async def test_hits_at_once_do_not_slip_through(redis_url):
    async with connect(redis_url) as redis:
        limits = Limits(redis, clock=Clock())
        answers = await asyncio.gather(*(limits.hit("k", [(7, 60)]) for _ in range(50)))
        assert answers.count(None) == 7


async def test_a_clock_that_is_behind_frees_nothing_early(redis_url):
    ahead, behind = Clock(), Clock()
    ahead.pass_seconds(30)
    async with connect(redis_url) as redis:
        assert await Limits(redis, clock=ahead).hit("k", [(2, 60)]) is None
        assert await Limits(redis, clock=behind).hit("k", [(2, 60)]) is None
        assert await Limits(redis, clock=behind).hit("k", [(2, 60)]) == 60


async def test_keys_vanish_with_their_longest_window(redis_url):
    async with connect(redis_url) as redis:
        await Limits(redis, clock=Clock()).hit("k", [(1, 5), (2, 40)])
        assert 39_000 < await redis.pttl("limit:k") <= 40_000
        assert await redis.llen("limit:k") == 1


@pytest.mark.parametrize("limit", [(0, 10), (-1, 10), (1, 0)])
async def test_a_senseless_limit_is_refused(redis_url, limit):
    async with connect(redis_url) as redis:
        with pytest.raises(ValueError, match="a limit of"):
            await Limits(redis, clock=Clock()).hit("k", [limit])


async def test_an_outage_is_told_as_unavailable(redis_server):
    async with connect(redis_server.url) as redis:
        redis_server.kill()
        with pytest.raises(Unavailable):
            await Limits(redis, clock=Clock()).hit("k", [(1, 1)])
