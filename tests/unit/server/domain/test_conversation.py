"""The conversation's table: every combination is answered, and a link leads where it can."""

import itertools

from server.domain.conversation import (
    TABLE,
    Standing,
    Target,
    Trigger,
    VisitNow,
    answer_of,
)

ALL = list(itertools.product(Trigger, VisitNow, Standing))


def test_every_combination_has_its_answer():
    for trigger, visit, who in ALL:
        answer = answer_of(trigger, visit, who)
        assert answer.title
        assert answer.text
        assert len(answer.title) <= 32


def test_a_link_to_a_visit_is_given_only_to_a_visit_that_runs():
    for trigger, visit, who in ALL:
        if trigger is Trigger.VISIT and visit is VisitNow.NONE:
            continue  # who came with a visit has one, or it is over
        if answer_of(trigger, visit, who).target is Target.VISIT:
            assert visit is VisitNow.RUNNING, (trigger, visit, who)


def test_no_row_is_hidden_by_those_above_it():
    used = {
        next(row for row in TABLE if row.fits(trigger, visit, who)) for trigger, visit, who in ALL
    }
    assert used == set(TABLE)


def test_whoever_is_unknown_is_led_to_log_in_and_back_to_this_very_visit():
    answer = answer_of(Trigger.VISIT, VisitNow.RUNNING, Standing.STRANGER)
    assert answer.target is Target.VISIT
    assert "手机号" in answer.title


def test_a_visit_that_is_over_leads_nowhere():
    for who in Standing:
        assert answer_of(Trigger.VISIT, VisitNow.OVER, who).target is Target.NOWHERE
