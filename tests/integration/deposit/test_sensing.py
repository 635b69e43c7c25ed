"""Numbered door events: applied once, however often they come, whoever crashes in between."""

import random

import pytest

from realtime.wire.terminal import (
    Boot,
    CommandRefused,
    CommandTaken,
    DoorEventKind,
    DoorReading,
    DoorState,
    Events,
)
from server.domain.custody import Custody
from server.domain.errors import InvalidInput, NotAuthenticated, NotFound, StaleVersion
from server.domain.ids import OrderId, VisitId, cell_id
from server.domain.terminals import CommandState, Door
from tests.integration.deposit.world import World, world


async def depositing(w: World) -> tuple[OrderId, VisitId]:
    customer = await w.person()
    order = OrderId((await w.placed(customer)).order_id)
    visit = VisitId((await w.scan(customer)).visit_id)
    await w.acts.choose_order(visit, customer.person, order)
    return order, visit


async def test_events_sent_again_change_nothing(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        order, _ = await depositing(w)
        await w.cabinet.opens_and_closes()
        before = await w.order(order)
        assert before.placement is not None and before.placement.closed
        again = Events(id="e", spool_id=w.cabinet.spool, events=tuple(w.cabinet.sent))
        for _ in range(3):
            number = await w.links.events(w.cabinet.terminal, w.cabinet.epoch, again)
            assert number == w.cabinet.number
        assert await w.order(order) == before


@pytest.mark.parametrize("seed", range(8))
async def test_a_crash_at_any_write_is_mended_by_sending_again(
    mongo_uri: str, mongo_db_name: str, seed: int
) -> None:
    """Cut the applying off after a random number of writes, as often as it takes."""
    dice = random.Random(seed)
    async with world(mongo_uri, mongo_db_name, seed=seed) as w:
        order, _ = await depositing(w)
        command = w.cabinet.commands[-1]
        opened = [
            (DoorEventKind.ASKED, DoorState.CLOSED),
            (DoorEventKind.SENT, DoorState.CLOSED),
            (DoorEventKind.PULSED, DoorState.CLOSED),
            (DoorEventKind.SENSED_OPEN, DoorState.OPEN),
            (DoorEventKind.SENSED_CLOSED, DoorState.CLOSED),
        ]
        events = tuple(
            w.cabinet.event(kind, command.cell, state, command.command_id) for kind, state in opened
        )
        crashing = CrashingEvents(w.events, dice)
        w.sensing._events = crashing
        for _ in range(40):
            try:
                await w.cabinet.report(*events)
                break
            except ConnectionResetError:
                crashing.left = dice.randrange(6)
        known = await w.order(order)
        assert known.placement is not None
        assert (known.placement.opened, known.placement.closed) == (True, True)
        steps = [event.step for event in await w.orders.events(order)]
        assert steps.count("door_sensed_open") == 1
        assert steps.count("door_sensed_closed") == 1
        found = await w.commands.get(command.command_id)
        assert found.state is CommandState.SENSED_CLOSED


class CrashingEvents:
    """The events' collection of a process that dies between the writes of one event."""

    def __init__(self, real: object, dice: random.Random) -> None:
        self._real = real
        self.left = dice.randrange(6)

    async def begin(self, *args: object) -> bool:
        begun: bool = await self._real.begin(*args)  # type: ignore[attr-defined]
        self._count()
        return begun

    async def finish(self, *args: object) -> None:
        self._count()
        await self._real.finish(*args)  # type: ignore[attr-defined]

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise ConnectionResetError("the process died here")


async def test_an_old_commands_events_mean_nothing_to_the_order(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        order, visit = await depositing(w)
        old = w.cabinet.commands[-1]
        await w.cabinet.jams()
        known = await w.order(order)
        await w.acts.open_again(visit, known.customer)
        await w.cabinet.opens_late(old)  # the same cell, the former command
        placement = (await w.order(order)).placement
        assert placement is not None and not placement.opened
        cell = await w.cell_store.get(cell_id(w.cabinet.terminal, old.cell), w.now)
        assert cell.door is Door.OPEN  # but the door is what it is


async def test_missing_numbers_are_written_down(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await w.cabinet.report(w.cabinet.event(DoorEventKind.REACHABLE, 1, DoorState.CLOSED, None))
        w.cabinet.number += 3
        number = await w.cabinet.report(
            w.cabinet.event(DoorEventKind.UNREACHABLE, 1, DoorState.CLOSED, None)
        )
        assert number == 5
        document = await w.db["terminals"].find_one({"_id": w.cabinet.terminal})
        assert [(hole["first"], hole["last"]) for hole in document["holes"]] == [(2, 4)]
        cell = await w.cell_store.get(cell_id(w.cabinet.terminal, 1), w.now)
        assert cell.stale


async def test_numbers_that_do_not_rise_are_refused(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        one = w.cabinet.event(DoorEventKind.REACHABLE, 1, DoorState.CLOSED, None)
        two = w.cabinet.event(DoorEventKind.REACHABLE, 2, DoorState.CLOSED, None)
        with pytest.raises(InvalidInput):
            await w.cabinet.report(two, one)


async def test_a_new_spool_starts_from_its_own_number(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        for _ in range(3):
            await w.cabinet.report(
                w.cabinet.event(DoorEventKind.REACHABLE, 1, DoorState.CLOSED, None)
            )
        w.cabinet.spool, w.cabinet.number = "spool.2$", 0
        accepted = await w.cabinet.boot(5)
        assert accepted.applied_number == 0
        event = w.cabinet.event(DoorEventKind.TAMPERED, 1, DoorState.OPEN, None)
        assert await w.cabinet.report(event) == 1
        assert (await w.cabinet.boot(5)).applied_number == 1


async def test_a_door_that_moved_in_an_outage_is_believed(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        order, _ = await depositing(w)
        command = await w.cabinet.opens()
        await w.cabinet.report(
            w.cabinet.event(
                DoorEventKind.CHANGED_DURING_OUTAGE,
                command.cell,
                DoorState.CLOSED,
                command.command_id,
            )
        )
        placement = (await w.order(order)).placement
        assert placement is not None and placement.closed


async def test_an_open_door_is_not_confirmed_whatever_it_did_before(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        order, visit = await depositing(w)
        await w.cabinet.opens_and_closes()
        cell = w.cabinet.commands[-1].cell
        await w.cabinet.report(w.cabinet.event(DoorEventKind.TAMPERED, cell, DoorState.OPEN, None))
        known = await w.order(order)
        with pytest.raises(Exception, match="conflict"):
            await w.acts.confirm(visit, known.customer)
        assert (await w.order(order)).custody is Custody.DEPOSITING
        assert any(fact.kind == "door_alarm" for fact in w.heard.staff)


async def test_the_newest_connection_is_the_terminal(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        old = w.cabinet.epoch
        await w.cabinet.boot(5)
        assert w.cabinet.epoch == old + 1
        event = w.cabinet.event(DoorEventKind.REACHABLE, 1, DoorState.CLOSED, None)
        stale = Events(id="e", spool_id=w.cabinet.spool, events=(event,))
        with pytest.raises(StaleVersion):
            await w.links.events(w.cabinet.terminal, old, stale)
        told = [fact.data for fact in w.heard.staff if fact.kind == "link"]
        await w.links.gone(w.cabinet.terminal, old)  # a late close
        assert (await w.terminals.get(w.cabinet.terminal)).online
        await w.links.gone(w.cabinet.terminal, w.cabinet.epoch)
        assert not (await w.terminals.get(w.cabinet.terminal)).online
        # Staff heard of each that came, and of the one that left for good.
        heard = [fact.data for fact in w.heard.staff if fact.kind == "link"]
        assert [one["online"] for one in told] == [True, True]
        assert heard[len(told) :] == [{"terminal": w.cabinet.terminal, "online": False}]


@pytest.mark.parametrize(("terminal", "token"), [("SZ-0001", "wrong"), ("SZ-9999", None)])
async def test_a_foreign_agent_is_not_admitted(
    mongo_uri: str, mongo_db_name: str, terminal: str, token: str | None
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        boot = Boot(
            id="b",
            protocol=1,
            terminal_id=terminal,
            token=token or w.cabinet.token,
            agent_version="1",
            boot_id="b",
            spool_id="s",
            doors=(DoorReading(cell=1, state=DoorState.OPEN),),
        )
        with pytest.raises(NotAuthenticated):
            await w.links.boot(boot)
        assert (await w.terminals.get(w.cabinet.terminal)).epoch == w.cabinet.epoch


async def test_the_agents_answer_gives_up_what_it_refuses(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        _, visit = await depositing(w)
        command = w.cabinet.commands[-1]
        where = (w.cabinet.terminal, w.cabinet.epoch)
        await w.links.command_answer(*where, CommandTaken(id="1", command_id=command.command_id))
        assert (await w.commands.get(command.command_id)).state is CommandState.TAKEN
        refused = CommandRefused(id="1", command_id=command.command_id, reason="late")
        await w.links.command_answer(*where, refused)
        await w.links.command_answer(*where, refused)
        found = await w.commands.get(command.command_id)
        assert (found.state, found.failure) == (CommandState.REFUSED, "late")
        known = await w.visit_store.get(visit)
        assert (await w.visits.get(visit, known.person)).door == "failed"
        await w.links.command_answer(*where, CommandTaken(id="2", command_id="C-unknown"))


async def test_staff_open_a_door_with_a_reason_on_record(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer = await w.person()
        order = (await w.placed(customer)).order_id
        await w.deposit(customer, order)
        cell = w.cabinet.commands[-1].cell
        where = (w.operator.person, w.cabinet.terminal)
        for bad in ("", "   "):
            with pytest.raises(InvalidInput):
                await w.terminals_service.open_door(*where, cell, bad)
        with pytest.raises(NotFound):
            await w.terminals_service.open_door(*where, 999, "检查")
        asked = await w.terminals_service.open_door(*where, cell, "检查")
        assert w.cabinet.commands[-1].command_id == asked.command_id
        records = await w.audit.of(f"cell:{w.cabinet.terminal}:{cell}")
        assert [(row["actor"], row["purpose"]) for row in records] == [(w.operator.person, "检查")]
        await w.cabinet.opens_and_closes()
        known = await w.order(order)
        assert known.custody is Custody.DEPOSITED  # staff's opening moves no order
        assert "staff_opened_door" in [one.step for one in await w.orders.events(OrderId(order))]
