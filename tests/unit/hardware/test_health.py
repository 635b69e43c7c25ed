"""When a connection is told how the machine does: at once, after changes, now and then."""

import msgspec

from hardware.health import LEAST_SECONDS, MOST_SECONDS, HealthTurn, essence
from realtime.wire.health import BoardHealth, Health, PortHealth

WELL = Health(
    id="-",
    ports=(PortHealth(device="/dev/ttyS9", protocol="8a", state="ready"),),
    boards=(BoardHealth(port=0, address=1, is_answering=True),),
    disk_free_bytes=10**9,
    clock_off_by_seconds=0.1,
)


def changed(**fields: object) -> Health:
    return msgspec.structs.replace(WELL, **fields)


class SeenMachine:
    """A checkup whose looks are given to it."""

    def __init__(self, seen: Health | None) -> None:
        self.latest = seen
        self.now = 50.0

    async def look(self) -> Health:
        assert self.latest is not None
        return self.latest


def turn(seen: Health | None = WELL) -> tuple[SeenMachine, HealthTurn]:
    machine = SeenMachine(seen)
    return machine, HealthTurn(machine, lambda: machine.now)  # type: ignore[arg-type]


def test_nothing_is_due_before_a_look() -> None:
    assert turn(None)[1].due_in() is None


async def test_it_is_told_at_once_then_after_changes_and_now_and_then() -> None:
    machine, due = turn()
    assert due.due_in() == 0.0
    assert await due.tell() is WELL
    assert due.due_in() == MOST_SECONDS
    machine.now += 4.0
    machine.latest = changed(spooled=7, uptime_seconds=4.0)
    assert due.due_in() == MOST_SECONDS - 4.0
    machine.latest = changed(disk_error="disk full")
    assert due.due_in() == LEAST_SECONDS - 4.0
    machine.now += 7.0
    assert due.due_in() == 0.0
    await due.tell()
    machine.now += MOST_SECONDS
    assert due.due_in() == 0.0


async def test_what_changed_back_in_time_is_not_told() -> None:
    machine, due = turn()
    await due.tell()
    machine.latest = changed(boards=())
    machine.now += LEAST_SECONDS - 1
    machine.latest = WELL
    machine.now += 1
    assert due.due_in() == MOST_SECONDS - LEAST_SECONDS


async def test_a_server_that_does_not_want_it_is_told_no_more() -> None:
    machine, due = turn()
    await due.tell()
    due.give_up()
    machine.latest = changed(ports=())
    machine.now += 2 * MOST_SECONDS
    assert due.due_in() is None


def test_counters_are_no_change_and_faults_are() -> None:
    port = msgspec.structs.replace(WELL.ports[0], exchanges=9, dropped_bytes=3)
    assert essence(changed(ports=(port,), disk_free_bytes=9 * 10**8)) == essence(WELL)
    for fields in (
        {"ports": (msgspec.structs.replace(WELL.ports[0], state="unreachable"),)},
        {"ports": (msgspec.structs.replace(WELL.ports[0], reason="in use"),)},
        {"boards": (BoardHealth(port=0, address=1, is_answering=False),)},
        {"boards": (BoardHealth(port=0, address=1, is_answering=True, fault="failed"),)},
        {"disk_error": "full"},
        {"disk_free_bytes": 1000},
        {"clock_off_by_seconds": -3600.0},
    ):
        assert essence(changed(**fields)) != essence(WELL), fields
