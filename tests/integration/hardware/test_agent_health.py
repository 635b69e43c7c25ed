"""The agent tells the server how its machine does, and no server is troubled by it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from realtime.wire.envelope import CloseCode, Failure, Reply
from realtime.wire.health import BoardHealth, kept_reply
from realtime.wire.terminal import CommandRefused, CommandTaken, DoorEventKind
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

K = DoorEventKind


async def test_it_is_told_after_each_boot_and_in_get_state(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        await eventually(lambda: r.server.healths)
        told = r.server.healths[0]
        assert [(port.protocol, port.state, port.reason) for port in told.ports] == [
            ("8a", "ready", None)
        ]
        assert told.ports[0].exchanges > 0
        assert told.boards == (BoardHealth(port=0, address=1, is_answering=True),)
        assert told.disk_error is None
        assert told.disk_free_bytes and told.disk_free_bytes > 0
        assert told.clock_off_by_seconds is not None and abs(told.clock_off_by_seconds) < 5
        state = await r.state()
        assert state["boards"] == [{"port": 0, "address": 1, "is_answering": True, "fault": None}]
        assert state["disk_free_bytes"] > 0
        assert r.server.socket is not None
        await r.server.socket.close(CloseCode.GOING_AWAY)
        await eventually(lambda: len(r.server.healths) == 2)
        assert len({frame.id for frame in r.server.healths}) == 2


async def test_the_answer_sets_the_clock_by_which_deadlines_are_judged(tmp_path: Path) -> None:
    server, set_back = PlayedServer(), timedelta(hours=-1)
    server.answers_health = lambda frame: kept_reply(frame.id, datetime.now(UTC) + set_back)
    async with rig(tmp_path, server=server) as r:
        await eventually(lambda: server.healths)
        await r.until_state(clock_off_by_seconds=3600.0)
        server.clock_skew = set_back
        taken = await server.answer_to(await server.open(3, "c1"))
        assert isinstance(taken, CommandTaken), "late by the clock of the boot"
        late = await server.answer_to(await server.open(4, "c2", seconds=-0.1))
        assert isinstance(late, CommandRefused)
        assert late.reason == "late"
        assert len(server.boots) == 1


async def test_without_the_server_s_time_for_long_it_boots_again(tmp_path: Path) -> None:
    server = PlayedServer()
    server.answers_health = lambda frame: Reply(id=frame.id)
    async with rig(tmp_path, server=server, clock_seconds=0.3):
        await eventually(lambda: len(server.boots) >= 3)


@pytest.mark.parametrize("answer", ["refused", "nothing"])
async def test_an_older_server_is_told_once_and_not_troubled(tmp_path: Path, answer: str) -> None:
    server = PlayedServer()
    server.answers_health = lambda frame: (
        Failure(id=frame.id, code="invalid_input", message="?", field="type", rule="known")
        if answer == "refused"
        else None
    )
    # The call without an answer holds up all others for so long.
    async with rig(tmp_path, server=server, answer_seconds=5.0) as r:
        await eventually(lambda: server.healths)
        taken = await server.answer_to(await server.open(3, "c1"))
        assert isinstance(taken, CommandTaken)
        await server.until("c1", K.SENSED_OPEN)
        r.cabinet.knobs.silence = True
        await eventually(lambda: K.UNREACHABLE in [e.kind for e in server.events()])
        assert len(server.healths) == len(server.boots) == 1
