"""The table of a certification's steps, its end in time, and the days of reminders."""

from datetime import UTC, datetime, timedelta

import pytest

from server.domain.certifications import (
    TABLE,
    Certificate,
    Step,
    changes_rights,
    end_of,
    moved,
    reminder_due,
    standing_at,
)
from server.domain.china import CHINA
from server.domain.errors import IllegalTransition, InvalidInput
from server.domain.ids import PersonId
from server.domain.people import Certification

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=400)


def certificate(state: Certification, **fields) -> Certificate:
    return Certificate(person=PersonId("P1"), state=state, version=3, **fields)


def test_every_state_has_a_row_and_every_step_a_use():
    assert set(TABLE) == set(Certification)
    assert {step for row in TABLE.values() for step in row} == set(Step)


@pytest.mark.parametrize("state", Certification)
@pytest.mark.parametrize("step", Step)
def test_what_the_table_does_not_have_raises(state, step):
    before = certificate(state, until=NOW if step is Step.EXPIRE else LATER)
    if step in TABLE[state]:
        after = moved(before, step, now=NOW, until=LATER, reason="photo_unclear")
        assert (after.state, after.version) == (TABLE[state][step], 4)
    else:
        with pytest.raises(IllegalTransition):
            moved(before, step, now=NOW, until=LATER)


def test_time_ends_a_certificate_at_its_instant():
    certified = Certification.CERTIFIED
    assert standing_at(certified, NOW, NOW - timedelta(milliseconds=1)) is certified
    assert standing_at(certified, NOW, NOW) is Certification.EXPIRED
    assert standing_at(certified, None, NOW) is certified
    assert standing_at(Certification.SUSPENDED, NOW, LATER) is Certification.SUSPENDED


def test_nothing_expires_early_and_nobody_is_reinstated_late():
    with pytest.raises(IllegalTransition):
        moved(certificate(Certification.CERTIFIED, until=LATER), Step.EXPIRE, now=NOW)
    with pytest.raises(IllegalTransition):
        moved(certificate(Certification.CERTIFIED), Step.EXPIRE, now=NOW)
    ended = certificate(Certification.SUSPENDED, until=NOW)
    assert moved(ended, Step.REINSTATE, now=NOW).state is Certification.EXPIRED


def test_one_whose_time_ran_out_applies_as_such_even_before_a_worker_looked():
    late = certificate(Certification.CERTIFIED, until=NOW)
    assert moved(late, Step.APPLY, now=NOW).state is Certification.APPLIED


def test_a_refused_renewal_leaves_what_is_in_force():
    before = certificate(Certification.CERTIFIED, until=LATER)
    after = moved(before, Step.REJECT, now=NOW, reason="photo_unclear")
    assert (after.state, after.until, after.reason) == (Certification.CERTIFIED, LATER, None)


def test_rights_change_with_certified_suspended_and_expired_alone():
    def change(before, after):
        return changes_rights(certificate(before), certificate(after))

    c = Certification
    assert not change(c.NONE, c.APPLIED) and not change(c.APPLIED, c.REJECTED)
    assert not change(c.CERTIFIED, c.CERTIFIED)
    assert change(c.APPLIED, c.CERTIFIED) and change(c.CERTIFIED, c.SUSPENDED)
    assert change(c.CERTIFIED, c.EXPIRED) and change(c.EXPIRED, c.APPLIED)


@pytest.mark.parametrize(
    ("days", "reminded", "due"),
    [
        (31, (), None),
        (30, (), 30),
        (29, (30,), None),
        (7, (30,), 7),
        (3, (), 7),
        (3, (30, 7), None),
        (0, (), None),
    ],
)
def test_reminders(days, reminded, due):
    soon = certificate(Certification.CERTIFIED, until=NOW + timedelta(days=days), reminded=reminded)
    assert reminder_due(soon, NOW) == due


def test_papers_are_good_through_their_last_day_in_china():
    midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # of the 23rd in China
    assert end_of("2026-11-22", NOW) == midnight == datetime(2026, 11, 23, tzinfo=CHINA)
    assert end_of("2036-11-22", NOW).year == 2036


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("2026-11-21", "in_the_future"),
        ("2036-11-23", "within_10_years"),
        ("9999-12-31", "within_10_years"),
        ("2026-02-30", "calendar_date"),
        ("soon", "calendar_date"),
    ],
)
def test_days_that_papers_cannot_end_on(day, rule):
    with pytest.raises(InvalidInput) as refused:
        end_of(day, NOW)
    assert (refused.value.field, refused.value.rule) == ("expires_on", rule)
