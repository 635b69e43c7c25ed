"""Feeds on a real Redis: contiguous offsets, following, resuming, waking."""

import asyncio
import time
from dataclasses import replace

import pytest

from realtime.feeds import Lost, Recovered
from realtime.feeds.values import meta_key, shard_of, stream_key
from realtime.redis import connect
from realtime.wire.envelope import Position
from server.domain.errors import Unavailable
from tests.integration.feeds.recording import QUICK, BrokenListener, Recording, feeds_on
from tests.waiting import eventually


async def test_offsets_are_contiguous_per_channel(redis_url):
    async with feeds_on(redis_url) as feeds:
        first = [(await feeds.publish("a", b"1"))["a"] for _ in range(5)]
        both = await feeds.publish(["a", "b", "a"], b"2")
        assert [position.offset for position in first] == [1, 2, 3, 4, 5]
        assert len({position.epoch for position in first}) == 1
        assert (both["a"].offset, both["b"].offset) == (6, 1)
        assert await feeds.position("a") == both["a"]


async def test_publishers_at_once_leave_no_gap_and_no_repeat(redis_url):
    much = replace(QUICK, keep_entries=500)
    async with feeds_on(redis_url, "p1", much) as one, feeds_on(redis_url, "p2", much) as two:
        heard = Recording()
        await one.follow("a", heard)
        publishes = [feeds.publish("a", b"%d" % n) for n in range(60) for feeds in (one, two)]
        await asyncio.gather(*publishes)
        await eventually(lambda: len(heard.entries) == 120)
        assert heard.offsets == list(range(1, 121))
        assert heard.losses == []


async def test_an_entry_carries_its_key_and_person(redis_url):
    async with feeds_on(redis_url) as feeds:
        heard = Recording()
        start = await feeds.follow("a", heard)
        assert start.offset == 0
        await feeds.publish("a", b'{"x":1}', key="door:7", to="person-1")
        await feeds.publish("a", b"{}")
        await eventually(lambda: len(heard.entries) == 2)
        assert (heard.entries[0].key, heard.entries[0].to) == ("door:7", "person-1")
        assert (heard.entries[1].key, heard.entries[1].to) == (None, None)
        assert heard.entries[0].payload == b'{"x":1}'
        assert heard.entries[0].epoch == start.epoch


async def test_following_another_channel_wakes_the_blocked_read(redis_url):
    patient = replace(QUICK, shards=1, block_seconds=50.0)
    async with feeds_on(redis_url, settings=patient) as feeds:
        heard = Recording()
        await feeds.follow("a", heard)
        await feeds.publish("a", b"1")
        await eventually(lambda: heard.offsets == [1])
        begin = time.monotonic()
        await feeds.follow("b", heard)
        await feeds.publish("b", b"2")
        await eventually(lambda: heard.payloads == [b"1", b"2"])
        assert time.monotonic() - begin < 30, "only a wake can be this early"


async def test_what_is_published_after_follow_returned_is_always_heard(redis_url):
    async with feeds_on(redis_url) as feeds:
        recordings = {f"c{n}": Recording() for n in range(30)}

        async def follow_then_publish(channel: str) -> None:
            await feeds.follow(channel, recordings[channel])
            await feeds.publish(channel, channel.encode())

        await asyncio.gather(*map(follow_then_publish, recordings))
        await eventually(
            lambda: all(heard.payloads == [name.encode()] for name, heard in recordings.items())
        )


async def test_two_processes_both_hear_each_entry_once(redis_url):
    async with feeds_on(redis_url, "p1") as one, feeds_on(redis_url, "p2") as two:
        first, second = Recording(), Recording()
        await one.follow("a", first)
        await two.follow("a", second)
        for n in range(20):
            await (one if n % 2 else two).publish("a", b"%d" % n)
        await eventually(lambda: len(first.entries) == 20 and len(second.entries) == 20)
        assert first.entries == second.entries


async def test_a_second_listener_starts_where_the_first_is(redis_url):
    async with feeds_on(redis_url) as feeds:
        early, late = Recording(), Recording()
        await feeds.follow("a", early)
        await feeds.publish("a", b"1")
        await eventually(lambda: early.offsets == [1])
        assert (await feeds.follow("a", late)).offset == 1
        await feeds.publish("a", b"2")
        await eventually(lambda: late.offsets == [2])
        assert early.offsets == [1, 2]


async def test_who_unfollows_hears_no_more_and_others_go_on(redis_url):
    async with feeds_on(redis_url) as feeds:
        stays, leaves = Recording(), Recording()
        await feeds.follow("a", stays)
        await feeds.follow("a", leaves)
        feeds.unfollow("a", leaves)
        feeds.unfollow("a", leaves)
        await feeds.publish("a", b"1")
        await eventually(lambda: stays.offsets == [1])
        assert leaves.all == []
        feeds.unfollow("a", stays)
        await feeds.publish("a", b"2")
        again = Recording()
        assert (await feeds.follow("a", again)).offset == 2
        assert stays.offsets == [1]


async def test_resume_gives_exactly_what_was_missed(redis_url):
    async with feeds_on(redis_url) as feeds:
        positions = [(await feeds.publish("a", b"%d" % n, to="p"))["a"] for n in range(10)]
        found = await feeds.resume("a", positions[3])
        assert isinstance(found, Recovered)
        assert [entry.payload for entry in found.entries] == [b"4", b"5", b"6", b"7", b"8", b"9"]
        assert [entry.offset for entry in found.entries] == list(range(5, 11))
        assert found.position == positions[-1]
        assert found.entries[0].to == "p"
        assert await feeds.resume("a", positions[-1]) == Recovered(
            position=positions[-1], entries=()
        )


async def test_resume_from_a_trimmed_position_is_lost(redis_url):
    few = replace(QUICK, keep_entries=5)
    async with feeds_on(redis_url, settings=few) as feeds:
        positions = [(await feeds.publish("a", b"%d" % n))["a"] for n in range(12)]
        kept = await feeds.resume("a", positions[6])  # 8..12 are kept, in offsets
        assert isinstance(kept, Recovered)
        assert [entry.offset for entry in kept.entries] == [8, 9, 10, 11, 12]
        assert await feeds.resume("a", positions[5]) == Lost(position=positions[-1])


async def test_resume_of_more_than_its_bound_is_lost(redis_url):
    async with feeds_on(redis_url) as feeds:
        positions = [(await feeds.publish("a", b"x"))["a"] for _ in range(45)]
        assert isinstance(await feeds.resume("a", positions[4]), Recovered)
        assert isinstance(await feeds.resume("a", positions[3]), Lost)


@pytest.mark.parametrize(
    ("epoch", "offset"),
    [
        ("123", 1),
        ("", 0),
        ("x", 0),
        ("-1", 0),
        ("1e5", 0),
        (None, 99),
        (None, -1),
        (None, 2**60),
        ("१", 0),
    ],
)
async def test_resume_from_a_position_that_never_was_is_lost(redis_url, epoch, offset):
    async with feeds_on(redis_url) as feeds:
        here = (await feeds.publish("a", b"1"))["a"]
        asked = Position(epoch=here.epoch if epoch is None else epoch, offset=offset)
        assert await feeds.resume("a", asked) == Lost(position=here)


async def test_a_follower_that_was_overtaken_by_trimming_is_told(redis_url):
    few = replace(QUICK, keep_entries=3)
    async with feeds_on(redis_url, settings=few) as feeds, connect(redis_url) as redis:
        heard = Recording()
        await feeds.follow("a", heard)
        await feeds.publish("a", b"1")
        await eventually(lambda: heard.offsets == [1])
        # Ten entries in one transaction: seven are gone before anybody can read.
        async with redis.pipeline(transaction=True) as pipe:
            shard = shard_of("a", few.shards)
            epoch = heard.entries[0].epoch
            for offset in range(2, 12):
                fields = {"d": b"x", "k": "", "t": ""}
                key = stream_key(shard, "a")
                pipe.xadd(key, fields, id=f"{epoch}-{offset}", maxlen=3, approximate=False)
            pipe.hset(meta_key(shard, "a"), "head", 11)
            await pipe.execute()
        await eventually(lambda: heard.offsets == [1, 9, 10, 11])
        assert heard.losses == [("a", Position(epoch=epoch, offset=8))]


async def test_an_unused_channel_leaves_redis(redis_url):
    async with feeds_on(redis_url) as feeds, connect(redis_url) as redis:
        await feeds.publish("a", b"1")
        await feeds.position("b")
        keys = [key async for key in redis.scan_iter("feed:*")]
        assert len(keys) == 3
        for key in keys:
            assert 0 < await redis.ttl(key) <= QUICK.life_seconds


async def test_a_channel_begun_anew_is_told_to_its_followers(redis_url):
    async with feeds_on(redis_url) as feeds, connect(redis_url) as redis:
        heard = Recording()
        await feeds.follow("a", heard)
        old = (await feeds.publish("a", b"1"))["a"]
        await eventually(lambda: heard.offsets == [1])
        await redis.flushall()
        new = (await feeds.publish("a", b"2"))["a"]
        await eventually(lambda: heard.payloads == [b"1", b"2"])
        assert int(new.epoch) > int(old.epoch)
        assert heard.losses == [("a", Position(epoch=new.epoch, offset=0))]


async def test_a_fault_in_a_listener_loses_nothing_silently(redis_url, caplog):
    async with feeds_on(redis_url) as feeds:
        broken, other = BrokenListener(), Recording()
        await feeds.follow("a", broken)
        await feeds.follow("a", other)
        await feeds.publish("a", b'"poison"')
        await eventually(lambda: broken.losses and other.losses)
        await feeds.publish("a", b"2")
        await eventually(lambda: other.payloads == [b"2"] and broken.payloads == [b"2"])
        assert "loop failed" in caplog.text


async def test_an_outage_is_unavailable_to_callers(redis_server):
    async with feeds_on(redis_server.url) as feeds:
        redis_server.kill()
        with pytest.raises(Unavailable):
            await feeds.publish("a", b"1")
        with pytest.raises(Unavailable):
            await feeds.follow("a", Recording())
        with pytest.raises(Unavailable):
            await feeds.resume("a", Position(epoch="1", offset=1))
