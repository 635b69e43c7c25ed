"""One that fails does not stop the others, and an outage is a line, not a page."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from pymongo.errors import AutoReconnect

from realtime.claims import ClaimsUnavailable
from server.domain.errors import Conflict, OutcomeUnknown, ProviderFailed, Unavailable
from server.services.one_by_one import MOST_OUTAGES, one_by_one
from server.services.worker import Job, Worker

OUTAGES = [
    Unavailable(part="redis"),
    OutcomeUnknown(part="mongo"),
    ClaimsUnavailable(),
    AutoReconnect("connection closed"),
]


def failing(faults: dict[int, Exception], seen: list[int]) -> Callable[[int], Awaitable[bool]]:
    async def work(thing: int) -> bool:
        seen.append(thing)
        if thing in faults:
            raise faults[thing]
        return thing % 2 == 0

    return work


async def test_the_others_are_done_and_those_that_did_something_counted(caplog):
    seen: list[int] = []
    faults = {0: KeyError("price_fen"), 2: Conflict(), 3: Unavailable(part="mongo")}
    assert await one_by_one(range(7), failing(faults, seen), name="thing") == 2
    assert seen == list(range(7))
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "WARNING"]
    assert [bool(record.exc_info) for record in caplog.records] == [True, False, False]


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda one: type(one).__name__)
async def test_an_outage_is_not_waited_for_once_a_thing(outage):
    seen: list[int] = []
    with pytest.raises(type(outage)):
        await one_by_one(range(100), failing(dict.fromkeys(range(100), outage), seen), name="thing")
    assert len(seen) == MOST_OUTAGES


async def test_a_provider_that_fails_is_no_outage_of_ours():
    seen: list[int] = []
    faults: dict[int, Exception] = dict.fromkeys(range(10), ProviderFailed())
    assert await one_by_one(range(10), failing(faults, seen), name="thing") == 0
    assert len(seen) == 10


@pytest.mark.parametrize(
    ("fault", "level"),
    [*((outage, logging.WARNING) for outage in OUTAGES), (KeyError("x"), logging.ERROR)],
    ids=lambda one: type(one).__name__,
)
async def test_a_job_goes_on_after_a_fault_and_says_so_in_one_line(fault, level, caplog):
    again = asyncio.Event()

    async def work() -> None:
        if caplog.records:
            again.set()
            return
        raise fault

    running = asyncio.ensure_future(Worker([Job(name="j", every_seconds=0.001, work=work)]).run())
    async with asyncio.timeout(30):
        await again.wait()
    running.cancel()
    await asyncio.wait({running})
    (record,) = caplog.records
    assert (record.levelno, bool(record.exc_info)) == (level, level == logging.ERROR)
    assert "j" in record.getMessage()
