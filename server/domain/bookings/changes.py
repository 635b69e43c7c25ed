"""How a booking changes: one function per kind of change, each giving the new value and its event.

Decided here, purely; the store writes a change conditionally on the state and version that it was
decided on. What touches a seat is written in one transaction with the seat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from server.domain.bookings.bookings import Booking, BookingEvent, Seat
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.states import BookingState, BookingStep, PapersState, advance
from server.domain.errors import HeldLonger, HoldOver, TooLate
from server.domain.ids import BookingId, OutletId, PersonId, PhotoId
from server.domain.rules import Rules

#: Why a hold ended.
GIVEN_UP = "given_up"
RAN_OUT = "ran_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingChange:
    """One decided change: what was (None: nothing), what will be, and the event that tells it."""

    before: Booking | None
    after: Booking
    event: BookingEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who changes a booking, and when."""

    actor: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What a hold becomes a booking with, besides the sealed details."""

    id_photo: PhotoId
    licence_photo: PhotoId
    consent_version: str


def hold(
    booking: BookingId, *, seat: Seat, outlet: OutletId, by: By, rules: Rules
) -> BookingChange:
    """Begin a booking: the seat is its person's own while the form is filled."""
    return _hold(booking, seat, outlet, by, rules.slot_hold_seconds, {})


def offer(
    booking: BookingId, *, seat: Seat, outlet: OutletId, by: By, rules: Rules
) -> BookingChange:
    """Begin a booking for the first in a slot's line: a hold that they are told of."""
    return _hold(booking, seat, outlet, by, rules.waitlist_offer_seconds, {"offered": True})


def _hold(
    booking: BookingId,
    seat: Seat,
    outlet: OutletId,
    by: By,
    seconds: float,
    facts: dict[str, object],
) -> BookingChange:
    until = by.at + timedelta(seconds=seconds)
    held = Booking(
        id=booking,
        person=by.actor,
        outlet=outlet,
        seat=seat,
        state=BookingState.HELD,
        papers=PapersState.MISSING,
        version=1,
        created_at=by.at,
        held_until=until,
        due_at=until,
    )
    data: dict[str, object] = {
        "slot": seat.slot,
        "place": seat.place,
        "seconds": seconds,
        **facts,
    }
    event = _event(held, BookingStep.HOLD, by, data)
    return BookingChange(before=None, after=held, event=event)


def hold_longer(booking: Booking, by: By, rules: Rules) -> BookingChange:
    """Prolong a hold, once, from where it would have ended.

    Raises:
        HoldOver, HeldLonger, IllegalTransition.
    """
    advance(booking.state, BookingStep.HOLD_LONGER)
    until = _living(booking, by.at)
    if booking.held_longer:
        raise HeldLonger(field="booking_id", rule="longer_once")
    until += timedelta(seconds=rules.slot_hold_more_seconds)
    return move(booking, BookingStep.HOLD_LONGER, by, held_until=until, held_longer=True)


def let_go(booking: Booking, by: By, reason: str) -> BookingChange:
    """End a hold: its seat is free.

    Raises:
        IllegalTransition: it is held no more. HoldOver: by time, and it has time left.
    """
    advance(booking.state, BookingStep.LET_GO)
    if reason == RAN_OUT and (booking.held_until is None or booking.held_until > by.at):
        raise HoldOver(field="booking_id", rule="has_time")
    return end(booking, BookingStep.LET_GO, by, reason)


def book(booking: Booking, by: By, papers: Papers) -> BookingChange:
    """Make a hold a booking.

    Raises:
        HoldOver: its time ran out. IllegalTransition: it is held no more.
    """
    advance(booking.state, BookingStep.BOOK)
    _living(booking, by.at)
    return move(
        booking,
        BookingStep.BOOK,
        by,
        held_until=None,
        papers=PapersState.PENDING,
        papers_since=by.at,
        id_photo=papers.id_photo,
        licence_photo=papers.licence_photo,
        consent_version=papers.consent_version,
        consent_at=by.at,
    )


def reschedule(
    booking: Booking, seat: Seat, by: By, *, left: Outlet, to: OutletId
) -> BookingChange:
    """Move a booking to another seat, until the cut-off of the outlet that it leaves.

    Raises:
        TooLate: the cut-off has passed. IllegalTransition: it is not booked.
    """
    require_rescheduling(booking, by.at, left)
    data: dict[str, object] = {
        "from_slot": booking.seat.slot,
        "from_ends_at": booking.seat.ends_at,
        "slot": seat.slot,
        "place": seat.place,
    }
    return move(booking, BookingStep.RESCHEDULE, by, data, seat=seat, outlet=to)


def end(booking: Booking, step: BookingStep, by: By, reason: str | None) -> BookingChange:
    """End a booking by a step that leaves its seat free.

    Raises:
        IllegalTransition: the table has no such step from here.
    """
    data: dict[str, object] = {
        "reason": reason,
        "from_slot": booking.seat.slot,
        "from_ends_at": booking.seat.ends_at,
    }
    return move(booking, step, by, data, held_until=None, ended_at=by.at, reason=reason)


def move(
    booking: Booking,
    step: BookingStep,
    by: By,
    data: dict[str, object] | None = None,
    **fields: Any,
) -> BookingChange:
    """Move a booking one step and set `fields` with it.

    Raises:
        IllegalTransition: the table has no such step from here.
    """
    state = advance(booking.state, step)
    fields["state"] = state
    after = replace(booking, **fields, version=booking.version + 1)
    after = replace(after, due_at=after.held_until)
    return BookingChange(before=booking, after=after, event=_event(after, step, by, data))


def require_in_time(booking: Booking, now: datetime, outlet: Outlet) -> None:
    """Check that its owner may still change a booking.

    Raises:
        TooLate: details tell by when (`until`).
    """
    until = booking.seat.starts_at - timedelta(seconds=outlet.cancel_before_seconds)
    if now > until:
        raise TooLate(field="booking_id", rule="cut_off", until=until.isoformat())


def require_rescheduling(booking: Booking, now: datetime, outlet: Outlet) -> None:
    """Check that a booking's owner may move it now.

    Raises:
        IllegalTransition, TooLate.
    """
    advance(booking.state, BookingStep.RESCHEDULE)
    require_in_time(booking, now, outlet)


def _living(booking: Booking, now: datetime) -> datetime:
    if booking.held_until is None or booking.held_until <= now:
        raise HoldOver(field="booking_id", rule="held")
    return booking.held_until


def _event(
    after: Booking, step: BookingStep, by: By, data: dict[str, object] | None = None
) -> BookingEvent:
    return BookingEvent(
        version=after.version,
        step=step.value,
        at=by.at,
        actor=by.actor,
        state=after.state,
        data=data or {},
    )
