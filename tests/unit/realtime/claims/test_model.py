"""Explore every interleaving of the claim protocol in a small world, and check its rules.

The bounds are such that all of it takes a minute. After a change of the protocol or the scripts,
run it once with LANJIAN_MODEL_WORLDS=large in the environment: wider bounds, many minutes.
"""

import os
from dataclasses import replace

import pytest

from realtime.claims import protocol
from realtime.claims.protocol import Finish, Granted, Unknown
from realtime.claims.values import Taken, Won
from tests.unit.realtime.claims import record_model
from tests.unit.realtime.claims.model_rules import check_not_stuck
from tests.unit.realtime.claims.model_world import Broken, Plan, World, first_world, forget
from tests.unit.realtime.claims.protocol_model import moves


def explore(plan: Plan) -> int:
    """Visit every world the plan allows; return how many. Raises: Broken with the way there."""
    forget()
    first = first_world(plan)
    came_from: dict[World, tuple[World, str] | None] = {first: None}
    waiting = [first]
    calm: set[object] = set()
    while waiting:
        world = waiting.pop()
        try:
            ending = (world.now, world.judge, world.redis)
            if ending not in calm:
                calm.add(ending)
                check_not_stuck(world, reconciled=False)
                check_not_stuck(world, reconciled=True)
            for name, after in moves(world, plan):
                if after not in came_from:
                    came_from[after] = (world, name)
                    waiting.append(after)
        except Broken as broken:
            raise Broken(f"{broken}\n" + "\n".join(_way_to(world, came_from))) from broken
    return len(came_from)


def _way_to(world: World, came_from: dict[World, tuple[World, str] | None]) -> list[str]:
    names = []
    step = came_from[world]
    while step is not None:
        before, name = step
        names.append(name)
        step = came_from[before]
    return names[::-1]


TWO = (("A", "1"), ("B", "1"))
DOUBLE_TAP = (("A", "1"), ("A", "2"), ("B", "1"))
THREE = (("A", "1"), ("B", "1"), ("C", "1"))

ONE = (("A", "1"),)
RETRY = (("A", "1"), ("A", "1"))
DOUBLE_TAP_AND_RETRY = (("A", "1"), ("A", "1"), ("A", "2"))

SMALL = {
    "no fault": Plan(TWO),
    "no fault, two leases end": Plan(TWO, lapses=2),
    "one fault, one courier": Plan(ONE, faults=1),
    "hand-back": Plan(TWO, hand_backs=1),
    "closing": Plan(TWO, closings=1),
    "not eligible": Plan(TWO, ineligible=frozenset("A")),
    "nobody eligible": Plan(TWO, ineligible=frozenset("AB")),
    "retry": Plan(RETRY),
    "double tap, the judge forgets requests": Plan(
        (("A", "1"), ("A", "2")), judge_keeps_requests=False
    ),
}
# Everything that can go wrong meets everything that can happen, in worlds of either one courier
# and a lease that ends, or of more and none; "one fault" has all of it.
MEDIUM = {
    "one fault": Plan(TWO, faults=1),
    "an older file": Plan(TWO, faults=1, rollback=True, lapses=0),
    "an older file and a hand-back, one courier": Plan(ONE, faults=1, hand_backs=1, rollback=True),
    "two faults or older files, one courier": Plan(ONE, faults=2, rollback=True),
    "two faults and a hand-back, one courier": Plan(ONE, faults=2, hand_backs=1),
    "two faults": Plan(TWO, faults=2, lapses=0),
    "one fault and a hand-back": Plan(TWO, faults=1, hand_backs=1, lapses=0),
    "one fault and a closing": Plan(TWO, faults=1, closings=1, lapses=0),
    "a fault, a hand-back and a closing, one courier": Plan(
        ONE, faults=1, hand_backs=1, closings=1
    ),
    "one fault and not eligible": Plan(TWO, faults=1, ineligible=frozenset("A"), lapses=0),
    "a lease ends and time moves": Plan(TWO, ticks=1),
    "double tap": Plan(DOUBLE_TAP, lapses=0),
    "double tap and retry": Plan(DOUBLE_TAP_AND_RETRY, judge_keeps_requests=False, lapses=0),
    "retry with a fault and a hand-back": Plan(RETRY, faults=1, hand_backs=1, lapses=0),
    "three couriers": Plan(THREE, lapses=0),
}
LARGE = {
    "one fault or an older file": Plan(TWO, faults=1, rollback=True),
    "one fault and a hand-back": Plan(TWO, faults=1, hand_backs=1),
    "one fault and a closing": Plan(TWO, faults=1, closings=1),
    "one fault and not eligible": Plan(TWO, faults=1, ineligible=frozenset("A")),
    "two leases end and time moves": Plan(TWO, lapses=2, ticks=1),
    "double tap": Plan(DOUBLE_TAP),
    "double tap and retry": Plan(DOUBLE_TAP_AND_RETRY, judge_keeps_requests=False),
    "retry with a fault": Plan(RETRY, faults=1, hand_backs=1),
    "one courier, two faults": Plan(ONE, faults=2, hand_backs=1, rollback=True),
    "three couriers": Plan(THREE),
    "two faults": Plan(TWO, faults=2),
}
WORLDS = LARGE if os.environ.get("LANJIAN_MODEL_WORLDS") == "large" else MEDIUM


@pytest.mark.parametrize("plan", SMALL.values(), ids=SMALL.keys())
def test_no_rule_breaks_in_any_small_world(plan: Plan) -> None:
    assert explore(plan) > 100


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("plan", WORLDS.values(), ids=WORLDS.keys())
def test_no_rule_breaks_in_any_larger_world(plan: Plan) -> None:
    """Explore the middle worlds, or with LANJIAN_MODEL_WORLDS=large the large: many minutes."""
    assert explore(plan) > 1000


# The model is worth its word only if it notices a protocol that is wrong -------------------


def test_the_model_notices_a_win_told_before_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    right = protocol.on_answer

    def hasty(course, answer, now_us):
        if isinstance(answer, Granted):
            return course, Finish(Won(answer.version, answer.place, answer.arrival))
        return right(course, answer, now_us)

    monkeypatch.setattr(protocol, "on_answer", hasty)
    with pytest.raises(Broken, match="without an award"):
        explore(Plan(TWO))


def test_the_model_notices_an_ended_lease_taken_for_a_holder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = protocol.on_answer

    def lazy(course, answer, now_us):
        if isinstance(answer, Unknown) and answer.reason == "lapsed":
            return course, Finish(Taken(0.0, 0))
        return right(course, answer, now_us)

    monkeypatch.setattr(protocol, "on_answer", lazy)
    with pytest.raises(Broken, match="a new claim heard Taken"):
        explore(Plan(TWO, faults=1))


def test_the_model_notices_a_confirmation_without_its_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = record_model._confirm

    def careless(rec, what, now, run):
        if rec is not None and rec.version is not None:
            what = replace(what, claim=replace(what.claim, version=rec.version))
        return right(rec, what, now, run)

    monkeypatch.setattr(record_model, "_confirm", careless)
    with pytest.raises(Broken, match="a new claim heard Taken"):
        explore(Plan(TWO, faults=1, hand_backs=1))


def test_the_model_notices_a_reconciler_that_trusts_leases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_model, "_stays", lambda seat, what: True)
    with pytest.raises(Broken, match=r"outlived the reconciler|Unavailable"):
        explore(Plan(TWO, faults=1))
