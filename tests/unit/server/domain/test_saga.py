"""The saga's timers: when each acts, that it acts once, and that a change of state renews them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain import changes, saga
from server.domain.custody import Custody, Step
from server.domain.grants import GrantState
from server.domain.money import Charge
from server.domain.rules import Rules
from tests.builders import NOON, context, grant, order

RULES = Rules()


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


WAITING = grant(wanted_at=NOON)
HANDED_BACK = grant(state=GrantState.WITHDRAWN, wish=Step.HAND_BACK, wanted_at=NOON)
GRANTS = {saga.When.WAITING: WAITING, saga.When.WISHED_BACK: HANDED_BACK}


@pytest.mark.parametrize("timer", saga.TIMERS, ids=lambda timer: timer.name)
def test_each_timer_acts_at_its_time_and_once(timer):
    of = order(custody=min(timer.custody), charge=min(timer.charge), grant=GRANTS.get(timer.when))
    after = seconds(timer.after_seconds(RULES))
    assert timer not in saga.due(of, RULES, NOON + after - seconds(0.001))
    assert timer in saga.due(of, RULES, NOON + after)
    fired = replace(of, fired=(timer.name,))
    assert timer not in saga.due(fired, RULES, NOON + after + seconds(1e6))


def test_what_frees_an_order_waits_while_its_grant_is_asked_back():
    late = NOON + seconds(1e6)
    for custody, name in ((Custody.CLAIMED, "claim_expires"), (Custody.DEPOSITING, "hold_ends")):
        names = {timer.name for timer in saga.due(order(custody=custody), RULES, late)}
        assert name in names
        alive = order(custody=custody, grant=grant())
        assert name in {timer.name for timer in saga.due(alive, RULES, late)}, "asks it back"
        waiting = order(custody=custody, grant=WAITING)
        names = {timer.name for timer in saga.due(waiting, RULES, late)}
        assert name not in names and "grant_waits" in names
        settled = order(custody=custody, grant=grant(state=GrantState.EXPIRED, wanted_at=NOON))
        names = {timer.name for timer in saga.due(settled, RULES, late)}
        assert name in names and "grant_waits" not in names


def test_timer_names_are_unique():
    names = [timer.name for timer in saga.TIMERS]
    assert len(set(names)) == len(names)


def test_an_open_order_widens_twice_then_tells_staff_then_gives_up():
    actions = [
        timer.action
        for timer in saga.due(
            order(custody=Custody.OPEN, charge=Charge.PAID), RULES, NOON + seconds(1e6)
        )
    ]
    wide, staff, end = saga.Action.WIDEN_RING, saga.Action.TELL_STAFF, saga.Action.NO_TAKER
    assert actions == [wide, wide, staff, end]


def test_a_change_of_custody_starts_the_timers_anew():
    before = order(custody=Custody.DEPOSITING, fired=("hold_ends",))
    later = context(at=NOON + seconds(60))
    after = changes.move(before, Step.CONFIRM_INSIDE, later).after
    assert after.fired == ()
    assert after.due_at == later.at + seconds(RULES.unpaid_reminder_seconds[0])


def test_paid_after_cancel_is_refunded_at_once():
    cancelled = order(custody=Custody.CANCELLED)
    assert saga.due_at(cancelled, RULES) is None
    paid = changes.charge(cancelled, Charge.PAID, context()).after
    assert [timer.action for timer in saga.due(paid, RULES, NOON)] == [saga.Action.REFUND]


def test_an_ended_order_waits_for_nothing():
    assert saga.due_at(order(custody=Custody.DONE, charge=Charge.PAID), RULES) is None
