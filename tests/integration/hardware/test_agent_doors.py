"""The agent over a real pty and a real socket: opens, refusals, faults of boards and ports."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from realtime.wire.terminal import (
    CommandRefused,
    CommandTaken,
    DoorEventKind,
    DoorState,
    EvidenceSource,
)
from tests.integration.hardware.played_server import CONFIG, SOON_JAMMED, PlayedServer
from tests.integration.hardware.rig import quick_knobs, rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

K = DoorEventKind
S = EvidenceSource


async def test_a_door_is_opened_and_each_step_told_in_order(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        assert [d.state for d in r.server.boots[0].doors] == [DoorState.CLOSED] * 8
        answer = await r.server.answer_to(await r.server.open(3, "c1"))
        assert isinstance(answer, CommandTaken)
        assert answer.command_id == "c1"
        await r.server.until("c1", K.SENSED_OPEN)
        r.cabinet.doors.move(3, False)
        await r.server.until("c1", K.SENSED_CLOSED)
        kinds = [K.ASKED, K.SENT, K.PULSED, K.SENSED_OPEN, K.SENSED_CLOSED]
        assert r.server.kinds("c1") == kinds
        told = [e for e in r.server.events() if e.command_id == "c1"]
        assert [e.evidence is None for e in told] == [True, False, False, False, False]
        assert [e.source for e in told] == [S.COMMAND, S.LINE, S.REPLY, S.POLL, S.POLL]
        assert [e.at for e in told] == sorted(e.at for e in told)
        assert [e.state for e in told[-2:]] == [DoorState.OPEN, DoorState.CLOSED]
        assert r.pulses(3) == 1
        await r.until_state(spooled=0)


async def test_a_command_that_comes_twice_is_carried_out_once(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        for _ in range(3):
            answer = await r.server.answer_to(await r.server.open(2, "c1"))
            assert isinstance(answer, CommandTaken)
        await r.server.until("c1", K.SENSED_OPEN)
        again = await r.server.answer_to(await r.server.open(2, "c1"))
        assert isinstance(again, CommandTaken)
        await r.until_state(spooled=0)
        assert r.server.kinds("c1") == [K.ASKED, K.SENT, K.PULSED, K.SENSED_OPEN]
        assert r.pulses(2) == 1


async def test_a_jammed_door_is_told_and_a_new_command_may_follow(tmp_path: Path) -> None:
    server = PlayedServer()
    server.config = SOON_JAMMED
    async with rig(tmp_path, server=server) as r:
        r.cabinet.doors.jammed.add(4)
        await r.server.open(4, "c1")
        await r.server.until("c1", K.JAMMED)
        assert K.SENSED_OPEN not in r.server.kinds("c1")
        r.cabinet.doors.jammed.clear()
        await r.server.open(4, "c2")
        await r.server.until("c2", K.SENSED_OPEN)
        assert r.pulses(4) == 2


@pytest.mark.parametrize("skew_hours", [-3, 0, 3])
async def test_a_deadline_is_judged_by_the_server_s_clock(tmp_path: Path, skew_hours: int) -> None:
    server = PlayedServer()
    server.clock_skew = timedelta(hours=skew_hours)
    async with rig(tmp_path, server=server) as r:
        late = await server.answer_to(await server.open(1, "late", seconds=-1.0))
        assert isinstance(late, CommandRefused)
        assert late.reason == "late"
        await server.until("late", K.REFUSED)
        again = await server.answer_to(await server.open(1, "late", seconds=60.0))
        assert isinstance(again, CommandRefused)
        assert again.reason == "late"
        assert isinstance(await server.answer_to(await server.open(1, "fit")), CommandTaken)
        await server.until("fit", K.SENSED_OPEN)
        assert server.kinds("late") == [K.REFUSED]
        assert [e.source for e in server.events() if e.command_id == "late"] == [S.TIME]
        assert r.pulses(1) == 1


async def test_what_cannot_be_opened_is_refused_by_name(tmp_path: Path) -> None:
    toml = "disabled = [8]\n"
    async with rig(tmp_path, extra_toml=toml) as r:
        wanted = [(99, "nowhere", "unknown_cell"), (8, "broken", "out_of_service")]
        for cell, command_id, reason in wanted:
            answer = await r.server.answer_to(await r.server.open(cell, command_id))
            assert isinstance(answer, CommandRefused)
            assert answer.reason == reason
            await r.server.until(command_id, K.REFUSED)
        r.cabinet.doors.jammed.add(1)
        await r.server.open(1, "first")
        busy = await r.server.answer_to(await r.server.open(1, "second"))
        assert isinstance(busy, CommandRefused)
        assert busy.reason == "busy"
        await r.server.configure(SOON_JAMMED)
        await r.server.until("first", K.JAMMED)
        assert (r.pulses(8), r.pulses(1)) == (0, 1)


async def test_a_forced_door_is_tampering_and_a_door_left_open_is_told(tmp_path: Path) -> None:
    server = PlayedServer()
    server.config = CONFIG.__class__(
        **{f: getattr(CONFIG, f) for f in CONFIG.__struct_fields__}
        | {"left_open_warn_seconds": 0.3}
    )
    async with rig(tmp_path, server=server) as r:
        r.cabinet.doors.move(5, True)
        await eventually(lambda: K.LEFT_OPEN in [e.kind for e in server.events()])
        r.cabinet.doors.move(5, False)

        def moves() -> list[K]:
            return [e.kind for e in server.events() if e.cell == 5 and e.kind is not K.REACHABLE]

        await eventually(lambda: K.SENSED_CLOSED in moves())
        assert moves() == [K.TAMPERED, K.LEFT_OPEN, K.SENSED_CLOSED]


async def test_silence_makes_a_board_unreachable_and_its_doors_stale(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        r.cabinet.knobs.silence = True
        await eventually(lambda: [e.kind for e in r.server.events()].count(K.UNREACHABLE) == 8)
        state = await r.state()
        assert all(d["stale"] and d["state"] == "closed" for d in state["doors"])
        refused = await r.server.answer_to(await r.server.open(1, "c1"))
        assert isinstance(refused, CommandRefused)
        assert refused.reason == "unreachable"
        r.cabinet.doors.move(2, True)
        r.cabinet.knobs.silence = False
        changed = K.CHANGED_DURING_OUTAGE
        await eventually(lambda: changed in [e.kind for e in r.server.events()])
        told = [e for e in r.server.events() if e.kind is changed]
        assert [(e.cell, e.state) for e in told] == [(2, DoorState.OPEN)]
        assert [e.kind for e in r.server.events()].count(K.REACHABLE) == 16
        assert r.pulses(1) == 0


async def test_an_unanswered_unlock_is_not_repeated_and_its_door_still_sensed(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, knobs=quick_knobs(open_after=1.2)) as r:
        r.cabinet.line.silent_boards.add(1)
        await r.server.open(1, "c1")
        await eventually(lambda: r.pulses(1) == 1)
        r.cabinet.line.silent_boards.clear()
        await r.server.until("c1", K.SENSED_OPEN)
        assert r.server.kinds("c1") == [K.ASKED, K.SENT, K.SENSED_OPEN]
        assert r.pulses(1) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"echo": True},
        {"garbage": "fafd9999"},
        {"reports": True},
        {"delay": 0.15},
        {"noise": 0.01, "drop": 0.01},
    ],
    ids=lambda fault: next(iter(fault)),
)
async def test_an_open_is_told_truly_over_a_faulty_line(
    tmp_path: Path, fault: dict[str, object]
) -> None:
    async with rig(tmp_path, knobs=quick_knobs(**fault)) as r:
        await r.server.open(6, "c1")
        await r.server.until("c1", K.SENSED_OPEN)
        r.cabinet.doors.move(6, False)
        await r.server.until("c1", K.SENSED_CLOSED)
        kinds = [k for k in r.server.kinds("c1") if k is not K.PULSED]
        assert kinds == [K.ASKED, K.SENT, K.SENSED_OPEN, K.SENSED_CLOSED]
        assert r.pulses(6) == 1
        assert not [e for e in r.server.events() if e.kind is K.TAMPERED]


async def test_a_missing_port_stops_no_other(tmp_path: Path) -> None:
    toml = (
        '[[port]]\ndevice = "/dev/there-is-no-such-port"\nopen_attempts = 1\n'
        "[[port.board]]\naddress = 1\nchannels = 8\nfirst_cell = 101\n"
    )
    async with rig(tmp_path, extra_toml=toml, first_look_seconds=0.3) as r:
        await eventually(lambda: K.UNREACHABLE in [e.kind for e in r.server.events()])
        refused = await r.server.answer_to(await r.server.open(101, "c1"))
        assert isinstance(refused, CommandRefused)
        assert refused.reason == "unreachable"
        await r.server.open(1, "c2")
        await r.server.until("c2", K.SENSED_OPEN)
        assert (await r.state())["ports"] == ["ready", "unreachable"]


async def test_two_doors_are_opened_at_once(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        await asyncio.gather(*(r.server.open(cell, f"c{cell}") for cell in range(1, 9)))
        for cell in range(1, 9):
            await r.server.until(f"c{cell}", K.SENSED_OPEN)
            assert r.pulses(cell) == 1
