"""Grants at the cabinet itself, on a real disk: races and failures between intent and byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hardware.cabinet.cabinet import Cabinet, Refusal
from hardware.clock import ServerClock
from hardware.config import parse_layout
from hardware.disk.journal import Journal
from hardware.line.port import OnBytes, OnLost, OpenPort, PortMissing
from realtime.wire.terminal import DoorEvent, DoorEventKind
from tests.integration.hardware.grants import lose_spool
from tests.unit.hardware.line.transports import GoodPort
from tests.waiting import eventually

K = DoorEventKind
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SOON = NOON + timedelta(seconds=60)
TOML = b"""
[[port]]
device = "/dev/played"
baud = 115200
protocol = "8a"
local_echo = "off"
poll_seconds = 0.05
open_pause_seconds = 0.02
cooldown_seconds = 0.05
[[port.board]]
address = 1
channels = 24
first_cell = 1
[[port.board]]
address = 2
channels = 24
first_cell = 25
"""


class Unplugged(GoodPort):
    """The port is pulled out and cannot be opened until it is put back."""

    is_gone = False

    async def open(self, url: str, baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
        if self.is_gone:
            raise PortMissing("unplugged")
        return await super().open(url, baud, on_bytes, on_lost)

    def pull(self) -> None:
        self.is_gone = True
        self.lose()


class Watched:
    """A cabinet and all that it told."""

    def __init__(
        self, cabinet: Cabinet, port: GoodPort, told: list[DoorEvent], journal: Journal
    ) -> None:
        self.cabinet = cabinet
        self.journal = journal
        self.port = port
        self._told = told

    def kinds(self, command_id: str) -> list[DoorEventKind]:
        return [event.kind for event in self._told if event.command_id == command_id]

    async def until(self, command_id: str, kind: DoorEventKind) -> None:
        await eventually(lambda: kind in self.kinds(command_id))


@contextlib.asynccontextmanager
async def cabinet(
    path: Path,
    port: GoodPort | None = None,
    *,
    now: datetime = NOON,
    round_trip_seconds: float = 0.0,
) -> AsyncIterator[Watched]:
    """Run a cabinet that met its server just now."""
    port = port or GoodPort()
    journal = Journal.open(path / "spool.sqlite", asyncio.Event())
    clock = ServerClock()
    asked_at = clock.since_boot()
    clock.measure(
        now + timedelta(seconds=round_trip_seconds / 2), asked_at - round_trip_seconds, asked_at
    )
    await journal.keep_clock(None, now)
    made = Cabinet(parse_layout(TOML), journal, clock, port.open)
    told: list[DoorEvent] = []
    made.book.on_events = told.extend
    await made.prepare()
    running = asyncio.create_task(made.run())
    try:
        await made.seen.wait()
        yield Watched(made, port, told, journal)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await journal.close()


async def test_a_scan_and_a_withdrawal_at_once_agree(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as c:
        outcomes = {}
        for cell in range(1, 41):
            grant = f"g{cell}"
            scan = c.cabinet.take_grant(grant, cell, SOON)
            withdraw = c.cabinet.withdraw(grant)
            both = [scan, withdraw] if cell % 2 else [withdraw, scan]
            answers = await asyncio.gather(*both)
            scanned, withdrawn = answers if cell % 2 else answers[::-1]
            assert (scanned, withdrawn) in (
                (None, Refusal("busy")),  # it waits for the line: ask again
                (None, Refusal("used")),
                (Refusal("withdrawn"), None),
            )
            outcomes[grant] = scanned
        assert set(outcomes.values()) == {None, Refusal("withdrawn")}
        await eventually(lambda: len(c.port.unlocks()) == 20)
        settled = {None: Refusal("used"), Refusal("withdrawn"): None}
        for grant, scanned in outcomes.items():

            async def is_settled(grant: str = grant, scanned: Refusal | None = scanned) -> bool:
                return await c.cabinet.withdraw(grant) == settled[scanned]

            assert await eventually(is_settled)


async def test_a_hundred_scans_at_once_pulse_once(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as c:
        scans = [c.cabinet.take_grant("g1", 3, SOON) for _ in range(50)]
        orders = [c.cabinet.take("g1", 3, SOON) for _ in range(50)]
        answers = await asyncio.gather(*scans, *orders)
        assert answers[:50] == [None] + [Refusal("used")] * 49
        assert answers[50:] == [None] * 50, "the same command again: taken already"
        await c.until("g1", K.SENSED_OPEN)
        assert len(c.port.unlocks()) == 1


async def test_what_certainly_was_not_sent_may_be_shown_again(tmp_path: Path) -> None:
    port = Unplugged()
    async with cabinet(tmp_path, port) as c:
        port.pull()
        assert await c.cabinet.take_grant("g1", 3, SOON) is None
        await c.until("g1", K.REFUSED)
        assert port.unlocks() == []
        assert await c.cabinet.take("g1", 3, SOON) == Refusal("unreachable")
        port.is_gone = False

        async def shown_until_it_opens() -> bool:
            await c.cabinet.take_grant("g1", 3, SOON)
            return K.SENSED_OPEN in c.kinds("g1")

        await eventually(shown_until_it_opens)
        assert len(port.unlocks()) == 1
        assert await c.cabinet.take_grant("g1", 3, SOON) == Refusal("used")


async def test_once_its_refusal_is_told_to_the_server_a_grant_has_ended(tmp_path: Path) -> None:
    port = Unplugged()
    async with cabinet(tmp_path, port) as c:
        port.pull()
        await c.cabinet.take_grant("g1", 3, SOON)
        await c.until("g1", K.REFUSED)
        port.is_gone = False
        await c.journal.sending(await c.journal.pending(), ["g1"])
        assert await c.cabinet.take_grant("g1", 3, SOON) == Refusal("used")
        assert await c.cabinet.withdraw("g1") is None, "not used, and now never will be"
        assert port.unlocks() == []


async def test_what_was_not_sent_can_be_withdrawn(tmp_path: Path) -> None:
    port = Unplugged()
    async with cabinet(tmp_path, port) as c:
        port.pull()
        await c.cabinet.take_grant("g1", 3, SOON)
        await c.until("g1", K.REFUSED)
        assert await c.cabinet.withdraw("g1") is None
        assert await c.cabinet.take_grant("g1", 3, SOON) == Refusal("withdrawn")
        assert await c.cabinet.take("g1", 3, SOON) == Refusal("withdrawn")
    async with cabinet(tmp_path, port) as c:
        assert await c.cabinet.withdraw("g1") is None
        assert await c.cabinet.take_grant("g1", 3, SOON) == Refusal("withdrawn")
        assert port.unlocks() == []


async def test_a_lost_disk_does_not_say_of_a_used_grant_that_it_was_not(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as c:
        assert await c.cabinet.take_grant("g1", 3, SOON) is None
        await c.until("g1", K.SENSED_OPEN)
        assert await c.cabinet.withdraw("g1", NOON) == Refusal("used")
    lose_spool(tmp_path)
    later = NOON + timedelta(hours=1)
    async with cabinet(tmp_path, now=later) as c:
        assert await c.cabinet.withdraw("g1", NOON) == Refusal("forgotten")
        assert await c.cabinet.withdraw("g1", NOON) == Refusal("forgotten"), "and leaves no mark"
        assert await c.cabinet.withdraw("g2", later) is None
    async with cabinet(tmp_path, now=later + timedelta(hours=1)) as c:
        assert await c.cabinet.withdraw("g1", NOON) == Refusal("forgotten")
        assert await c.cabinet.withdraw("g2", later) is None
        assert await c.cabinet.withdraw("g3") is None, "a server of before tells no instant"
        assert c.port.unlocks() == []


async def test_what_waits_to_be_told_is_known_after_any_outage(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as c:
        assert await c.cabinet.take_grant("g1", 3, SOON) is None
        await c.until("g1", K.SENSED_OPEN)
    back = NOON + timedelta(days=200)
    async with cabinet(tmp_path, now=back) as c:
        await c.journal.forget_commands(back - timedelta(days=30))
        assert await c.cabinet.withdraw("g1", NOON) == Refusal("used")
        await c.journal.forget((await c.journal.pending())[-1].number)
        await c.journal.forget_commands(back - timedelta(days=30))
        assert await c.cabinet.withdraw("g1", NOON) == Refusal("forgotten")


async def test_the_clock_s_possible_error_counts_against_a_deadline(tmp_path: Path) -> None:
    async with cabinet(tmp_path, round_trip_seconds=4.0) as c:
        in_time, perhaps = NOON + timedelta(seconds=60), NOON + timedelta(seconds=1.5)
        assert await c.cabinet.take("c1", 3, perhaps) == Refusal("late")
        assert await c.cabinet.take("c2", 4, in_time) is None
        await c.until("c2", K.SENSED_OPEN)
        assert len(c.port.unlocks()) == 1


@pytest.mark.parametrize(
    ("cell", "last", "reason"), [(3, NOON, "late"), (99, SOON, "unknown_cell")]
)
async def test_a_refusal_leaves_no_mark(
    tmp_path: Path, cell: int, last: datetime, reason: str
) -> None:
    async with cabinet(tmp_path) as c:
        assert await c.cabinet.take_grant("g1", cell, last) == Refusal(reason)
        assert c.kinds("g1") == []
        assert await c.cabinet.take_grant("g1", 3, SOON) is None


async def test_a_door_at_work_is_busy_and_the_grant_waits(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as c:
        c.port.doors.jammed.add(3)
        await c.cabinet.take("c1", 3, SOON)
        assert await c.cabinet.take_grant("g1", 3, SOON) == Refusal("busy")
        assert c.kinds("g1") == []


async def test_before_it_runs_a_cabinet_takes_and_withdraws_nothing(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "spool.sqlite", asyncio.Event())
    made = Cabinet(parse_layout(TOML), journal, ServerClock(), GoodPort().open)
    assert await made.take_grant("g1", 3, SOON) == Refusal("starting")
    assert await made.withdraw("g1") == Refusal("starting")
    await journal.close()
