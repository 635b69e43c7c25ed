"""A disk that is full: no new opens, doors as they were, nothing dropped, and back by itself.

`LittleSpool` is a spool of a few pages: SQLite refuses beyond them with the very error that a
full disk gives.
"""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware.disk.spool import Spool, SpoolError
from realtime.wire.envelope import CloseCode
from realtime.wire.terminal import (
    CommandRefused,
    CommandTaken,
    DoorEvent,
    DoorEventKind,
    DoorState,
)
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import Rig, kiosk_page, rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

LITTLE_SPOOL = 150_000
K = DoorEventKind


def fill(data_dir: Path, share: float) -> None:
    """Leave a spool that holds so much of an earlier outage; 1.0 is until it refuses."""
    spool = Spool(data_dir / "spool.sqlite", most_bytes=LITTLE_SPOOL)
    event = DoorEvent(
        number=1, cell=8, kind=K.SENSED_CLOSED, at=datetime.now(UTC), state=DoorState.CLOSED
    )
    with contextlib.suppress(SpoolError):
        while spool.share() < share:
            spool.record([event])
    if share == 1.0:
        with pytest.raises(SpoolError):
            for _ in range(40):  # what is left of the last page
                spool.record([event])
    spool.close()


async def test_a_full_disk_stops_opens_keeps_facts_and_ends_by_itself(tmp_path: Path) -> None:
    server = PlayedServer()
    server.answers_events = False
    fill(tmp_path, 1.0)
    async with (
        rig(tmp_path, server=server, spool_bytes=LITTLE_SPOOL) as r,
        kiosk_page(r.kiosk_url) as page,
    ):
        state = await r.until_state(disk="full", link="up")
        assert "磁盘已满，暂停服务" in state["troubles"][0]
        assert all(door["stale"] for door in state["doors"])
        shown = await page.shows("failed")
        assert shown["view"]["message"] == state["troubles"][0] == shown["troubles"][0]

        answer = await server.answer_to(await server.open(1, "c1"))
        assert isinstance(answer, CommandRefused) and answer.reason == "disk"
        assert r.pulses(1) == 0

        # The server takes what was told: room again, and the same command may be asked again.
        server.answers_events = True
        assert server.socket is not None
        await server.socket.close(CloseCode.GOING_AWAY)
        boot = await server.until_booted(2)
        assert any(door.stale for door in boot.doors)
        await r.until_state(disk="ready", spooled=0, troubles=[])
        await page.shows("welcome")
        assert not any(door["stale"] for door in (await r.state())["doors"])
        assert isinstance(await server.answer_to(await server.open(1, "c2")), CommandTaken)
        await server.until("c2", K.SENSED_OPEN)
        numbers = [event.number for event in server.events()]
        assert numbers == list(range(1, len(numbers) + 1))
        states = {e.cell: e.state for e in server.events()}
        doors = {door["cell"]: door["state"] for door in (await r.state())["doors"]}
        assert {cell: states[cell].value for cell in doors} == doors


async def test_a_nearly_full_spool_begins_no_open_and_still_tells(tmp_path: Path) -> None:
    server = PlayedServer()
    server.answers_events = False
    fill(tmp_path, 0.9)
    async with rig(tmp_path, server=server, spool_bytes=LITTLE_SPOOL) as r:
        state = await r.until_state(disk="spool_full")
        assert "离线记录已满" in state["troubles"][0]
        assert not any(door["stale"] for door in state["doors"])
        answer = await server.answer_to(await server.open(1, "c1"))
        assert isinstance(answer, CommandRefused) and answer.reason == "disk"
        assert r.pulses(1) == 0
        spooled = state["spooled"]
        r.cabinet.doors.move(2, True)
        await eventually(lambda: told_more(r, spooled))


async def test_an_agent_that_restarts_on_a_full_disk_owes_what_it_left(tmp_path: Path) -> None:
    server = PlayedServer()
    spool = Spool(tmp_path / "spool.sqlite", most_bytes=LITTLE_SPOOL)
    asked = DoorEvent(
        number=1,
        cell=1,
        kind=K.ASKED,
        at=datetime.now(UTC),
        state=DoorState.CLOSED,
        command_id="c1",
    )
    spool.record([asked])  # and then the machine lost its power
    spool.close()
    fill(tmp_path, 1.0)
    async with rig(tmp_path, server=server, spool_bytes=LITTLE_SPOOL) as r:
        await server.until("c1", K.UNCERTAIN)
        await r.until_state(disk="ready", spooled=0, troubles=[])
        assert server.kinds("c1") == [K.ASKED, K.UNCERTAIN]
        assert r.pulses(1) == 0


async def told_more(r: Rig, spooled: int) -> bool:
    return int((await r.state())["spooled"]) > spooled
