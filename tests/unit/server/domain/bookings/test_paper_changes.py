"""Deciding on papers and mending them: every state of both, and the deadline."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.domain.bookings.bookings import Booking, Seat
from server.domain.bookings.changes import By
from server.domain.bookings.paper_changes import accept, decide_until, mend, reject
from server.domain.bookings.papers import PaperKind
from server.domain.bookings.states import BookingState, PapersState
from server.domain.errors import DomainError, IllegalTransition, InvalidInput, TooLate
from server.domain.rules import Rules

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
RULES = Rules()
S, P = BookingState, PapersState
BY = By(actor="rita", at=NOW)

BOOKED = Booking(
    id="B1",
    person="p1",
    outlet="O1",
    seat=Seat(
        slot="s", place=0, starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=4)
    ),
    state=S.BOOKED,
    papers=P.PENDING,
    version=4,
    created_at=NOW,
)

ACTS = {
    "accept": lambda one: accept(one, BY, RULES),
    "reject": lambda one: reject(one, BY, "照片模糊", RULES),
    "mend": lambda one: mend(one, BY, None),
}

LEGAL = {
    ("accept", S.BOOKED, P.PENDING): P.ACCEPTED,
    ("accept", S.BOOKED, P.REJECTED): P.ACCEPTED,
    ("accept", S.CHECKED_IN, P.PENDING): P.ACCEPTED,
    ("accept", S.CHECKED_IN, P.REJECTED): P.ACCEPTED,
    ("reject", S.BOOKED, P.PENDING): P.REJECTED,
    ("mend", S.BOOKED, P.MISSING): P.PENDING,
    ("mend", S.BOOKED, P.PENDING): P.PENDING,
    ("mend", S.BOOKED, P.REJECTED): P.PENDING,
}


@pytest.mark.parametrize("papers", P)
@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_in_every_state(act, state, papers):
    before = replace(BOOKED, state=state, papers=papers)
    after = LEGAL.get((act, state, papers))
    if after is None:
        with pytest.raises(IllegalTransition):
            ACTS[act](before)
        return
    change = ACTS[act](before)
    assert (change.after.state, change.after.papers, change.after.version) == (state, after, 5)
    assert change.event.version == 5


@pytest.mark.parametrize(("seconds", "in_time"), [(0, True), (1, False)])
def test_a_day_before_the_slot_it_is_too_late(seconds, in_time):
    at = decide_until(BOOKED, RULES) + timedelta(seconds=seconds)
    by = By(actor="rita", at=at)
    for decide in (
        lambda one: accept(one, by, RULES),
        lambda one: reject(one, by, "照片模糊", RULES),
    ):
        if in_time:
            decide(BOOKED)
        else:
            with pytest.raises(TooLate):
                decide(BOOKED)
    accept(replace(BOOKED, state=S.CHECKED_IN), by, RULES)
    mend(BOOKED, by, None)


@pytest.mark.parametrize("reason", ["", " \t"])
def test_a_rejection_says_why(reason):
    with pytest.raises(InvalidInput) as refused:
        reject(BOOKED, BY, reason, RULES)
    assert refused.value.field == "reason"


def test_a_reason_goes_with_the_acceptance():
    rejected = reject(BOOKED, BY, "照片模糊", RULES).after
    assert rejected.papers_reason == "照片模糊"
    assert accept(rejected, BY, RULES).after.papers_reason is None


@pytest.mark.parametrize(
    ("kind", "field"),
    [(PaperKind.ID_CARD, "id_photo"), (PaperKind.VEHICLE_LICENCE, "licence_photo")],
)
def test_another_photo_takes_its_place(kind, field):
    after = mend(BOOKED, BY, (kind, "F9")).after
    assert getattr(after, field) == "F9"
    assert after.papers_since == NOW
    assert issubclass(IllegalTransition, DomainError)
