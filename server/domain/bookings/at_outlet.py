"""How a booking changes at the outlet: the car comes, or does not, or cannot be taken. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.domain.bookings.bookings import Booking, BookingEvent, Seat
from server.domain.bookings.calendar import day_of
from server.domain.bookings.changes import BookingChange, By, end, move
from server.domain.bookings.states import WALK_IN, BookingState, BookingStep, PapersState, advance
from server.domain.errors import Conflict, InvalidInput
from server.domain.ids import BookingId, OutletId, PersonId
from server.domain.rules import Rules

#: The beginning of what stands for the person of a walk-in.
NOBODY = "walk-in-"


def check_in(booking: Booking, by: By, late_seat: Seat | None = None) -> BookingChange:
    """Let a car in, on the day that it is booked for.

    Who was put down as not come has lost the seat, and needs `late_seat`.

    Raises:
        Conflict: booked for another day. IllegalTransition.
    """
    advance(booking.state, BookingStep.CHECK_IN)
    require_today(booking, by.at)
    if booking.state is BookingState.BOOKED:
        return move(booking, BookingStep.CHECK_IN, by)
    if late_seat is None:
        raise ValueError("who comes late needs a seat")
    data: dict[str, object] = {"slot": late_seat.slot, "place": late_seat.place, "late": True}
    return move(booking, BookingStep.CHECK_IN, by, data, seat=late_seat, ended_at=None, reason=None)


def walk_in(booking: BookingId, *, seat: Seat, outlet: OutletId, by: By) -> BookingChange:
    """Begin the booking of a car that came without one; it is nobody's account's."""
    after = Booking(
        id=booking,
        person=nobody(booking),
        outlet=outlet,
        seat=seat,
        state=WALK_IN,
        papers=PapersState.MISSING,
        version=1,
        created_at=by.at,
        walk_in=True,
    )
    event = BookingEvent(
        version=1,
        step=BookingStep.CHECK_IN.value,
        at=by.at,
        actor=by.actor,
        state=after.state,
        data={"slot": seat.slot, "place": seat.place, "walk_in": True},
    )
    return BookingChange(before=None, after=after, event=event)


def nobody(booking: BookingId) -> PersonId:
    """Name the person of a walk-in: no account's id, so nobody is shown or told anything."""
    return PersonId(f"{NOBODY}{booking}")


def finish(booking: Booking, by: By) -> BookingChange:
    """End a booking that was served; its seat stays used.

    Raises:
        IllegalTransition: the car is not here.
    """
    return move(booking, BookingStep.FINISH, by, ended_at=by.at)


def record_battery(booking: Booking, by: By, version: int) -> BookingChange:
    """Note that the battery was recorded, or its record corrected.

    Raises:
        IllegalTransition: the car was not here.
    """
    return move(booking, BookingStep.RECORD_BATTERY, by, {"record": version})


def miss(booking: Booking, by: By, rules: Rules) -> BookingChange:
    """Put a booking down as not come; its seat is free.

    Raises:
        Conflict: it may still come (details: until). IllegalTransition.
    """
    advance(booking.state, BookingStep.MISS)
    until = booking.seat.starts_at + timedelta(seconds=rules.no_show_seconds)
    if by.at < until:
        raise Conflict(field="booking_id", rule="may_still_come", until=until.isoformat())
    return end(booking, BookingStep.MISS, by, None)


def reject(booking: Booking, by: By, reason: str) -> BookingChange:
    """Turn a car away, at the outlet or before; its seat is free.

    Raises:
        InvalidInput: no reason. IllegalTransition.
    """
    if not reason.strip():
        raise InvalidInput(field="reason", rule="required")
    return end(booking, BookingStep.REJECT, by, reason.strip())


def require_today(booking: Booking, now: datetime) -> None:
    """Check that a booking is for the present day in China.

    Raises:
        Conflict: details tell for which (`day`).
    """
    day = day_of(booking.seat.starts_at)
    if day != day_of(now):
        raise Conflict(field="booking_id", rule="another_day", day=day.isoformat())
