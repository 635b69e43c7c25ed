"""A booking at the outlet, purely; and the code that its owner shows there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.bookings import at_outlet
from server.domain.bookings.arrival_codes import STEP_SECONDS, arrival_code, booking_of
from server.domain.bookings.bookings import Booking, Seat
from server.domain.bookings.changes import By
from server.domain.bookings.slots import slot_id
from server.domain.bookings.states import BookingState, PapersState
from server.domain.errors import Conflict, IllegalTransition, InvalidInput
from server.domain.ids import BookingId, OutletId, PersonId
from server.domain.keys import Secret
from server.domain.rules import Rules
from server.store.seal import BlindIndex
from tests.builders import NOON

OUTLET = OutletId("O1")
BY = By(actor=PersonId("staff"), at=NOON)


def seat(hours: float = 0, place: int = 0) -> Seat:
    at = NOON + timedelta(hours=hours)
    return Seat(
        slot=slot_id(OUTLET, at), place=place, starts_at=at, ends_at=at + timedelta(hours=1)
    )


def booking(state: BookingState = BookingState.BOOKED, **fields) -> Booking:
    made = Booking(
        id=BookingId("BK1"),
        person=PersonId("p1"),
        outlet=OUTLET,
        seat=seat(),
        state=state,
        papers=PapersState.PENDING,
        version=3,
        created_at=NOON - timedelta(days=1),
    )
    return replace(made, **fields)


def after(seconds: float) -> By:
    return By(actor=BY.actor, at=NOON + timedelta(seconds=seconds))


def test_a_car_comes_on_its_day_only():
    came = at_outlet.check_in(booking(), after(-3600))
    assert (came.after.state, came.after.seat, came.after.version) == (
        BookingState.CHECKED_IN,
        seat(),
        4,
    )
    for hours in (-24, 24):
        with pytest.raises(Conflict) as refused:
            at_outlet.check_in(booking(seat=seat(hours)), BY)
        assert refused.value.rule == "another_day"


def test_who_was_put_down_as_not_come_needs_a_seat():
    missed = at_outlet.miss(booking(), after(1800), Rules()).after
    assert (missed.state, missed.ended_at) == (BookingState.NO_SHOW, after(1800).at)
    with pytest.raises(ValueError, match="seat"):
        at_outlet.check_in(missed, after(1900))
    late = at_outlet.check_in(missed, after(1900), seat(0, place=1))
    assert (late.after.seat.place, late.after.ended_at) == (1, None)
    assert late.event.data["late"] is True


def test_nobody_is_put_down_while_they_may_still_come():
    with pytest.raises(Conflict) as refused:
        at_outlet.miss(booking(), after(1799), Rules())
    assert refused.value.details["until"] == after(1800).at.isoformat()
    with pytest.raises(IllegalTransition):
        at_outlet.miss(booking(BookingState.CHECKED_IN), after(1800), Rules())


def test_who_is_turned_away_is_told_why():
    with pytest.raises(InvalidInput):
        at_outlet.reject(booking(), BY, "  ")
    assert at_outlet.reject(booking(), BY, " 车辆不符 ").after.reason == "车辆不符"


def test_a_walk_in_is_nobodys():
    change = at_outlet.walk_in(BookingId("BK2"), seat=seat(), outlet=OUTLET, by=BY)
    assert (change.before, change.after.state) == (None, BookingState.CHECKED_IN)
    assert change.after.person == at_outlet.nobody(BookingId("BK2"))
    assert change.event.actor == BY.actor


def test_a_record_may_be_corrected_after_the_end():
    done = at_outlet.finish(booking(BookingState.CHECKED_IN), BY).after
    again = at_outlet.record_battery(done, after(60), 2).after
    assert (again.state, again.ended_at) == (BookingState.DONE, NOON)


def sign(text: str) -> str:
    return BlindIndex(Secret(b"k" * 32)).digest("arrival", text)


def test_a_code_is_good_for_minutes_and_opens_one_booking():
    code, ends = arrival_code(BookingId("BK1"), NOON, sign)
    assert booking_of(f" {code} ", NOON, sign) == "BK1"
    assert booking_of(code, ends - timedelta(seconds=1), sign) == "BK1"
    with pytest.raises(InvalidInput) as refused:
        booking_of(code, ends, sign)
    assert (refused.value.field, refused.value.rule) == ("code", "expired")
    assert ends - NOON <= timedelta(seconds=2 * STEP_SECONDS)


@pytest.mark.parametrize("kind", ["booking", "step", "signature", "empty", "long", "token"])
def test_a_forged_code_is_none(kind):
    code, _ = arrival_code(BookingId("BK1"), NOON, sign)
    name, step, signature = code.split(".")
    forged = {
        "booking": f"BK2.{step}.{signature}",
        "step": f"{name}.{int(step) + 1}.{signature}",
        "signature": f"{name}.{step}.{'0' * 16}",
        "empty": "",
        "long": code + "0",
        "token": "eyJhbGciOi.eyJzdWIi.abc",
    }[kind]
    with pytest.raises(InvalidInput) as refused:
        booking_of(forged, NOON, sign)
    assert refused.value.rule == "arrival_code"
