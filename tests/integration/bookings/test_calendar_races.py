"""A calendar is edited in the instant in which a place is claimed: only one of both commits."""

import asyncio
from dataclasses import replace

import pytest

from realtime.wire.outlet_day import CheckIn
from server.domain.bookings.states import BookingState
from server.domain.errors import Conflict, DomainError
from tests.integration.bookings.outlet_world import STAFF, outlet_world, walk_in
from tests.integration.bookings.slot_world import OUTLET, actor, slot_world
from tests.integration.bookings.test_life import booked


class EditsBetween:
    """Outlets whose calendar is edited right after a claim's transaction has read it."""

    def __init__(self, outlets, edit) -> None:
        self._outlets = outlets
        self._edit = edit
        self.edited = 0

    @classmethod
    async def shut(cls, w):
        """Let the edit be one that shuts the outlet."""
        known = await w.outlets.get(OUTLET)
        closed = replace(known, week=((),) * 7)

        async def edit():
            await w.transactions.run(lambda session: w.outlets.change(closed, session))

        return cls(w.outlets, edit)

    async def get(self, outlet, session=None):
        found = await self._outlets.get(outlet, session)
        if session is not None and not self.edited:
            self.edited += 1
            await self._edit()
        return found

    async def pin(self, outlet, by, session):
        await self._outlets.pin(outlet, by, session)


@pytest.mark.parametrize("before", [0, 1], ids=["no edit before", "an edit before"])
async def test_a_hold_does_not_commit_beside_an_edit(mongo_uri, mongo_db_name, redis_url, before):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open()
        for _ in range(before):
            await w.open(capacity=2)  # the pins are there
        slot = (await w.slots(days=3))[0]
        w.judge._outlets = await EditsBetween.shut(w)
        with pytest.raises(DomainError):
            await w.life.hold(actor("p1"), slot.id, "wish-0001")
        assert w.judge._outlets.edited == 1
        assert await w.holders(slot.id) == {}
        assert await w.life.mine(actor("p1")) == []


async def test_claims_and_edits_at_once_leave_no_hold_of_a_closed_slot(
    mongo_uri, mongo_db_name, redis_url
):
    """Every hold that commits was of the calendar that stood when it did."""
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=20)
        slot = (await w.slots(days=3))[0]

        async def hold(number):
            try:
                return await w.life.hold(actor(f"p{number}"), slot.id, f"wish-{number:04}")
            except DomainError as refused:
                return refused

        async def edit():
            known = await w.outlets.get(OUTLET)
            edited = replace(known, capacity=3)
            return await w.transactions.run(lambda session: w.outlets.change(edited, session))

        told = await asyncio.gather(*map(hold, range(8)), edit(), *map(hold, range(8, 16)))
        held = [one for one in told if getattr(one, "state", None) is BookingState.HELD]
        assert len(await w.holders(slot.id)) == len(held)
        late = await hold(99)
        if len(held) >= 3:
            assert isinstance(late, DomainError), "the new capacity counts those who hold"


@pytest.mark.parametrize("before", [0, 1], ids=["no edit before", "an edit before"])
async def test_a_walk_in_does_not_commit_beside_an_edit(
    mongo_uri, mongo_db_name, redis_url, before
):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        for _ in range(before):
            await w.open(capacity=2)  # the pins are there
        under_way = (await w.slot_in(0)).id
        w.arrivals._outlets = await EditsBetween.shut(w)
        with pytest.raises(Conflict) as refused:
            await w.arrivals.walk_in(STAFF, OUTLET, walk_in())
        assert (refused.value.rule, w.arrivals._outlets.edited) == ("no_slot_now", 1)
        assert await w.holders(under_way) == {}
        assert await w.db["bookings"].count_documents({}) == 0


async def test_who_comes_late_is_not_let_in_beside_an_edit(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w:
        made = await w.booked(3)
        w.later(hours=3, minutes=20)
        missed = await w.arrivals.missed(STAFF, made.id)
        w.arrivals._outlets = await EditsBetween.shut(w)
        with pytest.raises(Conflict) as refused:
            await w.arrivals.check_in(STAFF, OUTLET, CheckIn(booking_id=made.id))
        assert (refused.value.rule, w.arrivals._outlets.edited) == ("no_slot_now", 1)
        assert await w.holders(made.seat.slot) == {}
        assert await w.bookings.get(made.id) == missed


@pytest.mark.parametrize("freed", ["cancelled", "found by the worker"])
async def test_the_line_is_offered_nothing_beside_an_edit(
    mongo_uri, mongo_db_name, redis_url, freed
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.open(capacity=1)
        slot = (await w.slots())[0].id
        made = await booked(w, slot)
        await w.waitlist.join(actor("first"), slot)
        if freed != "cancelled":
            await w.open(capacity=2)
        w.waitlist._outlets = await EditsBetween.shut(w)
        if freed == "cancelled":
            ended = await w.life.cancel(actor(), made.id)
            assert ended.state is BookingState.CANCELLED
        else:
            assert await w.waitlist.sweep() == 0
        assert w.waitlist._outlets.edited == 1
        assert await w.bookings.of_person("first") == [], "a closed slot is offered to nobody"
        left = [] if freed == "cancelled" else [made.id]
        assert [one.booking for one in (await w.holders(slot)).values()] == left
        (wait,) = (await w.waitlist.mine(actor("first"))).waits
        assert wait.ahead == 0, "still first, should the outlet open again"


async def test_walk_ins_and_an_edit_at_once_leave_nobody_in_a_closed_slot(
    mongo_uri, mongo_db_name, redis_url
):
    """Who is let in came before the edit; whoever asks after it is refused."""
    async with outlet_world(mongo_uri, mongo_db_name, redis_url, capacity=8) as w:
        under_way = (await w.slot_in(0)).id
        shut = await EditsBetween.shut(w)
        asked = [w.arrivals.walk_in(STAFF, OUTLET, walk_in(number)) for number in range(8)]
        told = await asyncio.gather(*asked[:4], shut._edit(), *asked[4:], return_exceptions=True)
        assert told.pop(4) is None, "the edit is made"
        let_in = {one.id for one in told if not isinstance(one, BaseException)}
        assert {one.rule for one in told if isinstance(one, BaseException)} <= {"no_slot_now"}
        assert {one.booking for one in (await w.holders(under_way)).values()} == let_in
        with pytest.raises(Conflict):
            await w.arrivals.walk_in(STAFF, OUTLET, walk_in(9))
