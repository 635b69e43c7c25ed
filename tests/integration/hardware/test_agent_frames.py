"""The agent tells the server where its doors lie, and what passed on its lines when asked."""

from pathlib import Path

import pytest

from realtime.wire.cabinets import BoardPlace, FrameWay
from realtime.wire.terminal import CommandTaken, DoorEventKind
from tests.integration.hardware.rig import rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow

COLUMNS = "[[column]]\ncells = [1, 2, 3, 4]\n[[column]]\ncells = [8, 7, 0, 6, 5]\n"


async def test_the_boot_tells_where_doors_lie(tmp_path: Path) -> None:
    async with rig(tmp_path, extra_toml=COLUMNS) as r:
        layout = r.server.boots[0].layout
        assert layout is not None
        assert layout.is_drawn
        assert layout.ports[0].boards == (BoardPlace(address=1, channels=8),)
        right = [(one.cell, one.row) for one in layout.cells if one.column == 1]
        assert right == [(5, 4), (6, 3), (7, 1), (8, 0)]


async def test_an_unlock_is_found_among_the_frames(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        assert isinstance(await r.server.answer_to(await r.server.open(3, "c1")), CommandTaken)
        await r.server.until("c1", DoorEventKind.SENSED_OPEN)
        told = await r.server.frames(0)
        assert told.refusal is None
        sent = [line for line in told.lines if line.way is FrameWay.SENT]
        assert ("8a01031199", "unlock board 1 channel 3") in [(s.hex, s.words) for s in sent]
        assert [line.at for line in told.lines] == sorted(line.at for line in told.lines)
        assert told.lines[0].words.startswith("agent started")


async def test_errors_are_marked_and_other_ports_are_refused(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        r.cabinet.knobs.silence = True

        async def silent() -> bool:
            lines = (await r.server.frames(0)).lines
            return any(line.is_error and "no answer" in line.words for line in lines)

        await eventually(silent)
        refused = await r.server.frames(1)
        assert (refused.port, refused.refusal, refused.lines) == (1, "unknown_port", ())
        taken = await r.server.answer_to(await r.server.open(3, "c1"))
        assert isinstance(taken, CommandTaken), "the session goes on"
