"""The one serializer of orders and offers: who may see what, by role and state (rule 5).

Everything about an order that leaves the server goes through `order_view` or `offer_view`;
only masked texts pass here. The full waybill is a recorded read of its own (orders.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from realtime.wire.views import (
    CellView,
    EventView,
    OfferView,
    OrderView,
    PlacementView,
    PulseTestView,
    TerminalView,
)
from server.domain.custody import Custody
from server.domain.errors import NotFound
from server.domain.grants import lives, waits
from server.domain.ids import OrderId, PersonId, TerminalId
from server.domain.money import STEPS_OF_PAY
from server.domain.orders import Order, OrderEvent
from server.domain.people import Role
from server.domain.rules import Rules
from server.domain.terminals import Cell, PulseTest, Terminal
from server.store.order_details import MongoOrderDetails, OrderDetails
from server.store.terminals import MongoTerminals


class Viewer(StrEnum):
    """As whom somebody looks at an order."""

    CUSTOMER = "customer"
    WINNER = "winner"
    STAFF = "staff"


#: Staff who work with orders; an outlet's staff do not.
ORDER_STAFF = frozenset({Role.OPERATOR, Role.REVIEWER, Role.FINANCE, Role.ADMIN})

#: The winner may read the full waybill in these states: from the win until settlement.
WINNER_READS = frozenset(
    {Custody.CLAIMED, Custody.COLLECTING, Custody.COLLECTED, Custody.IN_REVIEW}
)

#: A cell of the terminal is the order's in these states.
IN_CELL = frozenset(
    {
        Custody.DEPOSITING,
        Custody.DEPOSITED,
        Custody.OPEN,
        Custody.CLAIMED,
        Custody.COLLECTING,
        Custody.RETURNING,
    }
)


def viewer_of(order: Order, person: PersonId, roles: frozenset[Role]) -> Viewer:
    """Tell as whom a person may look at an order.

    Raises:
        NotFound: not at all; that it exists is not told either.
    """
    if order.customer == person:
        return Viewer.CUSTOMER
    if order.pickup is not None and order.pickup.courier == person:
        return Viewer.WINNER
    if roles & ORDER_STAFF:
        return Viewer.STAFF
    raise NotFound(field="order_id", rule="exists")


def may_read_waybill(order: Order, viewer: Viewer) -> bool:
    """Tell whether the unmasked waybill may be read: winners only between win and settlement."""
    return viewer is not Viewer.WINNER or order.custody in WINNER_READS


def offer_view(order: Order, terminal: Terminal, rules: Rules) -> OfferView:
    """Show an order on offer: the same for every courier, nothing personal in it.

    Raises:
        NotFound: the order was never offered.
    """
    if order.offer is None:
        raise NotFound(field="order_id", rule="offered")
    return OfferView(
        order_id=order.id,
        offer_version=order.offer.version,
        terminal_id=terminal.id,
        terminal_name=terminal.name,
        lat=terminal.place.lat,
        lon=terminal.place.lon,
        destination_region=order.destination_region,
        size=order.size.value,
        pay_fen=order.pay_fen,
        ring_metres=rules.ring_metres[order.offer.ring],
        opened_at=order.offer.opened_at,
    )


def for_push(view: OrderView) -> OrderView:
    """Give a view as pushes carry it: through Redis, so without even masked texts.

    Pages have those from their snapshots and lists.
    """
    return replace(view, recipient_masked=None)


def event_view(event: OrderEvent) -> EventView:
    """Show one line of the timeline: what and when, not who."""
    return EventView(
        version=event.version,
        step=event.step,
        at=event.at,
        custody=event.custody.value,
        charge=event.charge.value,
    )


def order_view(
    order: Order,
    viewer: Viewer,
    *,
    rules: Rules,
    terminal_name: str,
    recipient_masked: str | None,
    updated_at: datetime,
    timeline: Iterable[OrderEvent] = (),
) -> OrderView:
    """Show an order to its customer, its winner or staff."""
    staff = viewer is Viewer.STAFF
    working = viewer is not Viewer.CUSTOMER
    pickup, finished, offer = order.pickup, order.finished, order.offer
    return OrderView(
        order_id=order.id,
        version=order.version,
        custody=order.custody.value,
        charge=order.charge.value,
        payout=order.payout.value if working else "none",
        size=order.size.value,
        zone=order.zone.value,
        destination_region=order.destination_region,
        price_fen=order.price_fen,
        created_at=order.created_at,
        updated_at=updated_at,
        pay_fen=order.pay_fen if working else None,
        refunded_fen=None if viewer is Viewer.WINNER else order.refund_asked_fen,
        recipient_masked=recipient_masked if staff or may_read_waybill(order, viewer) else None,
        placement=_placement_view(order, terminal_name, rules),
        pickup_until=pickup.until if pickup and working else None,
        carrier_waybill=pickup.carrier_waybill if pickup else None,
        rejection=finished.rejection if finished and working else None,
        refusal=pickup.refusal if pickup else None,
        offer_version=offer.version if offer and working else None,
        waits_for_terminal=waits(order.grant),
        grant_id=order.grant.id if staff and order.grant and lives(order.grant) else None,
        price_version=order.price_version if staff else None,
        customer_id=order.customer if staff else None,
        courier_id=pickup.courier if staff and pickup else None,
        timeline=tuple(
            event_view(event) for event in timeline if working or event.step not in STEPS_OF_PAY
        ),
    )


def _placement_view(order: Order, terminal_name: str, rules: Rules) -> PlacementView | None:
    placement = order.placement
    if placement is None or order.custody not in IN_CELL:
        return None
    return PlacementView(
        terminal_id=placement.terminal,
        terminal_name=terminal_name,
        cell=placement.cell,
        opened=placement.opened,
        closed=placement.closed,
        opens_left=max(0, rules.opens_again + 1 - placement.opens),
        held_until=placement.held_until,
    )


def terminal_view(
    terminal: Terminal, free: dict[str, int], metres: int | None = None
) -> TerminalView:
    """Show a terminal with its live free cells by size."""
    return TerminalView(
        terminal_id=terminal.id,
        name=terminal.name,
        lat=terminal.place.lat,
        lon=terminal.place.lon,
        region=terminal.region,
        online=terminal.online,
        free=free,
        metres=metres,
    )


def cell_view(cell: Cell) -> CellView:
    """Show a cell to staff."""
    return CellView(
        cell=cell.cell,
        size=cell.size.value,
        state=cell.state.value,
        door=cell.door.value,
        stale=cell.stale,
        door_at=cell.door_at,
        stale_at=cell.stale_at if cell.stale else None,
        order_id=cell.order,
        held_until=cell.held_until,
        faults=cell.faults,
        test=None if cell.test is None else _pulse_test_view(cell.test),
    )


def _pulse_test_view(test: PulseTest) -> PulseTestView:
    return PulseTestView(
        command_id=test.command,
        state=test.state.value,
        at=test.at,
        until=test.until,
        reason=test.reason,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderViews:
    """Make views with what they need beside the order: terminals' names, masked texts."""

    details: MongoOrderDetails
    terminals: MongoTerminals
    rules: Rules

    async def one(self, order: Order, viewer: Viewer, *, timeline: bool = False) -> OrderView:
        """Show one order, with its whole history if wanted."""
        events = await self.details.timeline(order.id) if timeline else ()
        (view,) = await self._many((order,), viewer, events)
        return view

    async def push(self, order: Order, viewer: Viewer) -> OrderView:
        """Show one order as pushes carry it; see `for_push`."""
        return for_push(await self.one(order, viewer))

    async def many(self, orders: Sequence[Order], viewer: Viewer) -> tuple[OrderView, ...]:
        """Show orders without their histories, in the order given."""
        return await self._many(orders, viewer, ())

    async def offer(self, order: Order) -> OfferView:
        """Show one order on offer.

        Raises:
            NotFound: it lies in no terminal or was never offered.
        """
        (view,) = await self.offers((order,))
        return view

    async def offers(self, orders: Sequence[Order]) -> tuple[OfferView, ...]:
        """Show orders on offer.

        Raises:
            NotFound: one of them lies in no terminal or was never offered.
        """
        terminals = await self.terminals.named(_terminals_of(orders))
        views = []
        for order in orders:
            terminal = terminals.get(order.placement.terminal) if order.placement else None
            if terminal is None:
                raise NotFound(field="order_id", rule="placed")
            views.append(offer_view(order, terminal, self.rules))
        return tuple(views)

    async def _many(
        self, orders: Sequence[Order], viewer: Viewer, events: Sequence[OrderEvent]
    ) -> tuple[OrderView, ...]:
        details = await self.details.of([order.id for order in orders])
        terminals = await self.terminals.named(_terminals_of(orders))
        return tuple(self._view(order, viewer, details, terminals, events) for order in orders)

    def _view(
        self,
        order: Order,
        viewer: Viewer,
        details: dict[OrderId, OrderDetails],
        terminals: dict[TerminalId, Terminal],
        events: Sequence[OrderEvent],
    ) -> OrderView:
        detail = details.get(order.id)
        terminal = terminals.get(order.placement.terminal) if order.placement else None
        return order_view(
            order,
            viewer,
            rules=self.rules,
            terminal_name=terminal.name if terminal else "",
            recipient_masked=detail.recipient_masked if detail else None,
            updated_at=detail.updated_at if detail else order.custody_since,
            timeline=events,
        )


def _terminals_of(orders: Iterable[Order]) -> set[TerminalId]:
    return {order.placement.terminal for order in orders if order.placement}
