"""Staff ask a terminal for its frames and see its layout; cells are taken out of service."""

from datetime import UTC, datetime

import msgspec
import pytest

from realtime.wire.cabinets import (
    BoardPlace,
    CabinetLayout,
    CellPlace,
    FrameLine,
    FramesTold,
    FrameWay,
    PortPlace,
    TellFrames,
)
from realtime.wire.terminal import Boot, CommandRefused
from server.domain.errors import Conflict, NoFreeCell, NotFound, StaleVersion, TerminalOffline
from server.domain.ids import OrderId, TerminalId
from server.domain.prices import Size
from server.domain.terminals import Door
from tests.integration.deposit.world import World, world

LAYOUT = CabinetLayout(
    ports=(
        PortPlace(
            device="/dev/ttyUSB0",
            protocol="8a",
            baud=9600,
            boards=(BoardPlace(address=1, channels=8),),
        ),
    ),
    cells=(
        CellPlace(cell=1, column=0, row=0, port=0, board=1, channel=1, height=2.0),
        CellPlace(cell=2, column=1, row=3, port=0, board=1, channel=2, is_disabled=True),
    ),
    is_drawn=True,
)
LINES = (
    FrameLine(
        at=datetime(2026, 5, 1, 4, tzinfo=UTC),
        way=FrameWay.SENT,
        hex="8a01031199",
        words="unlock board 1 channel 3",
    ),
    FrameLine(
        at=datetime(2026, 5, 1, 4, 0, 1, tzinfo=UTC),
        way=FrameWay.NOTED,
        words="no answer to unlock board 1 channel 3 (silent)",
        is_error=True,
    ),
)


async def boot(w: World, layout: CabinetLayout | None) -> None:
    """Let the agent boot again, as one that tells this layout."""
    cabinet = w.cabinet
    plain: Boot = cabinet.boot_frame(2)
    frame = msgspec.structs.replace(plain, layout=layout)
    challenge = w.links.challenge(frame)
    assert challenge is not None
    accepted = await w.links.boot(frame, challenge, cabinet.proof(frame, challenge.nonce))
    cabinet.epoch = accepted.epoch


def asked(w: World) -> list[TellFrames]:
    return w.cabinet.frames_asked


async def tell(w: World, request: str, **fields: object) -> None:
    told = FramesTold(**{"id": request, "port": 0, "lines": LINES} | fields)  # type: ignore[arg-type]
    await w.links.frames_told(w.cabinet.terminal, w.cabinet.epoch, told)


async def test_frames_are_asked_for_told_and_shown(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        frames, terminal = w.fleet.frames, w.cabinet.terminal
        await boot(w, LAYOUT)
        empty = await frames.show(terminal, 0)
        assert (empty.device, empty.request, empty.lines) == ("/dev/ttyUSB0", None, ())
        told = await frames.ask(w.operator.person, terminal, 0)
        assert [(one.id, one.port) for one in asked(w)] == [(told.request, 0)]
        waiting = await frames.show(terminal, 0)
        assert (waiting.request, waiting.waits, waiting.told_at) == (told.request, True, None)
        await tell(w, told.request)
        shown = await frames.show(terminal, 0)
        assert (shown.waits, shown.told_at, shown.lines) == (False, w.now, LINES)
        (fact,) = (one for one in w.heard.staff if one.kind == "frames")
        assert fact.data == {"terminal": terminal, "port": 0, "request": told.request}
        assert "8a01031199" not in str(fact)
        rows = await w.audit.of(f"terminal:{terminal}")
        (recorded,) = (row for row in rows if row["action"] == "read_frames")
        assert (recorded["actor"], recorded["purpose"]) == (
            w.operator.person,
            "port 0 /dev/ttyUSB0",
        )


async def test_of_several_questions_the_newest_counts(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        frames, terminal = w.fleet.frames, w.cabinet.terminal
        await boot(w, LAYOUT)
        first = await frames.ask(w.operator.person, terminal, 0)
        await tell(w, first.request)
        second = await frames.ask(w.operator.person, terminal, 0)
        third = await frames.ask(w.operator.person, terminal, 0)
        await tell(w, second.request, lines=LINES[:1])
        shown = await frames.show(terminal, 0)
        assert (shown.request, shown.waits, shown.lines) == (third.request, True, LINES)
        await tell(w, third.request, lines=(), refusal="unknown_port")
        shown = await frames.show(terminal, 0)
        assert (shown.waits, shown.lines, shown.refusal) == (False, (), "unknown_port")
        await tell(w, "NOBODYASKED", port=3)
        assert await w.db["frame_logs"].count_documents({}) == 1


async def test_what_cannot_be_asked_is_refused(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        frames, terminal = w.fleet.frames, w.cabinet.terminal
        await boot(w, None)
        with pytest.raises(Conflict) as of_before:
            await frames.ask(w.operator.person, terminal, 0)
        assert of_before.value.rule == "agent_tells_frames"
        await boot(w, LAYOUT)
        for name, port in ((terminal, 1), (TerminalId("T-NOWHERE"), 0)):
            with pytest.raises(NotFound):
                await frames.ask(w.operator.person, name, port)
        w.cabinet.online = False
        with pytest.raises(TerminalOffline):
            await frames.ask(w.operator.person, terminal, 0)
        assert asked(w) == []
        assert (await frames.show(terminal, 0)).request is None, "never queued"


async def test_an_older_connection_tells_nothing(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        await boot(w, LAYOUT)
        older = w.cabinet.epoch
        request = (await w.fleet.frames.ask(w.operator.person, w.cabinet.terminal, 0)).request
        await boot(w, LAYOUT)
        w.cabinet.epoch = older
        with pytest.raises(StaleVersion):
            await tell(w, request)
        assert (await w.fleet.frames.show(w.cabinet.terminal, 0)).waits


async def test_the_layout_is_that_of_the_last_boot(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        terminal = w.cabinet.terminal
        assert (await w.terminals_service.show(terminal)).layout is None
        await boot(w, LAYOUT)
        assert (await w.terminals_service.show(terminal)).layout == LAYOUT
        await boot(w, None)
        assert (await w.terminals_service.show(terminal)).layout is None
        await boot(w, LAYOUT)
        epoch = w.cabinet.epoch
        await boot(w, LAYOUT)
        assert not await w.terminals.put_layout(terminal, epoch, None)
        assert (await w.terminals_service.show(terminal)).layout == LAYOUT


async def test_a_cell_is_taken_out_of_service_and_put_back(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        service, terminal, boss = w.terminals_service, w.cabinet.terminal, w.operator.person
        (before,) = (await service.show(terminal)).cells
        assert (before.state, before.door, before.door_at) == ("free", "closed", w.now)
        (cell,) = (await service.retire(boss, terminal, 1, "锁坏了")).cells
        assert cell.state == "out_of_service"
        with pytest.raises(NoFreeCell):
            await w.cells.claim(OrderId("LJ1"), terminal, Size.M)
        with pytest.raises(Conflict) as twice:
            await service.retire(boss, terminal, 1, "锁坏了")
        assert twice.value.rule == "in_service"
        await service.restore(boss, terminal, 1, "换了锁")
        assert await w.cells.claim(OrderId("LJ1"), terminal, Size.M)
        kinds = [one.kind for one in w.heard.staff if one.key == f"retired:{terminal}:1"]
        assert kinds == ["cell_retired", "cell_restored"]
        recorded = [one["action"] for one in await w.audit.of(f"cell:{terminal}:1")]
        assert sorted(recorded) == ["restore_cell_untested", "retire_cell"]
        with pytest.raises(NotFound):
            await service.retire(boss, terminal, 99, "没有这格")


async def test_a_silent_door_says_since_when(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        silent_at = w.now
        await w.cell_store.read_doors(w.cabinet.terminal, [(1, Door.UNKNOWN, True)], silent_at)
        w.later(seconds=60)
        await w.cell_store.read_doors(w.cabinet.terminal, [(1, Door.UNKNOWN, True)], w.now)
        (cell,) = (await w.terminals_service.show(w.cabinet.terminal)).cells
        assert (cell.door, cell.stale, cell.stale_at) == ("closed", True, silent_at)
        await w.cell_store.read_doors(w.cabinet.terminal, [(1, Door.CLOSED, False)], w.now)
        (cell,) = (await w.terminals_service.show(w.cabinet.terminal)).cells
        assert (cell.stale, cell.stale_at) == (False, None)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (CommandRefused(id="c", command_id="", reason="disk"), ("refused", "disk")),
        (CommandRefused(id="c", command_id="", reason="starting"), ("refused", "starting")),
        (None, ("expired", "unheard")),
    ],
)
async def test_staff_hear_at_once_why_a_door_was_not_opened(
    mongo_uri: str, mongo_db_name: str, answer: CommandRefused | None, told: tuple[str, str]
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        terminal, boss = w.cabinet.terminal, w.operator.person
        command = await w.doors.open_by_staff(terminal, 1, boss, "查看")
        if answer is None:
            w.later(seconds=w.rules.command_deadline_seconds + 30)
            assert await w.doors.expire(w.now) == 1
        else:
            said = msgspec.structs.replace(answer, command_id=command)
            for _ in range(2):  # the agent may say it again
                await w.links.command_answer(terminal, w.cabinet.epoch, said)
        (fact,) = (one for one in w.heard.staff if one.kind == "open_failed")
        assert fact.data == {
            **{"terminal": terminal, "cell": 1, "command": command},
            **dict(zip(("event", "reason"), told, strict=True)),
        }


async def test_a_refusal_after_the_door_has_opened_is_told_to_nobody(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        terminal = w.cabinet.terminal
        command = await w.doors.open_by_staff(terminal, 1, w.operator.person, "查看")
        await w.cabinet.opens()
        said = CommandRefused(id="c", command_id=command, reason="late")
        await w.links.command_answer(terminal, w.cabinet.epoch, said)
        assert [one for one in w.heard.staff if one.kind == "open_failed"] == []
