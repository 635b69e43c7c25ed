"""The custody and money tables, walked exhaustively."""

from itertools import product

import pytest

from server.domain import changes, custody, money
from server.domain.custody import START, TABLE, Custody, Step
from server.domain.errors import IllegalTransition
from server.domain.money import CHARGE_TABLE, PAYOUT_TABLE, Charge, Payout
from tests.builders import context, order


@pytest.mark.parametrize(("state", "step"), list(product(Custody, Step)))
def test_each_state_and_step_is_in_the_table_or_raises_and_changes_nothing(state, step):
    before = order(custody=state)
    if step in TABLE[state]:
        change = changes.move(before, step, context())
        assert change.after.custody is TABLE[state][step]
        assert change.after.version == before.version + 1 == change.event.version
    else:
        with pytest.raises(IllegalTransition) as refusal:
            changes.move(before, step, context())
        assert refusal.value.details == {"state": state.value, "step": step.value}
        assert before == order(custody=state)


def test_every_state_is_reachable_from_the_start():
    reached, edge = {START}, [START]
    while edge:
        for after in TABLE[edge.pop()].values():
            if after not in reached:
                reached.add(after)
                edge.append(after)
    assert reached == set(Custody)


@pytest.mark.parametrize("state", Custody)
def test_every_state_leads_to_an_end(state):
    def reaches_end(at: Custody, seen: frozenset[Custody]) -> bool:
        if custody.ended(at):
            return True
        return any(reaches_end(to, seen | {to}) for to in TABLE[at].values() if to not in seen)

    assert reaches_end(state, frozenset({state}))


def test_every_step_but_the_first_is_used():
    used = {step for steps in TABLE.values() for step in steps}
    assert used == set(Step) - {Step.PLACE}


@pytest.mark.parametrize(("state", "after"), list(product(Charge, Charge)))
def test_charge_moves_by_its_table_only(state, after):
    if after in CHARGE_TABLE[state]:
        assert money.charge(state, after) is after
    else:
        with pytest.raises(IllegalTransition):
            money.charge(state, after)


@pytest.mark.parametrize(("state", "after"), list(product(Payout, Payout)))
def test_payout_moves_by_its_table_only(state, after):
    if after in PAYOUT_TABLE[state]:
        assert money.pay_out(state, after) is after
    else:
        with pytest.raises(IllegalTransition):
            money.pay_out(state, after)
