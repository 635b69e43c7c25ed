"""A cell comes back into service by a test pulse, and by nothing less than its sensor's word."""

import pytest

from realtime.wire.terminal import CommandRefused, DoorEventKind, DoorState
from server.domain.errors import Conflict, NoFreeCell, TerminalOffline
from server.domain.ids import CommandId, OrderId
from server.domain.prices import Size
from server.domain.terminals import CommandState
from tests.integration.deposit.world import World, world


async def retired(w: World, cell: int = 1, **fields: object) -> None:
    change = {"retired": True, "retired_at": w.now, "faults": [{"event": "e", "at": w.now}]}
    await w.db["cells"].update_one({"cell": cell}, {"$set": change | fields})


async def pulse(w: World, cell: int = 1) -> CommandId:
    asked = await w.terminals_service.test_cell(
        w.operator.person, w.cabinet.terminal, cell, "换了锁"
    )
    return CommandId(asked.command_id)


async def shown(w: World, cell: int = 1) -> tuple[str, str | None, str | None]:
    detail = await w.terminals_service.show(w.cabinet.terminal)
    (found,) = (one for one in detail.cells if one.cell == cell)
    test = found.test
    return found.state, test and test.state, test and test.reason


async def test_open_and_then_closed_brings_a_cell_back(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        await retired(w)
        command = await pulse(w)
        assert await shown(w) == ("out_of_service", "asked", None)
        opened = await w.cabinet.opens()
        assert opened.command_id == command
        assert await shown(w) == ("out_of_service", "opened", None)
        with pytest.raises(NoFreeCell):
            await w.cells.claim(OrderId("LJ1"), w.cabinet.terminal, Size.M)
        await w.cabinet.closes()
        assert await shown(w) == ("free", "passed", None)
        (cell,) = (await w.terminals_service.show(w.cabinet.terminal)).cells
        assert cell.faults == 0
        assert await w.cells.claim(OrderId("LJ1"), w.cabinet.terminal, Size.M)
        (recorded,) = await w.audit.of("cell:SZ-0001:1")
        assert (recorded["action"], recorded["purpose"]) == ("test_cell", "换了锁")
        states = [one.data["state"] for one in w.heard.staff if one.kind == "pulse_test"]
        assert states == ["opened", "passed"]


async def test_each_way_to_fail_leaves_it_out_of_service(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        await retired(w)

        await pulse(w)
        await w.cabinet.jams()
        assert await shown(w) == ("out_of_service", "failed", "jammed")
        await w.cabinet.opens_late(w.cabinet.commands[-1])
        await w.cabinet.closes()
        assert await shown(w) == ("out_of_service", "failed", "jammed"), "too late is too late"

        command = await pulse(w)
        said = CommandRefused(id="c", command_id=command, reason="disk")
        await w.links.command_answer(w.cabinet.terminal, w.cabinet.epoch, said)
        assert await shown(w) == ("out_of_service", "failed", "disk")

        await pulse(w)
        w.later(seconds=w.rules.command_deadline_seconds + 30)
        await w.doors.expire(w.now)
        assert await shown(w) == ("out_of_service", "failed", "unheard")

        await pulse(w)
        await w.cabinet.opens()
        w.later(seconds=w.rules.cell_test_seconds - 1)
        assert await w.pulse_tests.expire(w.now) == 0
        w.later(seconds=1)
        assert await w.pulse_tests.expire(w.now) == 1
        assert await shown(w) == ("out_of_service", "failed", "not_closed")
        assert await w.pulse_tests.expire(w.now) == 0
        await w.cabinet.closes()
        assert (await shown(w))[:2] == ("out_of_service", "failed")

        w.cabinet.lost_frames = True
        with pytest.raises(TerminalOffline):
            await pulse(w)
        assert await shown(w) == ("out_of_service", "failed", "offline")
        w.cabinet.online = False
        with pytest.raises(TerminalOffline):
            await pulse(w)


async def test_another_commands_door_says_nothing_of_the_test(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        await retired(w)
        await pulse(w)
        await w.terminals_service.open_door(w.operator.person, w.cabinet.terminal, 1, "看一眼")
        await w.cabinet.opens_and_closes()
        assert await shown(w) == ("out_of_service", "asked", None)
        tested = w.cabinet.commands[-2]
        await w.cabinet.report(  # closed without having been open proves nothing
            w.cabinet.event(DoorEventKind.SENSED_CLOSED, 1, DoorState.CLOSED, tested.command_id)
        )
        assert await shown(w) == ("out_of_service", "asked", None)


REFUSALS: list[tuple[dict[str, object], str]] = [
    ({"retired": False}, "out_of_service"),
    ({"order": "LJ1"}, "empty"),
    ({"stale": True}, "door_known"),
    ({"door": "unknown"}, "door_known"),
    ({"door": "open"}, "close_the_door_first"),
]


@pytest.mark.parametrize(("fields", "rule"), REFUSALS)
async def test_what_may_not_be_tested_is_refused_and_recorded(
    mongo_uri: str, mongo_db_name: str, fields: dict[str, object], rule: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        await retired(w, **fields)
        with pytest.raises(Conflict) as refused:
            await pulse(w)
        assert refused.value.rule == rule
        assert w.cabinet.commands == []
        (recorded,) = await w.audit.of("cell:SZ-0001:1")
        assert recorded["action"] == "test_cell_refused"


async def test_one_test_at_a_time(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        await retired(w)
        first = await pulse(w)
        with pytest.raises(Conflict):
            await pulse(w)
        given_up = (await w.commands.of_terminal(w.cabinet.terminal))[-1]
        assert given_up.state is CommandState.REFUSED and given_up.id != first
        assert len(w.cabinet.commands) == 1
