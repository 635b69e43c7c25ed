"""What hangs, by the saga's own timers."""

from datetime import timedelta

import pytest

from server.domain.custody import Custody
from server.domain.grants import Grant
from server.domain.ids import PersonId
from server.domain.money import Charge
from server.domain.orders import Offer, Order, Pickup
from server.domain.rules import Rules
from server.domain.saga import TIMERS
from server.domain.stuck import FIXES, LATE, Kind, of_order
from tests.builders import NOON, grant, order

RULES = Rules()
OPEN = {
    "custody": Custody.OPEN,
    "charge": Charge.PAID,
    "offer": Offer(version=1, ring=0, opened_at=NOON),
}
DONE_TIMERS = tuple(timer.name for timer in TIMERS)


def kinds(of: Order, **later: float) -> set[Kind]:
    return {one.kind for one in of_order(of, RULES, NOON + timedelta(**later))}


def claimed(with_grant: Grant | None = None) -> Order:
    won = Pickup(courier=PersonId("c1"), claimed_at=NOON, until=NOON + timedelta(hours=2))
    return order(**(OPEN | {"custody": Custody.CLAIMED}), pickup=won, grant=with_grant)


def test_an_order_that_goes_on_hangs_nowhere():
    assert kinds(order(**OPEN)) == set()
    assert kinds(order(**OPEN, fired=("ring_second", "ring_third")), minutes=14) == set()


@pytest.mark.parametrize(
    ("made", "later", "kind"),
    [
        (order(custody=Custody.DEPOSITED), {"hours": 73}, Kind.UNPAID),
        (order(**OPEN), {"minutes": 16}, Kind.NO_TAKER),
        (claimed(), {"minutes": 121}, Kind.NOT_COLLECTED),
        (order(custody=Custody.COLLECTING, charge=Charge.PAID), {"minutes": 6}, Kind.PICKUP),
        (order(custody=Custody.COLLECTED, charge=Charge.PAID), {"hours": 25}, Kind.UPLOAD),
        (order(custody=Custody.RETURNING), {"hours": 73}, Kind.NOT_TAKEN_BACK),
        (order(custody=Custody.IN_REVIEW, charge=Charge.PAID), {"hours": 25}, Kind.REVIEW),
    ],
)
def test_each_wait_that_is_too_long_is_named(made, later, kind):
    # Told of by its timer or not: the order still hangs.
    for fired in ((), DONE_TIMERS):
        assert kind in kinds(order_with(made, fired), **later)


def order_with(made: Order, fired: tuple[str, ...]) -> Order:
    return Order(**{name: getattr(made, name) for name in made.__slots__} | {"fired": fired})


def test_a_claim_that_waits_for_its_terminal_hangs_on_its_grant_and_not_on_its_courier():
    waiting = claimed(grant(wanted_at=NOON))
    assert kinds(waiting, minutes=14) == set()
    assert kinds(waiting, hours=3) == {Kind.GRANT}


def test_a_timer_that_nobody_carried_out_is_told_of_after_a_while():
    paid = order(custody=Custody.RETURNED, charge=Charge.PAID)
    assert kinds(paid) == set()
    (late,) = of_order(paid, RULES, NOON + LATE)
    assert (late.kind, late.since) == (Kind.TIMER, NOON)
    opened = order(**OPEN, fired=("ring_second",))
    assert kinds(opened, minutes=9) == {Kind.TIMER}, "the third ring"


def test_every_kind_has_its_fixes():
    assert set(FIXES) == set(Kind)
