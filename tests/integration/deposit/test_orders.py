"""Waybills: every field checked, sealed at rest, opened on record; prices fixed; cancelling."""

from typing import Any

import pytest

from realtime.wire.requests import CellPlan, Recipient, RegisterTerminal
from server.domain.custody import Custody
from server.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from server.domain.geo import Place
from server.domain.ids import OrderId, VisitId
from server.domain.people import Role
from tests.integration.deposit.test_pickup import NUMBER, won
from tests.integration.deposit.world import SECRET_TEXTS, world


def recipient(**fields: Any) -> Recipient:
    given = {"name": "李四", "phone": "13800000002", "region": "110105", "address": "某路 1 号"}
    return Recipient(**(given | fields))


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"sender_name": "x1"}, "sender_name", "real_name"),
        ({"recipient": recipient(name="!")}, "recipient.name", "real_name"),
        ({"recipient": recipient(phone="12345")}, "recipient.phone", "mobile_number"),
        ({"recipient": recipient(region="01")}, "recipient.region", "region_code"),
        ({"recipient": recipient(address="路")}, "recipient.address", "4_to_120_characters"),
        ({"description": "  "}, "description", "1_to_60_characters"),
        ({"origin_region": "abc"}, "origin_region", "region_code"),
        ({"no_prohibited_goods": False}, "no_prohibited_goods", "must_be_true"),
        ({"consent_version": "1999-01"}, "consent_version", "current_version"),
    ],
)
async def test_a_bad_field_is_named_and_nothing_kept(
    mongo_uri: str, mongo_db_name: str, fields: dict[str, Any], field: str, rule: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        with pytest.raises(InvalidInput) as refusal:
            await w.placed(await w.person(), **fields)
        assert (refusal.value.field, refusal.value.rule) == (field, rule)
        assert await w.db["orders"].count_documents({}) == 0


async def test_the_price_is_fixed_with_the_waybill(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer = await w.person()
        shown = await w.orders_service.price("M", "440305", "110105")
        placed = await w.placed(customer)
        assert (placed.price_fen, placed.zone) == (shown.price_fen, shown.zone) == (2000, "other")
        known = await w.order(placed.order_id)
        assert known.fee_fen + known.pay_fen == known.price_fen
        assert (placed.pay_fen, placed.payout) == (None, "none")  # the courier's affair


async def test_a_waybill_lies_sealed_and_is_opened_on_record(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer, courier, order = await won(w)
        at_rest = repr(await w.db["orders"].find_one({"_id": order}))
        assert not [text for text in SECRET_TEXTS if text in at_rest]
        assert "李* 138****0002" in at_rest

        for who in (customer, courier, w.operator):
            full = await w.waybills.read(who, order, purpose="test")
            assert (full.recipient_phone, full.recipient_name) == ("13800000002", "李四")
        outlet = await w.person(Role.OUTLET_STAFF)
        stranger = await w.person(Role.COURIER, certified=True)
        for who in (outlet, stranger):
            with pytest.raises(NotFound):
                await w.waybills.read(who, order, purpose="test")
        finance = await w.person(Role.FINANCE)  # whose work needs no names
        with pytest.raises(Forbidden):
            await w.waybills.read(finance, order, purpose="test")
        with pytest.raises(Forbidden):
            await w.labels.print(finance, order)
        records = await w.audit.of(f"order:{order}")
        readers = {customer.person, courier.person, w.operator.person}
        assert {row["actor"] for row in records} == readers

        await w.db["orders"].update_one({"_id": order}, {"$set": {"custody": "done"}})
        with pytest.raises(Forbidden):  # settled: no longer the winner's business
            await w.waybills.read(courier, order, purpose="test")
        assert (await w.orders_service.get(courier, order)).recipient_masked is None
        assert len(await w.audit.of(f"order:{order}")) == 3


async def test_history_comes_in_pages(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer, other = await w.person(), await w.person()
        made = []
        for _ in range(5):
            w.later(seconds=1)
            made.append((await w.placed(customer)).order_id)
            await w.placed(other)
        seen: list[str] = []
        before = None
        for _ in range(3):
            page = await w.orders_service.mine(customer.person, before=before, limit=2)
            seen.extend(order.order_id for order in page.orders)
            before = page.next
        assert before is None
        assert seen == made[::-1]


async def test_cancelling_is_free_until_claimed(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer, stranger = await w.person(), await w.person()
        placed = OrderId((await w.placed(customer)).order_id)
        with pytest.raises(NotFound):
            await w.orders_service.cancel(stranger, placed, None)
        assert (await w.orders_service.cancel(customer, placed, None)).custody == "cancelled"
        with pytest.raises(Conflict):
            await w.orders_service.cancel(customer, placed, None)

        inside = OrderId((await w.placed(customer)).order_id)
        await w.deposit(customer, inside)
        await w.pay(inside)
        assert (await w.orders_service.cancel(customer, inside, None)).custody == "returning"
        visit = VisitId((await w.scan(customer)).visit_id)
        with pytest.raises(Conflict):  # the money follows the parcel, not the wish
            await w.returns.confirm(customer.person, inside)
        await w.acts.take_back(visit, customer.person, inside)
        await w.cabinet.opens_and_closes()
        assert (await w.acts.confirm(visit, customer.person)).next == "done"
        assert (await w.order(inside)).custody is Custody.RETURNED


async def test_a_deposit_under_way_is_cancelled_only_with_its_door_closed(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="M") as w:
        customer = await w.person()
        order = OrderId((await w.placed(customer)).order_id)
        visit = VisitId((await w.scan(customer)).visit_id)
        await w.acts.choose_order(visit, customer.person, order)
        with pytest.raises(Conflict):  # it may still open
            await w.orders_service.cancel(customer, order, None)
        await w.cabinet.opens()
        with pytest.raises(Conflict):
            await w.orders_service.cancel(customer, order, None)
        await w.cabinet.closes()
        assert (await w.orders_service.cancel(customer, order, None)).custody == "cancelled"
        assert (await w.terminals_service.show(w.cabinet.terminal)).cells[0].state == "free"


async def test_who_sees_what_of_an_order(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer, courier, order = await won(w)
        theirs = await w.orders_service.get(customer, order)
        winners = await w.orders_service.get(courier, order)
        staffs = await w.orders_service.get(w.operator, order)
        assert (theirs.pay_fen, theirs.pickup_until, theirs.offer_version) == (None, None, None)
        assert winners.pay_fen == staffs.pay_fen == 1800
        assert theirs.recipient_masked == winners.recipient_masked == "李* 138****0002"
        assert winners.placement is not None and winners.placement.terminal_name == "南山一号柜"
        assert winners.timeline[0].step == "placed"
        with pytest.raises(NotFound):
            await w.orders_service.get(await w.person(Role.COURIER, certified=True), order)
        offer = await w.views.offer(await w.order(order))
        assert not [text for text in (*SECRET_TEXTS, "138****") if text in repr(offer)]


async def test_the_label_is_for_winner_and_staff(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer, courier, order = await won(w)
        for who in (courier, w.operator):
            assert (await w.labels.print(who, order)).startswith(b"%PDF")
        with pytest.raises(Forbidden):
            await w.labels.print(customer, order)
        with pytest.raises(NotFound):
            await w.labels.print(await w.person(), order)
        assert [row["purpose"] for row in await w.audit.of(f"order:{order}")] == ["label"] * 2
        visit = await w.at_door(courier, order)
        await w.acts.bind(visit, courier.person, order, NUMBER)
        assert (await w.labels.print(courier, order)).startswith(b"%PDF")


async def test_terminals_near_me_come_nearest_first(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="SSML") as w:
        await w.terminals_service.register(
            w.operator.person,
            RegisterTerminal(
                terminal_id="SZ-0002",
                name="福田二号柜",
                lat=22.55,
                lon=114.06,
                region="440304",
                cells=(CellPlan(cell=1, size="S"),),
            ),
        )
        near = (await w.terminals_service.near(Place(lat=22.55, lon=114.06), 5)).terminals
        assert [one.terminal_id for one in near] == ["SZ-0002", "SZ-0001"]
        assert near[0].metres == 0 and near[1].metres is not None and near[1].metres > 1000
        assert near[1].free == {"S": 2, "M": 1, "L": 1}
        assert near[0].free == {"S": 0, "M": 0, "L": 0}  # its doors were never sensed
        assert (near[0].online, near[1].online) == (False, True)
        w.cabinet.online = False  # its process was killed, so nobody wrote that it is gone
        assert not (await w.terminals_service.show(w.cabinet.terminal)).terminal.online
        assert await w.terminals_service.regions() == ("440304", "440305")
        here = Place(lat=22.55, lon=114.06)
        for area, ids in {
            "440304": ["SZ-0002"],
            "440300": ["SZ-0001", "SZ-0002"],
            "440000": ["SZ-0001", "SZ-0002"],
            "440400": [],
        }.items():
            listed = (await w.terminals_service.near(None, 5, area)).terminals
            assert [one.terminal_id for one in listed] == ids, area
            nearest = (await w.terminals_service.near(here, 5, area)).terminals
            assert sorted(one.terminal_id for one in nearest) == ids, area
        with pytest.raises(InvalidInput):
            await w.terminals_service.near(None, 5, "44.*")
        with pytest.raises(Conflict):
            await w.terminals_service.register(
                w.operator.person,
                RegisterTerminal(
                    terminal_id="SZ-0001",
                    name="又一个",
                    lat=0.0,
                    lon=0.0,
                    region="440304",
                    cells=(CellPlan(cell=9, size="S"),),
                ),
            )
        assert len((await w.terminals_service.show(w.cabinet.terminal)).cells) == 4
