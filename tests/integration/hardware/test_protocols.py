"""Every protocol from end to end: the agent's codec on one side, the simulated boards on the other.

Nobody shares code here, so what both agree on is what the protocol's description says.
"""

from pathlib import Path

import pytest

from hardware.simulator.boards import PROTOCOLS, Wiring
from hardware.simulator.cabinet import Plan, simulated
from realtime.wire.terminal import CommandTaken, DoorEventKind, DoorState
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import Rig, quick_knobs, running_agent
from tests.waiting import PATIENCE_SECONDS, eventually

K = DoorEventKind


@pytest.mark.parametrize(
    "wiring", [Wiring(), Wiring(one_is_open=True, low_first=True)], ids=["usual", "other way"]
)
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_command_and_hands_are_told_over_every_protocol(
    tmp_path: Path, protocol: str, wiring: Wiring
) -> None:
    plan = Plan(
        boards=2, baud=115200, protocol=protocol, wiring=wiring, knobs=quick_knobs(),
        poll_seconds=0.05,
    )  # fmt: skip
    server = PlayedServer()
    async with server.serving(), simulated(plan) as cabinet:
        made = Rig(server, cabinet)
        toml, patience = cabinet.board_config(), PATIENCE_SECONDS
        async with running_agent(made, tmp_path, toml, first_look_seconds=patience):
            boot = await server.until_booted()
            assert {door.state for door in boot.doors} == {DoorState.CLOSED}
            assert len(boot.doors) == 2 * plan.channels
            last = 2 * plan.channels
            assert isinstance(await server.answer_to(await server.open(last, "c1")), CommandTaken)
            await server.until("c1", K.SENSED_OPEN)
            cabinet.doors.move(2, True)
            cabinet.doors.move(last, False)
            await server.until("c1", K.SENSED_CLOSED)
            await eventually(lambda: any(e.kind is K.TAMPERED for e in server.events()))
            moved = {(e.cell, e.kind) for e in server.events() if e.kind is K.TAMPERED}
            assert moved == {(2, K.TAMPERED)}
            assert {cell for cell, count in cabinet.doors.pulses.items() if count} == {last}


async def test_a_bridge_that_restarts_is_reached_again_and_its_doors_looked_at(
    tmp_path: Path,
) -> None:
    plan = Plan(baud=115200, protocol="kerong-cu48", tcp_port=0, knobs=quick_knobs())
    server = PlayedServer()
    async with server.serving(), simulated(plan) as cabinet:
        made = Rig(server, cabinet)
        assert cabinet.device.startswith("socket://")
        toml = cabinet.board_config().replace(
            "[[port]]", "[[port]]\ncooldown_seconds = 0.1\nopen_pause_seconds = 0.05"
        )
        async with running_agent(made, tmp_path, toml):
            await server.until_booted()
            await eventually(lambda: len(server.applied) == 48)
            cabinet.line.unplug(0.3)
            cabinet.doors.move(7, True)
            await eventually(
                lambda: any(e.cell == 7 and e.state is DoorState.OPEN for e in server.events())
            )
            assert isinstance(await server.answer_to(await server.open(8, "c1")), CommandTaken)
            await server.until("c1", K.SENSED_OPEN)
            assert cabinet.doors.pulses[8] == 1
