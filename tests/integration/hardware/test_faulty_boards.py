"""The agent against each fault that real boards and lines were seen to have, one at a time.

Whatever is wrong with the line: a command opens its door once, and what is told of it is true.
"""

from pathlib import Path
from typing import Any

import pytest

from realtime.wire.terminal import CommandTaken, DoorEventKind, DoorState
from tests.integration.hardware.rig import quick_knobs, rig
from tests.waiting import eventually

K = DoorEventKind

#: Faults under which boards can still be understood, at once or at the next look.
BEARABLE: list[dict[str, Any]] = [
    {"echo": True},
    {"garbage": "fafd9999"},
    {"burst_bytes": 1, "burst_pause": 0.008},
    *({"split_at": k, "burst_pause": 0.012} for k in (1, 4, 6)),
    {"mute_unlock": True},
    {"ack_delay": 0.3},
    {"reports": True},
    {"report_in_poll": 2},
    {"bounces": 2},
    {"noise": 0.02},
    {"bit_noise": 0.01},
    {"drop": 0.02},
    {"needs_gap": 0.0012},
]


@pytest.mark.parametrize("knobs", BEARABLE, ids=str)
async def test_a_command_opens_its_door_once_and_is_told_truly(
    tmp_path: Path, knobs: dict[str, Any]
) -> None:
    async with rig(tmp_path, knobs=quick_knobs(**knobs)) as r:
        await eventually(lambda: {e.cell for e in r.server.events()} >= set(range(1, 9)))
        assert isinstance(await r.server.answer_to(await r.server.open(3, "c1")), CommandTaken)
        await r.server.until("c1", K.SENSED_OPEN)
        r.cabinet.doors.move(3, False)
        await r.server.until("c1", K.SENSED_CLOSED)
        assert r.pulses(3) == 1
        if not knobs.keys() & {"noise", "bit_noise"}:  # one check byte may be noise, too
            assert not [e for e in r.server.events() if e.kind is K.TAMPERED]


@pytest.mark.parametrize(
    "knobs",
    [{"bad_checksum": True}, {"wrong_board": True}, {"cut_after": 4}, {"swapped": True}],
    ids=str,
)
async def test_answers_that_are_none_tell_nothing(tmp_path: Path, knobs: dict[str, Any]) -> None:
    async with rig(tmp_path, knobs=quick_knobs(**knobs), first_look_seconds=0.3) as r:
        r.cabinet.doors.move(3, True)
        await eventually(lambda: K.UNREACHABLE in {e.kind for e in r.server.events()})
        assert {e.state for e in r.server.events()} == {DoorState.UNKNOWN}
        for name in knobs:
            setattr(r.cabinet.knobs, name, type(knobs[name])())
        await eventually(lambda: K.REACHABLE in {e.kind for e in r.server.events()})
        assert (await r.state())["doors"][2]["state"] == "open"


async def test_a_door_that_moves_without_power_is_an_outage_s_change(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        await eventually(lambda: len(r.server.events()) == 8)
        r.cabinet.line.power_off(60.0)
        r.cabinet.doors.move(3, True)
        await eventually(lambda: K.UNREACHABLE in {e.kind for e in r.server.events()})
        r.cabinet.line.power_off(0.0)
        changed = K.CHANGED_DURING_OUTAGE
        await eventually(lambda: [(e.cell, e.state) for e in r.server.events()
                                  if e.kind is changed] == [(3, DoorState.OPEN)])  # fmt: skip


async def test_a_latch_that_lets_go_by_itself_is_told_as_tampering(tmp_path: Path) -> None:
    async with rig(tmp_path) as r:
        await eventually(lambda: len(r.server.events()) == 8)
        r.cabinet.doors.move(5, True, "latch")
        await eventually(lambda: (5, K.TAMPERED) in {(e.cell, e.kind) for e in r.server.events()})
        assert r.pulses(5) == 0
