"""Presence, positions and inboxes on a real Redis."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from realtime.inbox import Inbox
from realtime.positions import Positions
from realtime.presence import Presence
from realtime.redis import connect, connect_reading
from server.domain.errors import Unavailable
from server.domain.geo import Place
from server.domain.ids import District, PersonId, TerminalId
from tests.integration.realtime.test_limits import NOON, Clock
from tests.waiting import eventually

ANN, BOB = PersonId("ann"), PersonId("bob")
HERE, THERE = Place(lat=31.2, lon=121.4), Place(lat=31.3, lon=121.5)
T1 = TerminalId("t1")


async def test_the_latest_position_wins_by_the_devices_time(redis_url):
    clock = Clock()
    async with connect(redis_url) as redis:
        positions = Positions(redis, clock=clock, life_seconds=100)
        assert await positions.get(ANN) is None
        assert await positions.put(ANN, HERE, NOON - timedelta(seconds=5))
        assert not await positions.put(ANN, THERE, NOON - timedelta(seconds=6))
        found = await positions.get(ANN)
        assert (found.place, found.at) == (HERE, NOON - timedelta(seconds=5))
        assert await positions.put(ANN, THERE, NOON - timedelta(seconds=4))
        assert (await positions.get(ANN)).place == THERE
        clock.pass_seconds(97)
        assert await positions.get(ANN) is None
        assert await positions.put(ANN, HERE, NOON + timedelta(seconds=90))
        await positions.forget(ANN)
        assert await positions.get(ANN) is None


async def test_a_look_gives_what_changed_since_the_one_before(redis_url):
    clock = Clock()
    async with connect(redis_url) as redis:
        positions = Positions(redis, clock=clock, life_seconds=100)
        many = [PersonId(f"courier-{number}") for number in range(1200)]
        for courier in many:
            await positions.put(courier, HERE, NOON)
        first = await positions.changed()
        assert set(first.places) == set(many)
        assert {known.place for known in first.places.values()} == {HERE}
        await positions.put(many[7], THERE, NOON)
        await positions.forget(many[8])
        second = await positions.changed(first.marks)
        assert second.places[many[7]].place == THERE
        assert second.places[many[8]] is None
        clock.pass_seconds(100)
        assert set((await positions.changed()).places.values()) == {None}


async def test_a_clock_that_is_ahead_shuts_out_no_later_report(redis_url):
    clock = Clock()
    async with connect(redis_url) as redis:
        positions = Positions(redis, clock=clock)
        assert await positions.put(ANN, HERE, NOON + timedelta(days=1))
        assert (await positions.get(ANN)).at == NOON
        clock.pass_seconds(1)
        assert await positions.put(ANN, THERE, NOON + timedelta(seconds=1))


async def test_duty_is_kept_with_its_districts(redis_url):
    async with connect(redis_url) as redis:
        presence = Presence(redis, process="p1", clock=Clock())
        assert await presence.duty(ANN) is None
        await presence.begin_duty(ANN, [])
        assert await presence.duty(ANN) == frozenset()
        await presence.begin_duty(ANN, [District("wtw3s"), District("wtw3t")])
        assert await presence.duty(ANN) == {"wtw3s", "wtw3t"}
        await presence.end_duty(ANN)
        await presence.end_duty(ANN)
        assert await presence.duty(ANN) is None


async def test_presence_ends_by_itself_unless_it_is_kept_alive(redis_url):
    clock = Clock()
    async with connect(redis_url) as redis:
        one = Presence(redis, process="p1", clock=clock, life_seconds=60)
        two = Presence(redis, process="p2", clock=clock, life_seconds=60)
        await one.beat([ANN, BOB])
        await two.beat([ANN])
        assert await one.processes(ANN) == {"p1", "p2"}
        assert await one.on_duty() == 2
        clock.pass_seconds(40)
        await two.beat([ANN])
        clock.pass_seconds(21)
        assert await one.processes(ANN) == {"p2"}
        assert await one.processes(BOB) == frozenset()
        assert await one.on_duty() == 1
        await two.leave(ANN)
        assert await one.processes(ANN) == frozenset()


def inbox_of(redis, url, process, **settings) -> Inbox:
    return Inbox(
        redis,
        process=process,
        connect=lambda: connect_reading(url, block_seconds=0.5),
        **{"life_seconds": 60, "block_seconds": 0.5, **settings},
    )


class Letters:
    def __init__(self) -> None:
        self.read: list[bytes] = []

    async def __call__(self, message: bytes) -> None:
        self.read.append(message)
        if message == b"trouble":
            raise Unavailable


async def test_messages_arrive_in_order_and_only_at_their_process(redis_url):
    async with connect(redis_url) as redis:
        one, two = inbox_of(redis, redis_url, "p1"), inbox_of(redis, redis_url, "p2")
        first, second = Letters(), Letters()
        assert not await one.send("p2", b"too early")
        one.start(first)
        two.start(second)
        await eventually(lambda: redis.exists("process:p2"))
        for n in range(20):
            assert await one.send("p2", b"%d" % n)
        assert await two.send("p2", b"trouble")
        assert await two.send("p2", b"to myself")
        await eventually(lambda: second.read[-1:] == [b"to myself"])
        assert second.read[:20] == [b"%d" % n for n in range(20)]
        assert first.read == []
        await one.close()
        await two.close()
        assert not await one.send("p2", b"too late")


async def test_an_inbox_lives_through_a_restart_of_redis(redis_server):
    async with connect(redis_server.url) as redis:
        one = inbox_of(redis, redis_server.url, "p1")
        letters = Letters()
        one.start(letters)
        await eventually(lambda: redis.exists("process:p1"))
        await one.send("p1", b"before")
        await eventually(lambda: letters.read == [b"before"])
        redis_server.kill()
        with pytest.raises(Unavailable):
            await one.send("p1", b"during")
        redis_server.start()

        async def sent():
            try:
                return await one.send("p1", b"after")
            except Unavailable:
                return False

        await eventually(sent)
        await eventually(lambda: b"after" in letters.read)
        await one.close()


async def test_a_terminals_holder_is_the_latest_connection(redis_url):
    async with connect(redis_url) as redis:
        one, two = inbox_of(redis, redis_url, "p1"), inbox_of(redis, redis_url, "p2")
        await one.beat()
        await two.beat()
        assert await one.holder(T1) is None
        assert await one.hold(T1, 1)
        assert await two.hold(T1, 2)
        assert not await one.hold(T1, 1)
        assert await one.holder(T1) == "p2"
        await one.release(T1, 1)
        assert await one.holder(T1) == "p2"
        await two.release(T1, 2)
        assert await one.holder(T1) is None


async def test_a_beat_notes_again_what_redis_forgot(redis_url):
    async with connect(redis_url) as redis:
        one = inbox_of(redis, redis_url, "p1")
        await one.hold(T1, 1)
        await redis.flushall()
        assert await one.holder(T1) is None
        await one.beat()
        assert await one.holder(T1) == "p1"


async def test_a_dead_process_holds_nothing(redis_url):
    async with connect(redis_url) as redis:
        one = inbox_of(redis, redis_url, "p1")
        await one.beat()
        await one.hold(T1, 1)
        assert await one.holder(T1) == "p1"
        assert 0 < await redis.pttl("process:p1") <= 60_000, "it ends by itself"
        await redis.pexpire("process:p1", 1)  # as if those were over
        await eventually(lambda: _is_none(one.holder(T1)))


async def _is_none(found) -> bool:
    return await found is None


async def test_times_are_kept_to_the_millisecond(redis_url):
    at = datetime(2026, 11, 22, 1, 2, 3, 456000, tzinfo=UTC)
    async with connect(redis_url) as redis:
        positions = Positions(redis, clock=Clock(), life_seconds=1e9)
        await positions.put(ANN, HERE, at)
        assert (await positions.get(ANN)).at == at
        await asyncio.gather(*(positions.put(ANN, THERE, at) for _ in range(5)))
