"""One thread an order: whose turn it is, and until when it opens again."""

from datetime import timedelta

import pytest

from server.domain.complaints import (
    MOST_MESSAGES,
    Complaint,
    Kind,
    Message,
    Side,
    State,
    added,
    assigned,
    opened,
    words,
)
from server.domain.errors import Conflict, InvalidInput
from server.domain.ids import OrderId, PersonId
from tests.builders import CUSTOMER, NOON

DAY = 86_400


def said(side: Side, days: float = 0, *, settles: bool = False) -> Message:
    person = CUSTOMER if side is Side.CUSTOMER else PersonId("op")
    return Message(side=side, person=person, at=NOON + timedelta(days=days), settles=settles)


def thread(*messages: Message) -> Complaint:
    made = opened(OrderId("LJ1"), CUSTOMER, Kind.LOST, said(Side.CUSTOMER))
    for message in messages:
        made = added(made, message, reopen_seconds=14 * DAY)
    return made


def test_it_is_whose_turn_it_is():
    assert thread().state is State.OPEN
    answered = thread(said(Side.STAFF, 1))
    assert (answered.state, answered.version, answered.untold) == (State.ANSWERED, 2, 2)
    assert answered.assignee == "op", "whoever answers first sees to it"
    again = thread(said(Side.STAFF, 1), said(Side.CUSTOMER, 2), said(Side.CUSTOMER, 3))
    assert again.state is State.OPEN
    assert again.state_since == NOON + timedelta(days=2), "waits since the first of them"


def test_a_settled_one_opens_again_for_a_while_and_only_by_its_customer():
    settled = thread(said(Side.STAFF, 1, settles=True))
    assert settled.state is State.SETTLED
    again = added(settled, said(Side.CUSTOMER, 15), reopen_seconds=14 * DAY)
    assert again.state is State.OPEN
    with pytest.raises(Conflict):
        added(settled, said(Side.CUSTOMER, 15.01), reopen_seconds=14 * DAY)
    with pytest.raises(Conflict):
        added(settled, said(Side.STAFF, 2), reopen_seconds=14 * DAY)


def test_who_has_it_keeps_it_when_another_answers():
    mine = assigned(thread(), PersonId("me"))
    assert added(mine, said(Side.STAFF), reopen_seconds=DAY).assignee == "me"
    assert assigned(mine, None).assignee is None


def test_a_thread_and_its_texts_are_bounded():
    full = thread(*(said(Side.CUSTOMER) for _ in range(MOST_MESSAGES - 1)))
    with pytest.raises(Conflict):
        added(full, said(Side.STAFF), reopen_seconds=DAY)
    assert words("  lost \n") == "lost"
    for text in ("", " ", "x" * 501):
        with pytest.raises(InvalidInput):
            words(text)
