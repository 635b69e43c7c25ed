"""Price lists on a real MongoDB: who may write them, what they change, and whom they do not."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from realtime.wire.prices import (
    PreviewPrices,
    PriceListsQuery,
    PublishPrices,
    SizePrices,
    ZonePrices,
)
from server.domain.errors import Conflict, InvalidInput, NotFound, StaleVersion
from server.domain.people import Actor, Role
from server.domain.price_lists import MOST_WAITING, PriceChanged
from server.services.orders.price_desk import PriceDesk
from server.services.orders.price_lists import KNOWN, PriceLists
from tests.integration.deposit.served import served
from tests.integration.deposit.test_http import WAYBILL
from tests.integration.deposit.world import World, place_order, world

TABLE = {
    "S": {"same_city": 900, "same_province": 1000, "other": 1400},
    "M": {"same_city": 1200, "same_province": 1500, "other": 2100},
    "L": {"same_city": 1800, "same_province": 2400, "other": 3200},
}
PATH = "/v1/staff/prices"


def table(**other: int) -> SizePrices:
    """Make the table, with other prices for parcels of size M."""
    rows = TABLE | {"M": TABLE["M"] | other}
    return SizePrices(**{size: ZonePrices(**row) for size, row in rows.items()})


def publication(version: int = 1, **fields: Any) -> PublishPrices:
    given = {"prices_fen": table(), "fee_percent": 10, "reason": "油价上涨"}
    return PublishPrices(version=version, **(given | fields))


def another_process(w: World) -> tuple[PriceLists, PriceDesk]:
    """Build what a second server would have: the same database, a knowledge of its own."""
    lists = PriceLists(store=w.price_store, rules=w.rules, clock=w.clock)
    desk = PriceDesk(
        lists=lists,
        store=w.price_store,
        transactions=w.transactions,
        audit=w.audit,
        clock=w.clock,
    )
    return lists, desk


async def versions(w: World) -> list[int]:
    page = await w.price_desk.page(PriceListsQuery(limit=100))
    return [one.version for one in page.lists]


async def test_a_new_site_has_the_first_list_once(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        both = [w.prices, another_process(w)[0]]
        seen = await asyncio.gather(*(one.present() for one in both * 3))
        assert {one.version for one in seen} == {1}
        assert await w.db["price_lists"].count_documents({}) == 1
        page = await w.price_desk.page(PriceListsQuery())
        assert (page.newest, page.in_force.version, page.waiting) == (1, 1, ())
        assert (page.in_force.from_at, page.in_force.by, page.in_force.fee_percent) == (
            None,
            None,
            w.rules.platform_fee_percent,
        )


async def test_of_two_editors_at_once_one_is_told(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await w.price_store.ensure_indexes()
        here, there = w.price_desk, another_process(w)[1]
        boss, other = await w.person(Role.FINANCE), await w.person(Role.ADMIN)
        for version in range(1, 6):
            answers = await asyncio.gather(
                here.publish(boss, publication(version, fee_percent=10 + version)),
                there.publish(other, publication(version, fee_percent=20 + version)),
                return_exceptions=True,
            )
            assert sorted(type(one).__name__ for one in answers) == [
                "PriceListView",
                "StaleVersion",
            ]
            w.later(seconds=1)
        assert await versions(w) == [6, 5, 4, 3, 2, 1]
        rows = await w.db["audit"].find({"action": "publish_prices"}).to_list(20)
        assert sorted(row["subject"] for row in rows) == [f"price_list:{n}" for n in range(2, 7)]
        with pytest.raises(StaleVersion):
            await here.publish(boss, publication(9))


async def test_nobody_pays_other_than_they_saw(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer, boss = await w.person(), await w.person(Role.FINANCE)
        shown = await w.orders_service.price("M", "440305", "110105")
        assert (shown.price_fen, shown.price_version) == (2000, 1)
        early = await w.orders_service.place(customer.person, place_order(price_fen=2000))
        await another_process(w)[1].publish(boss, publication(fee_percent=20))

        with pytest.raises(PriceChanged) as refusal:
            await w.orders_service.place(customer.person, place_order(price_fen=2000))
        assert refusal.value.field == "price_fen"
        assert refusal.value.details["price_fen"] == 2100
        assert await w.db["orders"].count_documents({}) == 1
        # The same price by a newer list asks nothing anew.
        small = place_order(size="L", price_fen=3200)
        assert (
            await w.order((await w.orders_service.place(customer.person, small)).order_id)
        ).pay_fen == 2560

        late = await w.orders_service.place(customer.person, place_order(price_fen=2100))
        for order, price, pay, version in ((early, 2000, 1800, 1), (late, 2100, 1680, 2)):
            kept = await w.order(order.order_id)
            assert (kept.price_fen, kept.pay_fen, kept.price_version) == (price, pay, version)
        told = await w.orders_service.get(w.operator, (await w.order(late.order_id)).id)
        assert (told.price_version, late.price_version) == (2, None)


async def test_a_change_is_known_everywhere_within_seconds(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        boss, (elsewhere, _) = await w.person(Role.FINANCE), another_process(w)
        await elsewhere.present()
        await w.price_desk.publish(boss, publication())
        assert (await w.prices.present()).version == 2
        assert (await elsewhere.certain()).version == 2
        other, _ = another_process(w)
        assert (await other.present()).version == 2
        await w.price_desk.publish(boss, publication(2, fee_percent=12))
        w.later(seconds=KNOWN.total_seconds() + 0.1)
        assert {(await one.present()).version for one in (elsewhere, other)} == {3}


async def test_a_list_to_come_holds_from_its_moment_on(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        customer, boss = await w.person(), await w.person(Role.FINANCE)
        soon = w.now + timedelta(seconds=1)
        made = await w.price_desk.publish(boss, publication(from_at=soon))
        assert (made.state, made.from_at) == ("waiting", soon)
        assert (await w.orders_service.price("M", "440305", "110105")).price_fen == 2000
        await w.orders_service.place(customer.person, place_order(price_fen=2000))
        w.later(seconds=1)  # known before, so nothing needs to be read to hold
        assert (await w.orders_service.price("M", "440305", "110105")).price_fen == 2100
        with pytest.raises(PriceChanged):
            await w.orders_service.place(customer.person, place_order(price_fen=2000))
        page = await w.price_desk.page(PriceListsQuery())
        assert [one.state for one in page.lists] == ["in_force", "past"]


async def test_a_list_to_come_is_withdrawn_with_a_reason(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        boss, there = await w.person(Role.FINANCE), another_process(w)[1]
        day = w.now + timedelta(days=1)
        await w.price_desk.publish(boss, publication(from_at=day))
        assert [one.version for one in (await there.page(PriceListsQuery())).waiting] == [2]
        answers = await asyncio.gather(
            w.price_desk.withdraw(boss, 2, "写错了"),
            there.withdraw(boss, 2, "写错了"),
            return_exceptions=True,
        )
        assert sum(isinstance(one, Conflict) for one in answers) == 1
        page = await w.price_desk.page(PriceListsQuery())
        gone = page.lists[0].withdrawn
        assert (page.lists[0].state, page.waiting) == ("withdrawn", ())
        assert gone is not None and (gone.by, gone.reason) == (boss.person, "写错了")
        assert await w.db["audit"].count_documents({"action": "withdraw_prices"}) == 1
        w.later(days=2)
        assert (await w.prices.present()).version == 1
        for version, refusal in ((1, Conflict), (2, Conflict), (7, NotFound)):
            with pytest.raises(refusal):
                await w.price_desk.withdraw(boss, version, "x")
        with pytest.raises(InvalidInput):
            await w.price_desk.withdraw(boss, 2, " ")
        # What was withdrawn keeps its number.
        assert (await w.price_desk.publish(boss, publication(2))).version == 3


async def test_only_so_many_lists_wait(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        boss = await w.person(Role.FINANCE)
        for number in range(1, MOST_WAITING + 1):
            day = w.now + timedelta(days=number)
            await w.price_desk.publish(
                boss, publication(number, fee_percent=20 + number, from_at=day)
            )
        newest = MOST_WAITING + 1
        with pytest.raises(Conflict):
            await w.price_desk.publish(
                boss, publication(newest, from_at=w.now + timedelta(days=30))
            )
        assert (await w.price_desk.publish(boss, publication(newest))).state == "in_force"
        page = await w.price_desk.page(PriceListsQuery(limit=3))
        assert len(page.waiting) == MOST_WAITING
        rest = await w.price_desk.page(PriceListsQuery(before=page.next, limit=100))
        assert [one.version for one in (*page.lists, *rest.lists)] == list(range(newest + 1, 0, -1))


async def test_a_preview_tells_both_shares_and_what_looks_odd(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        asked = PreviewPrices(prices_fen=table(same_city=850), fee_percent=10)
        seen = await w.price_desk.preview(asked)
        small = seen.differences[0]
        assert (small.size, small.zone) == ("S", "same_city")
        assert (small.price_before_fen, small.price_fen) == (800, 900)
        assert (small.pay_before_fen, small.pay_fen) == (720, 810)
        (odd,) = seen.oddities
        assert (odd.size, odd.than_size, odd.zone) == ("M", "S", "same_city")
        assert await versions(w) == [1]


async def signed(w: World, gate: Any) -> dict[str, Actor]:
    people = {
        "finance": await w.person(Role.FINANCE),
        "reviewer": await w.person(Role.REVIEWER),
        "outlet": await w.person(Role.OUTLET_STAFF),
        "customer": await w.person(),
    }
    gate.people.update(people)
    return people


def body(**fields: Any) -> dict[str, Any]:
    given = {"prices_fen": TABLE, "fee_percent": 10, "reason": "油价上涨", "version": 1}
    return given | fields


def cell(size: str, zone: str, fen: Any) -> dict[str, Any]:
    return body(prices_fen=TABLE | {size: TABLE[size] | {zone: fen}})


BAD = [
    (cell("S", "other", 99), "prices_fen.S.other", "1_to_1000_yuan"),
    (cell("L", "same_city", 100_001), "prices_fen.L.same_city", "1_to_1000_yuan"),
    (cell("M", "same_city", -1), "prices_fen.M.same_city", "range"),
    (cell("M", "same_city", 12.5), "prices_fen.M.same_city", "type"),
    (cell("M", "same_city", "1200"), "prices_fen.M.same_city", "type"),
    (cell("M", "same_city", True), "prices_fen.M.same_city", "type"),
    (body(prices_fen={"S": TABLE["S"]}), "prices_fen.M", "required"),
    (cell("M", "moon", 1200), "prices_fen.M.moon", "unknown_field"),
    (body(fee_percent=51), "fee_percent", "0_to_50_percent"),
    (body(fee_percent=-1), "fee_percent", "0_to_50_percent"),
    (body(fee_percent=10.5), "fee_percent", "type"),
    (body(reason=""), "reason", "length"),
    (body(reason="  "), "reason", "required"),
    (body(reason="\u202e"), "reason", "pattern"),
    (body(from_at="2020-01-01T00:00:00Z"), "from_at", "later_than_now"),
    (body(from_at="2199-01-01T00:00:00Z"), "from_at", "within_a_year"),
    (body(from_at="2026-12-01T00:00:00"), "from_at", "timezone"),
    (body(from_at="soon"), "from_at", "value"),
    (body(version=0), "version", "unchanged"),
    (body(version=2), "version", "unchanged"),
    (body(version=-1), "version", "range"),
    (
        body(
            prices_fen=TABLE
            | {"S": TABLE["S"] | {"same_city": 800}, "M": TABLE["M"] | {"other": 2000}}
        ),
        "prices_fen",
        "a_change",
    ),
]


async def test_over_http(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        await signed(w, s.gate)
        for wrong, field, rule in BAD:
            told = await s.refused("POST", PATH, wrong, who="finance")
            assert told[2:] == (field, rule), wrong
        assert await versions(w) == [1]
        for who in ("reviewer", "outlet", "customer"):
            assert (await s.refused("POST", PATH, body(), who=who))[0] == 403
        assert (await s.refused("GET", PATH, who="outlet"))[0] == 403

        key = {"Idempotency_Key": "new-prices"}
        made = await s.call("POST", PATH, body(), who="finance", **key)
        assert await s.call("POST", PATH, body(), who="finance", **key) == made
        assert (made["version"], made["state"]) == (2, "in_force")
        assert made["pays_fen"]["S"] == {"same_city": 810, "same_province": 900, "other": 1260}
        listed = await s.call("GET", f"{PATH}?limit=1", who="reviewer")
        assert (listed["newest"], listed["lists"], listed["next"]) == (2, [made], 2)
        rules = await s.call("GET", "/v1/rules")
        assert (rules["prices_fen"], rules["price_version"]) == (TABLE, 2)

        placing = {"Idempotency_Key": "placed-once"}
        asked = await s.ask("POST", "/v1/orders", WAYBILL, who="customer", **placing)
        assert asked.code == 409 and b'"price_changed"' in asked.body
        assert b'"price_fen":2100' in asked.body
        seen = WAYBILL | {"price_fen": 2100}
        order = await s.call("POST", "/v1/orders", seen, who="customer", **placing)
        # Placed is placed: the repeat hears the same, whatever became of the prices.
        await s.call("POST", PATH, body(version=2, fee_percent=20), who="finance")
        await s.call(
            "POST", PATH, body(version=3, prices_fen=TABLE | {"M": TABLE["S"]}), who="finance"
        )
        assert await s.call("POST", "/v1/orders", seen, who="customer", **placing) == order
        assert (await s.refused("POST", f"{PATH}/1/withdraw", {"reason": "x"}, who="finance"))[
            0
        ] == 409


async def test_in_the_instant_of_its_day_a_list_prices_orders_or_is_withdrawn(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        boss, customers = await w.person(Role.FINANCE), [await w.person() for _ in range(3)]
        _, slow = another_process(w)
        slow._clock = lambda: w.clock() - timedelta(milliseconds=20)
        for turn in range(8):
            day = w.clock() + timedelta(seconds=10)
            same = publication(
                turn + 1, fee_percent=10 + turn, from_at=day, prices_fen=table(other=2000)
            )
            made = await w.price_desk.publish(boss, same)
            w.later(seconds=10)
            withdrawn, *placed = await asyncio.gather(
                slow.withdraw(boss, made.version, "写错了"),
                *(
                    w.orders_service.place(one.person, place_order(price_fen=2000))
                    for one in customers
                ),
                return_exceptions=True,
            )
            by = [(await w.order(one.order_id)).price_version for one in placed]
            if isinstance(withdrawn, StaleVersion):
                assert made.version in by, "refused for an order's sake"
            else:
                assert withdrawn.state == "withdrawn" and made.version not in by
        with pytest.raises(StaleVersion):  # begun, by whatever clock
            last = await w.price_desk.publish(boss, publication(9, fee_percent=44))
            w.later(seconds=1)
            await w.prices.certain()
            slow._clock = lambda: w.clock() - timedelta(minutes=1)
            await slow.withdraw(boss, last.version, "写错了")
