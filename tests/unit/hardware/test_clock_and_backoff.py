"""The server's time on the monotonic clock, and how long to stay away from the server."""

import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from hardware.clock import KeptMeasure, ServerClock
from hardware.link.backoff import Backoff
from hardware.machine import boot_name, since_boot
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


class Suspending(Clocks):
    """A machine that slept: its boot clock ran on, its monotonic one stood still."""

    slept = 0.0

    def clock(self) -> ServerClock:
        return ServerClock(
            lambda: self.monotonic, lambda: self.wall, lambda: self.monotonic + self.slept
        )


def test_a_suspended_machine_does_not_lose_the_time() -> None:
    clocks = Suspending()
    clock = clocks.clock()
    clock.measure(NOON, 1000.0, 1000.0)
    deadline = NOON + timedelta(seconds=30)
    clocks.slept = 3600.0
    assert clock.now() == NOON + timedelta(hours=1)
    assert clock.deadline(deadline) == 1000.0 - 3570.0
    assert clock.wall_of(1000.0) == clock.now()


def test_an_answer_read_after_a_suspension_is_known_to_be_wrong_by_as_much() -> None:
    clocks = Suspending()
    clock = clocks.clock()
    asked_at = clock.since_boot()
    clocks.slept = 100.0
    clock.measure(NOON, asked_at, clock.since_boot())
    assert clock.error_seconds() == pytest.approx(50.0, abs=0.01)


def test_the_error_is_half_the_round_trip_and_grows_with_age() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    assert clock.error_seconds() is None
    clock.measure(NOON, 999.0, 1000.0)
    assert clock.error_seconds() == pytest.approx(0.5, abs=1e-3)
    clocks.monotonic += 10 * 86400
    assert clock.error_seconds() == pytest.approx(0.5 + 86.4, abs=1e-3)


def test_a_slow_answer_does_not_spoil_a_good_measure() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    assert clock.measure(NOON, 999.95, 1000.05)
    clocks.monotonic += 300.0
    slow = NOON + timedelta(seconds=300 - 14)  # it lay on the way back nearly all the time
    assert not clock.measure(slow, clocks.monotonic - 15.0, clocks.monotonic)
    assert clock.now() == NOON + timedelta(seconds=300)
    assert clock.error_seconds() == pytest.approx(0.05 + 0.03)
    assert clock.measure(NOON + timedelta(seconds=300), clocks.monotonic - 0.1, clocks.monotonic)
    assert clock.error_seconds() == pytest.approx(0.05, abs=1e-4)


def test_a_measure_gives_way_as_soon_as_its_age_makes_it_the_worse_one() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    clock.measure(NOON, 1000.0, 1000.0)
    for age, is_taken in ((999.0, False), (1003.0, True)):  # 0.2 s round trip: 1000 s of drift
        clocks.monotonic = 1000.0 + age
        true = NOON + timedelta(seconds=age - 0.1)
        asked_at = clocks.monotonic - 0.2
        assert clock.measure(true, asked_at, clocks.monotonic) is is_taken


@pytest.mark.parametrize("jump", [timedelta(hours=-3), timedelta(seconds=0.3), timedelta(days=400)])
def test_a_server_whose_clock_was_set_is_followed(jump: timedelta) -> None:
    clocks = Clocks()
    clock = clocks.clock()
    clock.measure(NOON, 999.95, 1000.05)
    clocks.monotonic += 300.0
    set_to = NOON + timedelta(seconds=300) + jump
    assert clock.measure(set_to, clocks.monotonic - 0.2, clocks.monotonic)
    assert clock.now() == set_to + timedelta(seconds=0.1)


def test_a_deadline_ends_as_early_as_the_clock_may_be_wrong() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    assert clock.last_moment(NOON) is None
    clock.measure(NOON, 999.0, 1000.0)
    clocks.monotonic = 1000.0
    deadline = NOON + timedelta(seconds=10.5)
    assert clock.deadline(deadline) == 1010.0
    assert clock.last_moment(deadline) == pytest.approx(1009.5, abs=2e-3)
    over = clock.last_moment(NOON + timedelta(seconds=0.9))
    assert over is not None and over < 1000.0, "it may be over"


def test_a_new_process_of_the_same_boot_trusts_the_kept_measure() -> None:
    clocks = Clocks()
    first = clocks.clock()
    assert first.kept("boot-1") is None
    first.measure(NOON, 998.0, 1000.0)
    kept = msgspec.json.decode(msgspec.json.encode(first.kept("boot-1")), type=KeptMeasure)
    clocks.monotonic += 500.0
    clocks.wall -= 10 * 86400
    second = clocks.clock()
    assert second.restore(kept, "boot-1")
    assert second.now() == NOON + timedelta(seconds=501)
    assert second.error_seconds() == pytest.approx(1.0, abs=0.1)
    assert second.deadline(NOON + timedelta(seconds=600)) == 1599.0


@pytest.mark.parametrize("boot_name", ["boot-2", None])
def test_after_a_reboot_nothing_is_trusted(boot_name: str | None) -> None:
    clocks = Clocks()
    first = clocks.clock()
    first.measure(NOON, 1000.0, 1000.0)
    kept = first.kept("boot-1")
    second = clocks.clock()
    assert not second.restore(kept, boot_name)
    assert not second.restore(None, "boot-1")
    assert not second.is_measured
    assert first.kept(None) is None


def test_a_measure_from_the_future_of_this_boot_is_none() -> None:
    clocks = Clocks()
    first = clocks.clock()
    first.measure(NOON, 1000.0, 1000.0)
    clocks.monotonic = 999.0
    assert not clocks.clock().restore(first.kept("boot-1"), "boot-1")


def test_a_wrong_wall_clock_is_told_by_how_much() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    assert clock.wall_off_by_seconds() is None
    clock.measure(NOON + timedelta(minutes=5), 1000.0, 1000.0)
    assert clock.wall_off_by_seconds() == -300.0
    clocks.wall += 400
    assert clock.wall_off_by_seconds() == 100.0


def test_the_machine_s_boot_has_a_name_where_the_kernel_gives_one(tmp_path: Path) -> None:
    path = tmp_path / "boot_id"
    assert boot_name(path) is None
    path.write_bytes(b"\xff\xfe")
    assert boot_name(path) is None
    path.write_text("\n")
    assert boot_name(path) is None
    path.write_text("9f0c\n")
    assert boot_name(path) == "9f0c"
    assert since_boot() <= since_boot()


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
