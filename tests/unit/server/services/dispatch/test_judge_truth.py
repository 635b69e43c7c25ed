"""What the race is told of an order in each state."""

import pytest

from realtime.claims import Closed, Held, Holder, Open
from server.domain.custody import Custody
from server.domain.orders import Offer, Pickup
from server.services.dispatch.judge import HELD, is_open_at, truth_of
from tests import builders

OFFER = Offer(version=3, ring=0, opened_at=builders.NOON)
PICKUP = Pickup(courier="c1", claimed_at=builders.NOON, until=builders.NOON, request="r1")


@pytest.mark.parametrize("custody", list(Custody))
def test_an_order_is_open_held_or_closed(custody):
    pickup = PICKUP if custody in HELD else None
    truth = truth_of(builders.order(custody=custody, offer=OFFER, pickup=pickup))
    if custody is Custody.OPEN:
        assert truth == Open(3)
    elif custody in HELD:
        assert truth == Held(3, (Holder("c1", builders.NOON, request="r1"),))
    else:
        assert truth == Closed(3)


def test_what_was_never_offered_is_closed_at_none():
    assert truth_of(builders.order()) == Closed(0)
    assert not is_open_at(builders.order(), 0)


def test_a_refused_parcel_is_nobodys_to_win():
    order = builders.order(custody=Custody.RETURNING, offer=OFFER, pickup=PICKUP)
    assert truth_of(order) == Closed(3)
