"""Claiming a slot and what becomes of the hold, on real MongoDB and Redis."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from realtime.claims import Awarded, Claim, Held, Lost, NotEligible, Open, RequestId
from server.domain.bookings.states import BookingState
from server.domain.errors import (
    DomainError,
    HeldLonger,
    HoldOver,
    IllegalTransition,
    Limited,
    NotFound,
    SlotFull,
    TooManyHolds,
)
from server.domain.rules import Rules
from server.services.bookings.claimants import claimant_id, new_hold
from server.services.bookings.judge import MOST_BOOKED, MOST_HOLDS_A_DAY, resource_of
from tests.integration.bookings.slot_world import actor, form, slot_world
from tests.waiting import eventually


async def test_a_full_slot_has_its_capacity_of_holders_and_the_rest_are_led_on(
    mongo_uri, mongo_db_name, redis_url
):
    world = slot_world(mongo_uri, mongo_db_name, redis_url)
    other = slot_world(mongo_uri, mongo_db_name, redis_url)
    async with world as one, other as two:
        await one.open(capacity=3)
        slots = await one.slots()

        async def claim(n: int) -> str:
            try:
                held = await (one, two)[n % 2].life.hold(
                    actor(f"p{n}"), slots[3].id, f"wish-{n:04}"
                )
            except SlotFull as full:
                nearest = [slot["slot_id"] for slot in full.details["nearest"]]
                assert nearest == [slots[2].id, slots[4].id, slots[1].id]
                return "full"
            assert held.state is BookingState.HELD and held.person == f"p{n}"
            return "held"

        assert Counter(await asyncio.gather(*map(claim, range(30)))) == {"held": 3, "full": 27}
        holders = await one.holders(slots[3].id)
        assert set(holders) == {0, 1, 2}
        assert len({holder.booking for holder in holders.values()}) == 3
        free = await one.counts.free(await one.outlets.get("O1"), slots)
        assert (free[slots[3].id], free[slots[2].id]) == (0, 3)


async def test_the_same_request_is_the_same_hold_and_another_is_another(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=5)
        slot = (await w.slots())[0].id
        first = await w.life.hold(actor(), slot, "wish-0001")
        assert await w.life.hold(actor(), slot, "wish-0001") == first
        second = await w.life.hold(actor(), slot, "wish-0002")
        assert second.id != first.id, "one person may bring two cars"
        with pytest.raises(TooManyHolds):
            await w.life.hold(actor(), slot, "wish-0003")
        assert len(await w.holders(slot)) == 2
        await w.life.give_up(actor(), first.id)
        third = await w.life.hold(actor(), slot, "wish-0003")
        assert third.state is BookingState.HELD, "the refused request may be sent again"
        with pytest.raises(HoldOver):
            await w.life.hold(actor(), slot, "wish-0001")


async def test_the_cap_of_holds_is_counted_in_the_transaction(mongo_uri, mongo_db_name, redis_url):
    world = slot_world(mongo_uri, mongo_db_name, redis_url)
    other = slot_world(mongo_uri, mongo_db_name, redis_url)
    async with world as one, other as two:
        await one.open(capacity=20)
        slots = await one.slots()

        async def claim(n: int) -> bool:
            try:
                await (one, two)[n % 2].life.hold(actor(), slots[n % 8].id, f"wish-{n:04}")
            except TooManyHolds:
                return False
            return True

        assert sum(await asyncio.gather(*map(claim, range(12)))) == 2
        held = [await one.holders(slot.id) for slot in slots]
        assert sum(map(len, held)) == 2


async def test_a_slot_is_not_kept_by_holding_it_again_and_again(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        for number in range(MOST_HOLDS_A_DAY):
            held = await w.life.hold(actor(), slot, f"wish-{number:04}")
            await w.life.give_up(actor(), held.id)
            await w.publish()
        with pytest.raises(Limited) as often:
            await w.life.hold(actor(), slot, "wish-again")
        assert (often.value.field, often.value.rule) == ("slot_id", "holds_a_day")
        assert not await w.holders(slot)
        await w.life.hold(actor("p2"), slot, "wish-0001")
        w.later(days=1)
        later = (await w.slots(days=3))[0].id
        assert (await w.life.hold(actor(), later, "wish-again")).state is BookingState.HELD


async def test_one_account_does_not_book_everything(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=2)
        slot = (await w.slots())[0].id
        person = actor().person
        coming = [{"_id": f"B{n}", "person": person, "state": "booked"} for n in range(MOST_BOOKED)]
        await w.db["bookings"].insert_many(coming)
        with pytest.raises(Limited) as many:
            await w.life.hold(actor(), slot, "wish-0001")
        assert (many.value.field, many.value.rule) == ("slot_id", "booked_at_once")
        assert not await w.holders(slot)
        await w.db["bookings"].update_one({"_id": "B0"}, {"$set": {"state": "done"}})
        assert (await w.life.hold(actor(), slot, "wish-0001")).state is BookingState.HELD


async def test_a_booking_is_not_moved_to_and_fro_all_day(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=2)
        here, there = (await w.slots())[:2]
        known = await w.life.hold(actor(), here.id, "wish-0001")
        known = await w.life.book(actor(), known.id, form())
        for number in range(MOST_HOLDS_A_DAY - 1):
            to = there if known.seat.slot == here.id else here
            wish = f"move-{number:04}"
            known = await w.life.reschedule(actor(), known.id, to.id, known.version, wish)
            await w.publish()
        with pytest.raises(Limited):
            await w.life.reschedule(actor(), known.id, here.id, known.version, "move-last")
        assert (await w.bookings.get(known.id)) == known
        assert [len(await w.holders(slot.id)) for slot in (here, there)] == [0, 1]


async def test_a_hold_ends_for_the_next_claimant_at_its_deadline(
    mongo_uri, mongo_db_name, redis_url
):
    """No worker runs here: the judge's filter and Redis's own deadline are enough."""
    rules = replace(Rules(), slot_hold_seconds=1.0)
    async with slot_world(mongo_uri, mongo_db_name, redis_url, rules=rules) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        wishes = iter(range(1, 10_000))

        async def held(person):
            try:
                return await w.life.hold(actor(person), slot, f"wish-{next(wishes):04}")
            except (SlotFull, HoldOver):
                return None  # a busy machine may need longer to answer than a hold lasts here

        first = await eventually(lambda: held("p1"))
        second = await eventually(lambda: held("p2"), every_seconds=0.05)
        assert second.created_at >= first.held_until
        over = await w.bookings.get(first.id)
        assert (over.state, over.reason) == (BookingState.CANCELLED, "ran_out")
        assert [event.step for event in await w.bookings.events(first.id)] == ["held", "let_go"]
        assert [one.booking for one in await w.seats.of_slot(slot)] == [second.id]


async def test_the_worker_ends_holds_and_tells_everybody(mongo_uri, mongo_db_name, redis_url):
    world = slot_world(mongo_uri, mongo_db_name, redis_url)
    other = slot_world(mongo_uri, mongo_db_name, redis_url)
    async with world as w, other as two:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        held = await w.life.hold(actor("p1"), slot, "wish-0001")
        await w.publish()
        assert w.heard.counts[slot].free == 0
        assert await w.life.expire() == 0
        for one in (w, two):
            one.later(seconds=w.rules.slot_hold_seconds + 1)
        ended = await asyncio.gather(*(one.life.expire() for one in (w, two, w, two)))
        assert sum(ended) == 1
        await w.publish()
        over = await w.bookings.get(held.id)
        assert (over.state, over.held_until, over.due_at) == (BookingState.CANCELLED, None, None)
        assert w.heard.counts[slot].free == 1
        assert [change.step for _, change in w.heard.people] == ["held", "let_go"]
        assert w.heard.people == [("p1", change) for change in w.heard.staff]
        assert w.heard.followed == [(held.id, 1), (held.id, 2)]
        # Redis thinks that the hold has ten minutes left; the telling has freed its place.
        await w.life.hold(actor("p2"), slot, "wish-0002")


async def test_a_hold_is_prolonged_once_by_its_owner(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        held = await w.life.hold(actor("p1"), slot, "wish-0001")
        with pytest.raises(NotFound):
            await w.life.hold_longer(actor("p2"), held.id)
        longer = await w.life.hold_longer(actor("p1"), held.id)
        more = (longer.held_until - held.held_until).total_seconds()
        assert more == w.rules.slot_hold_more_seconds
        with pytest.raises(HeldLonger):
            await w.life.hold_longer(actor("p1"), held.id)
        w.later(seconds=w.rules.slot_hold_seconds + 1)
        assert await w.life.expire() == 0
        with pytest.raises(SlotFull):
            await w.life.hold(actor("p2"), slot, "wish-0002")
        with pytest.raises(TooManyHolds):
            for number in range(3):
                other = (await w.slots())[1 + number].id
                await w.life.hold(actor("p1"), other, f"wish-1{number:03}")
        w.later(seconds=w.rules.slot_hold_more_seconds)
        with pytest.raises(HoldOver):
            await w.life.book(actor("p1"), held.id, form())
        with pytest.raises(HoldOver):
            await w.life.hold_longer(actor("p1"), held.id)
        assert await w.life.expire() >= 1


async def test_a_hold_given_up_is_free_at_once(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        held = await w.life.hold(actor("p1"), slot, "wish-0001")
        with pytest.raises(NotFound):
            await w.life.give_up(actor("p2"), held.id)
        over = await w.life.give_up(actor("p1"), held.id)
        assert (over.state, over.reason) == (BookingState.CANCELLED, "given_up")
        assert await w.life.give_up(actor("p1"), held.id) == over
        await w.publish()
        await w.life.hold(actor("p2"), slot, "wish-0002")


async def test_the_judge_takes_an_expired_seat_and_no_living_one(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=2)
        slot = (await w.slots())[0].id
        resource = resource_of(slot)
        assert await w.judge.read(resource) == Open(1, 2)
        first = _claim(resource, "p1")
        awards = await asyncio.gather(*(w.judge.award(first) for _ in range(5)))
        assert len(set(awards)) == 1 and isinstance(awards[0], Awarded)
        taken = await w.judge.award(_claim(resource, "p2"))
        assert isinstance(taken, Lost) and isinstance(taken.truth, Open)
        assert taken.truth.holders[0].request == "wish-p1"
        assert isinstance(await w.judge.award(_claim(resource, "p2", place=1)), Awarded)
        assert isinstance(await w.judge.read(resource), Held)
        w.later(seconds=w.rules.slot_hold_seconds + 1)
        assert await w.judge.read(resource) == Open(1, 2)
        assert await w.judge.award(first) == NotEligible("over", 1)
        results = await asyncio.gather(
            *(w.judge.award(_claim(resource, f"q{n}")) for n in range(6))
        )
        assert Counter(type(result) for result in results) == {Awarded: 1, Lost: 5}
        booking = new_hold(actor("p1").person, "wish-p1").booking
        assert (await w.bookings.get(booking)).state is BookingState.CANCELLED
        again = _claim(resource, "p1", place=1)
        assert await w.judge.award(again) == NotEligible("over", 1), "its seat is another's"


async def test_capacity_is_the_outlets_at_the_moment_of_judging(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=4)
        slot = (await w.slots())[0].id
        held = [await w.life.hold(actor(f"p{n}"), slot, "wish-0001") for n in range(4)]
        await w.open(capacity=2)
        w.later(seconds=2)  # the last look at the outlet is old
        with pytest.raises(SlotFull):
            await w.life.hold(actor("p8"), slot, "wish-0001")
        for number in (0, 1):  # places within the capacity; those beyond it still count
            await w.life.give_up(actor(f"p{number}"), held[number].id)
        await w.publish()
        with pytest.raises(SlotFull):
            await w.life.hold(actor("p8"), slot, "wish-0002")
        await w.life.give_up(actor("p3"), held[3].id)
        await w.publish()
        results = await asyncio.gather(*(_try(w, slot, n) for n in range(10, 20)))
        assert sum(results) == 1
        assert len(await w.holders(slot)) == 2
        await w.open(capacity=3)
        w.later(seconds=2)
        assert sum(await asyncio.gather(*(_try(w, slot, n) for n in range(20, 30)))) == 1


async def test_an_outlet_that_closes_is_closed_and_one_that_opens_again_is_open(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        await w.life.hold(actor("p1"), slot, "wish-0001")
        for active in (False, True):
            await w.open(active=active, capacity=2)
            w.later(seconds=2)
            if active:
                await w.life.hold(actor("p2"), slot, "wish-0002")
            else:
                with pytest.raises(DomainError) as refused:
                    await w.life.hold(actor("p2"), slot, "wish-0001")
                assert (refused.value.field, refused.value.rule) == ("slot_id", "closed")
        with pytest.raises(IllegalTransition):
            booked = await w.life.hold(actor("p1"), slot, "wish-0001")
            await w.life.book(actor("p1"), booked.id, form())
            await w.life.give_up(actor("p1"), booked.id)


def _claim(resource, person, *, place=0):
    wish = new_hold(actor(person).person, f"wish-{person}")
    return Claim(resource, claimant_id(wish), 1, RequestId(f"wish-{person}"), place)


async def _try(w, slot, number):
    try:
        await w.life.hold(actor(f"p{number}"), slot, "wish-0009")
    except SlotFull:
        return False
    return True
