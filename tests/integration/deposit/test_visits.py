"""One kiosk QR: codes that age, are used once per account, and visits that survive a log-in."""

import pytest

from realtime.wire.people import VisitChanged
from realtime.wire.terminal import KioskAction, KioskStep
from server.domain.errors import Conflict, InvalidInput, Limited, NotFound, VisitOver
from server.domain.ids import OrderId, VisitId
from server.domain.people import Role
from server.domain.visits import VisitRole
from server.services.visits.visits import MOST_UNJOINED
from tests.integration.deposit.world import SECRET_TEXTS, world


async def test_a_code_is_of_this_step_or_the_one_before(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        for ago in (0, 1):
            await w.visits.start(w.cabinet.code(w.now, steps_ago=ago), None)
        for ago in (2, -1, 3000):
            with pytest.raises(VisitOver):
                await w.visits.start(w.cabinet.code(w.now, steps_ago=ago), None)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda code: code[:-1] + ("a" if code[-1] != "a" else "b"),
        lambda code: "SZ-0002." + code.partition(".")[2],
        lambda code: code.replace(".", "/"),
        lambda code: code.upper(),
        lambda code: "",
        lambda code: "SZ-0001.-1.abc",
        lambda code: "SZ-0001.99999999999999999999.abc",
        lambda code: "SZ-0001.1.密",
    ],
)
async def test_a_forged_code_starts_nothing(
    mongo_uri: str, mongo_db_name: str, spoil: object
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        with pytest.raises(InvalidInput) as refusal:
            await w.visits.start(spoil(w.cabinet.code(w.now)), None)  # type: ignore[operator]
        assert (refusal.value.field, refusal.value.rule) == ("code", "kiosk_code")
        assert await w.db["visits"].count_documents({}) == 0


async def test_a_code_is_used_once_per_account(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        one, other = await w.person(), await w.person()
        code = w.cabinet.code(w.now)
        first = await w.visits.start(code, one.person)
        assert (await w.visits.start(code, one.person)).visit_id == first.visit_id  # sent again
        assert (await w.visits.start(code, other.person)).visit_id != first.visit_id
        await w.visits.leave(VisitId(first.visit_id), one.person)
        with pytest.raises(VisitOver):
            await w.visits.start(code, one.person)
        anonymous = await w.visits.start(code, None)
        with pytest.raises(VisitOver):
            await w.visits.join(VisitId(anonymous.visit_id), one.person)


async def test_one_code_begins_few_visits_without_a_log_in(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        code = w.cabinet.code(w.now)
        for _ in range(MOST_UNJOINED):
            await w.visits.start(code, None)
        with pytest.raises(Limited) as refusal:
            await w.visits.start(code, None)
        assert refusal.value.details["retry_after_seconds"] == w.rules.kiosk_step_seconds
        assert (await w.visits.start(code, (await w.person()).person)).visit_id


async def test_a_visit_survives_the_log_in_and_filling_a_waybill(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        visit = await w.scan()
        visit_id = VisitId(visit.visit_id)
        assert (visit.next, visit.roles) == ("log_in", ())
        assert w.cabinet.screen.step is KioskStep.ON_PHONE
        customer, stranger = await w.person(), await w.person()
        joined = await w.visits.join(visit_id, customer.person)
        assert (joined.role, joined.next) == ("deposit", "fill_waybill")
        assert (await w.visits.join(visit_id, customer.person)).next == "fill_waybill"
        for act in (
            w.visits.join(visit_id, stranger.person),
            w.visits.get(visit_id, stranger.person),
            w.visits.get(visit_id, None),
            w.visits.leave(visit_id, stranger.person),
        ):
            with pytest.raises(NotFound):
                await act
        order = await w.placed(customer)
        seen = await w.visits.get(visit_id, customer.person)
        assert seen.next == "choose_order"
        assert [one.order_id for one in seen.orders] == [order.order_id]
        assert w.cabinet.screen.step is KioskStep.ON_PHONE  # drawn anew at the next act


async def test_a_visit_ends_after_ten_minutes_and_the_kiosk_is_free(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        assert await w.visits.end_expired(w.now) == 0
        w.later(minutes=10)
        with pytest.raises(VisitOver):
            await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        with pytest.raises(VisitOver):
            await w.cabinet.press(visit, KioskAction.CHOOSE_ORDER, order.order_id)
        assert await w.visits.end_expired(w.now) == 1
        assert w.cabinet.screen.step is KioskStep.WELCOME
        assert w.cabinet.commands == []


async def test_couriers_choose_and_the_uncertified_are_led_to_certification(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        courier = await w.person(Role.COURIER)
        visit = await w.scan(courier)
        assert (visit.next, visit.roles) == ("choose_role", ("deposit", "pickup"))
        visit_id = VisitId(visit.visit_id)
        await w.cabinet.press(visit_id, KioskAction.CHOOSE_ROLE, "pickup")
        assert (await w.visits.get(visit_id, courier.person)).next == "certify"
        with pytest.raises(InvalidInput):
            await w.cabinet.press(visit_id, KioskAction.CHOOSE_ROLE, "thief")
        with pytest.raises(InvalidInput):
            await w.cabinet.press(visit_id, KioskAction.CHOOSE_ROLE)
        seen = await w.visits.choose_role(visit_id, courier.person, VisitRole.DEPOSIT)
        assert seen.next == "fill_waybill"


async def test_the_newest_scan_has_the_screen_and_the_phone_goes_on(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        one, other = await w.person(), await w.person()
        order = await w.placed(one)
        first = VisitId((await w.scan(one)).visit_id)
        second = VisitId((await w.scan(other)).visit_id)
        assert w.cabinet.screen.visit_id == second
        await w.acts.choose_order(first, one.person, OrderId(order.order_id))
        assert w.cabinet.screen.visit_id == second
        pushed = [
            event.visit.visit_id
            for person, event in w.heard.people
            if person == one.person and isinstance(event, VisitChanged)
        ]
        assert pushed[-1] == first
        await w.visits.leave(second, other.person)
        assert w.cabinet.screen.step is KioskStep.WELCOME


async def test_the_kiosk_shows_no_name_phone_or_address(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer = await w.person()
        order = await w.placed(customer)
        await w.deposit(customer, order.order_id)
        shown = repr(w.cabinet.screens) + repr(w.heard.people) + repr(w.heard.staff)
        assert not [text for text in SECRET_TEXTS if text in shown]


async def test_a_visit_acts_on_its_own_persons_orders_here_only(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        one, other = await w.person(), await w.person()
        theirs = await w.placed(other)
        far = await w.placed(one, origin_region="110105")
        visit = VisitId((await w.scan(one)).visit_id)
        with pytest.raises(Conflict):
            await w.acts.confirm(visit, one.person)  # nothing was chosen
        for order in (theirs.order_id, "LJ000000NOTTHERE"):
            with pytest.raises(NotFound):
                await w.acts.choose_order(visit, one.person, OrderId(order))
            with pytest.raises(NotFound):
                await w.acts.take_back(visit, one.person, OrderId(order))
        with pytest.raises(Conflict) as refusal:
            await w.acts.choose_order(visit, one.person, OrderId(far.order_id))
        assert refusal.value.rule == "priced_from_another_city"
        assert w.cabinet.commands == []
