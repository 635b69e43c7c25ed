"""`lanjian terminal` killed with -9 in the middle of an open, beside doors that live on."""

import asyncio
from pathlib import Path

import pytest

from realtime.wire.terminal import CommandTaken, DoorEventKind, DoorState
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import Control, agent_program, simulator_program
from tests.waiting import eventually

pytestmark = pytest.mark.slow

K = DoorEventKind


async def kill(program: asyncio.subprocess.Process) -> None:
    program.kill()
    await program.wait()


async def test_killed_before_the_answer_nothing_opens_twice(tmp_path: Path) -> None:
    server = PlayedServer()
    faults = {"mute_unlock": True, "jam": 3}
    async with server.serving(), simulator_program(tmp_path, **faults) as simulator:
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await eventually(lambda: len(server.applied) == 8)
            assert isinstance(await server.answer_to(await server.open(3, "c1")), CommandTaken)
            await eventually(lambda: pulsed(simulator))
            await kill(program)
        await simulator.say(mute_unlock=False, jam=3, on=False, open=3)
        async with agent_program(server, tmp_path):
            boot = await server.until_booted(2)
            await server.until("c1", K.UNCERTAIN)
            again = await server.answer_to(await server.open(3, "c1"))
            assert isinstance(again, CommandTaken)
            changed = K.CHANGED_DURING_OUTAGE
            await server.until("c1", changed)
            assert boot.spool_id == server.boots[0].spool_id
            await simulator.say(close=3)
            await server.until("c1", K.SENSED_CLOSED)
            kinds = server.kinds("c1")
            assert kinds[0] is K.ASKED
            assert kinds[-3:] == [K.UNCERTAIN, changed, K.SENSED_CLOSED]
            assert await simulator.pulses(3) == 1
            assert not [e for e in server.events() if e.kind is K.TAMPERED]


async def test_a_door_that_opens_after_the_restart_is_the_doubted_command_s(tmp_path: Path) -> None:
    server = PlayedServer()
    async with server.serving(), simulator_program(tmp_path, jam=3) as simulator:
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await server.open(3, "c1")
            await eventually(lambda: pulsed(simulator))
            await kill(program)
        async with agent_program(server, tmp_path):
            await server.until_booted(2)
            await server.until("c1", K.UNCERTAIN)
            looked = len((await simulator.say(looks=True))["looks"])
            await eventually(lambda: more_looks(simulator, looked + 3))  # it was seen closed
            await simulator.say(jam=3, on=False, open=3)
            await server.until("c1", K.SENSED_OPEN)
            told = [e for e in server.events() if e.kind is K.SENSED_OPEN]
            assert [e.reason for e in told] == ["after_restart"]
            assert await simulator.pulses(3) == 1


async def test_killed_while_open_the_closing_is_still_the_command_s(tmp_path: Path) -> None:
    server = PlayedServer()
    async with server.serving(), simulator_program(tmp_path) as simulator:
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await server.open(3, "c1")
            await server.until("c1", K.SENSED_OPEN)
            await kill(program)
        async with agent_program(server, tmp_path):
            boot = await server.until_booted(2)
            assert boot.doors[2].state is DoorState.OPEN
            await simulator.say(close=3)
            await server.until("c1", K.SENSED_CLOSED)
            kinds = [K.ASKED, K.SENT, K.PULSED, K.SENSED_OPEN, K.SENSED_CLOSED]
            assert server.kinds("c1") == kinds


async def test_killed_with_the_intent_on_disk_and_nothing_sent_nothing_opens(
    tmp_path: Path,
) -> None:
    server = PlayedServer()
    async with server.serving(), simulator_program(tmp_path) as simulator:
        cell = await asked_only(server, simulator, tmp_path)
        command_id = f"c{cell}"
        async with agent_program(server, tmp_path):
            await server.until(command_id, K.UNCERTAIN)
            again = await server.answer_to(await server.open(cell, command_id))
            assert isinstance(again, CommandTaken), "the same answer as before"
            looked = len((await simulator.say(looks=True))["looks"])
            await eventually(lambda: more_looks(simulator, looked + 3))
            assert await simulator.pulses(cell) == 0, "nothing opens by itself"
            assert server.kinds(command_id) == [K.ASKED, K.UNCERTAIN]


async def asked_only(server: PlayedServer, simulator: Control, tmp_path: Path) -> int:
    """Kill an agent whose command is on disk and not sent; give the command's cell.

    The look that the command waits for is answered within 0.28 s, so some kills come too late.
    """
    for cell in range(1, 6):
        boots = len(server.boots)
        async with agent_program(server, tmp_path) as program:
            await server.until_booted(boots + 1)
            await eventually(lambda: len({e.cell for e in server.events()}) == 8)
            more = len((await simulator.say(delay=0.28, looks=True))["looks"]) + 1
            await eventually(lambda more=more: more_looks(simulator, more))
            taken = await server.answer_to(await server.open(cell, f"c{cell}"))
            assert isinstance(taken, CommandTaken)
            await kill(program)
        await simulator.say(delay=0.0)
        if not await simulator.is_pulsed_by_what_was_sent(cell):
            assert K.SENT not in server.kinds(f"c{cell}")
            return cell
    raise AssertionError("no kill came in time")


async def more_looks(simulator: Control, count: int) -> bool:
    return len((await simulator.say(looks=True))["looks"]) >= count


async def test_killed_after_the_board_s_answer_the_opening_is_an_outage_s_change(
    tmp_path: Path,
) -> None:
    server = PlayedServer()
    async with server.serving(), simulator_program(tmp_path, jam=3) as simulator:
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await eventually(lambda: len(server.applied) == 8)
            await server.open(3, "c1")
            await server.until("c1", K.PULSED)
            await kill(program)
        await simulator.say(jam=3, on=False, open=3)
        async with agent_program(server, tmp_path):
            await server.until("c1", K.CHANGED_DURING_OUTAGE)
            kinds = [K.ASKED, K.SENT, K.PULSED, K.UNCERTAIN, K.CHANGED_DURING_OUTAGE]
            assert server.kinds("c1") == kinds
            assert await simulator.pulses(3) == 1


async def test_killed_when_all_was_sensed_nothing_is_told_again(tmp_path: Path) -> None:
    server = PlayedServer()
    async with server.serving(), simulator_program(tmp_path) as simulator:
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await server.open(3, "c1")
            await server.until("c1", K.SENSED_OPEN)
            await simulator.say(close=3)
            await server.until("c1", K.SENSED_CLOSED)
            await kill(program)
        before = dict(server.applied)
        async with agent_program(server, tmp_path):
            boot = await server.until_booted(2)
            assert boot.doors[2].state is DoorState.CLOSED
            await simulator.say(open=5)
            await eventually(lambda: len(server.applied) == len(before) + 1)
            assert server.events()[-1].kind is K.TAMPERED
            assert await simulator.pulses(3) == 1


async def test_events_spooled_while_offline_survive_a_kill(tmp_path: Path) -> None:
    server = PlayedServer()
    async with server.serving(), simulator_program(tmp_path) as simulator:
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await eventually(lambda: len(server.applied) == 8)
            server.answers_events = False
            await simulator.say(open=5)
            await eventually(lambda: K.TAMPERED in [e.kind for e in server.events()])
            await kill(program)
        before = dict(server.applied)
        server.answers_events = True
        server.applied = {key: e for key, e in before.items() if e.kind is K.REACHABLE}
        async with agent_program(server, tmp_path):
            await server.until_booted(2)
            await eventually(lambda: len(server.applied) == 9)
            assert server.applied == before


@pytest.mark.parametrize("how", ["open", "close"])
async def test_a_door_that_moved_during_the_outage_is_told_once(tmp_path: Path, how: str) -> None:
    server = PlayedServer()
    async with server.serving(), simulator_program(tmp_path) as simulator:
        if how == "close":
            await simulator.say(open=4)
        async with agent_program(server, tmp_path) as program:
            await server.until_booted()
            await eventually(lambda: len(server.applied) == 8)
            await kill(program)
        await simulator.say(**{how: 4})
        async with agent_program(server, tmp_path):
            await server.until_booted(2)
            await eventually(lambda: len(server.applied) == 9)
            last = server.events()[-1]
            assert (last.cell, last.kind) == (4, K.CHANGED_DURING_OUTAGE)
            assert last.state is (DoorState.OPEN if how == "open" else DoorState.CLOSED)


async def pulsed(simulator: Control) -> bool:
    return await simulator.pulses(3) == 1
