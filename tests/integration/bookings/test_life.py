"""Booking, moving and cancelling, on real MongoDB and Redis."""

import asyncio
from datetime import timedelta

import pytest

from server.domain.bookings.states import BookingState, PapersState
from server.domain.errors import (
    DomainError,
    HoldOver,
    IllegalTransition,
    NotFound,
    SlotFull,
    StaleVersion,
    TooLate,
    VehicleBooked,
)
from server.domain.ids import SlotId
from server.domain.people import Role
from tests.integration.bookings.slot_world import OUTLET, actor, form, slot_world

STAFF = actor("staff", Role.OPERATOR)


async def booked(w, slot, *, person="p1", wish="wish-0001", **fields):
    held = await w.life.hold(actor(person), slot, wish)
    fields = {"id_photo": f"I{held.id}", "licence_photo": f"L{held.id}"} | fields
    return await w.life.book(actor(person), held.id, form(**fields))


async def test_a_hold_becomes_a_booking_with_its_details_sealed(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        held = await w.life.hold(actor(), slot, "wish-0001")
        made = await w.life.book(
            actor(), held.id, form(plate="粤b·12345", phone="+86 138-0000-0001")
        )
        assert (made.state, made.papers) == (BookingState.BOOKED, PapersState.PENDING)
        assert (made.held_until, made.due_at) == (None, None)
        details = await w.bookings.details(held.id)
        assert (details.name, details.phone, details.plate) == ("张三", "13800000001", "粤B12345")
        kept = str(await w.db["bookings"].find_one({"_id": held.id}))
        assert not any(text in kept for text in ("张三", "13800000001", "粤B12345"))
        assert await w.life.book(actor(), held.id, form()) == made, "the same form again"
        assert set(w.photos.used) == {"F1", "F2"}
        w.later(hours=2)
        assert await w.life.expire() == 0
        with pytest.raises(SlotFull):
            await w.life.hold(actor("p2"), slot, "wish-0001")
        assert [one.id for one in await w.bookings.by_plate("粤B12345")] == [held.id]


async def test_a_vehicle_has_one_booking_a_day_and_the_refused_one_changes_nothing(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=4)
        day, next_day = await w.slots(), await w.slots(days=3)
        first = await booked(w, day[0].id)
        held = await w.life.hold(actor("p2"), day[3].id, "wish-0001")
        before = await w.db["bookings"].find_one({"_id": held.id})
        with pytest.raises(VehicleBooked) as refused:
            await w.life.book(actor("p2"), held.id, form(plate="粤 B-12345"))
        assert (refused.value.field, refused.value.rule) == ("plate", "one_a_day")
        assert await w.db["bookings"].find_one({"_id": held.id}) == before
        await w.life.book(actor("p2"), held.id, form(plate="粤B54321"))
        other = await booked(w, next_day[0].id, person="p3")
        with pytest.raises(VehicleBooked):
            await w.life.reschedule(actor("p3"), other.id, day[5].id, other.version, "move-0001")
        assert await w.bookings.get(other.id) == other
        await w.life.cancel(actor(), first.id)
        moved = await w.life.reschedule(
            actor("p3"), other.id, day[5].id, other.version, "move-0001"
        )
        assert moved.seat.slot == day[5].id
        with pytest.raises(VehicleBooked):
            await booked(w, day[6].id, person="p4")
        await booked(w, next_day[0].id, person="p4", wish="wish-0002")


async def test_two_forms_of_one_vehicle_at_once_book_one(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=4)
        slots = await w.slots()

        async def book(n):
            try:
                return await booked(w, slots[n].id, person=f"p{n}")
            except VehicleBooked:
                return None

        done = await asyncio.gather(*map(book, range(4)))
        assert sum(one is not None for one in done) == 1


async def test_a_move_claims_the_new_seat_and_frees_the_old(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slots = await w.slots()
        made = await booked(w, slots[0].id)
        await booked(w, slots[1].id, person="p2", plate="粤B11111")
        await w.publish()
        with pytest.raises(SlotFull):
            await w.life.reschedule(actor(), made.id, slots[1].id, made.version, "move-0001")
        assert await w.bookings.get(made.id) == made
        moved = await w.life.reschedule(actor(), made.id, slots[2].id, made.version, "move-0002")
        assert (moved.seat.slot, moved.version) == (slots[2].id, made.version + 1)
        again = await w.life.reschedule(actor(), made.id, slots[2].id, made.version, "move-0002")
        assert again == moved
        assert not await w.holders(slots[0].id)
        await w.publish()
        assert w.heard.counts[slots[0].id].free == 1 and w.heard.counts[slots[2].id].free == 0
        await booked(w, slots[0].id, person="p3", plate="粤B22222")
        # A late repeat of the first move does not take the booking back.
        with pytest.raises(StaleVersion):
            await w.life.reschedule(actor(), made.id, slots[4].id, made.version, "move-0003")
        back = await w.life.reschedule(actor(), made.id, slots[3].id, moved.version, "move-0004")
        with pytest.raises(StaleVersion):
            await w.life.reschedule(actor(), made.id, slots[2].id, made.version, "move-0002")
        assert await w.bookings.get(made.id) == back


async def test_of_moves_into_one_seat_one_wins_and_the_others_stay(
    mongo_uri, mongo_db_name, redis_url
):
    world = slot_world(mongo_uri, mongo_db_name, redis_url)
    other = slot_world(mongo_uri, mongo_db_name, redis_url)
    async with world as one, other as two:
        await one.open(capacity=1)
        slots = await one.slots()
        made = [
            await booked(one, slots[n].id, person=f"p{n}", plate=f"粤B1111{n}") for n in range(6)
        ]

        async def move(n):
            try:
                return await (one, two)[n % 2].life.reschedule(
                    actor(f"p{n}"), made[n].id, slots[7].id, made[n].version, "move-0001"
                )
            except SlotFull:
                return None

        moved = [m for m in await asyncio.gather(*map(move, range(6))) if m is not None]
        assert len(moved) == 1
        (holder,) = (await one.holders(slots[7].id)).values()
        assert holder.booking == moved[0].id
        taken = [len(await one.holders(slot.id)) for slot in slots]
        assert sum(taken) == 6 and max(taken) == 1


async def test_one_booking_moved_to_two_slots_at_once_has_one_seat(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=2)
        slots = await w.slots()
        made = await booked(w, slots[0].id)

        async def move(n):
            try:
                await w.life.reschedule(actor(), made.id, slots[n].id, made.version, f"move-{n:04}")
            except (StaleVersion, HoldOver):
                return 0
            return 1

        assert sum(await asyncio.gather(*map(move, range(1, 6)))) == 1
        await w.publish()
        now = await w.bookings.get(made.id)
        held = [slot.id for slot in slots if await w.holders(slot.id)]
        assert held == [now.seat.slot]


async def test_the_owner_may_until_the_cut_off_and_staff_at_any_time(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slots = await w.slots()
        made = await booked(w, slots[7].id)
        other = await booked(w, slots[6].id, person="p2", plate="粤B11111")
        w.offset += made.seat.starts_at - w.clock() - timedelta(hours=3)
        for act in (
            lambda: w.life.cancel(actor(), made.id),
            lambda: w.life.reschedule(actor(), made.id, slots[5].id, made.version, "move-0001"),
        ):
            with pytest.raises(TooLate) as late:
                await act()
            assert late.value.details["until"]
        assert await w.bookings.get(made.id) == made
        done = await w.life.cancel_by_staff(STAFF, made.id, "车位检修")
        assert (done.state, done.reason) == (BookingState.CANCELLED, "车位检修")
        with pytest.raises(IllegalTransition):
            await w.life.cancel_by_staff(STAFF, made.id, "again")
        await w.publish()
        assert w.heard.counts[slots[7].id].free == 1
        assert set(w.photos.used) == {other.id_photo, other.licence_photo}


async def test_a_cancelled_booking_frees_seat_and_vehicle(mongo_uri, mongo_db_name, redis_url):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        made = await booked(w, slot)
        await w.publish()
        done = await w.life.cancel(actor(), made.id)
        assert await w.life.cancel(actor(), made.id) == done
        await w.publish()
        again = await booked(w, slot, person="p2")
        assert again.state is BookingState.BOOKED
        steps = [event.step for event in await w.bookings.events(made.id)]
        assert steps == ["held", "booked", "cancelled"]


PAST, FAR, CLOSED, NONE = "past", "far", "closed", "none"

FORMS = [
    ({"name": " "}, "name", "required"),
    ({"name": "张"}, "name", "real_name"),
    ({"name": "张三<script>"}, "name", "real_name"),
    ({"phone": " "}, "phone", "required"),
    ({"phone": "12800000001"}, "phone", "mobile_number"),
    ({"phone": "1380000000"}, "phone", "mobile_number"),
    ({"plate": " "}, "plate", "required"),
    ({"plate": "B12345"}, "plate", "plate"),
    ({"plate": "粤B1234"}, "plate", "plate"),
    ({"plate": "粤BI2345678"}, "plate", "plate"),
    ({"consent_version": "1999"}, "consent_version", "current_version"),
    ({"licence_photo": "F1"}, "licence_photo", "another_photo"),
]


async def test_bad_wishes_name_field_and_rule_and_change_nothing(
    mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        outlet = await w.open(capacity=1)
        slots, today = await w.slots(), (await w.slots(days=-1))
        held = await w.life.hold(actor(), slots[0].id, "wish-0001")
        other = await booked(w, slots[1].id, person="p2", plate="粤B11111")
        await w.publish()
        night = SlotId(f"{OUTLET}@{slots[0].starts_at - timedelta(hours=4):%Y%m%dT%H%MZ}")
        beyond = (await w.slots(days=40))[0].id
        me, p2 = actor(), actor("p2")
        life = w.life
        cases = [
            (lambda: life.hold(me, SlotId("nonsense"), "wish-0009"), "slot_id", "slot"),
            (lambda: life.hold(me, SlotId("O1@20261399T0000Z"), "wish-0009"), "slot_id", "slot"),
            (
                lambda: life.hold(me, SlotId("O9@20300101T0100Z"), "wish-0009"),
                "outlet_id",
                "exists",
            ),
            (lambda: life.hold(me, today[0].id, "wish-0009"), "slot_id", "past"),
            (lambda: life.hold(me, beyond, "wish-0009"), "slot_id", "too_far"),
            (lambda: life.hold(me, night, "wish-0009"), "slot_id", "closed"),
            (lambda: life.hold(me, slots[1].id, "wish-0009"), "slot_id", "free"),
            (lambda: life.hold(me, slots[2].id, "wish-0001"), "request_id", "used_before"),
            (lambda: life.hold_longer(p2, held.id), "booking_id", "exists"),
            (lambda: life.give_up(p2, held.id), "booking_id", "exists"),
            (lambda: life.book(p2, held.id, form()), "booking_id", "exists"),
            (lambda: life.cancel(p2, held.id), "booking_id", "exists"),
            (lambda: life.book(me, other.id, form()), "booking_id", "exists"),
            (
                lambda: life.reschedule(me, other.id, slots[3].id, 2, "move-0009"),
                "booking_id",
                "exists",
            ),
            (
                lambda: life.reschedule(p2, other.id, slots[1].id, 2, "move-0009"),
                "slot_id",
                "another_slot",
            ),
            (
                lambda: life.reschedule(p2, other.id, slots[3].id, 1, "move-0009"),
                "version",
                "current",
            ),
            (lambda: life.reschedule(p2, other.id, night, 2, "move-0009"), "slot_id", "closed"),
            (lambda: life.reschedule(p2, other.id, slots[0].id, 2, "move-0009"), "slot_id", "free"),
            (lambda: life.cancel_by_staff(STAFF, other.id, " "), "reason", "required"),
            (lambda: life.own(me, "BK0"), "booking_id", "exists"),
            *(
                (lambda bad=bad: life.book(me, held.id, form(**bad)), field, rule)
                for bad, field, rule in FORMS
            ),
        ]
        before = await _all(w)
        for act, field, rule in cases:
            with pytest.raises(DomainError) as refused:
                await act()
            assert (refused.value.field, refused.value.rule) == (field, rule)
            assert await _all(w) == before, (field, rule)
        assert (await w.outlets.get(OUTLET)) == outlet
        with pytest.raises(IllegalTransition):
            await life.hold_longer(p2, other.id)
        with pytest.raises(IllegalTransition):
            await life.reschedule(me, held.id, slots[3].id, held.version, "move-0009")
        with pytest.raises(NotFound):
            await w.bookings.details(held.id)


async def _all(w):
    names = ("bookings", "booking_seats")
    return [sorted(await w.db[name].find({}).to_list(100), key=str) for name in names]
