"""The pickup: the winner binds a carrier waybill, the door opens, the parcel comes out.

claimed → collecting (bound, door asked) → collected, on the courier's word after the sensor's,
or when the window to open again is over. Refusing a parcel is in refusals.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from server.domain.changes import Change, Context, move, note
from server.domain.custody import Custody, Step
from server.domain.documents import carrier_of, carrier_waybill
from server.domain.errors import Conflict, InvalidInput, NotFound, TooManyOpens
from server.domain.grants import keep, lives
from server.domain.ids import CommandId, OrderId, PersonId, TerminalId
from server.domain.orders import Order, Placement
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.terminals import Command, Purpose
from server.services.deposit.cells import Cells
from server.services.deposit.deposit import require_closed
from server.services.deposit.reactions import (
    DOOR_ASKED,
    WINDOW_OVER,
    armed,
    check_settled,
    check_shut,
    disarmed,
    unchanged,
)
from server.services.doors.doors import Doors
from server.services.grants.grants import Grants
from server.services.grants.steps import require_usable
from server.services.ports import Clock, Relay
from server.store.cells import MongoCells
from server.store.orders import MongoOrders

#: The window is over and the parcel is not known to be out: staff look.
UNFINISHED = "pickup_unfinished"

#: Commands of one pickup, jammed ones included; beyond that staff help.
MOST_OPENS = 12


class Pickups:
    """Winners take parcels out."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        cell_store: MongoCells,
        cells: Cells,
        doors: Doors,
        grants: Grants,
        relay: Relay,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._cell_store = cell_store
        self._cells = cells
        self._doors = doors
        self._grants = grants
        self._relay = relay
        self._rules = rules
        self._clock = clock

    async def bind(
        self,
        courier: PersonId,
        order: OrderId,
        text: str,
        terminal: TerminalId,
        *,
        carrier: str | None = None,
    ) -> None:
        """Bind a carrier's waybill number to a won order and open its door.

        A number is one carrier's: where none is named, its form tells. The same number again is
        the same wish: nothing is bound or opened twice.

        Raises:
            InvalidInput: no carrier's number.
            WaybillBound: it is bound to another order.
            Conflict: not claimed, not here, or bound to another number.
            TerminalOffline: nothing is bound.
        """
        known = require_winner(await self._orders.get(order), courier)
        number = carrier_waybill(text)
        label = (carrier or carrier_of(number), number)
        if number == order:
            raise InvalidInput(field="carrier_waybill", rule="not_our_own_label")
        if known.custody is Custody.COLLECTING:
            _require_same(known, number)
            return
        grant = known.grant if lives(known.grant) else None
        self._bound(known, label, grant.id if grant else None, courier, terminal)
        await self._doors.reach(terminal)

        def decide(now: Order, command: CommandId) -> Change:
            return self._bound(now, label, command, courier, terminal)

        if grant is not None:
            await self._doors.open_granted(order, grant, actor=courier, decide=decide)
            return
        await self._doors.open_for(
            order,
            terminal,
            place_of(known).cell,
            purpose=Purpose.COLLECT,
            actor=courier,
            decide=decide,
        )

    async def open_again(self, courier: PersonId, order: OrderId) -> None:
        """Open the door once more within the window, or after it never opened.

        Raises:
            TooManyOpens: the window is over.
            Conflict: the door stands open, or a command may still open it.
        """
        known = require_winner(await self._orders.get(order), courier)
        check_settled(known, await self._doors.last(known), self._context(courier))
        known = await self._grants.take_back(known)
        last = await self._doors.last(known)
        place = check_settled(known, last, self._context(courier))
        await self._doors.reach(place.terminal)
        await self._doors.open_for(
            order,
            place.terminal,
            place.cell,
            purpose=Purpose.COLLECT,
            actor=courier,
            decide=lambda now, command: self._again(now, command, last, courier),
        )

    async def confirm(self, courier: PersonId, order: OrderId) -> None:
        """Take the courier's word that the parcel is out; said twice it is one word.

        Raises:
            Conflict: the door was not sensed open and closed, or the parcel was refused.
        """
        known = require_winner(await self._orders.get(order), courier)
        context = self._context(courier)
        if known.custody is Custody.COLLECTED:
            return
        if known.custody is Custody.COLLECTING:
            await require_closed(self._cell_store, known, context)
        change = await self._orders.change(order, lambda now: _collected(now, context))
        await self._cells.follow(change)
        await self._relay.kick(order)

    async def conclude(self, order: OrderId) -> bool:
        """End the window to open again: what was sensed open and closed is out.

        A door that stands open is waited for (the closing concludes); one that never opened
        is for staff. Tells whether anything changed.
        """
        context = self._context(SYSTEM)
        change = await self._orders.change(order, lambda now: _concluded(now, context))
        if change.before is change.after:
            return False
        await self._cells.follow(change)
        await self._relay.kick(order)
        return True

    def _bound(
        self,
        order: Order,
        label: tuple[str, str],
        command: CommandId | None,
        courier: PersonId,
        terminal: TerminalId,
    ) -> Change:
        """Decide on the binding; without a command it is only tried out."""
        pickup, place = require_winner(order, courier).pickup, place_of(order)
        if place.terminal != terminal:
            raise Conflict(field="order_id", rule="at_this_terminal", terminal_id=place.terminal)
        require_usable(order, command or CommandId(""))
        facts: dict[str, object] = {"cell": place.cell, "command": command}
        return move(
            order,
            Step.BIND,
            self._context(courier),
            facts,
            pickup=replace(pickup, carrier=label[0], carrier_waybill=label[1]) if pickup else None,
            placement=armed(place, command or CommandId(""), opens=1),
            grant=keep(order.grant),
        )

    def _again(
        self, order: Order, command: CommandId, last: Command | None, courier: PersonId
    ) -> Change:
        context = self._context(courier)
        if order.custody is not Custody.COLLECTING:
            raise Conflict(field="order_id", rule="collecting", custody=order.custody.value)
        place = check_settled(order, last, context)
        window = timedelta(seconds=self._rules.open_again_seconds)
        over = context.at > order.custody_since + window
        if (over and place.opened) or place.opens >= MOST_OPENS:
            raise TooManyOpens(opens=place.opens)
        facts: dict[str, object] = {"cell": place.cell, "command": command}
        again = armed(place, command, opens=place.opens + 1)
        return note(order, DOOR_ASKED, context, facts, placement=again)

    def _context(self, actor: PersonId) -> Context:
        return Context(actor=actor, at=self._clock(), rules=self._rules)


def require_winner(order: Order, courier: PersonId) -> Order:
    """Refuse an order that is not this courier's win.

    Raises:
        NotFound: it is not.
    """
    if order.pickup is None or order.pickup.courier != courier:
        raise NotFound(field="order_id", rule="exists")
    return order


def place_of(order: Order) -> Placement:
    """Give where an order's parcel lies.

    Raises:
        Conflict: in no cell.
    """
    if order.placement is None:
        raise Conflict(field="order_id", rule="in_a_cell", custody=order.custody.value)
    return order.placement


def _require_same(order: Order, number: str) -> None:
    if order.pickup is None or order.pickup.carrier_waybill != number:
        raise Conflict(field="carrier_waybill", rule="bound_already")


def _collected(order: Order, context: Context) -> Change:
    if order.custody is not Custody.COLLECTING:
        raise Conflict(field="order_id", rule="collecting", custody=order.custody.value)
    if order.pickup is not None and order.pickup.refusal is not None:
        raise Conflict(field="order_id", rule="refused_already")
    place = check_shut(order)
    facts: dict[str, object] = {"terminal": place.terminal, "cell": place.cell}
    return move(order, Step.COLLECT, context, facts, placement=disarmed(place))


def _concluded(order: Order, context: Context) -> Change:
    place = order.placement
    if order.custody is not Custody.COLLECTING or place is None or WINDOW_OVER in order.fired:
        return unchanged(order, context)
    facts: dict[str, object] = {"terminal": place.terminal, "cell": place.cell}
    refused = order.pickup is not None and order.pickup.refusal is not None
    if place.opened and place.closed and not refused:
        return move(order, Step.COLLECT, context, facts, placement=disarmed(place))
    fired = (*order.fired, WINDOW_OVER)
    return note(order, UNFINISHED, context, facts, fired=fired)
