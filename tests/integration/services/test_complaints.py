"""Complaints: customer and staff in one thread, on real MongoDB."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from realtime.wire.complaints import (
    AnswerComplaint,
    AssignComplaint,
    ComplaintsQuery,
    SayComplaint,
)
from server.domain.custody import Custody
from server.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleVersion
from server.domain.ids import PersonId, PhotoId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.people import Role
from server.domain.photos import PhotoUse
from server.services.orders.complaints import Complaints
from server.store.complaints import MongoComplaints
from server.store.seal import Seal
from tests.builders import CUSTOMER
from tests.integration.services.house import House, StaffHeard, actor, house

STAFF = actor("rev", Role.REVIEWER)
LOST = SayComplaint(text="包裹不见了", kind="lost")


@dataclass
class UsedPhotos:
    """Keeps which photos were taken into use."""

    used: list[tuple[str, str, PhotoUse]] = field(default_factory=list)

    async def use(self, person, photo, use, session=None, *, until=None) -> None:
        self.used.append((person, photo, use))


def complaints(h: House) -> Complaints:
    h.complaints_store = MongoComplaints(h.db, seal=Seal(KeyRing((Key("s1", Secret(b"k" * 32)),))))
    h.photos = UsedPhotos()
    return Complaints(
        store=h.complaints_store,
        orders=h.orders,
        refunds=h.refunds_store,
        transactions=h.transactions,
        photos=h.photos,
        notices=h.notices,
        staff=StaffHeard(h.heard),
        audit=h.audit,
        rules=h.rules,
        clock=h.clock,
    )


async def test_a_thread_from_its_opening_to_its_end(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order = complaints(h), await h.deposited()
        await h.complaints_store.ensure_indexes()
        assert (await desk.own(CUSTOMER, order.id)).complaint is None
        with pytest.raises(InvalidInput):
            await desk.say(CUSTOMER, order.id, SayComplaint(text="?"))
        mine = SayComplaint(text="包裹不见了", kind="lost", photos=("F1",))
        seen = (await desk.say(CUSTOMER, order.id, mine)).complaint
        assert (seen.kind, seen.state, seen.version) == ("lost", "open", 1)
        assert seen.messages[0].by is None, "who of staff is not told, nor needed of oneself"
        assert h.photos.used[0][:2] == (CUSTOMER, "F1")
        assert h.photos.used[0][2].subject == f"complaint:{order.id}"
        assert [one.kind for one in h.heard.staff] == ["complaint"]

        page = await desk.page(STAFF, ComplaintsQuery())
        assert [one.order_id for one in page.complaints] == [order.id]
        taken = await desk.assign(STAFF, order.id, AssignComplaint(mine=True, version=1))
        assert taken.assignee == "rev"
        answer = AnswerComplaint(text="正在查找", version=taken.version)
        shown = await desk.answer(STAFF, order.id, answer)
        assert (shown.state, shown.messages[1].by) == ("answered", "rev")
        with pytest.raises(StaleVersion):
            await desk.answer(STAFF, order.id, answer)
        with pytest.raises(StaleVersion):
            await desk.say(CUSTOMER, order.id, SayComplaint(text="?", messages=1))
        await desk.say(CUSTOMER, order.id, SayComplaint(text="好的", messages=2))
        now = await desk.read(STAFF, order.id)
        done = AnswerComplaint(text="已退款", version=now.version, settle=True)
        assert (await desk.answer(STAFF, order.id, done)).state == "settled"
        ended = (await desk.own(CUSTOMER, order.id)).complaint
        assert [one.text for one in ended.messages] == ["包裹不见了", "正在查找", "好的", "已退款"]
        assert ended.until is not None and ended.assignee is None

        told = await h.notices_store.of_person(PersonId(CUSTOMER), None, 9)
        assert {one.kind for one in told} == {"complaint_answered", "complaint_settled"}
        acts = {one["action"] for one in await h.audit.of(f"order:{order.id}")}
        assert acts == {"read_complaint", "answer_complaint", "settle_complaint"}

        h.later(days=13)
        again = await desk.say(CUSTOMER, order.id, SayComplaint(text="没收到"))
        assert again.complaint.state == "open"


async def test_nothing_of_it_is_readable_at_rest_nor_anybody_elses(
    mongo_uri, mongo_db_name, redis_url
):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order = complaints(h), await h.deposited()
        await desk.say(CUSTOMER, order.id, LOST)
        document = await h.db["complaints"].find_one({"_id": order.id})
        assert "不见" not in repr(document)
        with pytest.raises(NotFound):
            await desk.own(PersonId("another"), order.id)
        with pytest.raises(NotFound):
            await desk.say(PersonId("another"), order.id, LOST)
        with pytest.raises(NotFound):
            await desk.read(STAFF, (await h.deposited()).id)
        mine = actor(CUSTOMER, Role.REVIEWER)
        with pytest.raises(Forbidden):
            await desk.answer(mine, order.id, AnswerComplaint(text="好", version=1))
        placed = await h.deposited(custody=Custody.PLACED, placement=None)
        with pytest.raises(Conflict):
            await desk.say(CUSTOMER, placed.id, LOST)


async def test_what_is_said_at_once_stands_in_one_thread(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order = complaints(h), await h.deposited()
        await h.complaints_store.ensure_indexes()

        async def say(n: int) -> Any:
            try:
                return await desk.say(CUSTOMER, order.id, SayComplaint(text=f"{n}", kind="other"))
            except StaleVersion:
                return None

        said = [one for one in await asyncio.gather(*(say(n) for n in range(5))) if one]
        thread = (await desk.own(CUSTOMER, order.id)).complaint
        assert len(thread.messages) == len(said) == thread.version
        assert len({one.text for one in thread.messages}) == len(said)


async def test_what_a_dead_process_left_untold_is_told_once(mongo_uri, mongo_db_name, redis_url):
    async with house(mongo_uri, mongo_db_name, redis_url) as h:
        desk, order = complaints(h), await h.deposited()
        await desk.say(CUSTOMER, order.id, LOST)
        await desk.answer(STAFF, order.id, AnswerComplaint(text="在查", version=1))
        await h.db["complaints"].update_one({"_id": order.id}, {"$set": {"untold": 2}})
        assert await desk.sweep() == 1
        assert await desk.sweep() == 0
        assert len(await h.notices_store.of_person(PersonId(CUSTOMER), None, 9)) == 1
        assert PhotoId("F1") not in [photo for _, photo, _ in h.photos.used]
