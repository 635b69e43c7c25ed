"""Winning, losing, handing back and letting a claim expire, on real MongoDB and Redis."""

import asyncio
from typing import Any

import pytest

from realtime.claims import JudgeUncertain, Lost, NotEligible, Open
from realtime.claims.values import Awarded, Claim, ClaimantId, Held, RequestId
from server.domain.custody import Custody
from server.domain.errors import (
    CapReached,
    IllegalTransition,
    InvalidInput,
    NotCertified,
    NotFound,
    OfferClosed,
    OrderTaken,
    StaleVersion,
)
from server.domain.ids import OrderId
from server.domain.orders import Offer, Order
from server.services.dispatch.judge import resource_of
from tests.integration.services.house import House, house


async def on_offer(h: House, **fields: Any) -> Order:
    offer = Offer(version=1, ring=0, opened_at=h.now)
    return await h.deposited(custody=Custody.OPEN, charge="paid", offer=offer, **fields)


async def active(h: House, courier: str) -> int:
    return (await h.couriers.standing(courier)).carrying


async def test_of_many_couriers_exactly_one_wins(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await on_offer(h)
        couriers = [await h.person(f"c{n}", certified=True) for n in range(30)]

        async def claim(n: int) -> str:
            try:
                won = await h.dispatch.claim(couriers[n], order.id, 1, f"request-{n}")
            except OrderTaken as taken:
                assert taken.details["earlier_seconds"] >= 0
                assert set(taken.details) == {"earlier_seconds"}, "never who"
                return "taken"
            assert not won.repeated
            return won.order.pickup.courier

        results = await asyncio.gather(*(claim(n) for n in range(30)))
        (winner,) = [name for name in results if name != "taken"]
        now = await h.orders.get(order.id)
        assert now.custody is Custody.CLAIMED and now.pickup.courier == winner
        assert await active(h, winner) == 1
        assert sum([await active(h, c.person) for c in couriers]) == 1


async def test_a_repeated_request_hears_of_its_win_even_at_the_cap(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        orders = [await on_offer(h) for _ in range(h.rules.courier_cap + 1)]
        for order in orders[:-1]:
            await h.dispatch.claim(courier, order.id, 1, "first")
        again = await h.dispatch.claim(courier, orders[0].id, 1, "first")
        assert again.order.id == orders[0].id
        with pytest.raises(CapReached):
            await h.dispatch.claim(courier, orders[-1].id, 1, "first")
        assert (await h.orders.get(orders[-1].id)).offer.version == 1, "refused before the race"
        other = await h.dispatch.claim(courier, orders[0].id, 1, "another-request")
        assert other.repeated


async def test_uncertified_couriers_are_led_to_certification(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await on_offer(h)
        courier = await h.person("c1")
        with pytest.raises(NotCertified):
            await h.dispatch.claim(courier, order.id, 1, "r1")
        await h.db["people"].update_one({"_id": "c1"}, {"$set": {"certification": "certified"}})
        won = await h.dispatch.claim(courier, order.id, 1, "r2")
        assert won.order.pickup.courier == "c1"


async def test_the_cap_holds_when_many_claims_come_at_once(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        orders = [await on_offer(h) for _ in range(12)]

        async def claim(order: Order) -> bool:
            try:
                await h.dispatch.claim(courier, order.id, 1, "r")
            except CapReached:
                return False
            return True

        won = await asyncio.gather(*(claim(order) for order in orders))
        assert sum(won) == h.rules.courier_cap == await active(h, "c1")


async def test_the_judge_refuses_who_slipped_past_memory_and_renews_the_offer(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        other = await h.person("c2", certified=True)
        order = await on_offer(h)
        await h.eligibility.check("c1")  # remembered as good
        await h.db["people"].update_one({"_id": "c1"}, {"$set": {"active_orders": 5}})
        with pytest.raises(CapReached):
            await h.dispatch.claim(courier, order.id, 1, "r1")
        now = await h.orders.get(order.id)
        assert now.custody is Custody.OPEN and now.offer.version == 2
        with pytest.raises(StaleVersion) as stale:
            await h.dispatch.claim(other, order.id, 1, "r2")
        assert stale.value.details["offer_version"] == 2
        # The bar is lifted once the courier may again.
        await h.db["people"].update_one({"_id": "c1"}, {"$set": {"active_orders": 0}})
        won = await h.dispatch.claim(courier, order.id, 2, "r3")
        assert won.order.pickup.courier == "c1"


async def test_a_barred_courier_with_one_place_left_may_claim_again(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        order = await on_offer(h)
        await h.eligibility.check("c1")
        await h.db["people"].update_one({"_id": "c1"}, {"$set": {"active_orders": 5}})
        with pytest.raises(CapReached):
            await h.dispatch.claim(courier, order.id, 1, "r1")
        # One place under the cap is enough: the claim itself is no order that is carried.
        await h.db["people"].update_one({"_id": "c1"}, {"$set": {"active_orders": 4}})
        won = await h.dispatch.claim(courier, order.id, 2, "r2")
        assert won.order.pickup.courier == "c1"


async def test_a_handed_back_order_is_open_again_to_everybody(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier, other = await h.person("c1", certified=True), await h.person("c2", certified=True)
        order = await on_offer(h)
        await h.dispatch.claim(courier, order.id, 1, "r1")
        with pytest.raises(NotFound):
            await h.dispatch.hand_back(other, order.id)
        back = await h.dispatch.hand_back(courier, order.id)
        assert (back.custody, back.offer.version, back.pickup) == (Custody.OPEN, 2, None)
        assert await active(h, "c1") == 0
        with pytest.raises(NotFound):
            await h.dispatch.hand_back(courier, order.id)
        await h.relay.publish(order.id)
        won = await h.dispatch.claim(courier, order.id, 2, "r2")
        assert won.order.pickup.courier == "c1"
        await h.set_order(order.id, custody="collecting")
        with pytest.raises(IllegalTransition):
            await h.dispatch.hand_back(courier, order.id)


async def test_a_claim_not_used_in_time_expires_once(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        order = await on_offer(h)
        await h.dispatch.claim(courier, order.id, 1, "r1")
        assert not await h.dispatch.expire(order.id)
        h.later(seconds=h.rules.pickup_within_seconds)
        await asyncio.gather(*(h.timers.sweep() for _ in range(4)))
        now = await h.orders.get(order.id)
        assert (now.custody, now.offer.version) == (Custody.OPEN, 2)
        assert [e.step for e in await h.orders.events(order.id)].count("claim_expired") == 1
        assert await active(h, "c1") == 0


async def test_bad_claims_are_refused_and_change_nothing(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        courier = await h.person("c1", certified=True)
        order = await on_offer(h)
        gone = await h.deposited(
            custody=Custody.RETURNING, offer=Offer(version=3, ring=0, opened_at=h.now)
        )
        cases = [
            (OrderId("LJ261122ZZZZZZZZ"), 1, "r", NotFound),
            (OrderId("no number"), 1, "r", NotFound),
            (OrderId("LJ261122' || 1"), 1, "r", NotFound),
            (order.id, 0, "r", InvalidInput),
            (order.id, -1, "r", InvalidInput),
            (order.id, 2**40, "r", InvalidInput),
            (order.id, 1, "a b", InvalidInput),
            (order.id, 1, "", InvalidInput),
            (order.id, 9, "r", StaleVersion),
            (gone.id, 3, "r", OfferClosed),
        ]
        for number, version, request, refusal in cases:
            with pytest.raises(refusal):
                await h.dispatch.claim(courier, number, version, request)
        assert await h.orders.get(order.id) == order


async def test_the_judge_is_idempotent_for_the_holder(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        await h.person("c1", certified=True)
        await h.person("c2", certified=True)
        order = await on_offer(h)
        resource = resource_of(order.id)
        assert await h.judge.read(resource) == Open(1)
        first = Claim(resource, ClaimantId("c1"), 1, RequestId("r1"))
        awards = await asyncio.gather(*(h.judge.award(first) for _ in range(5)))
        assert len(set(awards)) == 1 and isinstance(awards[0], Awarded)
        assert await active(h, "c1") == 1
        second = await h.judge.award(Claim(resource, ClaimantId("c2"), 1, RequestId("r2")))
        assert isinstance(second, Lost) and isinstance(second.truth, Held)
        assert second.truth.holders[0].request == "r1"
        stale = await h.judge.award(Claim(resource, ClaimantId("c2"), 7, RequestId("r2")))
        assert isinstance(stale, Lost)


async def test_without_its_standing_nobody_is_awarded(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        order = await on_offer(h)
        award = await h.judge.award(
            Claim(resource_of(order.id), ClaimantId("nobody"), 1, RequestId("r1"))
        )
        assert award == NotEligible("not_certified", 2)


@pytest.mark.slow
async def test_an_outage_makes_the_judge_uncertain_and_never_twice_a_winner(
    mongo_server, mongo_db_name, redis_url
):
    async with house(mongo_server.uri, mongo_db_name, redis_url) as h:
        await h.person("c1", certified=True)
        order = await on_offer(h)
        mongo_server.kill()
        claim = Claim(resource_of(order.id), ClaimantId("c1"), 1, RequestId("r1"))
        with pytest.raises(JudgeUncertain):
            await h.judge.award(claim)
        mongo_server.start()
        assert isinstance(await h.judge.award(claim), Awarded)
        assert await active(h, "c1") == 1
