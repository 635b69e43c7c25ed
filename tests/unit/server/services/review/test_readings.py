"""A reader of photos that hangs holds nobody up."""

import asyncio
import threading

import pytest

from server.domain.orders import Match
from server.services.review.readings import AT_ONCE, PhotoReader
from tests.waiting import eventually


class OnePhoto:
    """A store with one photo in it."""

    async def content(self, photo: str) -> bytes:
        return b"SF1234567890123"


async def test_a_reader_that_hangs_makes_the_photo_unreadable_and_the_loop_runs_on():
    let_go, beats = threading.Event(), 0

    def hangs(picture: bytes) -> tuple[str, ...]:
        let_go.wait(20)
        return (picture.decode(),)

    reader = PhotoReader(photos=OnePhoto(), read_numbers=hangs, most_seconds=0.05)
    waiting = [asyncio.ensure_future(reader.read("F1", "SF1234567890123")) for _ in range(5)]
    while not all(one.done() for one in waiting):
        await asyncio.sleep(0)
        beats += 1
    assert beats > 10
    assert {one.result().match for one in waiting} == {Match.UNREADABLE}
    let_go.set()


async def test_what_is_read_is_compared():
    reader = PhotoReader(photos=OnePhoto(), read_numbers=lambda picture: (picture.decode(),))
    assert (await reader.read("F1", "SF1234567890123")).match is Match.MATCH
    assert (await reader.read("F1", "SF0000000000000")).match is Match.MISMATCH


async def test_a_closed_reader_ends_its_threads_and_begins_nothing_more():
    let_go, begun = threading.Event(), []

    def hangs(picture: bytes) -> tuple[str, ...]:
        begun.append(threading.current_thread())
        let_go.wait(20)
        return ()

    reader = PhotoReader(photos=OnePhoto(), read_numbers=hangs)
    waiting = [asyncio.ensure_future(reader.read("F1", "SF1")) for _ in range(6)]
    await eventually(lambda: len(begun) == AT_ONCE)
    reader.close()
    let_go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert len(results) == 6
    for thread in begun:
        thread.join(20)
        assert not thread.is_alive()
    assert len(begun) == AT_ONCE
    with pytest.raises(RuntimeError):
        await reader.read("F1", "SF1")
