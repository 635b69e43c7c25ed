"""A link that stays up for a week: deadlines hold by what each telling of the machine measures."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from hardware.clock import DRIFT, ServerClock
from hardware.health import HealthTurn
from hardware.link.calls import Call, Calls
from realtime.wire.envelope import Reply
from realtime.wire.health import Health, kept_reply

pytestmark = pytest.mark.virtual_time

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
#: What the server gives an open.
DEADLINE_SECONDS = 10.0
#: A usual round trip, and one over a bad mobile link.
USUAL_SECONDS, SLOW_SECONDS = (0.02, 0.2), (5.0, 14.0)


def lost_seconds(slow_in_a_row: int) -> float:
    """Tell how much of a deadline is lost at most: twice the error that a measure may have.

    That is half a usual round trip, and the drift until the next answer that is not slow.
    """
    return 2 * (USUAL_SECONDS[1] / 2 + DRIFT * (slow_in_a_row + 1) * (300.0 + SLOW_SECONDS[1]))


WELL = Health(id="-", ports=(), boards=(), clock_off_by_seconds=0.0)


class WellMachine:
    """A checkup that always sees the same."""

    latest = WELL

    async def look(self) -> Health:
        return WELL


class NothingWaiting:
    """A journal without events."""

    async def pending_count(self) -> int:
        return 0

    async def pending(self) -> tuple[()]:
        return ()


class LongLink:
    """An agent whose quartz is off, on a link that stays up; the loop's time is by its quartz."""

    def __init__(self, off: float, slow_share: float = 0.0, *, tells_time: bool = True) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._off = off
        self._slow_share = slow_share
        self._tells_time = tells_time
        self._rng = random.Random(11)
        self._answers: set[asyncio.Task[None]] = set()
        self.tellings = 0
        local = self._loop.time
        self.clock = ServerClock(local, lambda: 0.0)
        self.clock.measure(self.server_time, local(), local())
        turn = HealthTurn(WellMachine(), local)  # type: ignore[arg-type]
        self.calls = Calls(
            self._send,
            NothingWaiting(),  # type: ignore[arg-type]
            asyncio.Event(),
            turn,
            self.clock,
            self._read_clock,
            15.0,
        )

    @property
    def server_time(self) -> datetime:
        passed = (self._loop.time() - self._began) / (1.0 + self._off)
        return NOON + timedelta(seconds=passed)

    async def _read_clock(self, server_time: datetime, asked_at: float) -> None:
        self.clock.measure(server_time, asked_at, self._loop.time())

    async def _send(self, call: Call) -> None:
        self.tellings += 1
        answering = asyncio.create_task(self._answer(call.id))
        self._answers.add(answering)
        answering.add_done_callback(self._answers.discard)

    async def _answer(self, call_id: str) -> None:
        is_slow = self._rng.random() < self._slow_share
        round_trip = self._rng.uniform(*(SLOW_SECONDS if is_slow else USUAL_SECONDS))
        out = self._rng.random() * round_trip  # the ways there and back differ by all of it
        await asyncio.sleep(out)
        answer = kept_reply(call_id, self.server_time) if self._tells_time else Reply(id=call_id)
        await asyncio.sleep(round_trip - out)
        self.calls.answered(answer)

    def takes(self, after_seconds: float) -> bool:
        """Have an open judged that comes so long after the server asked for it."""
        asked_at = self.server_time - timedelta(seconds=after_seconds)
        last = self.clock.last_moment(asked_at + timedelta(seconds=DEADLINE_SECONDS))
        assert last is not None
        return self.clock.monotonic() <= last

    def latest_start(self) -> float:
        """Give how long after its asking an open may begin that comes at once."""
        last = self.clock.last_moment(self.server_time + timedelta(seconds=DEADLINE_SECONDS))
        assert last is not None
        return (last - self._loop.time()) / (1.0 + self._off)


@contextlib.asynccontextmanager
async def long_link(off: float, slow_share: float = 0.0) -> AsyncIterator[LongLink]:
    link = LongLink(off, slow_share)
    running = asyncio.create_task(link.calls.run())
    try:
        yield link
    finally:
        running.cancel()
        await asyncio.gather(running, *link._answers, return_exceptions=True)


@pytest.mark.parametrize("slow_share", [0.0, 0.2])
@pytest.mark.parametrize("off", [50e-6, -50e-6, 0.0])
async def test_for_a_week_no_open_in_time_is_refused_and_no_late_one_taken(
    off: float, slow_share: float
) -> None:
    rng = random.Random(3)
    allowed = lost_seconds(8 if slow_share else 0)
    async with long_link(off, slow_share) as link:
        while link.server_time < NOON + WEEK:
            await asyncio.sleep(rng.uniform(0.0, 400.0))
            assert not link.takes(DEADLINE_SECONDS + 1e-3)
            assert not link.takes(rng.uniform(DEADLINE_SECONDS, 60.0) + 1e-3)
            assert link.takes(DEADLINE_SECONDS - allowed)
            assert DEADLINE_SECONDS - allowed < link.latest_start() < DEADLINE_SECONDS
        assert 1900 < link.tellings < 2100, "every five minutes"


async def test_a_server_that_tells_no_time_leaves_the_measure_of_the_boot() -> None:
    link = LongLink(50e-6, tells_time=False)
    running = asyncio.create_task(link.calls.run())
    await asyncio.sleep(3 * 3600.0)
    assert link.tellings > 30
    assert link.clock.error_seconds() == pytest.approx(1.08, abs=0.01), "told, and judged by"
    assert link.takes(8.0)
    assert not link.takes(DEADLINE_SECONDS)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    "result",
    [
        {"server_time": "yesterday"},
        {"server_time": "2026-05-01T12:00:00"},
        {"server_time": "9999-12-31T23:59:59Z"},
        {},
        {"of": "a newer server"},
    ],
)
async def test_what_is_no_time_is_not_believed(result: dict[str, object]) -> None:
    link = LongLink(0.0)
    before = link.clock.kept("b1")
    running = asyncio.create_task(link.calls.run())
    link._answer = lambda call_id: _odd(link, call_id, result)  # type: ignore[method-assign]
    await asyncio.sleep(1000.0)
    assert link.tellings == 4, "and it is told on"
    assert link.clock.kept("b1") == before
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _odd(link: LongLink, call_id: str, result: dict[str, object]) -> None:
    link.calls.answered(Reply(id=call_id, result=result))
