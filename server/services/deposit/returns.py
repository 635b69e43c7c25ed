"""The way back: a customer takes the own parcel out again; the money follows the sensor.

deposited or open → returning (the door asked in the same write) → returned, on the customer's
word after the door was sensed open and closed. Once claimed, only staff can turn it back.
"""

from __future__ import annotations

from server.domain.changes import Change, Context, move, note
from server.domain.custody import Custody, Step
from server.domain.errors import Conflict, TooManyOpens
from server.domain.ids import CommandId, OrderId, PersonId, TerminalId
from server.domain.orders import Order
from server.domain.rules import Rules
from server.domain.terminals import Command, Purpose
from server.services.deposit.cells import Cells
from server.services.deposit.deposit import require_closed, require_customer
from server.services.deposit.reactions import DOOR_ASKED, armed, check_settled, check_shut
from server.services.doors.doors import Doors
from server.services.ports import Clock, Relay
from server.store.cells import MongoCells
from server.store.orders import MongoOrders

#: The customer may turn the parcel back in these states without asking anybody.
FREE_TO_RETURN = frozenset({Custody.DEPOSITED, Custody.OPEN})


class Returns:
    """Customers take their parcels back."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        cell_store: MongoCells,
        cells: Cells,
        doors: Doors,
        relay: Relay,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._cell_store = cell_store
        self._cells = cells
        self._doors = doors
        self._relay = relay
        self._rules = rules
        self._clock = clock

    async def open(self, customer: PersonId, order: OrderId, terminal: TerminalId) -> None:
        """Open the door of the own parcel to take it out; also the way to open it again.

        A courier's claim and this are decided by one conditional write: one of them comes first.

        Raises:
            Conflict: claimed, not here, the door stands open or may still open.
            TooManyOpens: it was opened as often as allowed.
            TerminalOffline: the door was not asked.
        """
        known = await self._orders.get(order)
        require_customer(known, customer)
        last = await self._doors.last(known)
        self._decide(known, last, None, customer, terminal)
        await self._doors.reach(terminal)
        place = check_settled(known, last, self._context(customer))
        await self._doors.open_for(
            order,
            terminal,
            place.cell,
            purpose=Purpose.TAKE_BACK,
            actor=customer,
            decide=lambda now, command: self._decide(now, last, command, customer, terminal),
        )

    async def confirm(self, customer: PersonId, order: OrderId) -> None:
        """Take the customer's word that the parcel is out; said twice it is one word.

        Raises:
            Conflict: the door was not sensed open and closed since the last command.
        """
        known = await self._orders.get(order)
        require_customer(known, customer)
        context = self._context(customer)
        if known.custody is Custody.RETURNED:
            return
        await require_closed(self._cell_store, known, context)
        change = await self._orders.change(order, lambda now: _taken_out(now, context))
        await self._cells.follow(change)
        await self._relay.kick(order)

    def _decide(
        self,
        order: Order,
        last: Command | None,
        command: CommandId | None,
        customer: PersonId,
        terminal: TerminalId,
    ) -> Change:
        """Decide on the way back; without a command it is only tried out."""
        context = self._context(customer)
        if order.custody in (Custody.CLAIMED, Custody.COLLECTING):
            raise Conflict(field="order_id", rule="claimed_through_staff")
        if order.custody not in FREE_TO_RETURN | {Custody.RETURNING}:
            raise Conflict(field="order_id", rule="in_a_cell", custody=order.custody.value)
        place = check_settled(order, last, context)
        if place.terminal != terminal:
            raise Conflict(field="order_id", rule="at_this_terminal", terminal_id=place.terminal)
        returning = order.custody is Custody.RETURNING
        if returning and place.opens > self._rules.opens_again:
            raise TooManyOpens(opens=place.opens)
        opens = place.opens + 1 if returning else 1
        asked = armed(place, command or CommandId(""), opens=opens)
        facts: dict[str, object] = {"cell": place.cell, "command": command}
        if returning:
            return note(order, DOOR_ASKED, context, facts, placement=asked)
        return move(order, Step.TAKE_BACK, context, facts, placement=asked)

    def _context(self, actor: PersonId) -> Context:
        return Context(actor=actor, at=self._clock(), rules=self._rules)


def _taken_out(order: Order, context: Context) -> Change:
    if order.custody is not Custody.RETURNING:
        raise Conflict(field="order_id", rule="returning", custody=order.custody.value)
    place = check_shut(order)
    facts: dict[str, object] = {"terminal": place.terminal, "cell": place.cell}
    return move(order, Step.TAKE_OUT, context, facts)
