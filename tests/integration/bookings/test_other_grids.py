"""Slots of another length or start than what is booked: two cars never stand in one place.

Staff may change hours and the slots' length while seats are taken; those seats keep their time,
and fill whatever slot of the new calendar they reach into.
"""

import pytest

from server.domain.bookings.outlets import Span
from server.domain.bookings.states import BookingState
from server.domain.errors import InvalidInput, SlotFull
from tests.integration.bookings.slot_world import actor, slot_world
from tests.integration.bookings.test_life import booked


async def test_a_seat_of_the_old_hours_fills_the_new_slots_that_it_reaches_into(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        made = await booked(w, (await w.slots())[0].id)  # 9:00 to 10:00
        outlet = await w.open(slot_minutes=30)
        nine, half_past, ten, *_ = slots = await w.slots()
        assert nine.id == made.seat.slot
        free = await w.counts.free(outlet, slots)
        assert [free[slot.id] for slot in (nine, half_past, ten)] == [0, 0, 1]
        with pytest.raises(SlotFull) as full:
            await w.life.hold(actor("p2"), half_past.id, "wish-0001")
        assert full.value.details["nearest"][0]["slot_id"] == ten.id
        await w.waitlist.join(actor("p3"), half_past.id)
        assert await w.waitlist.sweep() == 0

        await w.life.cancel(actor(), made.id)
        await w.publish()
        assert w.heard.counts[half_past.id].free == 1
        assert await w.waitlist.sweep() == 1, "who waited for the half hour is offered it"
        await w.publish()
        assert w.heard.counts[half_past.id].free == 0
        await w.life.hold(actor("p2"), nine.id, "wish-0002")


async def test_the_record_of_a_new_slot_hears_that_an_old_seat_is_free(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=2)
        first = await booked(w, (await w.slots())[0].id)
        week = ((Span(9 * 60 + 30, 17 * 60),),) * 7
        await w.open(week=week)
        slot = (await w.slots())[0]  # 9:30 to 10:30
        await w.life.hold(actor("p2"), slot.id, "wish-0001")
        with pytest.raises(SlotFull):
            await w.life.hold(actor("p3"), slot.id, "wish-0001")
        other = (await w.slots())[3]
        moved = await w.life.reschedule(actor(), first.id, other.id, first.version, "move-0001")
        assert moved.seat.slot == other.id
        await w.publish()
        await w.life.hold(actor("p3"), slot.id, "wish-0002")


async def test_a_hold_beside_that_ran_out_ends_with_the_claim(mongo_uri, mongo_db_name, redis_url):
    """Else its owner might book it in the very moment in which another has the new slot."""
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        nine = (await w.slots())[0]
        held = await w.life.hold(actor(), nine.id, "wish-0001")
        await w.open(slot_minutes=30)
        w.later(seconds=w.rules.slot_hold_seconds + 1)
        half_past = (await w.slots())[1]
        await w.life.hold(actor("p2"), half_past.id, "wish-0001")
        over = await w.bookings.get(held.id)
        assert (over.state, over.reason) == (BookingState.CANCELLED, "ran_out")
        assert not await w.seats.of_slot(nine.id)


async def test_the_request_of_a_hold_beside_is_no_hold_here(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=2)
        held = await w.life.hold(actor(), (await w.slots())[0].id, "wish-0001")
        await w.life.hold_longer(actor(), held.id)
        await w.open(slot_minutes=30)
        half_past = (await w.slots())[1]
        with pytest.raises(InvalidInput) as used:
            await w.life.hold(actor(), half_past.id, "wish-0001")
        assert (used.value.field, used.value.rule) == ("request_id", "used_before")
