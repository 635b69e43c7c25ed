"""A calendar is edited in the instant in which a slot is claimed: only one of both commits."""

import asyncio
from dataclasses import replace

import pytest

from server.domain.bookings.states import BookingState
from server.domain.errors import DomainError
from tests.integration.bookings.slot_world import OUTLET, actor, slot_world


class EditsBetween:
    """Outlets whose calendar is edited right after a claim's transaction has read it."""

    def __init__(self, outlets, edit) -> None:
        self._outlets = outlets
        self._edit = edit
        self.edited = 0

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
        known = await w.outlets.get(OUTLET)
        shut = replace(known, week=((),) * 7)

        async def edit():
            await w.transactions.run(lambda session: w.outlets.change(shut, session))

        w.judge._outlets = EditsBetween(w.outlets, edit)
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
