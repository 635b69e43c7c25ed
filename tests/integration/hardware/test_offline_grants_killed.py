"""Offline grants and the agent as a program: killed, restarted, on another boot of the machine."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware.disk.spool import Spool
from hardware.machine import boot_name
from realtime.wire.terminal import (
    CommandRefused,
    CommandTaken,
    DoorEvent,
    DoorState,
    EvidenceSource,
)
from tests.integration.hardware.grants import signed
from tests.integration.hardware.offline import GOING, K, code, with_keys
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import (
    Page,
    agent_program,
    kiosk_page,
    simulator_program,
)
from tests.waiting import eventually


@pytest.mark.slow
async def test_a_restart_offline_keeps_the_clock_the_keys_and_what_was_used(
    tmp_path: Path,
) -> None:
    server = with_keys()
    async with server.serving(), simulator_program(tmp_path) as simulator:
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await eventually(lambda: len(server.applied) == 8)
            await kill(program)
        server.boot_answer = lambda _boot: (GOING, 4000)
        async with offline_program(server, tmp_path) as (program, page):
            assert await code(page, signed("g1")) is None
            await page.shows("door_open")
            await kill(program)
        async with offline_program(server, tmp_path) as (program, page):
            assert await code(page, signed("g1")) == "used"
            await kill(program)
        with sqlite3.connect(tmp_path / "data" / "spool.sqlite") as db:
            db.execute(
                "UPDATE facts SET value = CAST(replace(CAST(value AS TEXT), ?, 'other') AS BLOB)"
                " WHERE name = 'clock'",
                (boot_name(),),
            )
        db.close()
        async with offline_program(server, tmp_path) as (program, page):
            assert await code(page, signed("g2", 4)) == "no_clock"
        assert (await simulator.pulses(3), await simulator.pulses(4)) == (1, 0)


@pytest.mark.slow
async def test_killed_between_asked_and_sent_it_is_never_sent(tmp_path: Path) -> None:
    server = with_keys()
    async with server.serving(), simulator_program(tmp_path) as simulator:
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await eventually(lambda: len(server.applied) == 8)
            await kill(program)
        asked_and_killed(tmp_path / "data" / "spool.sqlite", "g1")
        server.boot_answer = lambda _boot: (GOING, 4000)
        async with offline_program(server, tmp_path) as (program, page):
            assert await code(page, signed("g1")) == "used"
            server.boot_answer = lambda _boot: None
            await server.until("g1", K.UNCERTAIN)
            answer = await server.answer_to(await server.withdraw("g1"))
            assert isinstance(answer, CommandRefused)
            assert answer.reason == "used"
            again = await server.answer_to(await server.open(3, "g1"))
            assert isinstance(again, CommandTaken)
        assert server.kinds("g1") == [K.ASKED, K.UNCERTAIN]
        assert await simulator.pulses(3) == 0


async def kill(program: asyncio.subprocess.Process) -> None:
    program.kill()
    await program.wait()


def asked_and_killed(path: Path, grant_id: str) -> None:
    """Leave the disk as a kill leaves it that came right after the intent was written."""
    spool = Spool(path)
    now = datetime.now(UTC)
    spool.record(
        [
            DoorEvent(
                number=1, cell=3, kind=K.ASKED, at=now, state=DoorState.CLOSED,
                command_id=grant_id, reason="grant", source=EvidenceSource.COMMAND,
            )
        ]
    )  # fmt: skip
    spool.close()


@contextlib.asynccontextmanager
async def offline_program(
    server: PlayedServer, tmp_path: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Page]]:
    """Run the agent's program against a server that turns it away, with its page open."""
    async with agent_program(server, tmp_path, kiosk=True) as program:
        assert program.stdout is not None
        line = (await program.stdout.readline()).decode()
        async with kiosk_page(line.removeprefix("kiosk ").strip()) as page:
            await eventually(lambda: page.screen["link"] == "down")
            yield program, page
