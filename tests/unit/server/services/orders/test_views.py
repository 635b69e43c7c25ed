"""Masked until won: no view of any order, for anybody, in any state, holds a secret text."""

from dataclasses import fields, replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody import Custody
from server.domain.documents import mask_name, mask_phone
from server.domain.errors import Forbidden, NotFound
from server.domain.geo import Place
from server.domain.ids import PersonId, PhotoId, SessionId, TerminalId
from server.domain.money import Charge, Payout
from server.domain.orders import Offer, Order, Pickup, Placement, Waybill
from server.domain.people import Actor, Role
from server.domain.rules import Rules
from server.domain.terminals import Terminal
from server.services.orders.views import Viewer, offer_view, order_view, viewer_of
from server.services.orders.waybills import Waybills
from tests import builders
from tests.builders import NOON

UNTOUCHED: Any = None
WAYBILLS = Waybills(orders=UNTOUCHED, seal=UNTOUCHED, audit=UNTOUCHED, clock=UNTOUCHED)
WINNER, STRANGER = PersonId("PWINNER"), PersonId("PSTRANGER")

#: Who may open the full waybill, told apart from the code that decides it.
BETWEEN_WIN_AND_SETTLEMENT = {"claimed", "collecting", "collected", "in_review"}
MAY_READ = {Role.OPERATOR, Role.REVIEWER, Role.ADMIN}

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4, max_size=6)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """Draw an order of any state, whether or not the rules lead there."""
    made = draw(st.booleans())
    pickup = Pickup(
        courier=WINNER,
        claimed_at=NOON,
        until=NOON,
        carrier_waybill=draw(st.none() | st.just("SF1234567890")),
        refusal=draw(st.none() | st.just("寄递禁品")),
        refusal_photo=draw(st.none() | st.just(PhotoId("F1"))),
    )
    return builders.order(
        custody=draw(st.sampled_from(Custody)),
        charge=draw(st.sampled_from(Charge)),
        payout=draw(st.sampled_from(Payout)),
        placement=Placement(terminal=TerminalId("T-1"), cell=3) if draw(st.booleans()) else None,
        offer=Offer(version=2, ring=0, opened_at=NOON) if made else None,
        pickup=pickup if draw(st.booleans()) else None,
    )


@st.composite
def waybills(draw: st.DrawFn) -> Waybill:
    """Draw texts that turn up nowhere by chance."""
    return builders.waybill(
        sender_name=draw(HAN),
        recipient_name=draw(HAN),
        recipient_phone=f"13{draw(st.integers(10**8, 10**9 - 1))}",
        address=draw(HAN) + draw(HAN),
        description=draw(HAN),
    )


def secrets_of(waybill: Waybill) -> set[str]:
    """Give what nobody may see masked; the region is on the offer."""
    return {getattr(waybill, one.name) for one in fields(waybill)} - {waybill.region}


def actors(customer: PersonId) -> st.SearchStrategy[Actor]:
    roles = st.frozensets(st.sampled_from(Role), max_size=3)
    return st.builds(
        Actor,
        person=st.sampled_from([customer, WINNER, STRANGER]),
        session=st.just(SessionId("S1")),
        roles=roles,
    )


@given(order=orders(), waybill=waybills(), data=st.data())
def test_no_view_holds_a_secret_text(order: Order, waybill: Waybill, data: st.DataObject) -> None:
    masked = f"{mask_name(waybill.recipient_name)} {mask_phone(waybill.recipient_phone)}"
    who = data.draw(actors(order.customer))
    shown = b""
    try:
        viewer = viewer_of(order, who.person, who.roles)
    except NotFound:
        assert who.person not in (order.customer, order.pickup and order.pickup.courier)
    else:
        view = order_view(
            order,
            viewer,
            rules=Rules(),
            terminal_name="一号柜",
            recipient_masked=masked,
            updated_at=NOON,
            timeline=[builders.placed_event(order)],
        )
        shown += msgspec.json.encode(view)
        if viewer is Viewer.WINNER and order.custody.value not in BETWEEN_WIN_AND_SETTLEMENT:
            assert view.recipient_masked is None
    if order.offer is not None:
        place = Place(lat=31.2, lon=121.4)
        terminal = Terminal(id=TerminalId("T-1"), name="一号柜", place=place, region="310115")
        offered = msgspec.json.encode(offer_view(order, terminal, Rules()))
        assert masked.encode() not in offered
        assert order.customer.encode() not in offered
        shown += offered
    told = shown.decode()
    assert not [text for text in secrets_of(waybill) if text in told]


@pytest.mark.parametrize("viewer", Viewer)
def test_a_customer_sees_nothing_of_how_the_courier_is_paid(viewer: Viewer) -> None:
    order = builders.order()
    placed = builders.placed_event(order)
    pays = [replace(placed, step=step.value) for step in Payout]
    view = order_view(
        order,
        viewer,
        rules=Rules(),
        terminal_name="一号柜",
        recipient_masked=None,
        updated_at=NOON,
        timeline=[placed, *pays],
    )
    steps = [line.step for line in view.timeline]
    hidden = viewer is Viewer.CUSTOMER
    assert steps == (["placed"] if hidden else ["placed", *Payout])


@given(order=orders(), data=st.data())
def test_a_full_waybill_is_opened_to_those_whose_work_it_is(
    order: Order, data: st.DataObject
) -> None:
    who = data.draw(actors(order.customer))
    is_winner = order.pickup is not None and order.pickup.courier == who.person
    if who.person == order.customer:
        wanted = True
    elif is_winner:
        wanted = order.custody.value in BETWEEN_WIN_AND_SETTLEMENT
    else:
        wanted = bool(who.roles & MAY_READ)
    try:
        WAYBILLS._check(who, order)
        may = True
    except (NotFound, Forbidden):
        may = False
    assert may == wanted


@given(order=orders())
def test_a_loser_learns_nothing_of_the_winner(order: Order) -> None:
    lost = replace(order, pickup=replace(order.pickup, courier=WINNER) if order.pickup else None)
    try:
        viewer_of(lost, STRANGER, frozenset({Role.COURIER, Role.CUSTOMER}))
    except NotFound as refusal:
        assert WINNER not in repr(vars(refusal))
    else:
        raise AssertionError("a stranger saw an order")
