"""Offline grants: the table, who gets one, and that nothing is taken from under a live one."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from server.domain import changes, grants
from server.domain.custody import TABLE as CUSTODY_TABLE
from server.domain.custody import Custody, Step
from server.domain.errors import Conflict, IllegalTransition
from server.domain.grants import GrantState
from server.domain.ids import CommandId, PersonId, TerminalId
from server.domain.orders import Order, Pickup, Placement
from server.domain.terminals import Purpose
from tests.builders import CUSTOMER, NOON, context, grant, order

COURIER = PersonId("courier-1")
TERMINAL = TerminalId("SZ-0001")
HERE = Placement(terminal=TERMINAL, cell=3)
WON = Pickup(courier=COURIER, claimed_at=NOON, until=NOON + timedelta(hours=2))
ENDS = [state for state in GrantState if state is not GrantState.LIVE]


def claimed(**fields: Any) -> Order:
    made = {"custody": Custody.CLAIMED, "placement": HERE, "pickup": WON, "grant": grant()}
    return order(**(made | fields))


def depositing(**fields: Any) -> Order:
    mine = grant(purpose=Purpose.DEPOSIT, holder=CUSTOMER)
    asked = replace(HERE, command=mine.id, held_until=NOON)
    made = {"custody": Custody.DEPOSITING, "placement": asked, "grant": mine}
    return order(**(made | fields))


@pytest.mark.parametrize(("state", "to"), list(product(GrantState, GrantState)))
def test_a_grant_ends_once(state: GrantState, to: GrantState) -> None:
    had = grant(state=state)
    if state is GrantState.LIVE and to in ENDS:
        assert grants.settle(had, to).state is to
    else:
        with pytest.raises(IllegalTransition):
            grants.settle(had, to)


def issued(**fields: Any) -> grants.Grant | None:
    given: dict[str, Any] = {
        "command": CommandId("C1"),
        "purpose": Purpose.COLLECT,
        "holder": COURIER,
        "terminal": TERMINAL,
        "cell": 3,
        "protocol": grants.SINCE_PROTOCOL,
        "at": NOON,
        "deadline": NOON + timedelta(hours=2),
    }
    return grants.issue(**(given | fields))


def test_only_collecting_and_depositing_are_granted() -> None:
    for purpose in (Purpose.COLLECT, Purpose.DEPOSIT):
        assert issued(purpose=purpose) == grant(id=CommandId("C1"), purpose=purpose)
    for purpose in (Purpose.REFUSE, Purpose.TAKE_BACK, Purpose.STAFF):
        with pytest.raises(IllegalTransition):
            issued(purpose=purpose)


def test_no_grant_for_an_agent_that_knows_none_nor_without_time() -> None:
    assert issued(protocol=1) is None
    assert issued(deadline=NOON) is None


def test_the_first_asking_back_stands_and_an_ended_grant_is_not_asked_back() -> None:
    later = NOON + timedelta(hours=1)
    once = grants.want(grant(), Step.EXPIRE_CLAIM, NOON)
    again = grants.want(once, Step.HAND_BACK, later)
    assert (again.wanted_at, again.wish) == (NOON, Step.HAND_BACK)
    assert grants.waits(again)
    assert grants.keep(again) == grant(), "its holder goes on"
    with pytest.raises(IllegalTransition):
        grants.want(grant(), Step.COLLECT, NOON)
    for state in ENDS:
        assert not grants.waits(grant(state=state, wanted_at=NOON))
        with pytest.raises(IllegalTransition):
            grants.want(grant(state=state), None, NOON)


def test_what_the_agent_says_is_spent_is_not_kept_for_later() -> None:
    spent = grant(spent=True, wanted_at=NOON)
    assert grants.keep(spent) == spent
    assert grants.keep(None) is None


LEAVING: list[tuple[str, dict[str, Any]]] = [
    ("another courier", {"pickup": replace(WON, courier=PersonId("courier-2"))}),
    ("no courier", {"pickup": None}),
    ("another cell", {"placement": replace(HERE, cell=4)}),
    ("another terminal", {"placement": replace(HERE, terminal=TerminalId("SZ-0002"))}),
    ("no cell", {"placement": None}),
    ("another command", {"placement": replace(HERE, command=CommandId("C2"))}),
    ("no grant", {"grant": None}),
    ("another grant", {"grant": grant(id=CommandId("C2"))}),
]


@pytest.mark.parametrize(("what", "fields"), LEAVING, ids=[name for name, _ in LEAVING])
def test_nothing_is_taken_from_under_a_live_grant(what: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Conflict) as refused:
        changes.note(claimed(), "anything", context(), **fields)
    assert refused.value.rule == changes.GRANT_LIVES


@pytest.mark.parametrize("build", [claimed, depositing])
@pytest.mark.parametrize("step", Step)
def test_no_step_leaves_the_phase_of_a_live_grant(build: Any, step: Step) -> None:
    """Every step of the custody table, from both states: it stays in the phase or is refused."""
    of = build()
    to = CUSTODY_TABLE[of.custody].get(step)
    if to is None:
        return
    if to in grants.HELD_IN[of.grant.purpose]:
        assert changes.move(of, step, context()).after.grant == of.grant
        return
    with pytest.raises(Conflict):
        changes.move(of, step, context())
    for state in ENDS:
        ended = replace(of, grant=grants.settle(of.grant, state))
        assert changes.move(ended, step, context()).after.custody is to


def test_the_open_that_a_grant_stands_for_is_asked_online_under_its_id() -> None:
    asked = replace(HERE, command=grant().id)
    after = changes.move(claimed(), Step.BIND, context(), placement=asked).after
    assert grants.lives(after.grant)
    changes.note(after, "door_sensed_open", context(), placement=replace(asked, opened=True))


def test_settling_and_leaving_may_be_one_change() -> None:
    settled = grants.settle(grant(), GrantState.WITHDRAWN)
    after = changes.move(claimed(), Step.HAND_BACK, context(), grant=settled, pickup=None).after
    assert after.custody is Custody.OPEN
