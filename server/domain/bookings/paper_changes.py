"""How a booking's papers are decided on, and mended: changes of the booking, purely."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from server.domain.bookings.bookings import Booking
from server.domain.bookings.changes import BookingChange, By, move
from server.domain.bookings.papers import PaperKind
from server.domain.bookings.states import BookingState, BookingStep, PapersState, advance
from server.domain.errors import IllegalTransition, InvalidInput, TooLate
from server.domain.ids import PhotoId
from server.domain.rules import Rules

#: Which of a booking's fields names the photo of a paper.
PHOTO_FIELDS = {PaperKind.ID_CARD: "id_photo", PaperKind.VEHICLE_LICENCE: "licence_photo"}

#: From which states of the papers each step is possible.
DECIDABLE = {
    BookingStep.ACCEPT_PAPERS: frozenset({PapersState.PENDING, PapersState.REJECTED}),
    BookingStep.REJECT_PAPERS: frozenset({PapersState.PENDING}),
    BookingStep.MEND_PAPERS: frozenset(
        {PapersState.MISSING, PapersState.PENDING, PapersState.REJECTED}
    ),
}


def decide_until(booking: Booking, rules: Rules) -> datetime:
    """Give until when papers are decided on before the car comes."""
    return booking.seat.starts_at - timedelta(seconds=rules.papers_decide_seconds)


def accept(booking: Booking, by: By, rules: Rules) -> BookingChange:
    """Accept a booking's papers: long enough before the slot, or once the car is there.

    Raises:
        IllegalTransition, TooLate.
    """
    _require_papers(booking, BookingStep.ACCEPT_PAPERS)
    _require_in_time(booking, by.at, rules)
    papers = PapersState.ACCEPTED
    return move(booking, BookingStep.ACCEPT_PAPERS, by, papers=papers, papers_reason=None)


def reject(booking: Booking, by: By, reason: str, rules: Rules) -> BookingChange:
    """Reject a booking's papers, which its person may mend; the booking stands.

    Raises:
        InvalidInput: no reason. IllegalTransition, TooLate.
    """
    if not reason.strip():
        raise InvalidInput(field="reason", rule="required")
    _require_papers(booking, BookingStep.REJECT_PAPERS)
    _require_in_time(booking, by.at, rules)
    told: dict[str, object] = {"reason": reason}
    papers = PapersState.REJECTED
    return move(booking, BookingStep.REJECT_PAPERS, by, told, papers=papers, papers_reason=reason)


def mend(booking: Booking, by: By, photo: tuple[PaperKind, PhotoId] | None) -> BookingChange:
    """Hand papers in anew: another photo, or (None) corrected fields; staff decide again.

    Raises:
        IllegalTransition: they are accepted, or the booking is over.
    """
    require_mendable(booking)
    fields: dict[str, Any] = {"papers": PapersState.PENDING, "papers_since": by.at}
    if photo is not None:
        fields[PHOTO_FIELDS[photo[0]]] = photo[1]
    return move(booking, BookingStep.MEND_PAPERS, by, **fields)


def require_mendable(booking: Booking) -> None:
    """Check that a booking's papers may be handed in anew.

    Raises:
        IllegalTransition: they are accepted, or the booking is over.
    """
    _require_papers(booking, BookingStep.MEND_PAPERS)


def _require_papers(booking: Booking, step: BookingStep) -> None:
    advance(booking.state, step)
    if booking.papers not in DECIDABLE[step]:
        raise IllegalTransition(rule="papers", state=booking.papers.value, step=step.value)


def _require_in_time(booking: Booking, now: datetime, rules: Rules) -> None:
    until = decide_until(booking, rules)
    if booking.state is BookingState.BOOKED and now > until:
        raise TooLate(field="booking_id", rule="at_the_outlet", until=until.isoformat())
