"""Redis killed and restarted, also empty or from an older append-only file: no silent hole."""

import asyncio
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest

from realtime.feeds import Lost, Recovered
from realtime.redis import Client, connect_reading
from server.domain.errors import Unavailable
from tests.integration.feeds.recording import Recording, feeds_on
from tests.waiting import eventually


def data_of(server):
    return server.directory.data


def forget_everything(server) -> None:
    for path in data_of(server).iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


async def publish_until_taken(feeds, channel, payload):
    """Do as a relay does: again until Redis has it."""

    async def taken():
        with suppress(Unavailable):
            return await feeds.publish(channel, payload)
        return None

    return (await eventually(taken))[channel]


def is_at(heard: Recording, position) -> bool:
    """Tell whether everything up to a position was heard, or announced as lost."""
    last = heard.all[-1] if heard.all else None
    return (last[1] if isinstance(last, tuple) else last and last.position) == position


def without_holes(heard: Recording) -> None:
    """Check that every gap in what was heard was announced just before it."""
    last = None
    for one in heard.all:
        if isinstance(one, tuple):
            last = one[1]
            continue
        if last is not None:
            assert (one.epoch, one.offset) == (last.epoch, last.offset + 1), "a silent hole"
        last = one.position


async def test_a_kill_and_restart_begins_a_new_epoch_and_is_told(redis_server):
    async with feeds_on(redis_server.url) as feeds:
        heard = Recording()
        await feeds.follow("a", heard)
        old = (await feeds.publish("a", b"1"))["a"]
        await eventually(lambda: heard.payloads == [b"1"])
        redis_server.kill()
        redis_server.start()
        await eventually(lambda: heard.losses)
        new = await publish_until_taken(feeds, "a", b"2")
        await eventually(lambda: heard.payloads == [b"1", b"2"])
        assert int(new.epoch) > int(old.epoch)
        assert new.offset == 1
        assert isinstance(await feeds.resume("a", old), Lost)
        without_holes(heard)


async def test_a_restart_without_any_later_entry_is_told_too(redis_server):
    async with feeds_on(redis_server.url) as feeds:
        heard = Recording()
        position = await feeds.follow("a", heard)
        redis_server.kill()
        forget_everything(redis_server)
        redis_server.start()
        await eventually(lambda: heard.losses)
        assert heard.losses[0][1].epoch != position.epoch


@pytest.mark.parametrize("read", [0, 1, 3])
async def test_a_restart_between_two_reads_is_told_too(redis_server, read):
    """No read was under way, and the next one finds a Redis that serves: nothing has failed."""
    heard = Recording()
    reading = restarting_before(read, redis_server)
    async with feeds_on(redis_server.url, reading=reading) as feeds:
        position = await feeds.follow("a", heard)
        await eventually(lambda: heard.losses)
        assert heard.losses[0][1].epoch != position.epoch


def restarting_before(number, redis_server) -> Callable[..., Client]:
    """Have Redis die and come back just before a reader sends a certain read."""

    def connected(url: str, *, block_seconds: float) -> Client:
        client = connect_reading(url, block_seconds=block_seconds)
        read, numbers = client.xread, count()

        async def xread(*args, **options):
            if next(numbers) == number:
                redis_server.kill()
                redis_server.start()
                for _ in range(5):  # turns of the loop: the end of the connection is seen
                    await asyncio.sleep(0)
            return await read(*args, **options)

        client.xread = xread
        return client

    return connected


async def test_a_restart_from_an_older_file_honours_no_position(redis_server, tmp_path):
    async with feeds_on(redis_server.url) as feeds:
        heard = Recording()
        await feeds.follow("a", heard)
        early = (await feeds.publish("a", b"1"))["a"]
        await eventually(lambda: heard.payloads == [b"1"])
        shutil.copytree(data_of(redis_server), tmp_path / "older")
        late = (await feeds.publish("a", b"2"))["a"]
        await eventually(lambda: heard.payloads == [b"1", b"2"])
        redis_server.kill()
        forget_everything(redis_server)
        shutil.copytree(tmp_path / "older", data_of(redis_server), dirs_exist_ok=True)
        redis_server.start()
        new = await publish_until_taken(feeds, "a", b"3")
        await eventually(lambda: is_at(heard, new))
        assert isinstance(await feeds.resume("a", early), Lost)
        assert isinstance(await feeds.resume("a", late), Lost)
        assert isinstance(await feeds.resume("a", new), Recovered)
        without_holes(heard)


@pytest.mark.parametrize("seed", range(3))
async def test_kills_at_any_moment_leave_no_silent_hole(redis_server, seed):
    rng = random.Random(seed)
    async with (
        feeds_on(redis_server.url, "p1") as publisher,
        feeds_on(redis_server.url, "p2") as one,
        feeds_on(redis_server.url, "p3") as two,
    ):
        first, second = Recording(), Recording()
        await one.follow("a", first)
        await two.follow("a", second)
        told = []

        async def publish_all():
            for n in range(60):
                told.append(await publish_until_taken(publisher, "a", b"%d" % n))

        publishing = asyncio.create_task(publish_all())
        for _ in range(3):
            before = len(told) + rng.randrange(1, 8)
            await eventually(lambda before=before: len(told) >= before or publishing.done())
            redis_server.kill()
            if rng.random() < 0.5:
                forget_everything(redis_server)
            redis_server.start()
        await publishing
        for heard in (first, second):
            await eventually(lambda heard=heard: is_at(heard, told[-1]))
            without_holes(heard)
            assert len(heard.losses) >= 1
