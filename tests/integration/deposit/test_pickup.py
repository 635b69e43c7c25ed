"""From the win to the parcel in the courier's hands, or back in its cell."""

import asyncio

import pytest

from realtime.wire.terminal import KioskAction, KioskStep
from server.domain.custody import Custody
from server.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    TooManyOpens,
    VisitOver,
    WaybillBound,
)
from server.domain.ids import OrderId, PhotoId, VisitId
from server.domain.people import Actor, Role
from server.domain.visits import VisitRole
from tests.integration.deposit.world import World, world

NUMBER = "SF1234567890123"


async def won(w: World) -> tuple[Actor, Actor, OrderId]:
    """Bring an order to its winner."""
    customer, courier = await w.person(), await w.person(Role.COURIER, certified=True)
    order = (await w.placed(customer)).order_id
    await w.deposit(customer, order)
    await w.pay(order)
    await w.win(order, courier)
    return customer, courier, OrderId(order)


async def test_the_winner_binds_takes_and_frees_the_cell(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        _, courier, order = await won(w)
        visit = VisitId((await w.scan(courier)).visit_id)
        assert w.cabinet.screen.step is KioskStep.CHOOSE_ROLE
        await w.cabinet.press(visit, KioskAction.CHOOSE_ROLE, "pickup")
        assert [line.label for line in w.cabinet.screen.orders] == [f"尾号 {order[-4:]}"]
        await w.cabinet.press(visit, KioskAction.SCAN, f"CODE_128,{order}")  # the printed label
        assert w.cabinet.screen.step is KioskStep.SCAN_CARRIER
        await w.cabinet.press(visit, KioskAction.SCAN, f"CODE_128,{NUMBER.lower()}")
        known = await w.order(order)
        assert known.custody is Custody.COLLECTING
        assert known.pickup is not None and known.pickup.carrier_waybill == NUMBER
        with pytest.raises(Conflict):
            await w.acts.confirm(visit, courier.person)
        await w.cabinet.opens_and_closes()
        assert w.cabinet.screen.step is KioskStep.PARCEL_TAKEN
        await w.cabinet.press(visit, KioskAction.CONFIRM_TAKEN)
        assert (await w.order(order)).custody is Custody.COLLECTED
        assert w.cabinet.screen.step is KioskStep.DONE
        assert (await w.terminals_service.show(w.cabinet.terminal)).cells[0].state == "free"
        seen = await w.acts.confirm(visit, courier.person)  # said twice is one word
        assert seen.next == "done"


async def test_binding_is_the_winners_here_and_unique(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MM") as w:
        customer, courier, order = await won(w)
        stranger = await w.person(Role.COURIER, certified=True)
        visit = await w.at_door(courier, order)
        theirs = VisitId((await w.scan(stranger)).visit_id)
        await w.visits.choose_role(theirs, stranger.person, VisitRole.PICKUP)
        with pytest.raises(NotFound):
            await w.acts.bind(theirs, stranger.person, order, NUMBER)
        with pytest.raises(NotFound):  # nor in somebody else's visit
            await w.acts.bind(visit, stranger.person, order, NUMBER)
        for bad in ("https://example.com/SF1234567890123", "短", str(order)):
            with pytest.raises(InvalidInput):
                await w.acts.bind(visit, courier.person, order, bad)
        opened = len(w.cabinet.commands)
        await w.acts.bind(visit, courier.person, order, NUMBER)
        await w.acts.bind(visit, courier.person, order, NUMBER)  # the same wish
        assert len(w.cabinet.commands) == opened + 1
        with pytest.raises(Conflict):
            await w.acts.bind(visit, courier.person, order, "YT9999999999999")

        second = (await w.placed(customer)).order_id
        await w.deposit(customer, second)
        await w.pay(second)
        await w.win(second, courier)
        again = await w.at_door(courier, second)
        with pytest.raises(WaybillBound):
            await w.acts.bind(again, courier.person, OrderId(second), NUMBER)
        assert (await w.order(second)).custody is Custody.CLAIMED
        # Another carrier may print the same number.
        await w.acts.bind(again, courier.person, OrderId(second), NUMBER, carrier="zto")
        assert (await w.order(second)).custody is Custody.COLLECTING


async def test_the_window_to_open_again_closes_after_five_minutes(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        _, courier, order = await won(w)
        visit = await w.at_door(courier, order)
        await w.acts.bind(visit, courier.person, order, NUMBER)
        await w.cabinet.opens_and_closes()
        w.later(minutes=4)
        await w.acts.open_again(visit, courier.person)
        await w.cabinet.opens_and_closes()
        w.later(minutes=2)
        with pytest.raises(TooManyOpens):
            await w.acts.open_again(visit, courier.person)
        assert await w.pickups.conclude(order) is True
        assert await w.pickups.conclude(order) is False
        assert (await w.order(order)).custody is Custody.COLLECTED


async def test_a_door_left_open_concludes_when_it_closes(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        _, courier, order = await won(w)
        visit = await w.at_door(courier, order)
        await w.acts.bind(visit, courier.person, order, NUMBER)
        command = await w.cabinet.opens()
        w.later(minutes=6)
        assert await w.sensing.alarm_left_open(w.now) == 1
        assert await w.sensing.alarm_left_open(w.now) == 0
        assert await w.pickups.conclude(order) is True
        assert (await w.order(order)).custody is Custody.COLLECTING
        await w.cabinet.closes(command)
        assert (await w.order(order)).custody is Custody.COLLECTED
        assert (await w.terminals_service.show(w.cabinet.terminal)).cells[0].state == "free"


async def test_a_refused_parcel_goes_back_and_to_its_owner(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        customer, courier, order = await won(w)
        w.photos.owners["F1"] = courier.person
        visit = await w.at_door(courier, order)
        with pytest.raises(Conflict):  # nothing was inspected yet
            await w.refusals.refuse(courier.person, order, "含电池", PhotoId("F1"))
        await w.acts.bind(visit, courier.person, order, NUMBER)
        await w.cabinet.opens_and_closes()
        with pytest.raises(NotFound):
            await w.refusals.refuse(courier.person, order, "含电池", PhotoId("F2"))
        await w.refusals.refuse(courier.person, order, "含电池", PhotoId("F1"))
        with pytest.raises(Conflict):  # refused is not taken
            await w.acts.confirm(visit, courier.person)
        await w.cabinet.opens()
        assert (await w.order(order)).custody is Custody.COLLECTING
        await w.cabinet.closes()
        known = await w.order(order)
        assert known.custody is Custody.RETURNING
        assert known.pickup is not None and known.pickup.refusal == "含电池"
        assert w.cabinet.screen.step is KioskStep.DONE

        home = VisitId((await w.scan(customer)).visit_id)
        seen = await w.acts.choose_order(home, customer.person, order)
        assert (seen.next, seen.door) == ("take_back", "opening")
        with pytest.raises(Conflict):
            await w.acts.confirm(home, customer.person)
        await w.cabinet.opens_and_closes()
        await w.cabinet.press(home, KioskAction.CONFIRM_TAKEN)
        known = await w.order(order)
        assert known.custody is Custody.RETURNED
        assert known.due_at is not None and known.due_at <= w.now  # the refund, at once
        assert (await w.terminals_service.show(w.cabinet.terminal)).cells[0].state == "free"


async def test_a_parcel_is_refused_at_its_open_door(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        _, courier, order = await won(w)
        w.photos.owners["F1"] = courier.person
        visit = await w.at_door(courier, order)
        await w.acts.bind(visit, courier.person, order, NUMBER)
        opened = await w.cabinet.opens()
        await w.refusals.refuse(courier.person, order, "含电池", PhotoId("F1"))
        assert w.cabinet.commands[-1] == opened  # no second command
        await w.cabinet.closes()
        assert (await w.order(order)).custody is Custody.RETURNING


async def test_a_closed_door_opens_for_a_refusal_only_at_the_terminal(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        _, courier, order = await won(w)
        w.photos.owners["F1"] = courier.person
        visit = await w.at_door(courier, order)
        await w.acts.bind(visit, courier.person, order, NUMBER)
        await w.cabinet.opens_and_closes()
        await w.visits.leave(visit, courier.person)
        with pytest.raises(VisitOver):
            await w.refusals.refuse(courier.person, order, "含电池", PhotoId("F1"))


async def test_an_owner_and_a_courier_cannot_both_have_the_parcel(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MMMMMMMM") as w:
        for _ in range(6):
            customer, courier = await w.person(), await w.person(Role.COURIER, certified=True)
            order = (await w.placed(customer)).order_id
            await w.deposit(customer, order)
            await w.pay(order)
            visit = VisitId((await w.scan(customer)).visit_id)
            asked = len(w.cabinet.commands)
            answers = await asyncio.gather(
                w.win(order, courier),
                w.acts.take_back(visit, customer.person, OrderId(order)),
                return_exceptions=True,
            )
            lost = [answer for answer in answers if isinstance(answer, Conflict)]
            state = (await w.order(order)).custody
            assert len(lost) == 1
            assert (len(w.cabinet.commands) > asked) is (state is Custody.RETURNING)


async def test_only_staff_turn_back_what_is_claimed(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        customer, _, order = await won(w)
        visit = VisitId((await w.scan(customer)).visit_id)
        with pytest.raises(Conflict) as refusal:
            await w.acts.take_back(visit, customer.person, order)
        assert refusal.value.rule == "claimed_through_staff"
        with pytest.raises(Conflict):
            await w.orders_service.cancel(customer, order, None)
        with pytest.raises(InvalidInput):
            await w.orders_service.cancel(w.operator, order, "  ")
        seen = await w.orders_service.cancel(w.operator, order, "客户要求")
        assert seen.custody == "returning"
        assert [row["action"] for row in await w.audit.of(f"order:{order}")] == ["cancel_order"]
        with pytest.raises(Conflict):  # a cancelled parcel is not out until its door says so
            await w.returns.confirm(customer.person, order)
