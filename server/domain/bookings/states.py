"""How a booking goes: the one table of its steps. `docs/architecture.md` draws it from `TABLE`."""

from __future__ import annotations

from enum import StrEnum

from server.domain.errors import IllegalTransition


class BookingState(StrEnum):
    """What holds of a booking now."""

    HELD = "held"  #: the seat is claimed while the form is filled, with a deadline
    BOOKED = "booked"  #: documents accepted or pending
    CHECKED_IN = "checked_in"  #: the car is at the outlet
    DONE = "done"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    REJECTED = "rejected"  #: by staff, for its documents


class BookingStep(StrEnum):
    """What happened to a booking; the stable names of its events."""

    HOLD = "held"
    HOLD_LONGER = "held_longer"  #: once, while photos upload
    LET_GO = "let_go"  #: the hold ended: given up, or its time ran out
    BOOK = "booked"
    RESCHEDULE = "rescheduled"
    CHANGE_DETAILS = "details_changed"
    ACCEPT_PAPERS = "papers_accepted"
    REJECT_PAPERS = "papers_rejected"  #: may be mended: the booking stands
    MEND_PAPERS = "papers_mended"  #: other photos, or corrected fields: staff decide again
    CHECK_IN = "checked_in"
    RECORD_BATTERY = "battery_recorded"
    FINISH = "done"
    CANCEL = "cancelled"
    REJECT = "rejected"
    MISS = "no_show"


class PapersState(StrEnum):
    """How far the documents of a booking are; apart from its state, since a slot never waits."""

    MISSING = "missing"
    PENDING = "pending"  #: staff decide, up to a day before, else at the outlet
    ACCEPTED = "accepted"
    REJECTED = "rejected"  #: to be mended


_S, _T = BookingState, BookingStep

TABLE: dict[BookingState, dict[BookingStep, BookingState]] = {
    _S.HELD: {
        _T.HOLD_LONGER: _S.HELD,
        _T.LET_GO: _S.CANCELLED,
        _T.BOOK: _S.BOOKED,
    },
    _S.BOOKED: {
        _T.RESCHEDULE: _S.BOOKED,
        _T.CHANGE_DETAILS: _S.BOOKED,
        _T.ACCEPT_PAPERS: _S.BOOKED,
        _T.REJECT_PAPERS: _S.BOOKED,
        _T.MEND_PAPERS: _S.BOOKED,
        _T.CHECK_IN: _S.CHECKED_IN,
        _T.CANCEL: _S.CANCELLED,
        _T.REJECT: _S.REJECTED,
        _T.MISS: _S.NO_SHOW,
    },
    _S.CHECKED_IN: {
        _T.CHANGE_DETAILS: _S.CHECKED_IN,
        _T.ACCEPT_PAPERS: _S.CHECKED_IN,
        _T.RECORD_BATTERY: _S.CHECKED_IN,
        _T.FINISH: _S.DONE,
        _T.REJECT: _S.REJECTED,
    },
    _S.DONE: {_T.RECORD_BATTERY: _S.DONE},  # handed over later, or corrected
    _S.CANCELLED: {},
    _S.NO_SHOW: {_T.CHECK_IN: _S.CHECKED_IN},  # who comes late after all, if there is room
    _S.REJECTED: {},
}

#: States that occupy a seat.
SEATED = frozenset({_S.HELD, _S.BOOKED, _S.CHECKED_IN, _S.DONE})

#: A walk-in at the outlet begins here.
WALK_IN = _S.CHECKED_IN

#: Where a booking begins: with a hold, or as a walk-in.
STARTS = (_S.HELD, WALK_IN)


def advance(state: BookingState, step: BookingStep) -> BookingState:
    """Give the state after a step.

    Raises:
        IllegalTransition: the table has no such step from here.
    """
    after = TABLE[state].get(step)
    if after is None:
        raise IllegalTransition(rule="booking", state=state.value, step=step.value)
    return after
