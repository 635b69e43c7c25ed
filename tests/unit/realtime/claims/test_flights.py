"""One run at a time per key."""

import asyncio

import pytest

from realtime.claims.flights import Flights


async def test_those_who_ask_meanwhile_share_one_run():
    flights: Flights[int] = Flights()
    go, runs = asyncio.Event(), []

    async def run() -> int:
        runs.append(1)
        await go.wait()
        return len(runs)

    waiting = [asyncio.ensure_future(flights.join("a", run)) for _ in range(5)]
    other = asyncio.ensure_future(flights.join("b", run))
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*waiting, other) == [1, 1, 1, 1, 1, 2]
    assert not len(flights)
    assert await flights.join("a", run) == 3


async def test_an_error_reaches_all_who_wait_and_the_next_may_succeed():
    flights: Flights[int] = Flights()

    async def fail() -> int:
        raise LookupError("no")

    outcomes = await asyncio.gather(
        *(flights.join("a", fail) for _ in range(3)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [LookupError] * 3
    with pytest.raises(LookupError):
        await flights.join("a", fail)


async def test_a_run_goes_on_when_all_who_waited_are_gone_and_is_drained():
    flights: Flights[int] = Flights()
    go, done = asyncio.Event(), []

    async def run() -> int:
        await go.wait()
        done.append(1)
        return 1

    waiting = asyncio.ensure_future(flights.join("a", run))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    go.set()
    await flights.drain(timeout_seconds=5)
    assert done == [1]


async def test_draining_cancels_what_takes_too_long():
    flights: Flights[int] = Flights()

    async def run() -> int:
        await asyncio.Event().wait()
        return 1

    waiting = asyncio.ensure_future(flights.join("a", run))
    await asyncio.sleep(0)
    await flights.drain(timeout_seconds=0.01)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not len(flights)
