"""An order's past, folded from its events."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody import Custody, Step
from server.domain.ids import PersonId
from server.domain.money import Charge, Payout
from server.domain.orders import OrderEvent
from server.domain.replay import moments
from tests.builders import NOON

AT = {"terminal": "SZ-0001", "cell": 3}
LIFE: list[tuple[str, Custody, dict[str, Any]]] = [
    (Step.PLACE, Custody.PLACED, {}),
    (Step.HOLD_CELL, Custody.DEPOSITING, {**AT, "command": "C1"}),
    ("door_sensed_open", Custody.DEPOSITING, {**AT, "command": "C1"}),
    ("door_sensed_closed", Custody.DEPOSITING, {**AT, "command": "C1"}),
    (Step.CONFIRM_INSIDE, Custody.DEPOSITED, AT),
    (Step.OFFER, Custody.OPEN, AT),
    (Step.WIDEN, Custody.OPEN, {"ring": 1}),
    (Step.CLAIM, Custody.CLAIMED, {"offer_version": 1}),
    (Step.UNASSIGN, Custody.OPEN, {"courier": "courier-1"}),
    (Step.ASSIGN, Custody.CLAIMED, {"offer_version": 2, "to": "courier-2"}),
    (Step.BIND, Custody.COLLECTING, {"cell": 3, "command": "C2"}),
    ("door_failed", Custody.COLLECTING, {**AT, "command": "C2"}),
    ("door_asked", Custody.COLLECTING, {"cell": 3, "command": "C3"}),
    ("door_sensed_open", Custody.COLLECTING, {**AT, "command": "C3"}),
    (Step.COLLECT, Custody.COLLECTED, AT),
    (Step.UPLOAD, Custody.IN_REVIEW, {}),
    (Step.APPROVE, Custody.DONE, {}),
    (Payout.PAID_OUT, Custody.DONE, {}),
]


def events(life=LIFE) -> list[OrderEvent]:
    return [
        OrderEvent(
            version=n + 1,
            step=str(step),
            at=NOON + timedelta(minutes=n),
            actor=PersonId("courier-1"),
            custody=custody,
            charge=Charge.PAID,
            data=data,
        )
        for n, (step, custody, data) in enumerate(life)
    ]


def test_each_step_shows_the_order_as_it_was_then():
    seen = moments(events())
    assert [one.version for one in seen] == list(range(1, len(LIFE) + 1))
    assert [one.door for one in seen[:6]] == [None, "asked", "open", "closed", None, None]
    assert [one.cell for one in seen[:3]] == [None, 3, 3]
    offers = [(one.offer, one.ring) for one in seen[5:10]]
    assert offers == [(1, 0), (1, 1), (1, 1), (2, 1), (2, 1)]
    couriers = [one.courier for one in seen[7:10]]
    assert couriers == ["courier-1", None, "courier-2"]
    assert [one.door for one in seen[10:14]] == ["asked", "failed", "asked", "open"]
    assert (seen[14].terminal, seen[14].door) == (None, None), "with its courier"
    assert [one.payout for one in seen[-3:]] == [Payout.NONE, Payout.EARNED, Payout.PAID_OUT]


@given(st.integers(0, len(LIFE)))
def test_a_past_whose_beginning_is_lost_is_shown_from_where_it_is_kept(first):
    whole, kept = moments(events()), moments(events()[first:])
    assert [one.custody for one in kept] == [one.custody for one in whole[first:]]


@given(st.lists(st.sampled_from(LIFE), max_size=40))
def test_no_order_of_steps_is_too_strange(life):
    assert len(moments(events(life))) == len(life)
