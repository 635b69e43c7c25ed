"""Owned background work: it ends with its owner, even when a cancellation is swallowed."""

import asyncio

import pytest

from realtime.tasks import LONGEST_PAUSE_SECONDS, Tasks, pause_seconds
from server.domain.errors import Unavailable
from tests.waiting import eventually


async def test_a_failure_is_logged_and_forgotten(caplog):
    tasks = Tasks()

    async def fail():
        raise RuntimeError("broken")

    tasks.start(fail(), name="fails")
    await eventually(lambda: len(tasks) == 0)
    assert "task failed" in caplog.text
    caplog.clear()


async def test_a_loop_that_crashes_starts_again_and_one_that_returns_does_not(caplog):
    tasks, rounds = Tasks(), []

    async def loop():
        rounds.append(1)
        if len(rounds) < 3:
            raise RuntimeError("broken")

    tasks.keep(loop, name="loop")
    await eventually(lambda: len(tasks) == 0)
    assert len(rounds) == 3
    assert caplog.text.count("loop failed") == 2
    caplog.clear()


async def test_an_outage_that_ends_a_loop_is_a_line_and_no_traceback(caplog):
    tasks, rounds = Tasks(), []

    async def loop():
        rounds.append(1)
        if len(rounds) < 2:
            raise Unavailable(part="redis")

    tasks.keep(loop, name="loop")
    await eventually(lambda: len(tasks) == 0)
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)


async def test_close_ends_a_task_that_swallows_its_first_cancellation():
    tasks = Tasks()
    begun = asyncio.Event()

    async def deaf_once():
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    tasks.start(deaf_once(), name="deaf")
    await begun.wait()
    await asyncio.wait_for(tasks.close(), 30)
    assert len(tasks) == 0


@pytest.mark.parametrize("failures", [0, 1, 5, 100])
def test_pauses_grow_to_a_bound(failures):
    assert 0 < pause_seconds(failures) <= LONGEST_PAUSE_SECONDS
