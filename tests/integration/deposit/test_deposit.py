"""From the scan to the parcel inside, over commands and numbered door events."""

from datetime import timedelta

import pytest

from realtime.wire.terminal import KioskAction, KioskStep
from server.domain.custody import Custody
from server.domain.errors import Conflict, NoFreeCell, TerminalOffline, TooManyOpens
from server.domain.ids import OrderId, VisitId, cell_id
from server.domain.terminals import CellState, CommandState
from tests.integration.deposit.world import world


async def test_a_parcel_goes_in_and_waits_for_its_money(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = await w.scan(customer)
        assert (visit.role, visit.next) == ("deposit", "choose_order")
        assert w.cabinet.screen.step is KioskStep.CHOOSE_ORDER
        visit_id = VisitId(visit.visit_id)

        chosen = await w.acts.choose_order(visit_id, customer.person, OrderId(order.order_id))
        assert (chosen.next, chosen.door) == ("deposit", "opening")
        assert w.cabinet.screen.step is KioskStep.DOOR_OPENING
        with pytest.raises(Conflict):  # pulsed or not: nothing was sensed
            await w.acts.confirm(visit_id, customer.person)
        command = await w.cabinet.opens()
        assert w.cabinet.screen.step is KioskStep.DOOR_OPEN
        with pytest.raises(Conflict):  # open is not closed
            await w.acts.confirm(visit_id, customer.person)
        await w.cabinet.closes(command)
        assert w.cabinet.screen.step is KioskStep.PARCEL_INSIDE
        assert (await w.order(order.order_id)).custody is Custody.DEPOSITING

        after = await w.acts.confirm(visit_id, customer.person)
        assert after.next == "pay"
        assert after.pay is not None and after.pay.amount_fen == order.price_fen
        assert w.cabinet.screen.step is KioskStep.PAY
        assert w.cabinet.screen.pay_url == after.pay.url
        assert after.pay.url == f"https://lanjian.test/pay/{after.pay.code}"
        cell = await w.cell_store.get(cell_id(w.cabinet.terminal, command.cell), w.now)
        assert (cell.state, cell.order) == (CellState.OCCUPIED, order.order_id)
        again = await w.acts.confirm(visit_id, customer.person)
        assert again.current is not None and again.current.custody == "deposited"

        await w.pay(order.order_id)
        assert w.cabinet.screen.step is KioskStep.DONE
        steps = [event.step for event in await w.orders.events(OrderId(order.order_id))]
        inside = steps.index("deposited")
        assert steps[:inside] == ["placed", "cell_held", "door_sensed_open", "door_sensed_closed"]


async def test_a_jammed_door_leads_to_another_cell(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        first = w.cabinet.commands[-1]
        with pytest.raises(Conflict):  # it may still open
            await w.acts.another_cell(visit, customer.person)
        await w.cabinet.jams()
        screen = w.cabinet.screen
        assert screen.step is KioskStep.DOOR_JAMMED
        assert KioskAction.ANOTHER_CELL in screen.actions
        assert (await w.commands.get(first.command_id)).state is CommandState.JAMMED

        await w.cabinet.press(visit, KioskAction.ANOTHER_CELL)
        second = w.cabinet.commands[-1]
        assert second.cell != first.cell
        left = await w.cell_store.get(cell_id(w.cabinet.terminal, first.cell), w.now)
        assert (left.state, left.faults) == (CellState.FREE, 1)
        await w.cabinet.opens_and_closes()
        await w.cabinet.press(visit, KioskAction.CONFIRM_INSIDE)
        assert (await w.order(order.order_id)).custody is Custody.DEPOSITED


async def test_a_door_that_opens_after_it_was_given_up_is_taken_out_of_service(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        late = w.cabinet.commands[-1]
        await w.cabinet.jams()
        await w.acts.another_cell(visit, customer.person)
        await w.cabinet.opens_late(late)
        cell = await w.cell_store.get(cell_id(w.cabinet.terminal, late.cell), w.now)
        assert cell.state is CellState.OUT_OF_SERVICE
        placement = (await w.order(order.order_id)).placement
        assert placement is not None and not placement.opened
        assert any(fact.kind == "cell_retired" for fact in w.heard.staff)


async def test_an_opening_that_a_new_spool_tells_again_retires_nothing(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        first = w.cabinet.commands[-1]
        await w.cabinet.opens_and_closes()
        await w.acts.another_cell(visit, customer.person)
        cell = cell_id(w.cabinet.terminal, first.cell)
        assert (await w.cell_store.get(cell, w.now)).order is None, "it is another's by now"
        w.cabinet.spool = "restored from an older image"
        w.cabinet.number = 0
        await w.cabinet.opens_late(first)
        assert (await w.cell_store.get(cell, w.now)).state is not CellState.OUT_OF_SERVICE
        assert not any(fact.kind == "cell_retired" for fact in w.heard.staff)


async def test_three_faults_in_a_day_retire_a_cell_and_staff_restore_it(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        await w.cabinet.jams()
        for _ in range(2):
            await w.acts.open_again(visit, customer.person)
            await w.cabinet.jams()
        with pytest.raises(NoFreeCell):
            await w.acts.another_cell(visit, customer.person)
        detail = await w.terminals_service.show(w.cabinet.terminal)
        assert (detail.cells[0].state, detail.cells[0].faults) == ("out_of_service", 3)
        restored = await w.terminals_service.restore(
            w.operator.person, w.cabinet.terminal, 1, "没有传感器"
        )
        assert (restored.cells[0].state, restored.cells[0].faults) == ("held", 0)
        with pytest.raises(Conflict):
            await w.terminals_service.restore(
                w.operator.person, w.cabinet.terminal, 1, "没有传感器"
            )


async def test_a_door_is_opened_again_three_times_and_no_more(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        command = await w.cabinet.opens()
        with pytest.raises(Conflict):  # the door stands open
            await w.acts.open_again(visit, customer.person)
        await w.cabinet.closes(command)
        for _ in range(3):
            await w.acts.open_again(visit, customer.person)
            await w.cabinet.opens_and_closes()
        assert KioskAction.OPEN_AGAIN not in w.cabinet.screen.actions
        with pytest.raises(TooManyOpens):
            await w.acts.open_again(visit, customer.person)
        assert len({one.command_id for one in w.cabinet.commands}) == 4


async def test_nothing_is_held_when_the_terminal_is_away(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        w.cabinet.online = False
        with pytest.raises(TerminalOffline):
            await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        assert (await w.order(order.order_id)).custody is Custody.PLACED
        assert (await w.terminals_service.show(w.cabinet.terminal)).cells[0].state == "free"

        w.cabinet.online, w.cabinet.lost_frames = True, True  # it goes while it is asked
        seen = await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        assert (seen.next, seen.door) == ("deposit", "failed")
        w.cabinet.lost_frames = False
        await w.cabinet.boot(1)
        assert w.cabinet.commands == []  # nobody kept the open for later
        await w.acts.open_again(visit, customer.person)
        await w.cabinet.opens_and_closes()
        assert (await w.acts.confirm(visit, customer.person)).next == "pay"


async def test_a_silent_board_is_given_up_in_time(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        command = w.cabinet.commands[-1]
        assert await w.doors.expire(w.now) == 0
        w.later(seconds=30)
        assert await w.doors.expire(w.now) == 1
        assert await w.doors.expire(w.now) == 0
        assert (await w.visits.get(visit, customer.person)).door == "failed"
        assert (await w.commands.get(command.command_id)).state is CommandState.EXPIRED
        # The sensor outranks giving up: the door was only slow to tell.
        await w.cabinet.opens_and_closes()
        assert (await w.visits.get(visit, customer.person)).door == "closed"


async def test_a_hold_ends_when_its_door_never_opened(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        assert await w.deposit_service.end_hold(OrderId(order.order_id)) is False
        await w.cabinet.jams()
        w.later(minutes=5)
        assert await w.deposit_service.end_hold(OrderId(order.order_id)) is True
        assert (await w.order(order.order_id)).custody is Custody.PLACED
        near = await w.terminals_service.near(None, 10)
        assert near.terminals[0].free == {"S": 0, "M": 2, "L": 0}


async def test_a_hold_whose_door_opened_is_kept_and_the_customer_asked(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        await w.cabinet.opens_and_closes()
        w.later(minutes=6)
        assert await w.deposit_service.end_hold(OrderId(order.order_id)) is True
        assert await w.deposit_service.end_hold(OrderId(order.order_id)) is False
        known = await w.order(order.order_id)
        told_staff = known.custody_since + timedelta(hours=72)
        assert (known.custody, known.due_at) == (Custody.DEPOSITING, told_staff)
        assert await w.cells.release(w.now) == 0
        other = await w.person()
        theirs = await w.placed(other)
        scanned = VisitId((await w.scan(other)).visit_id)
        with pytest.raises(NoFreeCell):
            await w.acts.choose_order(scanned, other.person, OrderId(theirs.order_id))
        # The customer comes back, scans again and says that it is inside.
        back = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(back, customer.person, OrderId(order.order_id))
        assert len(w.cabinet.commands) == 1  # coming back opens nothing
        assert (await w.acts.confirm(back, customer.person)).next == "pay"
