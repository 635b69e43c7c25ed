"""The line for a full slot, on real MongoDB and Redis: who waits longest is offered a place."""

import asyncio

import pytest

from realtime.claims import Held
from server.domain.bookings.states import BookingState
from server.domain.errors import Conflict, InvalidInput, Limited, SlotFull
from server.domain.ids import SlotId
from server.services.bookings.judge import resource_of
from tests.integration.bookings.slot_world import actor, form, slot_world
from tests.integration.bookings.test_life import booked


async def offer_to(w, person):
    """The held booking that was made in a person's name, if any."""
    mine = await w.bookings.of_person(person)
    return next((one for one in mine if one.state is BookingState.HELD), None)


async def test_a_freed_place_goes_down_the_line_and_to_nobody_quicker(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        made = await booked(w, slot)
        for name in ("first", "second", "third"):
            waits = await w.waitlist.join(actor(name), slot)
            w.later(seconds=1)
        assert [wait.ahead for wait in waits.waits] == [2]
        assert await w.waitlist.join(actor("third"), slot) == waits, "twice changes nothing"
        await w.waitlist.leave(actor("second"), slot)

        quick = [_try(w, slot, n) for n in range(8)]
        await asyncio.gather(w.life.cancel(actor(), made.id), *quick)
        offered = await offer_to(w, "first")
        assert offered is not None and not (await w.waitlist.mine(actor("first"))).waits
        seconds = (offered.held_until - offered.created_at).total_seconds()
        assert seconds == w.rules.waitlist_offer_seconds
        await w.publish()
        (event,) = await w.bookings.events(offered.id)
        assert event.data["offered"] is True
        assert (offered.id, 1) in w.heard.followed, "notices hear of the offer"
        assert w.heard.counts[slot].free == 0

        # Not taken in time: it is nobody's but the next one's, whoever is quick.
        w.later(seconds=w.rules.waitlist_offer_seconds + 1)
        assert isinstance(await w.judge.read(resource_of(slot)), Held)
        assert not any(await asyncio.gather(*(_try(w, slot, n) for n in range(10, 18))))
        assert await w.life.expire() == 1
        third = await offer_to(w, "third")
        assert third is not None and await offer_to(w, "first") is None
        done = await w.life.book(actor("third"), third.id, form(plate="粤B33333"))
        assert done.state is BookingState.BOOKED
        assert [one.booking for one in (await w.holders(slot)).values()] == [third.id]


async def test_places_that_nobody_freed_are_found_by_the_worker(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        await booked(w, slot)
        await w.waitlist.join(actor("first"), slot)
        assert await w.waitlist.sweep() == 0
        await w.open(capacity=2)
        assert sum(await asyncio.gather(*(w.waitlist.sweep() for _ in range(3)))) == 1
        assert await offer_to(w, "first") is not None
        assert len(await w.holders(slot)) == 2


async def test_a_move_frees_its_old_place_for_the_line(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slots = await w.slots()
        made = await booked(w, slots[0].id)
        await w.waitlist.join(actor("first"), slots[0].id)
        await w.life.reschedule(actor(), made.id, slots[1].id, made.version, "move-0001")
        offered = await offer_to(w, "first")
        assert offered.seat.slot == slots[0].id
        await w.publish()
        assert w.heard.counts[slots[0].id].free == 0


async def test_bad_waits_are_refused(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slots = await w.slots()
        with pytest.raises(Conflict) as free:
            await w.waitlist.join(actor(), slots[0].id)
        assert (free.value.field, free.value.rule) == ("slot_id", "full")
        with pytest.raises(InvalidInput):
            await w.waitlist.join(actor(), SlotId("nonsense"))
        with pytest.raises(InvalidInput):
            await w.waitlist.join(actor(), (await w.slots(days=-1))[0].id)
        for number in range(6):
            await booked(w, slots[number].id, person=f"p{number}", plate=f"粤B1111{number}")
        for number in range(5):
            await w.waitlist.join(actor("w"), slots[number].id)
        with pytest.raises(Limited):
            await w.waitlist.join(actor("w"), slots[5].id)
        assert len((await w.waitlist.mine(actor("w"))).waits) == 5


async def test_nobody_waits_for_more_slots_by_asking_at_once_nor_for_what_they_hold(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slots = (await w.slots())[:8]
        for number, slot in enumerate(slots):
            await w.life.hold(actor(f"p{number}"), slot.id, "wish-0001")
        joins = [w.waitlist.join(actor("w"), slot.id) for slot in slots for _ in range(2)]
        told = await asyncio.gather(*joins, return_exceptions=True)
        assert any(isinstance(answer, Limited) for answer in told)
        assert len((await w.waitlist.mine(actor("w"))).waits) == 5
        with pytest.raises(Conflict) as own:
            await w.waitlist.join(actor("p0"), slots[0].id)
        assert (own.value.field, own.value.rule) == ("slot_id", "has_a_place")


async def _try(w, slot, number):
    try:
        await w.life.hold(actor(f"q{number}"), slot, "wish-0001")
    except SlotFull:
        return False
    return True
