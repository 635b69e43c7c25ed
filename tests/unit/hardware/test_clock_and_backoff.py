"""The server's time on the monotonic clock, and how long to stay away from the server."""

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hardware.backoff import Backoff
from hardware.clock import ServerClock
from realtime.wire.envelope import CloseCode

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Clocks:
    """Two clocks that only move when told."""

    def __init__(self) -> None:
        self.monotonic = 1000.0
        self.wall = NOON.timestamp()

    def clock(self) -> ServerClock:
        return ServerClock(lambda: self.monotonic, lambda: self.wall)


def test_an_unmeasured_clock_dates_by_the_machine_and_judges_no_deadline() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    assert not clock.is_measured
    assert clock.now() == NOON
    assert clock.wall_of(990.0) == NOON - timedelta(seconds=10)
    assert clock.deadline(NOON) is None


def test_a_measured_clock_takes_half_the_round_trip_and_ignores_local_jumps() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    clock.measure(NOON + timedelta(hours=3), asked_at=1000.0, answered_at=1002.0)
    assert clock.is_measured
    assert clock.wall_of(1001.0) == NOON + timedelta(hours=3)
    assert clock.deadline(NOON + timedelta(hours=3, seconds=10)) == 1011.0
    clocks.wall += 86400
    clocks.monotonic = 1006.0
    assert clock.now() == NOON + timedelta(hours=3, seconds=5)


def test_time_zones_do_not_matter() -> None:
    clock = Clocks().clock()
    east = NOON.astimezone(timezone(timedelta(hours=8)))
    clock.measure(east, 1000.0, 1000.0)
    assert clock.now() == NOON
    assert clock.now().tzinfo is UTC
    assert clock.deadline(NOON) == clock.deadline(east) == 1000.0


@pytest.mark.parametrize("code", [None, 1006, CloseCode.GOING_AWAY, CloseCode.SLOW, 4499])
def test_pauses_grow_with_full_jitter_up_to_the_cap(code: int | None) -> None:
    backoff, rng = Backoff(), random.Random(5)
    for attempt, ceiling in ((1, 0.5), (2, 1.0), (5, 8.0), (7, 30.0), (1000, 30.0)):
        pauses = [backoff.pause(attempt, code, rng) for _ in range(200)]
        assert all(0 <= pause <= ceiling for pause in pauses)
        assert max(pauses) > 0.8 * ceiling
        assert min(pauses) < 0.2 * ceiling


@pytest.mark.parametrize(
    ("code", "low", "high"),
    [
        (CloseCode.REPLACED, 30.0, 60.0),
        (CloseCode.UNAUTHORIZED, 150.0, 300.0),
        (CloseCode.PROTOCOL_VERSION, 150.0, 300.0),
        (4999, 150.0, 300.0),
    ],
)
def test_who_is_not_wanted_stays_away_long(code: int, low: float, high: float) -> None:
    rng = random.Random(5)
    assert all(low <= Backoff().pause(1, code, rng) <= high for _ in range(100))
