"""Cars at the outlet, on real MongoDB and Redis: in by code or plate, late, unbooked, not come."""

import asyncio

import pytest

from realtime.wire.outlet_day import CheckIn
from server.domain.bookings.states import BookingState
from server.domain.errors import (
    Conflict,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
    SlotFull,
    VehicleBooked,
)
from tests.integration.bookings.outlet_world import (
    FOREIGN,
    OPERATOR,
    OTHER,
    STAFF,
    outlet_world,
    pack,
    walk_in,
)
from tests.integration.bookings.slot_world import OUTLET, actor


async def test_a_car_comes_in_by_its_owners_code_once(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(3)
        w.later(hours=3)
        shown = await w.day.arrival(actor(), made.id)
        assert shown.qr.startswith("data:image/svg+xml")
        with pytest.raises(NotFound):
            await w.day.arrival(actor("p2"), made.id)
        asked = CheckIn(code=shown.code)
        for other in (FOREIGN, actor("p1")):
            with pytest.raises(Forbidden):
                await w.arrivals.check_in(other, OUTLET, asked)
        with pytest.raises(Conflict) as refused:
            await w.arrivals.check_in(FOREIGN, OTHER, asked)
        assert refused.value.rule == "another_outlet"
        both = await asyncio.gather(*(w.arrivals.check_in(STAFF, OUTLET, asked) for _ in range(2)))
        assert both[0] == both[1] == await w.bookings.get(made.id)
        assert (both[0].state, both[0].version) == (BookingState.CHECKED_IN, made.version + 1)
        assert [one["action"] for one in await w.audit.of(f"booking:{made.id}")] == ["check_in"]
        with pytest.raises(NotFound):
            await w.day.arrival(actor(), made.id)
        await w.publish()
        assert (OUTLET, made.id, "checked_in") in w.day_heard.told


async def test_a_car_comes_in_by_its_plate_as_people_write_it(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(3, plate="粤B10203")
        with pytest.raises(NotFound):
            await w.arrivals.check_in(STAFF, OUTLET, CheckIn(plate="粤B99999"))
        with pytest.raises(InvalidInput) as refused:
            await w.arrivals.check_in(STAFF, OUTLET, CheckIn(plate="B10203"))
        assert (refused.value.field, refused.value.rule) == ("plate", "plate")
        for wrong in (CheckIn(), CheckIn(code="x", plate="粤B10203")):
            with pytest.raises(InvalidInput):
                await w.arrivals.check_in(STAFF, OUTLET, wrong)
        w.later(hours=3)
        with pytest.raises(Conflict) as elsewhere:
            await w.arrivals.check_in(FOREIGN, OTHER, CheckIn(plate="粤B10203"))
        assert (elsewhere.value.field, elsewhere.value.rule) == ("plate", "another_outlet")
        came = await w.arrivals.check_in(STAFF, OUTLET, CheckIn(plate="粤b·IO2o3"))
        assert (came.id, came.state) == (made.id, BookingState.CHECKED_IN)


async def test_a_booking_of_another_day_is_not_let_in(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(30)
        with pytest.raises(Conflict) as refused:
            await w.arrivals.check_in(OPERATOR, OUTLET, CheckIn(booking_id=made.id))
        assert refused.value.rule == "another_day"
        assert await w.bookings.get(made.id) == made


async def test_who_does_not_come_loses_the_seat_and_may_come_late(
    mongo_uri, mongo_db_name, redis_url
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url, capacity=1) as w:
        made = await w.booked(3)
        w.later(hours=3, minutes=19)
        assert await w.arrivals.sweep() == 0, "it may still come"
        with pytest.raises(Conflict) as refused:
            await w.arrivals.missed(STAFF, made.id)
        assert refused.value.rule == "may_still_come"
        w.later(minutes=1)
        assert await asyncio.gather(w.arrivals.sweep(), w.arrivals.sweep()) in ([0, 1], [1, 0])
        missed = await w.arrivals.missed(STAFF, made.id)
        assert (missed.state, await w.holders(made.seat.slot)) == (BookingState.NO_SHOW, {})
        assert w.photos.used == {}
        first = await w.arrivals.walk_in(STAFF, OUTLET, walk_in())
        asked = CheckIn(plate="粤B12345")
        with pytest.raises(SlotFull) as full:
            await w.arrivals.check_in(STAFF, OUTLET, asked)
        following = await w.slot_in(1)
        assert full.value.details["next"]["slot_id"] == following.id
        assert (await w.bookings.get(made.id)) == missed
        await w.arrivals.reject(STAFF, first.id, "车型不符")
        late = await w.arrivals.check_in(STAFF, OUTLET, asked)
        assert (late.state, late.ended_at) == (BookingState.CHECKED_IN, None)
        assert [one.booking for one in (await w.holders(late.seat.slot)).values()] == [made.id]
        assert set(w.photos.used.values()) == {made.id}
        with pytest.raises(VehicleBooked):
            await w.arrivals.walk_in(OPERATOR, OTHER, walk_in(plate="粤B12345"))


async def test_walk_ins_never_pass_the_capacity(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url, capacity=3) as w:
        made = await w.booked(3)
        w.later(hours=3)
        came = await asyncio.gather(
            *(w.arrivals.walk_in(STAFF, OUTLET, walk_in(number)) for number in range(6)),
            return_exceptions=True,
        )
        let_in = [one for one in came if not isinstance(one, BaseException)]
        assert len(let_in) == 2
        assert {type(one) for one in came} - {type(let_in[0])} == {SlotFull}
        holders = await w.holders(made.seat.slot)
        assert {one.booking for one in holders.values()} == {made.id, *(one.id for one in let_in)}
        number = came.index(let_in[0])
        again = await w.arrivals.walk_in(STAFF, OUTLET, walk_in(number))
        assert again == let_in[0], "the same request is the same walk-in"
        kept = str(await w.db["bookings"].find_one({"_id": again.id}))
        assert not any(text in kept for text in ("李四", "13800000002", "粤B6789"))
        await w.publish()
        assert w.heard.counts[made.seat.slot].free == 0
        assert not any("walk" in person for person, _ in w.heard.people if person == "staff")


async def test_a_walk_in_at_a_closed_outlet_hears_when_to_come(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        here = await w.outlets.get(OUTLET)
        await w.open(week=((),) * 7)
        with pytest.raises(Conflict) as refused:
            await w.arrivals.walk_in(STAFF, OUTLET, walk_in())
        assert (refused.value.rule, refused.value.details["next"]) == ("no_slot_now", None)
        await w.open(week=here.week)
        assert (await w.arrivals.walk_in(STAFF, OUTLET, walk_in())).walk_in


async def test_who_is_turned_away_frees_the_seat(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url, capacity=1) as w:
        made = await w.booked(3)
        with pytest.raises(Forbidden):
            await w.arrivals.reject(FOREIGN, made.id, "车辆不符")
        ended = await w.arrivals.reject(STAFF, made.id, "车辆不符")
        assert (ended.state, ended.reason) == (BookingState.REJECTED, "车辆不符")
        assert await w.arrivals.reject(STAFF, made.id, "又") == ended
        assert await w.holders(made.seat.slot) == {}
        with pytest.raises(IllegalTransition):
            await w.arrivals.check_in(STAFF, OUTLET, CheckIn(booking_id=made.id))


async def test_the_day_shows_who_comes_masked_and_names_only_on_record(
    mongo_uri, mongo_db_name, redis_url
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(3)
        w.later(hours=3)
        with pytest.raises(Forbidden):
            await w.day.show(FOREIGN, OUTLET, None)
        seen = await w.day.show(STAFF, OUTLET, None)
        (row,) = seen.rows
        assert (row.name, row.phone, row.plate) == ("张*", "138****0001", "粤B***45")
        assert (row.booking.booking_id, row.battery, seen.free_now) == (made.id, 0, 1)
        with pytest.raises(Forbidden):
            await w.day.person(FOREIGN, made.id, "call")
        person = await w.day.person(STAFF, made.id, "call")
        assert (person.name, person.plate) == ("张三", "粤B12345")
        (record,) = await w.audit.of(f"booking:{made.id}")
        assert (record["action"], record["purpose"]) == ("read_booking", "call")


async def test_a_walk_ins_data_are_forgotten_after_their_time(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        came = await w.arrivals.walk_in(STAFF, OUTLET, walk_in())
        handed = pack(handed_to="李四", handed_at=w.clock())
        await w.packs.record(STAFF, came.id, handed)
        await w.arrivals.reject(STAFF, came.id, "车型不符")
        w.later(days=29)
        assert await w.arrivals.forget() == 0
        w.later(days=2)
        assert await w.arrivals.forget() == 2
        (version,) = (await w.packs.versions(STAFF, came.id)).versions
        assert (version.handed_to, version.code) == (None, "08BPE1A00123ABC5D0000017")
        left = await w.db["bookings"].find_one({"_id": came.id})
        assert not {"details", "plate_index", "vehicle_day"} & set(left)


async def test_who_comes_in_the_moment_of_being_put_down_is_let_in(
    mongo_uri, mongo_db_name, redis_url
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url, capacity=1) as w:
        made = await w.booked(3)
        w.later(hours=3, minutes=20)
        asked = CheckIn(booking_id=made.id)
        await asyncio.gather(w.arrivals.sweep(), w.arrivals.check_in(STAFF, OUTLET, asked))
        came = await w.bookings.get(made.id)
        assert came.state is BookingState.CHECKED_IN
        holders = await w.holders(came.seat.slot)
        assert [one.booking for one in holders.values()] == [made.id]
        assert set(w.photos.used.values()) == {made.id}
