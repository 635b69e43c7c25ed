"""The steps of a booking: each from each state, and what its deadlines allow."""

from datetime import timedelta

import pytest

from server.domain.bookings import changes
from server.domain.bookings.bookings import Seat
from server.domain.bookings.changes import By, Papers
from server.domain.bookings.slots import slot_id
from server.domain.bookings.states import STARTS, TABLE, BookingState, BookingStep, advance
from server.domain.errors import HeldLonger, HoldOver, IllegalTransition, TooLate
from server.domain.ids import BookingId, OutletId, PersonId, PhotoId
from server.domain.rules import Rules
from tests.builders import NOON
from tests.unit.server.domain.bookings.outlets import outlet

RULES, OUTLET = Rules(), OutletId("O1")
BY = By(actor=PersonId("p1"), at=NOON)
PAPERS = Papers(id_photo=PhotoId("F1"), licence_photo=PhotoId("F2"), consent_version="1")


def seat(hours: float = 24, place: int = 0) -> Seat:
    at = NOON + timedelta(hours=hours)
    name = slot_id(OUTLET, at)
    return Seat(slot=name, place=place, starts_at=at, ends_at=at + timedelta(hours=1))


def held(**fields):
    change = changes.hold(BookingId("BK1"), seat=seat(**fields), outlet=OUTLET, by=BY, rules=RULES)
    return change.after


def after(seconds: float) -> By:
    return By(actor=BY.actor, at=NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("state", BookingState)
@pytest.mark.parametrize("step", BookingStep)
def test_each_step_goes_as_the_table_says_or_raises(state, step):
    if step in TABLE[state]:
        assert advance(state, step) is TABLE[state][step]
    else:
        with pytest.raises(IllegalTransition):
            advance(state, step)


def test_every_state_is_reached_and_every_end_is_one():
    reached = set(STARTS) | {to for steps in TABLE.values() for to in steps.values()}
    assert reached == set(BookingState) == set(TABLE)


def test_a_hold_lasts_its_time_and_once_more():
    first = held()
    assert first.held_until == first.due_at == NOON + timedelta(seconds=600)
    longer = changes.hold_longer(first, after(599), RULES).after
    assert longer.held_until == NOON + timedelta(seconds=900)
    assert (longer.version, longer.due_at) == (2, longer.held_until)
    with pytest.raises(HeldLonger):
        changes.hold_longer(longer, after(600), RULES)
    with pytest.raises(HoldOver):
        changes.hold_longer(first, after(600), RULES)
    assert changes.book(longer, after(899), PAPERS).after.due_at is None
    with pytest.raises(HoldOver):
        changes.book(longer, after(900), PAPERS)
    with pytest.raises(HoldOver):
        changes.let_go(longer, after(899), changes.RAN_OUT)
    assert changes.let_go(longer, after(900), changes.RAN_OUT).after.ended_at == after(900).at
    assert changes.let_go(longer, after(1), changes.GIVEN_UP).after.reason == "given_up"


def test_an_offer_lasts_its_own_time_and_says_what_it_is():
    made = changes.offer(BookingId("BK1"), seat=seat(), outlet=OUTLET, by=BY, rules=RULES)
    assert made.after.held_until == NOON + timedelta(seconds=900)
    assert made.event.data["offered"] is True


def test_a_booking_moves_until_the_cut_off_of_the_outlet_it_leaves():
    booked = changes.book(held(hours=5), after(1), PAPERS).after
    left = outlet(cancel_before_seconds=3600.0 * 4)
    moved = changes.reschedule(booked, seat(48, 1), after(3600), left=left, to=OutletId("O2"))
    assert (moved.after.seat, moved.after.outlet) == (seat(48, 1), OutletId("O2"))
    assert moved.event.data["from_slot"] == booked.seat.slot
    with pytest.raises(TooLate):
        changes.reschedule(booked, seat(48), after(3601), left=left, to=OUTLET)
    with pytest.raises(IllegalTransition):
        changes.reschedule(held(), seat(48), after(1), left=left, to=OUTLET)
