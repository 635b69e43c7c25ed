"""What a person does in a visit: choose, open, confirm; each act led to whose work it is.

At a door a visit lasts at least as long as the cell is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from realtime.wire.views import VisitView
from server.domain.custody import Custody
from server.domain.errors import Conflict
from server.domain.ids import OrderId, PersonId, TerminalId, VisitId
from server.domain.orders import Order
from server.domain.rules import Rules
from server.domain.visits import Visit, VisitRole
from server.services.deposit.deposit import Deposit, require_customer
from server.services.deposit.returns import Returns
from server.services.dispatch.pickup import Pickups, require_winner
from server.services.ports import Clock
from server.services.visits.scenes import TO_COLLECT
from server.services.visits.screens import Screens
from server.services.visits.visits import Visits
from server.store.orders import MongoOrders
from server.store.terminals import MongoTerminals


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorWork:
    """What people come to a door for."""

    deposit: Deposit
    pickups: Pickups
    returns: Returns


class VisitActs:
    """People at doors."""

    def __init__(
        self,
        *,
        visits: Visits,
        work: DoorWork,
        orders: MongoOrders,
        terminals: MongoTerminals,
        screens: Screens,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._visits = visits
        self._deposit = work.deposit
        self._pickups = work.pickups
        self._returns = work.returns
        self._orders = orders
        self._terminals = terminals
        self._screens = screens
        self._rules = rules
        self._clock = clock

    async def choose_order(self, visit: VisitId, person: PersonId, order: OrderId) -> VisitView:
        """Choose an order: deposit it here (its door opens), or have it ready to collect.

        Raises:
            NotFound: not this person's, or not in this terminal.
            NoFreeCell, TerminalOffline, Conflict: no door opens.
        """
        known = await self._visits.own(visit, person)
        chosen = await self._orders.get(order)
        if known.role is VisitRole.PICKUP:
            _require_collectable(require_winner(chosen, person), known.terminal)
            await self._visits.set(known, order=order)
        else:
            require_customer(chosen, person)
            await self._begin(known, person, chosen)
            await self._at_door(known, order)
        return await self._screens.show(visit)

    async def take_back(self, visit: VisitId, person: PersonId, order: OrderId) -> VisitView:
        """Open the door of the own parcel to take it out again.

        Raises:
            NotFound: not this person's.
            Conflict: claimed, not here, or the door stands open.
        """
        known = await self._visits.own(visit, person)
        require_customer(await self._orders.get(order), person)
        await self._returns.open(person, order, known.terminal)
        await self._at_door(known, order)
        return await self._screens.show(visit)

    async def open_again(self, visit: VisitId, person: PersonId) -> VisitView:
        """Open the current order's door once more.

        Raises:
            TooManyOpens: as often as allowed, or the window is over.
            Conflict: no door, it stands open, or a command may still open it.
        """
        known, order = await self._current(visit, person)
        if known.role is VisitRole.PICKUP:
            await self._pickups.open_again(person, order.id)
        elif order.custody is Custody.RETURNING:
            await self._returns.open(person, order.id, known.terminal)
        else:
            await self._deposit.open_again(person, order.id)
        await self._at_door(known, order.id)
        return await self._screens.show(visit)

    async def another_cell(self, visit: VisitId, person: PersonId) -> VisitView:
        """Give the held cell up for another one.

        Raises:
            NoFreeCell: there is no other.
        """
        known, order = await self._current(visit, person)
        await self._deposit.another_cell(person, order.id)
        await self._at_door(known, order.id)
        return await self._screens.show(visit)

    async def confirm(self, visit: VisitId, person: PersonId) -> VisitView:
        """Say that the parcel is inside (deposit) or out (pickup, taking back).

        Raises:
            Conflict: the door was not sensed open and closed.
        """
        known, order = await self._current(visit, person)
        if known.role is VisitRole.PICKUP:
            await self._pickups.confirm(person, order.id)
        elif order.custody in (Custody.RETURNING, Custody.RETURNED):
            await self._returns.confirm(person, order.id)
        else:
            await self._deposit.confirm(person, order.id)
        return await self._screens.show(visit)

    async def confirm_afar(self, person: PersonId, order: OrderId) -> None:
        """Take the same word without a visit: the door was opened while its terminal was away.

        Raises:
            NotFound: not this person's.
            Conflict: the door was not sensed open and closed, as far as the terminal has told.
        """
        known = await self._orders.get(order)
        if known.pickup is not None and known.pickup.courier == person:
            await self._pickups.confirm(person, order)
        else:
            await self._deposit.confirm(person, order)

    async def bind(
        self,
        visit: VisitId,
        person: PersonId,
        order: OrderId,
        text: str,
        *,
        carrier: str | None = None,
    ) -> VisitView:
        """Bind a carrier's waybill to a won order here; its door opens.

        Raises:
            NotFound, InvalidInput, WaybillBound, Conflict, TerminalOffline: see `Pickups.bind`.
        """
        known = await self._visits.own(visit, person)
        _require_collectable(require_winner(await self._orders.get(order), person), known.terminal)
        await self._pickups.bind(person, order, text, known.terminal, carrier=carrier)
        await self._at_door(known, order, role=VisitRole.PICKUP.value)
        return await self._screens.show(visit)

    async def _begin(self, visit: Visit, person: PersonId, order: Order) -> None:
        if order.custody is Custody.RETURNING:
            await self._returns.open(person, order.id, visit.terminal)
        elif order.custody is not Custody.DEPOSITED:
            terminal = await self._terminals.get(visit.terminal)
            await self._deposit.start(person, order.id, terminal)

    async def _current(self, visit: VisitId, person: PersonId) -> tuple[Visit, Order]:
        known = await self._visits.own(visit, person)
        if known.order is None:
            raise Conflict(field="visit_id", rule="order_chosen")
        return known, await self._orders.get(known.order)

    async def _at_door(self, visit: Visit, order: OrderId, **fields: Any) -> None:
        """Note an act that was done: the visit is about its order, as long as a cell is held."""
        held = self._clock() + timedelta(seconds=self._rules.cell_hold_seconds)
        await self._visits.note(visit.id, order, held, **fields)


def _require_collectable(order: Order, terminal: TerminalId) -> None:
    if order.custody not in TO_COLLECT:
        raise Conflict(field="order_id", rule="to_collect", custody=order.custody.value)
    place = order.placement
    if place is None or place.terminal != terminal:
        raise Conflict(field="order_id", rule="at_this_terminal")
