"""What owners of bookings hear, on real MongoDB: each thing once, and nothing that is over."""

import asyncio

import pytest

from server.domain.bookings.states import BookingState, PapersState
from server.domain.ids import PersonId
from server.domain.notices import State, StoredNotice
from server.domain.people import Role
from tests.integration.bookings.outlet_world import STAFF, OutletWorld, outlet_world, walk_in
from tests.integration.bookings.slot_world import OUTLET, actor

OPS = actor("ops", Role.OPERATOR)


async def settled(w: OutletWorld) -> list[str]:
    """What was written, when the relay has told twice and all that waits was sent."""
    await w.publish()
    for one in await w.db["bookings"].find().to_list(100):
        await w.db["bookings"].update_one(
            {"_id": one["_id"]}, {"$set": {"unpublished": one["version"], "published": 0}}
        )
    await w.publish()
    await w.delivery.sweep()
    return await w.heard_kinds()


async def reminded(w: OutletWorld) -> list[str]:
    """The reminders that were sent by SMS, by their states, after two workers looked twice."""
    for _ in range(2):
        await asyncio.gather(w.reminders.sweep(), w.reminders.sweep())
    await w.delivery.sweep()
    return [one for one in await w.heard_kinds() if one.startswith("remind")]


async def test_steps_are_told_once_each(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(30)
        assert await settled(w) == ["booked sent"]
        slot = (await w.slot_in(32)).id
        w.later(minutes=1)
        moved = await w.life.reschedule(actor(), made.id, slot, made.version, "move-0001")
        assert await settled(w) == ["booked sent", "changed page"]
        w.later(minutes=1)
        await w.life.cancel_by_staff(OPS, moved.id, "设备检修")
        heard = await settled(w)
        assert heard == ["booked sent", "changed page", "cancelled_by_staff sent"]
        last = await w.db["notices"].find_one({"kind": "booking_cancelled_by_staff"})
        assert "设备检修" in last["zh"] and last["person"] == "p1"
        # The day's last two texts are for what is vital; the move is in the page.
        told = [one.params for one in w.texts.sent]
        assert told == [
            {"matter": "电池拆卸预约", "state": state} for state in ("已预约", "已取消")
        ]


class PageOpen:
    """Somebody who looks at their page just now."""

    async def is_open(self, person):
        return True


@pytest.mark.parametrize("page_open", [False, True])
async def test_who_cancels_hears_that_by_text_unless_a_page_is_open(
    mongo_uri, mongo_db_name, redis_url, page_open
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        if page_open:
            w.delivery._ways._pages = PageOpen()
        made = await w.booked(30)
        await w.publish()
        await w.life.cancel(actor(), made.id)
        by = "page" if page_open else "sent"
        assert await settled(w) == ["booked gone", f"cancelled {by}"]
        assert [one.params["state"] for one in w.texts.sent] == ["已取消"] * (not page_open)


async def test_both_reminders_come_once_each(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.booked(30)
        w.later(hours=5)
        assert await reminded(w) == [], "25 hours before, less ten minutes"
        w.later(hours=1)
        assert await reminded(w) == ["remind_day sent"]
        w.later(hours=21, minutes=45)
        assert await reminded(w) == ["remind_day sent"]
        w.later(minutes=15)
        assert await reminded(w) == ["remind_day sent", "remind_hours sent"]
        w.later(hours=1)
        assert len(await reminded(w)) == 2
        assert [one.params["state"] for one in w.texts.sent] == ["预约提醒", "即将开始"]


async def test_a_late_booking_gets_the_nearer_one_only(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.booked(20)
        assert await reminded(w) == []
        w.later(hours=18)
        assert await reminded(w) == ["remind_hours sent"]


async def test_a_worker_that_was_away_does_not_send_what_is_overtaken(
    mongo_uri, mongo_db_name, redis_url
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.booked(30)
        w.later(hours=28, minutes=30)
        assert await reminded(w) == ["remind_hours sent"]


async def test_a_worker_killed_between_telling_and_marking_tells_nobody_twice(
    mongo_uri, mongo_db_name, redis_url
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(30)
        w.later(hours=6)
        assert await reminded(w) == ["remind_day sent"]
        await w.db["bookings"].update_one({"_id": made.id}, {"$unset": {"reminded": ""}})
        assert await reminded(w) == ["remind_day sent"]
        assert len(w.texts.sent) == 1


async def test_what_was_moved_is_reminded_of_at_its_new_time(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(30)
        w.later(hours=6)
        await w.reminders.sweep()  # written, and not sent yet
        slot = (await w.slot_in(48)).id
        await w.life.reschedule(actor(), made.id, slot, made.version, "move-0001")
        assert await reminded(w) == ["remind_day gone"]
        w.later(hours=24)
        assert await reminded(w) == ["remind_day gone", "remind_day sent"]
        assert len(w.texts.sent) == 1


@pytest.mark.parametrize("when", ["before the sweep", "before it is sent"])
async def test_nobody_is_reminded_of_a_cancelled_booking(mongo_uri, mongo_db_name, redis_url, when):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(30)
        w.later(hours=6)
        if when == "before it is sent":
            await w.reminders.sweep()
        await w.life.cancel(actor(), made.id)
        assert await reminded(w) == (["remind_day gone"] if "sent" in when else [])
        assert w.texts.sent == []


async def test_an_offer_is_told_while_it_stands(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url, capacity=1) as w:
        made = await w.booked(30)
        for name in ("p2", "p3"):
            await w.waitlist.join(actor(name), made.seat.slot)
            w.later(seconds=1)
        await w.life.cancel(actor(), made.id)
        await settled(w)
        assert {one.params["state"] for one in w.texts.sent} == {"已取消", "有空位"}
        assert len(w.texts.sent) == 2
        w.later(minutes=16)
        await w.life.expire()
        await w.publish()
        w.later(minutes=16)  # the worker of notices was away
        await settled(w)
        assert len(w.texts.sent) == 2
        told = await w.db["notices"].find({"kind": "booking_offered"}).to_list(5)
        assert sorted(one["state"] for one in told) == ["late", "sent"]


async def test_rejected_papers_and_cars_are_told_with_the_reason(
    mongo_uri, mongo_db_name, redis_url
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(30)
        event = {
            "version": made.version + 1,
            "step": "papers_rejected",
            "at": w.clock(),
            "actor": "reviewer",
            "state": BookingState.BOOKED.value,
            "data": {"reason": "照片不清晰"},
        }
        await w.db["bookings"].update_one(
            {"_id": made.id},
            {
                "$set": {
                    "papers": PapersState.REJECTED.value,
                    "version": made.version + 1,
                    "unpublished": made.version + 1,
                },
                "$push": {"events": event},
            },
        )
        assert "papers_rejected sent" in await settled(w)
        await w.arrivals.reject(STAFF, made.id, "车辆不符")
        assert "rejected sent" in await settled(w)
        sent = w.db["notices"].find({"state": "sent"})
        said = {one["kind"].removeprefix("booking_"): one["zh"] async for one in sent}
        assert "照片不清晰" in said["papers_rejected"] and "车辆不符" in said["rejected"]
        pushed = str(w.heard.people)
        assert "证件未通过：请查看预约" in pushed
        assert not any(typed in pushed for typed in ("照片不清晰", "车辆不符")), (
            "Redis sees no words"
        )


async def test_walk_ins_are_told_nothing(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        came = await w.arrivals.walk_in(STAFF, OUTLET, walk_in())
        await w.arrivals.reject(STAFF, came.id, "车型不符")
        assert await settled(w) == []


async def test_texts_at_once_leave_what_is_kept_for_the_vital(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:

        async def at_once(kind: str, count: int) -> list[str]:
            """Write notices, and let as many workers send one each; give how they ended."""
            written = [
                StoredNotice(
                    id=f"{kind}:{i}",
                    kind=kind,
                    person=PersonId("p1"),
                    order=None,
                    zh="预约",
                    at=w.clock(),
                    state=State.WAITING,
                )
                for i in range(count)
            ]
            for one in written:
                assert await w.notices.insert(one)
            await asyncio.gather(*(w.delivery.deliver(one) for one in written))
            ended = [await w.notices.get(one.id) for one in written]
            return sorted(one.state.value for one in ended if one is not None)

        assert await at_once("booking_booked", 4) == ["page"] * 3 + ["sent"]
        assert await at_once("booking_cancelled_by_staff", 4) == ["page"] * 2 + ["sent"] * 2
        assert len(w.texts.sent) == w.rules.notice_texts_per_day == 3
        w.later(minutes=24 * 60 + 1)
        assert await at_once("booking_changed", 4) == ["page"] * 3 + ["sent"]
