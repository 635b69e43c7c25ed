"""Staff giving orders to couriers and taking them back, on real MongoDB and Redis."""

import asyncio
from typing import Any

import pytest

from server.domain.custody import Custody
from server.domain.errors import (
    CapReached,
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    NotCertified,
    NotFound,
    OrderTaken,
    StaleVersion,
)
from server.domain.ids import OrderId, PersonId
from server.domain.orders import Offer, Order
from server.domain.people import Role
from server.services.dispatch.assigning import Assigning
from tests.integration.services.house import House, actor, house

WHY = "the customer called"
OPERATOR = actor("op", Role.OPERATOR)


class KnownPeople:
    """Accounts by their ids alone."""

    def __init__(self, h: House) -> None:
        self._people = h.db["people"]

    async def get(self, person: PersonId) -> Any:
        if await self._people.find_one({"_id": person}) is None:
            raise NotFound(field="person", rule="exists")


def assigning(h: House) -> Assigning:
    return Assigning(
        orders=h.orders,
        couriers=h.couriers,
        people=KnownPeople(h),
        transactions=h.transactions,
        dispatch=h.dispatch,
        judge=h.judge,
        claims=h.claims,
        eligibility=h.eligibility,
        withdrawals=h.grants,
        audit=h.audit,
        relay=h.kicks,
        rules=h.rules,
        clock=h.clock,
        draw=h.draw,
    )


async def on_offer(h: House) -> Order:
    offer = Offer(version=1, ring=0, opened_at=h.now)
    return await h.deposited(custody=Custody.OPEN, charge="paid", offer=offer)


async def carried(h: House, *couriers: str) -> list[int]:
    return [(await h.couriers.standing(PersonId(name))).carrying for name in couriers]


async def steps(h: House, order: OrderId) -> list[tuple[str, str]]:
    return [(event.step, event.actor) for event in await h.orders.events(order)][1:]


async def test_of_staff_and_fifty_couriers_exactly_one_has_it(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk = assigning(h)
        names = [f"c{n}" for n in range(51)]
        couriers = [await h.person(name, certified=True) for name in names]
        for turn in range(3):
            order = await on_offer(h)

            async def claim(n: int, order: OrderId = order.id) -> str | None:
                try:
                    won = await h.dispatch.claim(couriers[n], order, 1, f"r{n}")
                except OrderTaken:
                    return None
                return won.order.pickup.courier

            async def assign(order: OrderId = order.id) -> str | None:
                try:
                    given = await desk.assign(OPERATOR, order, PersonId("c50"), 1, WHY)
                except OrderTaken:
                    return None
                return given.pickup.courier

            # The assignment comes first, in the middle, and last.
            acts = [claim(n) for n in range(50)]
            acts.insert((0, 25, 50)[turn], assign())
            winners = [one for one in await asyncio.gather(*acts) if one]
            now = await h.orders.get(order.id)
            assert winners == [now.pickup.courier], f"turn {turn}"
            assert sum(await carried(h, *names)) == turn + 1
        for_staff = [e for e in await steps(h, order.id) if e[0] == "assigned"]
        assert for_staff in ([], [("assigned", "op")])


async def test_an_assigned_order_tells_who_did_it_and_its_courier_hears(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await on_offer(h)
        await h.person("c1", certified=True)
        given = await assigning(h).assign(OPERATOR, order.id, PersonId("c1"), 1, WHY)
        assert given.custody is Custody.CLAIMED and given.pickup.courier == "c1"
        assert await steps(h, order.id) == [("assigned", "op")]
        await h.relay.publish(order.id)
        told = {(one.person, one.kind) for one in await h.notices_store.of_order(order.id, None, 9)}
        assert told == {("c1", "assigned"), (order.customer, "assigned")}
        (record,) = await h.audit.of(f"order:{order.id}")
        assert (record["actor"], record["action"], record["purpose"]) == ("op", "assign_order", WHY)
        assert record["details"] == {"courier": "c1"}


async def test_a_claimed_order_goes_from_one_courier_to_another_in_one_step(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order = assigning(h), await on_offer(h)
        first = await h.person("c1", certified=True)
        await h.person("c2", certified=True)
        await h.dispatch.claim(first, order.id, 1, "r")
        given = await desk.assign(OPERATOR, order.id, PersonId("c2"), 1, WHY)
        assert given.pickup.courier == "c2" and given.offer.version == 2
        assert await carried(h, "c1", "c2") == [0, 1]
        assert [step for step, _ in await steps(h, order.id)] == [
            *("claimed", "unassigned", "assigned")
        ]
        await h.relay.publish(order.id)
        assert await carried(h, "c1", "c2") == [0, 1]
        told = {(one.person, one.kind) for one in await h.notices_store.of_order(order.id, None, 9)}
        assert {("c1", "unassigned"), ("c2", "assigned")} <= told
        assert ("c1", "assigned") not in told and ("c2", "unassigned") not in told
        # Whoever had it hears that it is gone, and cannot have it by an old request.
        with pytest.raises(DomainError):
            await h.dispatch.claim(first, order.id, 1, "r")
        with pytest.raises(OrderTaken):
            await h.dispatch.claim(first, order.id, 2, "r2")


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"certification": "suspended"}, NotCertified),
        ({"active_orders": 5}, CapReached),
    ],
)
async def test_who_may_not_have_it_is_refused_and_nothing_changes(
    mongo_uri, mongo_db_name, redis_url, change, refused
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order, other = assigning(h), await on_offer(h), await on_offer(h)
        first = await h.person("c1", certified=True)
        await h.person("c2", certified=True)
        await h.dispatch.claim(first, order.id, 1, "r")
        before = await h.orders.get(order.id)
        await h.eligibility.check(PersonId("c2"))  # remembered as good: the judge has to refuse
        await h.db["people"].update_one({"_id": "c2"}, {"$set": change})
        with pytest.raises(refused):
            await desk.assign(OPERATOR, order.id, PersonId("c2"), 1, WHY)
        assert await h.orders.get(order.id) == before, "taken from nobody"
        assert await carried(h, "c1") == [1]
        with pytest.raises(refused):
            await desk.assign(OPERATOR, other.id, PersonId("c2"), 1, WHY)
        assert (await h.orders.get(other.id)).custody is Custody.OPEN


async def test_a_claimed_order_is_given_back_to_everybody(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order = assigning(h), await on_offer(h)
        first = await h.person("c1", certified=True)
        second = await h.person("c2", certified=True)
        await h.dispatch.claim(first, order.id, 1, "r")
        free = await desk.unassign(OPERATOR, order.id, 1, WHY)
        assert (free.custody, free.offer.version, free.pickup) == (Custody.OPEN, 2, None)
        assert await carried(h, "c1") == [0]
        await h.relay.publish(order.id)
        assert h.heard.opened_offers[-1].offer_version == 2
        won = await h.dispatch.claim(second, order.id, 2, "r2")
        assert won.order.pickup.courier == "c2"


async def test_what_staff_did_not_look_at_is_left_alone(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order = assigning(h), await on_offer(h)
        first = await h.person("c1", certified=True)
        await h.person("c2", certified=True)
        with pytest.raises(Conflict):
            await desk.unassign(OPERATOR, order.id, 1, WHY)
        await h.dispatch.claim(first, order.id, 1, "r")
        with pytest.raises(StaleVersion):
            await desk.unassign(OPERATOR, order.id, 2, WHY)
        with pytest.raises(StaleVersion):
            await desk.assign(OPERATOR, order.id, PersonId("c2"), 2, WHY)
        with pytest.raises(Conflict) as held:
            await desk.assign(OPERATOR, order.id, PersonId("c1"), 1, WHY)
        assert held.value.rule == "holds_it"
        with pytest.raises(InvalidInput):
            await desk.assign(OPERATOR, order.id, PersonId("c2"), 1, "  ")
        with pytest.raises(NotFound):
            await desk.assign(OPERATOR, order.id, PersonId("nobody"), 1, WHY)
        with pytest.raises(Forbidden):
            await desk.assign(OPERATOR, order.id, PersonId("op"), 1, WHY)
        with pytest.raises(InvalidInput):
            await h.dispatch.claim(first, order.id, 1, "staff:op:1")
        assert (await h.orders.get(order.id)).pickup.courier == "c1"


async def test_two_of_staff_hand_over_at_once_and_one_of_them_does(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order = assigning(h), await on_offer(h)
        first = await h.person("c1", certified=True)
        names = ["c2", "c3", "c4"]
        for name in names:
            await h.person(name, certified=True)
        await h.dispatch.claim(first, order.id, 1, "r")

        async def give(name: str) -> str | None:
            try:
                await desk.assign(OPERATOR, order.id, PersonId(name), 1, WHY)
            except Conflict:
                return None
            return name

        done = [one for one in await asyncio.gather(*map(give, names)) if one]
        now = await h.orders.get(order.id)
        assert done == [now.pickup.courier]
        assert sum(await carried(h, "c1", *names)) == 1 and now.offer.version == 2
