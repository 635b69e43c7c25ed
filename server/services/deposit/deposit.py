"""The deposit: a cell is claimed, its door opened, sensed, closed, and the parcel confirmed.

placed → depositing (cell held, door asked) → deposited, on the customer's word after the
sensor's. Every door asked for here is one that the person stands in front of.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from server.domain.changes import Change, Context, move, note, then
from server.domain.custody import Custody, Step
from server.domain.errors import Conflict, DomainError, NotFound, TooManyOpens
from server.domain.grants import SINCE_PROTOCOL, Grant, issue, lives
from server.domain.ids import CommandId, OrderId, PersonId, TerminalId, cell_id
from server.domain.money import Charge
from server.domain.orders import Offer, Order, Placement
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.terminals import ALIVE, Command, Door, Purpose, Terminal
from server.services.deposit.cells import Cells
from server.services.deposit.reactions import (
    DOOR_ASKED,
    armed,
    check_empty,
    check_settled,
    check_shut,
    disarmed,
    sensed_inside,
    unchanged,
)
from server.services.doors.doors import DecideOpen, Doors
from server.services.grants.grants import Grants
from server.services.grants.steps import as_if_withdrawn
from server.services.ports import Clock, Relay
from server.store.cells import MongoCells
from server.store.orders import MongoOrders
from server.store.terminals import MongoTerminals

#: The customer is asked what became of a parcel whose door was opened and never confirmed.
UNCONFIRMED = "deposit_unconfirmed"

#: The customer said that the parcel is inside, and the cell's own sensor that nothing is.
SEEMS_EMPTY = "deposit_seems_empty"

HOLD_ENDS = "hold_ends"


def require_customer(order: Order, person: PersonId) -> None:
    """Refuse somebody else's order.

    Raises:
        NotFound: it is not this person's.
    """
    if order.customer != person:
        raise NotFound(field="order_id", rule="exists")


async def require_closed(cells: MongoCells, order: Order, context: Context) -> None:
    """Refuse a person's word about a cell whose door stands open now, whatever it did before.

    Raises:
        Conflict: the door is open.
    """
    place = order.placement
    if place is None:
        raise Conflict(rule="in_a_cell")
    cell = await cells.get(cell_id(place.terminal, place.cell), context.at)
    if cell.door is Door.OPEN:
        raise Conflict(rule="close_the_door_first")


class Deposit:
    """Customers put their parcels in."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        cell_store: MongoCells,
        terminals: MongoTerminals,
        cells: Cells,
        doors: Doors,
        grants: Grants,
        relay: Relay,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._cell_store = cell_store
        self._terminals = terminals
        self._cells = cells
        self._doors = doors
        self._grants = grants
        self._relay = relay
        self._rules = rules
        self._clock = clock

    async def start(self, customer: PersonId, order: OrderId, terminal: Terminal) -> None:
        """Claim a cell for a waiting waybill and open its door.

        A deposit that is under way at this terminal is gone on with; nothing is opened then.

        Raises:
            NoFreeCell, TerminalOffline: nothing is held then.
            Conflict: the order is in no state for it, or priced from another city.
        """
        known = await self._orders.get(order)
        require_customer(known, customer)
        if self._under_way(known, terminal.id):
            return
        _require_same_city(known, terminal)
        await self._doors.reach(terminal.id)
        cell, until = await self._cells.claim(order, terminal.id, known.size)

        def decide(now: Order, command: CommandId) -> Change:
            place = Placement(
                terminal=terminal.id, cell=cell, command=command, opens=1, held_until=until
            )
            facts: dict[str, object] = {"terminal": terminal.id, "cell": cell, "command": command}
            context = self._context(customer)
            grant = _grant(place, command, customer, terminal.protocol, context)
            return move(now, Step.HOLD_CELL, context, facts, placement=place, grant=grant)

        await self._open(order, terminal, cell, customer, decide)

    async def open_again(self, customer: PersonId, order: OrderId) -> None:
        """Open the held cell's door once more: a new command, so many times.

        Raises:
            TooManyOpens: it was opened as often as allowed.
            Conflict: the door stands open, or a command may still open it.
        """
        known = await self._orders.get(order)
        require_customer(known, customer)
        check_settled(known, await self._doors.last(known), self._context(customer))
        known = await self._grants.take_back(known)
        last = await self._doors.last(known)
        place = check_settled(known, last, self._context(customer))
        await self._doors.reach(place.terminal)
        await self._doors.open_for(
            order,
            place.terminal,
            place.cell,
            purpose=Purpose.DEPOSIT,
            actor=customer,
            decide=lambda now, command: self._again(now, command, last, customer),
        )

    async def another_cell(self, customer: PersonId, order: OrderId) -> None:
        """Give the held cell up for another one and open that.

        Raises:
            NoFreeCell: the present cell stays held then.
            Conflict: the door stands open, a command may still open it, or something lies inside.
        """
        known = await self._orders.get(order)
        require_customer(known, customer)
        last = await self._doors.last(known)
        check_empty(_require_depositing(known, last, self._context(customer)))
        known = await self._grants.take_back(known)
        last = await self._doors.last(known)
        place = _require_depositing(known, last, self._context(customer))
        await self._doors.reach(place.terminal)
        terminal = await self._terminals.get(place.terminal)
        cell, until = await self._cells.claim(order, place.terminal, known.size, besides=place.cell)

        def decide(now: Order, command: CommandId) -> Change:
            context = self._context(customer)
            check_empty(_require_depositing(now, last, context))
            moved = Placement(
                terminal=place.terminal, cell=cell, command=command, opens=1, held_until=until
            )
            facts: dict[str, object] = {"left": place.cell, "cell": cell, "command": command}
            grant = _grant(moved, command, customer, terminal.protocol, context)
            # The hold counts from the new cell on, so its timers begin anew.
            return move(
                now,
                Step.CHANGE_CELL,
                context,
                facts,
                placement=moved,
                grant=grant,
                custody_since=context.at,
                fired=(),
            )

        await self._open(order, terminal, cell, customer, decide)
        await self._cells.give_up(order, place.terminal, place.cell, place.command)

    async def confirm(self, customer: PersonId, order: OrderId) -> None:
        """Take the customer's word that the parcel is inside; said twice it is one word.

        Where the cell's own sensor sees nothing they are asked once more; sensors fail, so their
        second word counts, and the order's event says what the sensor said.

        Raises:
            Conflict: the door was not sensed open and closed since the last command; or the
                cell seems empty, which is noted, and saying it again overrules that.
        """
        known = await self._orders.get(order)
        require_customer(known, customer)
        context = self._context(customer)
        if known.custody in (Custody.DEPOSITED, Custody.OPEN):
            return
        if known.custody is Custody.DEPOSITING:
            await require_closed(self._cell_store, known, context)
        change = await self._orders.change(order, lambda now: _confirmed(now, context))
        if change.event.step == SEEMS_EMPTY:
            await self._relay.kick(order)
            raise Conflict(rule="seems_empty")
        await self._cells.keep(change.after)
        await self._relay.kick(order)

    async def end_hold(self, order: OrderId) -> bool:
        """End a hold whose time is over: free a cell that never opened, else ask the customer.

        Tells whether anything changed; a door that may still open is waited for, and so is the
        agent's word that nobody opened it with an offline grant.
        """
        known = await self._orders.get(order)
        last = await self._doors.last(known)
        context = self._context(SYSTEM)
        if lives(known.grant):
            wanted = _hold_ended(as_if_withdrawn(known), last, context).after
            if wanted.custody is Custody.PLACED:
                if not await self._grants.withdraw(known, wish=Step.ABANDON):
                    return False
                last = await self._doors.last(await self._orders.get(order))
        change = await self._orders.change(order, lambda now: _hold_ended(now, last, context))
        if change.before is change.after:
            return False
        await self._cells.follow(change)
        await self._relay.kick(order)
        return True

    async def _open(
        self,
        order: OrderId,
        terminal: Terminal,
        cell: int,
        customer: PersonId,
        decide: DecideOpen,
    ) -> None:
        """Open a cell claimed just now; it is freed if the order refuses to have it."""
        try:
            await self._doors.open_for(
                order,
                terminal.id,
                cell,
                purpose=Purpose.DEPOSIT,
                actor=customer,
                decide=decide,
                granted=terminal.protocol >= SINCE_PROTOCOL,
            )
        except DomainError:
            await self._cells.give_up(order, terminal.id, cell)  # not once its door was asked
            raise

    def _again(
        self, now: Order, command: CommandId, last: Command | None, customer: PersonId
    ) -> Change:
        context = self._context(customer)
        place = _require_depositing(now, last, context)
        if place.opens > self._rules.opens_again:
            raise TooManyOpens(opens=place.opens)
        held = context.at + timedelta(seconds=self._rules.cell_hold_seconds)
        again = replace(armed(place, command, opens=place.opens + 1), held_until=held)
        facts: dict[str, object] = {"cell": place.cell, "command": command}
        return note(now, DOOR_ASKED, context, facts, placement=again)

    def _under_way(self, order: Order, terminal: TerminalId) -> bool:
        place = order.placement
        return (
            order.custody in (Custody.DEPOSITING, Custody.DEPOSITED)
            and place is not None
            and place.terminal == terminal
        )

    def _context(self, actor: PersonId) -> Context:
        return Context(actor=actor, at=self._clock(), rules=self._rules)


def _require_depositing(order: Order, last: Command | None, context: Context) -> Placement:
    if order.custody is not Custody.DEPOSITING:
        raise Conflict(field="order_id", rule="depositing", custody=order.custody.value)
    return check_settled(order, last, context)


def _grant(
    place: Placement, command: CommandId, customer: PersonId, protocol: int, context: Context
) -> Grant | None:
    """Issue the grant for the open that is asked online now, for when the link breaks over it."""
    return issue(
        command=command,
        purpose=Purpose.DEPOSIT,
        holder=customer,
        terminal=place.terminal,
        cell=place.cell,
        protocol=protocol,
        at=context.at,
        deadline=place.held_until or context.at,
    )


def _require_same_city(order: Order, terminal: Terminal) -> None:
    """The price was fixed from one city; a parcel deposited in another would cost another."""
    if order.origin_region[:4] != terminal.region[:4]:
        raise Conflict(field="order_id", rule="priced_from_another_city")


def _confirmed(order: Order, context: Context) -> Change:
    if order.custody is not Custody.DEPOSITING:
        raise Conflict(field="order_id", rule="depositing", custody=order.custody.value)
    place = check_shut(order)
    facts = {"terminal": place.terminal, "cell": place.cell, **sensed_inside(place)}
    if place.item is False and not place.doubted:
        return note(order, SEEMS_EMPTY, context, facts, placement=replace(place, doubted=True))
    # At rest: no later phase may take this door's opening for its own.
    inside = move(order, Step.CONFIRM_INSIDE, context, facts, placement=disarmed(place))
    if order.charge is not Charge.PAID:
        return inside
    version = order.offer.version + 1 if order.offer else 1
    offer = Offer(version=version, ring=0, opened_at=context.at)
    return then(inside, move(inside.after, Step.OFFER, context, facts, offer=offer))


def _hold_ended(order: Order, last: Command | None, context: Context) -> Change:
    place = order.placement
    if order.custody is not Custody.DEPOSITING or place is None or HOLD_ENDS in order.fired:
        return unchanged(order, context)
    facts: dict[str, object] = {"terminal": place.terminal, "cell": place.cell}
    if place.opened or place.used:
        fired = (*order.fired, HOLD_ENDS)
        return note(order, UNCONFIRMED, context, facts, fired=fired)
    if place.command != (last.id if last else None):
        return unchanged(order, context)
    if last is not None and last.state in ALIVE and context.at < last.sense_by:
        return unchanged(order, context)
    return move(order, Step.ABANDON, context, facts, placement=None)
