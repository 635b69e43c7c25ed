"""The removed battery, on real MongoDB: recorded, corrected, printed, its photos, the end."""

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
    StaleVersion,
)
from server.domain.ids import PhotoId
from server.services.bookings.paper_keeping import PaperKeeping
from server.services.bookings.paper_photos import BookingPhotos
from server.store.bookings.paper_consents import MongoPaperConsents
from server.store.bookings.papers import MongoPapers
from tests.integration.bookings.outlet_world import (
    FOREIGN,
    INDEX,
    SEAL,
    STAFF,
    OutletWorld,
    outlet_world,
    pack,
)
from tests.integration.bookings.slot_world import OUTLET, actor


async def here(w: OutletWorld):
    made = await w.booked(3)
    w.later(hours=3)
    return await w.arrivals.check_in(STAFF, OUTLET, CheckIn(booking_id=made.id))


async def test_a_record_is_corrected_with_every_version_kept(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        came = await here(w)
        with pytest.raises(Forbidden):
            await w.packs.record(FOREIGN, came.id, pack())
        with pytest.raises(Conflict) as refused:
            await w.arrivals.finish(STAFF, came.id)
        assert refused.value.rule == "battery_first"
        (first,) = (await w.packs.record(STAFF, came.id, pack())).versions
        assert (first.version, first.code) == (1, "08BPE1A00123ABC5D0000017")
        assert len((await w.packs.record(STAFF, came.id, pack())).versions) == 1, "asked again"
        with pytest.raises(StaleVersion):
            await w.packs.record(STAFF, came.id, pack(weight_grams=1))
        with pytest.raises(InvalidInput) as half:
            await w.packs.record(STAFF, came.id, pack(version=1, handed_to="回收厂 王五"))
        assert half.value.field == "handed_at"
        both = await asyncio.gather(
            *(
                w.packs.record(STAFF, came.id, pack(version=1, weight_grams=grams))
                for grams in (400_000, 410_000)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(one, StaleVersion) for one in both) == 1
        done = await w.arrivals.finish(STAFF, came.id)
        assert done.state is BookingState.DONE
        assert await w.arrivals.finish(STAFF, came.id) == done
        assert set(await w.holders(done.seat.slot)) == {done.seat.place}, "the seat stays used"
        handed = {"handed_to": "回收厂 王五", "handed_at": w.clock()}
        after = await w.packs.record(STAFF, came.id, pack(version=2, condition="dented", **handed))
        assert [one.version for one in after.versions] == [3, 2, 1]
        assert (after.versions[0].handed_to, after.versions[1].handed_to) == ("回收厂 王五", None)
        kept = str(await w.db["batteries"].find({}).to_list(10))
        assert "王五" not in kept and "08BPE1A00123ABC5D0000017" in kept
        assert (await w.bookings.get(came.id)).ended_at == done.ended_at


async def test_nothing_is_recorded_of_a_car_that_did_not_come(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(3)
        with pytest.raises(IllegalTransition):
            await w.packs.record(STAFF, made.id, pack())
        with pytest.raises(NotFound):
            await w.packs.label(STAFF, made.id)
        assert await w.db["batteries"].count_documents({}) == 0


async def test_photos_are_staffs_own_and_kept_for_years_after_the_end(
    mongo_uri, mongo_db_name, redis_url
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        came = await here(w)
        mine, others = await w.photo(), await w.photo("p9")
        with pytest.raises(NotFound):
            await w.packs.record(STAFF, came.id, pack(photos=(others,)))
        assert (await w.bookings.get(came.id)).version == came.version, "nothing was changed"
        await w.packs.record(STAFF, came.id, pack(photos=(mine,)))
        shown = await w.packs.photo(STAFF, came.id, PhotoId(mine), "look")
        assert shown.startswith(b"\xff\xd8")
        with pytest.raises(Forbidden):
            await w.packs.photo(FOREIGN, came.id, PhotoId(mine), "look")
        with pytest.raises(NotFound):
            await w.photo_room.show(actor("p9"), PhotoId(mine), "look")
        await w.arrivals.finish(STAFF, came.id)
        w.later(days=1094)
        await w.photo_room.sweep()
        assert await w.packs.photo(STAFF, came.id, PhotoId(mine), "look") == shown
        w.later(days=2)
        await w.photo_room.sweep()
        with pytest.raises(NotFound):
            await w.packs.photo(STAFF, came.id, PhotoId(mine), "look")


async def test_a_correction_after_the_end_keeps_no_papers_longer(
    mongo_uri, mongo_db_name, redis_url
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        came = await here(w)
        await w.packs.record(STAFF, came.id, pack())
        done = await w.arrivals.finish(STAFF, came.id)
        await w.db["booking_papers"].insert_one({"_id": "s1", "booking": came.id})
        w.later(days=20)
        await w.packs.record(STAFF, came.id, pack(version=1, condition="dented"))
        papers = MongoPapers(w.db, seal=SEAL, index=INDEX)
        consents = MongoPaperConsents(w.db)
        keeping = PaperKeeping(
            photos=BookingPhotos(w.photo_room, papers=papers, consents=consents, clock=w.clock),
            papers=papers,
            transactions=w.transactions,
            clock=w.clock,
            rules=w.rules,
        )
        for event in await w.bookings.events(came.id):
            await keeping.follow(await w.bookings.get(came.id), event)
        kept = await w.db["booking_papers"].find_one({"_id": "s1"})
        assert kept["needed_until"] == done.ended_at


async def test_a_label_is_printed_on_record(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        came = await here(w)
        await w.packs.record(STAFF, came.id, pack())
        with pytest.raises(Forbidden):
            await w.packs.label(FOREIGN, came.id)
        assert (await w.packs.label(STAFF, came.id)).startswith(b"%PDF-")
        actions = [one["action"] for one in await w.audit.of(f"booking:{came.id}")]
        assert sorted(actions) == ["check_in", "print_battery", "read_battery", "record_battery"]
