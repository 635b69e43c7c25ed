"""A process dies between any two steps of any act; another one is asked the same again.

Every step is a call to MongoDB, Redis or a channel; each act is played once for each of its
steps, with the process dying there. Afterwards nothing is lost, nothing is there twice, and
whoever follows bookings has heard of every change.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from realtime.claims import ANY_VERSION, ClaimantId, RequestId, Taken, Won
from server.domain.bookings.bookings import Booking
from server.domain.bookings.states import SEATED, BookingState
from server.domain.errors import HeldLonger
from server.domain.ids import SlotId
from server.services.bookings.judge import resource_of
from tests.integration.bookings.slot_world import (
    Crashed,
    Fuse,
    SlotWorld,
    actor,
    form,
    outlet,
    slot_world,
)

WISH, MOVE = "wish-0001", "move-0001"


@dataclass
class Scene:
    """One act of one person in slots of their own, which hold one booking each."""

    number: int
    slot: SlotId
    other: SlotId
    made: Booking | None = None

    @property
    def who(self):
        return actor(f"p{self.number}")

    @property
    def form(self):
        photos = {"id_photo": f"I{self.number}", "licence_photo": f"L{self.number}"}
        return form(plate=f"粤B{self.number:05d}", **photos)


Act = Callable[[SlotWorld, Scene], Awaitable[Booking]]


async def hold(w, scene):
    return await w.life.hold(scene.who, scene.slot, WISH)


async def longer(w, scene):
    try:
        return await w.life.hold_longer(scene.who, scene.made.id)
    except HeldLonger:
        return await w.bookings.get(scene.made.id)  # the page looks again: it was done


async def give_up(w, scene):
    return await w.life.give_up(scene.who, scene.made.id)


async def book(w, scene):
    return await w.life.book(scene.who, scene.made.id, scene.form)


async def move(w, scene):
    return await w.life.reschedule(scene.who, scene.made.id, scene.other, scene.made.version, MOVE)


async def cancel(w, scene):
    return await w.life.cancel(scene.who, scene.made.id)


async def run_out(w, scene):
    w.later(seconds=w.rules.slot_hold_seconds + 1)
    await w.life.end_hold(scene.made.id)
    return await w.bookings.get(scene.made.id)


ACTS: dict[str, tuple[tuple[Act, ...], Act, BookingState]] = {
    "hold": ((), hold, BookingState.HELD),
    "longer": ((hold,), longer, BookingState.HELD),
    "give_up": ((hold,), give_up, BookingState.CANCELLED),
    "run_out": ((hold,), run_out, BookingState.CANCELLED),
    "book": ((hold,), book, BookingState.BOOKED),
    "move": ((hold, book), move, BookingState.BOOKED),
    "cancel": ((hold, book), cancel, BookingState.CANCELLED),
}


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ACTS)
async def test_a_death_at_any_step_loses_nothing_and_does_nothing_twice(
    name, mongo_uri, mongo_db_name, redis_url
):
    async with slot_world(mongo_uri, mongo_db_name, redis_url) as w:
        await w.outlets.insert(outlet(capacity=1, slot_minutes=10))
        # Persons' days apart: a vehicle has one booking a day, a slot one place.
        steps = await _play(w, redis_url, name, 0, None)
        assert steps >= 10
        await asyncio.gather(*(_play(w, redis_url, name, n + 1, n) for n in range(steps)))


async def _play(w, redis_url, name, number, left):
    """Play one act, dying after so many steps; answers how many steps it has."""
    before, act, state = ACTS[name]
    slots = await w.slots(days=2 + number // 20)
    scene = Scene(number, slots[2 * (number % 20)].id, slots[2 * (number % 20) + 1].id)
    for one in before:
        scene.made = await one(w, scene)
    if scene.made:
        await w.relay.publish(scene.made.id)
    fuse = Fuse(left)
    dying = SlotWorld(w.db, redis_url, w.rules, fuse)
    next_one = SlotWorld(w.db, redis_url, w.rules, Fuse())
    try:
        try:
            done = await act(dying, scene)
            await dying.relay.publish(done.id)
            assert left is None or len(fuse.steps) <= left, "it lived to the end"
        except Crashed:
            done = await act(next_one, scene)
        await next_one.relay.publish(done.id)
        await _check(w, scene, done.id, state, [dying, next_one])
    finally:
        await dying.claims.aclose()
        await next_one.claims.aclose()
    return len(fuse.steps)


async def _check(w, scene, booking, state, processes):
    now = await w.bookings.get(booking)
    assert now.state is state
    events = await w.bookings.events(booking)
    assert [event.version for event in events] == list(range(1, now.version + 1))
    assert len({event.step for event in events}) == now.version, "no step was made twice"
    seats = [one async for one in w.db["booking_seats"].find({"booking": booking})]
    assert [seat["slot"] for seat in seats] == ([now.seat.slot] if state in SEATED else [])
    held = await w.db["booking_holds"].find_one({"_id": scene.who.person})
    assert len(held["holds"]) == (state is BookingState.HELD)
    heard = {pair for one in (w, *processes) for pair in one.heard.followed}
    assert {(booking, event.version) for event in events} <= heard
    assert await w.bookings.unpublished_events(booking) is None
    for slot in (scene.slot, scene.other):
        full = state in SEATED and slot == now.seat.slot
        told = [one.heard.counts[slot].free for one in (w, *processes) if slot in one.heard.counts]
        assert not told or told[-1] == (not full)
        await _check_record(w, slot, full=full, number=scene.number)


async def _check_record(w, slot, *, full, number):
    """Whoever comes next gets the place if and only if it is free."""
    wish = ClaimantId(f"hold/BKX{slot}/next-{number}-{slot}")
    outcome = await w.claims.claim(resource_of(slot), wish, ANY_VERSION, RequestId("next"))
    assert isinstance(outcome, Taken if full else Won)
