"""What a cell's own sensor says of a parcel: it warns, it never decides over a person's word."""

import msgspec
import pytest

from realtime.wire.terminal import DoorEventKind, DoorState, EvidenceSource, KioskAction, KioskStep
from server.domain.custody import Custody
from server.domain.errors import Conflict
from server.domain.ids import OrderId, VisitId, cell_id
from server.domain.people import Actor
from server.domain.terminals import CellState
from tests.integration.deposit.world import World, world


async def shuts(w: World, *, item: bool | None) -> None:
    """Let the last command's door open, then close over what its sensor sees."""
    command = await w.cabinet.opens()
    event = w.cabinet.event(
        DoorEventKind.SENSED_CLOSED, command.cell, DoorState.CLOSED, command.command_id
    )
    seen = {"item": item, "source": EvidenceSource.POLL, "evidence": "02b035"}
    await w.cabinet.report(msgspec.structs.replace(event, **seen))


async def depositing(w: World) -> tuple[Actor, OrderId, VisitId]:
    customer = await w.person()
    order = OrderId((await w.placed(customer)).order_id)
    visit = VisitId((await w.scan(customer)).visit_id)
    await w.acts.choose_order(visit, customer.person, order)
    return customer, order, visit


async def test_a_cell_that_seems_empty_is_asked_about_once_more(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer, order, visit = await depositing(w)
        await shuts(w, item=False)
        assert w.cabinet.screen.step is KioskStep.PARCEL_INSIDE
        with pytest.raises(Conflict) as refused:
            await w.acts.confirm(visit, customer.person)
        assert refused.value.rule == "seems_empty"
        assert (await w.order(order)).custody is Custody.DEPOSITING
        assert "好像没有包裹" in (w.cabinet.screen.message or "")
        await w.acts.confirm(visit, customer.person)
        assert (await w.order(order)).custody is Custody.DEPOSITED
        events = await w.orders.events(order)
        told = {event.step: event.data for event in events}
        assert told["deposit_seems_empty"]["item"] is False
        assert told["deposited"]["item"] is False
        assert told["door_sensed_closed"]["item"] is False


async def test_opening_again_forgets_the_doubt_and_a_seen_parcel_needs_no_second_word(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        _, order, visit = await depositing(w)
        await shuts(w, item=False)
        with pytest.raises(Conflict):
            await w.cabinet.press(visit, KioskAction.CONFIRM_INSIDE)
        await w.cabinet.press(visit, KioskAction.OPEN_AGAIN)
        await shuts(w, item=True)
        assert "好像" not in (w.cabinet.screen.message or "")
        await w.cabinet.press(visit, KioskAction.CONFIRM_INSIDE)
        assert (await w.order(order)).custody is Custody.DEPOSITED


async def test_a_cell_with_something_inside_is_not_left_without_staff(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        customer, order, visit = await depositing(w)
        await shuts(w, item=True)
        assert KioskAction.ANOTHER_CELL not in w.cabinet.screen.actions
        cell = w.cabinet.commands[-1].cell
        with pytest.raises(Conflict) as refused:
            await w.acts.another_cell(visit, customer.person)
        assert refused.value.rule == "something_inside"
        with pytest.raises(Conflict) as refused:
            await w.orders_service.cancel(customer, order, None)
        assert refused.value.rule == "something_inside"
        seat = await w.cell_store.get(cell_id(w.cabinet.terminal, cell), w.now)
        assert seat.state is CellState.HELD
        # Taken out again, it is free to go.
        await w.acts.open_again(visit, customer.person)
        await shuts(w, item=False)
        await w.acts.another_cell(visit, customer.person)
        assert w.cabinet.commands[-1].cell != cell


async def test_boards_that_see_nothing_change_nothing(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        _, order, visit = await depositing(w)
        await shuts(w, item=None)
        await w.cabinet.press(visit, KioskAction.CONFIRM_INSIDE)
        assert (await w.order(order)).custody is Custody.DEPOSITED
        assert all("item" not in event.data for event in await w.orders.events(order))
