"""An agent's ports as a maintainer sees them: frame logs, /frames, /state, bridges, locks."""

import json
from pathlib import Path

import pytest

from hardware.line.frame_file import FrameLogSettings
from hardware.line.port import open_port
from hardware.simulator.cabinet import Plan, simulated
from realtime.wire.terminal import DoorEventKind as K
from realtime.wire.terminal import DoorState
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import Rig, http, quick_knobs, rig, running_agent
from tests.waiting import eventually

UNLOCK_3 = "→ 8a01031199 unlock board 1 channel 3"


async def test_the_frame_log_is_written_live_and_served_on_loopback(tmp_path: Path) -> None:
    async with rig(tmp_path, frame_log=FrameLogSettings(tmp_path / "frames")) as r:
        await r.server.open(3, "c1")
        await r.server.until("c1", K.SENSED_OPEN)
        status, _, body = await http(r.kiosk_url, "/frames?port=0")
        frames = json.loads(body)
        assert (status, frames["type"], frames["port"]) == (200, "frames", 0)
        texts = [line.split(" ", 1)[1] for line in frames["lines"]]
        assert texts[0].startswith("! agent started")
        assert UNLOCK_3 in texts
        assert any(text.endswith("unlock answered, board 1 channel 3") for text in texts)
        assert any(text.endswith("board 1: open 3") for text in texts)
        assert len(texts) < 40  # the polls in between are counted
        log = tmp_path / "frames" / "port0.log"
        await eventually(lambda: log.exists() and UNLOCK_3 in log.read_text())


async def test_frames_are_for_loopback_and_for_ports_that_are(tmp_path: Path) -> None:
    async with rig(tmp_path, allow_origins=("http://127.0.0.1:9",)) as r:
        status, _, _ = await http(r.kiosk_url, "/frames", {"Host": "rebound.example"})
        assert status == 421
        for query, expected in (("", 200), ("?port=1", 404), ("?port=-1", 404), ("?port=x", 404)):
            status, _, _ = await http(r.kiosk_url, f"/frames{query}")
            assert status == expected
        _, headers, _ = await http(r.kiosk_url, "/frames", {"Origin": "http://evil.example"})
        assert "Access-Control-Allow-Origin" not in headers


async def test_a_port_in_use_is_told_with_its_reason_and_used_once_it_is_free(
    tmp_path: Path,
) -> None:
    server = PlayedServer()
    plan = Plan(channels=8, baud=115200, knobs=quick_knobs())
    async with server.serving(), simulated(plan) as cabinet:
        taken = await open_port(cabinet.device, 115200, lambda _data: None, lambda: None)
        toml = cabinet.board_config().replace("baud =", "cooldown_seconds = 0.1\nbaud =", 1)
        made = Rig(server, cabinet)
        async with running_agent(made, tmp_path, toml):
            state = await made.until_state(ports=["unreachable"])
            assert "another process has it open" in state["lines"][0]["why"]
            await taken.abort(1.0)
            state = await made.until_state(ports=["ready"])
            assert state["lines"][0]["why"] is None
            await eventually(lambda: cabinet.line.looks)


@pytest.mark.slow
async def test_doors_behind_a_bridge_open_and_a_bridge_that_came_back_is_used(
    tmp_path: Path,
) -> None:
    server = PlayedServer()
    plan = Plan(channels=8, baud=115200, knobs=quick_knobs(), tcp_port=0)
    async with server.serving(), simulated(plan) as cabinet:
        made = Rig(server, cabinet)
        toml = cabinet.board_config().replace("baud =", "open_pause_seconds = 0.1\nbaud =", 1)
        async with running_agent(made, tmp_path, toml):
            await server.until_booted()
            await server.open(3, "c1")
            await server.until("c1", K.SENSED_OPEN)
            cabinet.line.unplug(0.3)
            await eventually(lambda: cabinet.doors.is_open(3))
            cabinet.doors.move(5, True)
            await eventually(
                lambda: any(e.cell == 5 and e.state is DoorState.OPEN for e in server.events())
            )
            await server.open(4, "c2")
            await server.until("c2", K.SENSED_OPEN)
            assert (await made.state())["lines"][0]["openings"] == 2
    assert [cabinet.doors.pulses[cell] for cell in (3, 4)] == [1, 1]


@pytest.mark.slow
async def test_boards_that_need_the_silence_between_frames_get_it(tmp_path: Path) -> None:
    """At 9600 baud, three boards that miss each request that begins within 4.6 ms of a byte."""
    server = PlayedServer()
    knobs = quick_knobs(needs_gap=0.0046, turnaround=0.001)
    plan = Plan(boards=3, channels=8, knobs=knobs, poll_seconds=0.0)
    async with server.serving(), simulated(plan) as cabinet:
        made = Rig(server, cabinet)
        async with running_agent(made, tmp_path, cabinet.board_config()):
            await eventually(lambda: len(cabinet.line.looks) >= 60)
            state = await made.state()
    # A busy machine may delay some; without the pauses hardly one of them would be heard.
    assert state["lines"][0]["silences"] <= 6
    assert state["lines"][0]["exchanges"] >= 60
