"""What a sensed door means for an order: every state, every word of the sensor."""

from dataclasses import replace

import pytest

from server.domain.changes import Change
from server.domain.custody import Custody
from server.domain.errors import Conflict
from server.domain.ids import CommandId, PersonId, TerminalId
from server.domain.orders import Order, Pickup, Placement
from server.services.deposit import reactions
from tests import builders
from tests.builders import NOON

LAST, OLD = CommandId("C2"), CommandId("C1")


def behind(
    custody: Custody, *, opened: bool = False, closed: bool = False, **more: object
) -> Order:
    place = Placement(
        terminal=TerminalId("T"), cell=1, command=LAST, opened=opened, closed=closed, opens=1
    )
    pickup = Pickup(courier=PersonId("k"), claimed_at=NOON, until=NOON, carrier_waybill="SF1")
    return builders.order(custody=custody, placement=place, pickup=pickup, **more)


def nothing(change: Change) -> bool:
    return change.before is change.after


IN_USE = [Custody.DEPOSITING, Custody.COLLECTING, Custody.RETURNING]


@pytest.mark.parametrize("custody", list(Custody))
def test_only_the_last_command_of_an_order_in_a_cell_counts(custody: Custody) -> None:
    context = builders.context()
    order = behind(custody)
    assert nothing(reactions.on_opened(order, OLD, context))
    assert nothing(reactions.on_failed(order, OLD, "jammed", context))
    assert nothing(reactions.on_opened(order, LAST, context)) is (custody not in reactions.IN_CELL)


@pytest.mark.parametrize("custody", IN_USE)
def test_open_then_closed_is_sensed_once_each(custody: Custody) -> None:
    context = builders.context()
    opened = reactions.on_opened(behind(custody), LAST, context).after
    assert opened.placement is not None and opened.placement.opened
    assert nothing(reactions.on_opened(opened, LAST, context))
    closed = reactions.on_closed(opened, LAST, context)
    assert closed.event.step == reactions.DOOR_CLOSED
    assert closed.after.custody is custody  # the person's word is still to come
    assert nothing(reactions.on_closed(closed.after, LAST, context))


def test_what_the_cell_sees_is_kept_until_its_door_opens_again() -> None:
    context = builders.context()
    opened = reactions.on_opened(behind(Custody.DEPOSITING), LAST, context).after
    shut = reactions.on_closed(opened, LAST, context, item=True)
    assert shut.event.data["item"] is True
    place = shut.after.placement
    assert place is not None and place.item is True
    with pytest.raises(Conflict):
        reactions.check_empty(place)
    for later in (
        reactions.armed(place, OLD, opens=2),
        reactions.disarmed(place),
        replace(place, item=None),
        replace(place, item=False),
    ):
        reactions.check_empty(later)
        assert not later.doubted
    assert reactions.armed(place, OLD, opens=2).item is None


@pytest.mark.parametrize("custody", IN_USE)
def test_closed_without_open_means_nothing(custody: Custody) -> None:
    assert nothing(reactions.on_closed(behind(custody), LAST, builders.context()))


def test_a_door_that_springs_open_again_is_open() -> None:
    order = behind(Custody.DEPOSITING, opened=True, closed=True)
    after = reactions.on_opened(order, LAST, builders.context()).after
    assert after.placement is not None and not after.placement.closed
    with pytest.raises(Conflict):
        reactions.check_shut(after)


def test_failing_after_opening_means_nothing() -> None:
    order = behind(Custody.DEPOSITING, opened=True)
    assert nothing(reactions.on_failed(order, LAST, "jammed", builders.context()))
    failed = reactions.on_failed(behind(Custody.DEPOSITING), LAST, "jammed", builders.context())
    assert failed.event.data["reason"] == "jammed"


@pytest.mark.parametrize("custody", IN_USE)
def test_a_door_that_fails_to_open_again_leaves_what_was_sensed_before(custody: Custody) -> None:
    order, context = behind(custody, opened=True, closed=True), builders.context()
    assert order.placement is not None
    again = replace(order, placement=reactions.armed(order.placement, LAST, opens=2))
    with pytest.raises(Conflict):
        reactions.check_shut(again)
    failed = reactions.on_failed(again, LAST, "jammed", context).after
    assert reactions.check_shut(failed).used
    late = reactions.on_opened(failed, LAST, context).after
    with pytest.raises(Conflict):
        reactions.check_shut(late)


def test_a_refusal_whose_door_fails_still_waits_for_its_door() -> None:
    order = behind(Custody.COLLECTING, opened=True, closed=True)
    assert order.pickup is not None and order.placement is not None
    place = reactions.armed(order.placement, LAST, opens=2)
    order = replace(order, placement=place, pickup=replace(order.pickup, refusal="含电池"))
    failed = reactions.on_failed(order, LAST, "jammed", builders.context()).after
    assert failed.placement is not None and not failed.placement.opened


def test_a_refused_parcel_is_returning_once_the_door_is_closed_over_it() -> None:
    order = behind(Custody.COLLECTING, opened=True)
    assert order.pickup is not None
    order = replace(order, pickup=replace(order.pickup, refusal="含电池"))
    after = reactions.on_closed(order, LAST, builders.context()).after
    assert after.custody is Custody.RETURNING
    assert after.placement is not None
    assert (after.placement.command, after.placement.opens) == (None, 0)


def test_a_door_closed_after_the_window_concludes_the_pickup() -> None:
    order = behind(Custody.COLLECTING, opened=True, fired=(reactions.WINDOW_OVER,))
    assert reactions.on_closed(order, LAST, builders.context()).after.custody is Custody.COLLECTED


@pytest.mark.parametrize(
    ("custody", "step"),
    [
        (Custody.DEPOSITING, reactions.DOOR_LEFT_OPEN),
        (Custody.RETURNING, reactions.DOOR_LEFT_OPEN),
        (Custody.COLLECTING, reactions.DOOR_LEFT_OPEN_COLLECTING),
    ],
)
def test_who_left_a_door_open_is_told(custody: Custody, step: str) -> None:
    order = behind(custody, opened=True)
    change = reactions.on_left_open(
        order, LAST, step=reactions.DOOR_LEFT_OPEN, context=builders.context()
    )
    assert change.event.step == step
