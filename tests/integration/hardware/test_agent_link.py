"""The agent's link: boot, resending, silence, close codes, restarts of the server."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from hardware.disk.spool import Spool
from realtime.wire.envelope import CloseCode, Failure
from realtime.wire.terminal import (
    TERMINAL_PROTOCOL,
    Boot,
    BootPending,
    CommandRefused,
    CommandTaken,
    DoorEventKind,
    DoorState,
)
from tests.integration.hardware.played_server import CONFIG, SOON_JAMMED, PlayedServer
from tests.integration.hardware.rig import QUICK, quick_knobs, rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

K = DoorEventKind


async def test_the_boot_says_who_and_what(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        boot = r.server.boots[0]
        assert (boot.protocol, boot.terminal_id) == (TERMINAL_PROTOCOL, "T-1")
        assert [d.cell for d in boot.doors] == list(range(1, 9))
        assert not any(d.stale for d in boot.doors)
        state = await r.until_state(link="up", spooled=0)
        assert (state["epoch"], state["spool_id"], state["name"]) == (1, boot.spool_id, "一号柜")


async def test_events_that_were_not_acknowledged_come_again_and_count_once(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server) as r:
        await r.until_state(spooled=0)
        server.answers_events = False
        server.batches.clear()
        await server.open(1, "c1")
        await eventually(lambda: server.batches)
        assert server.socket is not None
        await server.socket.close(CloseCode.GOING_AWAY)
        server.answers_events = True
        await server.until_booted(2)
        await server.until("c1", K.SENSED_OPEN)
        await r.until_state(spooled=0)
        assert server.kinds("c1") == [K.ASKED, K.SENT, K.PULSED, K.SENSED_OPEN]
        numbers = [event.number for event in server.events()]
        assert numbers == list(range(1, len(numbers) + 1))
        assert all(
            [e.number for e in batch.events]
            == list(range(batch.events[0].number, batch.events[-1].number + 1))
            for batch in server.batches
        )


async def test_what_the_server_has_applied_is_not_sent_again(tmp_path: Path) -> None:
    server = PlayedServer()
    server.answers_events = False
    async with rig(tmp_path, server=server) as r:
        await eventually(lambda: len(server.applied) == 8)
        assert (await r.state())["spooled"] == 8
        assert server.socket is not None
        server.batches.clear()
        await server.socket.close(CloseCode.GOING_AWAY)
        await server.until_booted(2)
        await r.until_state(spooled=0)
        assert server.batches == []


async def test_a_disk_restored_from_an_older_image_begins_a_new_spool(tmp_path: Path) -> None:
    """Else what happens now would bear numbers that the server has, and be taken for known."""
    server, disk, image = PlayedServer(), tmp_path / "disk", tmp_path / "image"
    async with rig(disk, server=server) as r:
        await r.until_state(spooled=0)
    await asyncio.to_thread(shutil.copytree, disk, image)
    async with rig(disk, server=server) as r:
        await server.until_booted(2)
        await server.open(1, "c1")
        await server.until("c1", K.SENSED_OPEN)
        await r.until_state(spooled=0)
    (spool,) = {spool for spool, _ in server.applied}
    async with rig(image, server=server) as r:
        await server.until_booted(3)
        await server.open(2, "c2")
        await server.until("c2", K.SENSED_OPEN)
        assert server.kinds("c2") == [K.ASKED, K.SENT, K.PULSED, K.SENSED_OPEN]
        state = await r.until_state(spooled=0)
        assert state["spool_id"] != spool
        assert {state["spool_id"]} == {batch.spool_id for batch in server.batches[-1:]}
        asked = await server.withdraw("g1", datetime.now(UTC) - timedelta(hours=1))
        answer = await server.answer_to(asked)
        assert isinstance(answer, CommandRefused)
        assert answer.reason == "forgotten", "it may have been used in between"


async def test_a_call_without_answer_ends_the_connection(tmp_path: Path) -> None:
    server = PlayedServer()
    server.answers_events = False
    async with rig(tmp_path, server=server, answer_seconds=0.2) as r:
        await server.until_booted(2)
        server.answers_events = True
        await r.until_state(spooled=0)


async def test_a_server_restart_in_the_middle_of_an_open_loses_nothing(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server, knobs=quick_knobs(open_after=0.3)) as r:
        await server.open(7, "c1")
        await eventually(lambda: r.pulses(7) == 1)
        assert server.socket is not None
        server.boot_answer = lambda _boot: BootPending(id="x", retry_seconds=0.1)
        await server.socket.close(CloseCode.GOING_AWAY)
        await r.cabinet.doors.wait(7, "open")

        async def sensed(state: str) -> bool:
            return bool((await r.state())["doors"][6]["state"] == state)

        await eventually(lambda: sensed("open"))
        r.cabinet.doors.move(7, False)
        await eventually(lambda: sensed("closed"))
        server.boot_answer = lambda _boot: None
        await server.until("c1", K.SENSED_CLOSED)
        kinds = [K.ASKED, K.SENT, K.PULSED, K.SENSED_OPEN, K.SENSED_CLOSED]
        assert server.kinds("c1") == kinds
        again = await server.answer_to(await server.open(7, "c1"))
        assert isinstance(again, CommandTaken)
        assert r.pulses(7) == 1


async def test_the_snapshot_of_a_later_boot_is_of_now(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        r.cabinet.doors.move(2, True)
        await eventually(lambda: K.TAMPERED in [e.kind for e in r.server.events()])
        assert r.server.socket is not None
        await r.server.socket.close(CloseCode.SLOW)
        boot = await r.server.until_booted(2)
        assert boot.doors[1].state is DoorState.OPEN
        assert boot.boot_id == r.server.boots[0].boot_id


async def test_a_server_that_went_silent_is_left(tmp_path: Path) -> None:
    server = PlayedServer()
    server.pings = False
    server.ping_seconds = 0.2
    async with rig(tmp_path, server=server):
        await server.until_booted(2)


async def test_a_server_that_pings_is_kept(tmp_path: Path) -> None:
    server = PlayedServer()
    server.ping_seconds = 2.0  # so that the loop of both may stand still for some 3 s
    async with rig(tmp_path, server=server) as r:
        await r.until_state(spooled=0)
        loop = asyncio.get_running_loop()
        # Nothing but pings for longer than the silence that would end the connection.
        later = loop.time() + 1.2 * 2.5 * server.ping_seconds
        await eventually(lambda: loop.time() > later)
        assert (await r.until_state(link="up"))["epoch"] == 1
        assert len(server.boots) == 1


async def test_a_refused_agent_stays_away_and_says_so(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server) as r:
        failure = Failure(code="bad_token", message="终端令牌无效")
        boots: list[Boot] = []

        def refuse(boot: Boot) -> tuple[Failure, int]:
            boots.append(boot)
            return failure, CloseCode.UNAUTHORIZED

        server.boot_answer = refuse
        assert server.socket is not None
        await server.socket.close(CloseCode.GOING_AWAY)
        state = await r.until_state(link="refused")
        assert state["link_message"] == "终端令牌无效"
        assert len(boots) == 1


async def test_a_replaced_agent_waits_long(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        assert r.server.socket is not None
        await r.server.socket.close(CloseCode.REPLACED)
        await r.until_state(link="replaced", epoch=None)
        assert QUICK.replaced_seconds >= 10
        assert len(r.server.boots) == 1


async def test_a_pending_terminal_asks_again(tmp_path: Path) -> None:
    server = PlayedServer()
    answers = [BootPending(id="x", retry_seconds=0.05), None]
    server.boot_answer = lambda _boot: answers.pop(0) if answers else None
    async with rig(tmp_path, server=server) as r:
        await r.until_state(link="up")
        assert len(server.boots) == 1


async def test_what_a_newer_server_says_is_passed_over(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        assert r.server.socket is not None
        for text in ('{"type":"sing","id":"1"}', "not json", "[]", '{"type":"open_door"}'):
            await r.server.socket.send(text)
        await r.server.socket.send(b"\xff\xfe")
        await r.server.open(1, "c1")
        await r.server.until("c1", K.SENSED_OPEN)
        assert len(r.server.boots) == 1


async def test_a_newer_configuration_is_used_and_acknowledged(tmp_path: Path) -> None:
    server = PlayedServer()
    fields = {name: getattr(CONFIG, name) for name in CONFIG.__struct_fields__}
    server.config = CONFIG.__class__(**{**fields, "open_within_seconds": 600.0})
    async with rig(tmp_path, server=server) as r:
        newer = msgspec.structs.replace(SOON_JAMMED, name="二号柜")
        answer = await r.server.answer_to(await r.server.configure(newer))
        assert isinstance(answer, CommandTaken)
        assert answer.command_id is None
        await r.until_state(name="二号柜")
        r.cabinet.doors.jammed.add(1)
        await r.server.open(1, "c1")
        await r.server.until("c1", K.JAMMED)


async def test_of_a_storm_of_configurations_the_newest_stays_and_doors_open_meanwhile(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path) as r:
        fields = {name: getattr(CONFIG, name) for name in CONFIG.__struct_fields__}
        for number in range(60):
            await r.server.configure(CONFIG.__class__(**{**fields, "name": f"柜{number}"}))
            if number == 30:
                await r.server.open(1, "c1")
        last = await r.server.configure(CONFIG.__class__(**{**fields, "name": "最新"}))
        await r.server.until("c1", K.SENSED_OPEN)
        assert isinstance(await r.server.answer_to(last), CommandTaken)
        assert len(r.server.answers) == 62
        assert (await r.state())["name"] == "最新"
        made = r
    spool = Spool(tmp_path / "spool.sqlite")
    kept = spool.config()
    spool.close()
    assert kept is not None and kept.name == "最新"
    assert made.pulses(1) == 1


async def test_a_jump_of_the_server_s_clock_at_reconnect_is_followed(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server):
        server.clock_skew = timedelta(days=2)
        assert server.socket is not None
        await server.socket.close(CloseCode.GOING_AWAY)
        await server.until_booted(2)
        assert isinstance(await server.answer_to(await server.open(1, "c1")), CommandTaken)
        await server.until("c1", K.SENSED_OPEN)


async def test_a_command_taken_while_the_link_drops_still_comes_to_an_end(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server) as r:
        await r.until_state(spooled=0)
        for number in range(1, 9):
            await server.open(number, f"c{number}")
            assert server.socket is not None
            server.socket.transport.abort()
            await server.until_booted(number + 1)
        await r.until_state(spooled=0)
        for number in range(1, 9):
            was_taken = bool(server.kinds(f"c{number}"))
            if was_taken:
                await server.until(f"c{number}", K.SENSED_OPEN)
            assert r.pulses(number) == was_taken


async def test_ids_are_never_used_twice(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server):
        for times in range(2, 5):
            assert server.socket is not None
            await server.socket.close(CloseCode.GOING_AWAY)
            await server.until_booted(times)
        ids = [frame.id for frame in (*server.boots, *server.batches)]
        assert len(set(ids)) == len(ids)
