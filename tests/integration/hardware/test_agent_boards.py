"""One bad board or port never stops the others, and what boards refuse is told in their words."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hardware.simulator.cabinet import Plan, SimulatedCabinet, simulated
from realtime.wire.terminal import (
    CommandRefused,
    DoorEvent,
    DoorEventKind,
    DoorState,
    EvidenceSource,
)
from tests.integration.hardware.played_server import CONFIG, SOON_JAMMED, PlayedServer
from tests.integration.hardware.rig import Rig, quick_knobs, running_agent
from tests.waiting import PATIENCE_SECONDS, eventually

K = DoorEventKind


def plan(**more: Any) -> Plan:
    known = {"channels": 8, "baud": 115200, "knobs": quick_knobs(), "poll_seconds": 0.05}
    return Plan(**{**known, **more})


@contextlib.asynccontextmanager
async def agent_of(
    tmp_path: Path, cabinet: SimulatedCabinet, toml: str | None = None, **more: Any
) -> AsyncIterator[Rig]:
    server = PlayedServer()
    async with server.serving():
        made = Rig(server, cabinet)
        config = toml or cabinet.board_config()
        async with running_agent(made, tmp_path, config, **{"first_look_seconds": 0.5, **more}):
            await server.until_booted()
            yield made


def events_of(r: Rig, cell: int) -> list[DoorEvent]:
    return [event for event in r.server.events() if event.cell == cell]


def looks(cabinet: SimulatedCabinet, board: int) -> int:
    return sum(look.board == board for look in cabinet.line.looks)


@pytest.mark.slow
async def test_bad_boards_and_ports_stop_no_other(tmp_path: Path) -> None:
    async with (
        simulated(plan(boards=3)) as good,
        simulated(plan()) as pulled,
        simulated(plan()) as garbled,
    ):
        good.line.silent_boards.update((2, 3))
        garbled.knobs.swapped = True
        port = "[[port]]\nopen_pause_seconds = 0.1\nopen_attempts = 2\ncooldown_seconds = 5.0"
        toml = good.board_config()
        for first, cabinet in ((101, pulled), (201, garbled)):
            config = cabinet.board_config().replace("first_cell = 1", f"first_cell = {first}")
            toml += config.replace("[[port]]", port)
        async with agent_of(tmp_path, good, toml) as r:
            pulled.line.unplug(60.0)
            unreachable = {9, 17, 101, 201}
            await eventually(
                lambda: (
                    unreachable <= {e.cell for e in r.server.events() if e.kind is K.UNREACHABLE}
                )
            )
            why = {cell: events_of(r, cell)[-1] for cell in unreachable}
            assert (why[9].reason, why[9].source) == ("silent", EvidenceSource.TIME)
            assert why[101].source is EvidenceSource.LINE
            for cell in (1, 5, 8):
                await r.server.open(cell, f"c{cell}")
                await r.server.until(f"c{cell}", K.SENSED_OPEN)
                assert r.pulses(cell) == 1
            good.doors.move(5, False)
            await r.server.until("c5", K.SENSED_CLOSED)
            boards = [
                (b["port"], b["address"], b["is_answering"]) for b in (await r.state())["boards"]
            ]
            assert boards == [
                (0, 1, True), (0, 2, False), (0, 3, False), (1, 1, False), (2, 1, False)
            ]  # fmt: skip
            assert not [e for e in r.server.events() if e.kind is K.TAMPERED]


@pytest.mark.slow
async def test_dead_boards_rest_and_are_back_with_their_first_answer(tmp_path: Path) -> None:
    async with simulated(plan(boards=4)) as cabinet:
        cabinet.line.silent_boards.update((2, 3, 4))
        async with agent_of(tmp_path, cabinet) as r:
            await eventually(lambda: len(r.server.events()) >= 8 * 4)
            silences = (await r.state())["lines"][0]["silences"]
            before, began = looks(cabinet, 1), asyncio.get_running_loop().time()
            await eventually(lambda: looks(cabinet, 1) >= before + 20)
            took = asyncio.get_running_loop().time() - began
            more = (await r.state())["lines"][0]["silences"] - silences
            assert more <= 3 * (2 + took)  # each rests for longer and longer
            cabinet.line.silent_boards.clear()
            # Somebody wants its door: it is looked at now, whatever it rests.
            refused = await r.server.answer_to(await r.server.open(9, "c1"))
            assert isinstance(refused, CommandRefused) and refused.reason == "unreachable"
            await eventually(lambda: any(e.kind is K.REACHABLE for e in events_of(r, 9)))
            before = looks(cabinet, 2)
            await eventually(lambda: looks(cabinet, 2) >= before + 10)


async def test_a_board_that_refuses_to_be_read_is_unreachable_in_its_own_words(
    tmp_path: Path,
) -> None:
    async with simulated(plan(protocol="modbus")) as cabinet:
        toml = cabinet.board_config().replace("channels = 8", "channels = 16")
        async with agent_of(tmp_path, cabinet, toml) as r:
            await eventually(lambda: [e.kind for e in events_of(r, 1)] == [K.UNREACHABLE])
            (event,) = events_of(r, 1)
            assert event.reason == "illegal data address"
            assert (event.source, event.state) == (EvidenceSource.POLL, DoorState.UNKNOWN)
            assert event.evidence is not None and event.evidence.startswith("018202")
            state = await r.state()
            assert state["boards"] == [
                {"port": 0, "address": 1, "is_answering": False, "fault": event.reason}
            ]
            assert state["lines"][0]["silences"] == 0
            await eventually(lambda: r.server.healths[-1:] and r.server.healths[-1].boards[0].fault)


async def test_a_board_that_refuses_an_unlock_is_judged_by_its_sensor(tmp_path: Path) -> None:
    async with simulated(plan(protocol="modbus")) as cabinet:
        toml = cabinet.board_config().replace("channels = 8", "channels = 8\nfirst_relay = 8")
        async with agent_of(tmp_path, cabinet, toml) as r:
            await r.server.answer_to(await r.server.configure(SOON_JAMMED))
            await r.server.open(2, "c1")
            await r.server.until("c1", K.JAMMED)
            assert r.server.kinds("c1") == [K.ASKED, K.SENT, K.JAMMED]
            jam = events_of(r, 2)[-1]
            assert (jam.reason, jam.source) == ("illegal data address", EvidenceSource.REPLY)
            assert jam.evidence is not None and jam.evidence.startswith("018502")
            (board,) = (await r.state())["boards"]
            assert (board["is_answering"], board["fault"]) == (True, "illegal data address")
            # Refused, and yet it opened: the sensor is believed, not the board.
            await r.server.answer_to(await r.server.configure(CONFIG))
            await r.server.open(3, "c2")
            await r.server.until("c2", K.SENT)
            cabinet.doors.move(3, True)
            await r.server.until("c2", K.SENSED_OPEN)
            assert K.JAMMED not in r.server.kinds("c2")


@pytest.mark.slow
async def test_noise_on_a_line_that_nothing_guards_makes_no_door_move(tmp_path: Path) -> None:
    quick = plan(protocol="winnsen", channels=0, poll_seconds=0.01, seed=5)
    async with simulated(quick) as cabinet, agent_of(tmp_path, cabinet) as r:
        await eventually(lambda: len(r.server.events()) >= quick.channels)
        cabinet.knobs.bit_noise = 0.02
        count = looks(cabinet, 1) + 20
        await eventually(lambda: looks(cabinet, 1) >= count)
        cabinet.doors.move(4, True)
        # A board that the noise made unreachable meanwhile tells it as a change.
        kinds = {K.TAMPERED, K.CHANGED_DURING_OUTAGE}
        await eventually(lambda: kinds & {e.kind for e in events_of(r, 4)})
        known = {K.REACHABLE, K.UNREACHABLE}
        moved = [(e.cell, e.state) for e in r.server.events() if e.kind not in known]
        assert moved == [(4, DoorState.OPEN)]


async def test_what_lies_in_a_cell_is_told_with_its_door(tmp_path: Path) -> None:
    async with (
        simulated(plan(protocol="kerong-cu16", channels=0)) as cabinet,
        agent_of(tmp_path, cabinet, first_look_seconds=PATIENCE_SECONDS) as r,
    ):
        await eventually(lambda: len(r.server.events()) >= 16)
        assert r.server.boots[-1].doors[1].item is False
        await r.server.open(2, "c1")
        await r.server.until("c1", K.SENSED_OPEN)
        cabinet.doors.items.add(2)
        cabinet.doors.move(2, False)
        await r.server.until("c1", K.SENSED_CLOSED)
        opened, closed = events_of(r, 2)[-2:]
        assert (opened.item, closed.item) == (False, True)
        assert closed.source is EvidenceSource.POLL and closed.evidence
        assert (await r.state())["doors"][1]["item"] is True
