"""The scene of a visit: all that phone and kiosk are drawn from, gathered once, then pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from realtime.wire.views import PayLinkView, VisitView
from server.domain.custody import Custody
from server.domain.money import Charge
from server.domain.orders import Order
from server.domain.people import Certification, Person, Role
from server.domain.rules import Rules
from server.domain.terminals import ALIVE, Command, Terminal
from server.domain.visits import Visit, VisitRole
from server.services.orders.views import OrderViews, Viewer
from server.services.ports import Clock, PayDesk, People
from server.store.commands import MongoCommands
from server.store.orders import MongoOrders
from server.store.terminals import MongoTerminals

#: How many of a customer's latest orders are looked through for waiting ones.
LATEST = 50

#: Orders of a customer that a kiosk shows when they lie in it.
HERE = frozenset({Custody.DEPOSITING, Custody.DEPOSITED, Custody.OPEN, Custody.RETURNING})

#: Orders of a courier that a kiosk shows when they lie in it.
TO_COLLECT = frozenset({Custody.CLAIMED, Custody.COLLECTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One visit with what it is about, at one instant."""

    visit: Visit
    terminal: Terminal
    now: datetime
    rules: Rules
    person: Person | None = None
    orders: tuple[Order, ...] = ()
    current: Order | None = None
    command: Command | None = None
    pay: PayLinkView | None = None

    @property
    def running(self) -> bool:
        """Tell whether the visit still goes on."""
        return not self.visit.ended and self.now < self.visit.expires_at

    @property
    def roles(self) -> tuple[str, ...]:
        """List what this person may be here for; couriers may be here for both."""
        if self.person is None:
            return ()
        courier = Role.COURIER in self.person.roles
        return ("deposit", "pickup") if courier else ("deposit",)

    @property
    def door(self) -> str | None:
        """Tell how the current order's door stands for the person in front of it."""
        place = self.current.placement if self.current else None
        if place is None or place.command is None:
            return None
        if place.opened:
            return "closed" if place.closed else "open"
        command = self.command
        opening = command is not None and command.state in ALIVE and self.now < command.sense_by
        return "opening" if opening else "failed"

    @property
    def next(self) -> str:
        """Name what the person has to do next (`VisitView.next`)."""
        if self.person is None:
            return "log_in"
        if self.visit.role is None:
            return "choose_role"
        if self.visit.role is VisitRole.PICKUP:
            return self._next_of_courier(self.person)
        return self._next_of_customer()

    def _next_of_courier(self, person: Person) -> str:
        if person.certification is not Certification.CERTIFIED:
            return "certify"
        if self.current is not None and self.current.custody not in TO_COLLECT:
            return "done"
        return "pickup"

    def _next_of_customer(self) -> str:
        order = self.current
        if order is None or order.custody is Custody.PLACED:
            return "choose_order" if self.orders else "fill_waybill"
        if order.custody is Custody.DEPOSITING:
            return "deposit"
        if order.custody is Custody.RETURNING:
            return "take_back"
        unpaid = order.charge is Charge.UNPAID
        return "pay" if order.custody is Custody.DEPOSITED and unpaid else "done"


class Scenes:
    """Gather scenes."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        commands: MongoCommands,
        terminals: MongoTerminals,
        people: People,
        pay_desk: PayDesk,
        views: OrderViews,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._commands = commands
        self._terminals = terminals
        self._people = people
        self._pay_desk = pay_desk
        self._views = views
        self._rules = rules
        self._clock = clock

    async def gather(self, visit: Visit) -> Scene:
        """Read all that a visit is drawn from; asks no provider."""
        terminal = await self._terminals.get(visit.terminal)
        if visit.person is None:
            return Scene(visit=visit, terminal=terminal, now=self._clock(), rules=self._rules)
        orders = await self._orders_here(visit)
        chosen = await self._orders.get(visit.order) if visit.order else None
        current = chosen if chosen and _is_about(visit, chosen, orders) else None
        place = current.placement if current else None
        return Scene(
            visit=visit,
            terminal=terminal,
            now=self._clock(),
            rules=self._rules,
            person=await self._people.get(visit.person),
            orders=orders,
            current=current,
            command=await self._commands.find(place.command if place else None),
            pay=await self._pay(visit, current),
        )

    async def view(self, scene: Scene) -> VisitView:
        """Show a visit to its person."""
        picking = scene.visit.role is VisitRole.PICKUP
        viewer = Viewer.WINNER if picking else Viewer.CUSTOMER
        current = scene.current
        return VisitView(
            visit_id=scene.visit.id,
            terminal_id=scene.terminal.id,
            terminal_name=scene.terminal.name,
            next=scene.next if scene.running else "done",
            expires_at=scene.visit.expires_at,
            role=scene.visit.role.value if scene.visit.role else None,
            roles=scene.roles,
            orders=await self._views.many(scene.orders, viewer),
            current=await self._views.one(current, viewer) if current else None,
            pay=scene.pay,
            door=scene.door,
        )

    async def _orders_here(self, visit: Visit) -> tuple[Order, ...]:
        if visit.person is None or visit.role is None:
            return ()
        if visit.role is VisitRole.PICKUP:
            won = await self._orders.of_courier(visit.person, TO_COLLECT)
            return tuple(order for order in won if _lies_in(order, visit))
        own = await self._orders.of_customer(visit.person, limit=LATEST)
        return tuple(
            order
            for order in own
            if order.custody is Custody.PLACED or (order.custody in HERE and _lies_in(order, visit))
        )

    async def _pay(self, visit: Visit, order: Order | None) -> PayLinkView | None:
        if order is None or visit.role is not VisitRole.DEPOSIT:
            return None
        return await self._pay_desk.link(order)


def _is_about(visit: Visit, order: Order, here: tuple[Order, ...]) -> bool:
    """Tell whether a visit is still about the order chosen in it.

    A claim that ended makes the order other people's; one parcel out, the next one waits.
    """
    if visit.role is not VisitRole.PICKUP:
        return order.customer == visit.person
    if order.pickup is None or order.pickup.courier != visit.person:
        return False
    return order.custody in TO_COLLECT or not here


def _lies_in(order: Order, visit: Visit) -> bool:
    return order.placement is not None and order.placement.terminal == visit.terminal
