"""People, doors and time in random order: whatever is refused, the facts fit together."""

import random
from typing import Any

import pytest

from realtime.wire.terminal import DoorEvent, DoorEventKind, DoorState, OpenDoor
from server.domain.custody import Custody
from server.domain.errors import DomainError
from server.domain.grants import lives
from server.domain.ids import OrderId, PhotoId, VisitId
from server.domain.orders import Order
from server.domain.people import Actor, Role
from server.domain.visits import VisitRole
from server.services.orders.views import IN_CELL
from tests.integration.deposit.world import World, world

STEPS = 200

#: Steps that ask a door anew; a word about the parcel needs a sensor's word after the last one.
ASKS = {
    *("cell_held", "cell_changed", "door_asked", "carrier_bound", "take_back", "refusal_asked"),
    "opened_offline",
}
WORDS = {"deposited", "collected", "returned", "refused_by_courier"}


class Walk:
    """One random walk; honest people, bad doors."""

    def __init__(self, w: World, dice: random.Random, *, breaks: bool = False) -> None:
        self.w, self.dice = w, dice
        self.open: dict[int, OpenDoor] = {}  # cells that stand open, by the command
        self.orders: list[tuple[Actor, OrderId]] = []
        self.visits: dict[str, VisitId] = {}
        self.numbers = 0
        self.refusals = 0
        self.breaks = breaks
        self.untold: list[DoorEvent] = []  # on the agent's disk while there is no link
        self.by_code = 0
        self.held: dict[str, tuple[Any, ...]] = {}  # what each live grant was seen to hold

    async def begin(self) -> None:
        self.customers = [await self.w.person() for _ in range(3)]
        self.couriers = [await self.w.person(Role.COURIER, certified=True) for _ in range(2)]
        for customer in self.customers:
            await self.place(customer)

    async def place(self, customer: Actor) -> None:
        self.orders.append((customer, OrderId((await self.w.placed(customer)).order_id)))

    async def step(self) -> None:
        acts = [self.the_next_thing] * 6 + [self.someone_acts] * 2 + [self.a_door_moves] * 4
        acts += [self.the_link] * 2 if self.breaks else []
        try:
            await self.dice.choice([*acts, self.time_passes, self.office])()
        except DomainError:
            self.refusals += 1

    async def the_next_thing(self) -> None:
        """Let an order go the way that people mean it to go."""
        customer, order = self.dice.choice(self.orders)
        known = await self.w.order(order)
        courier = self.couriers[int(order[-1], 36) % 2] if known.pickup is None else None
        if known.pickup is not None:
            courier = next(one for one in self.couriers if one.person == known.pickup.courier)
        assert courier is not None
        self.numbers += 1
        if known.custody in (Custody.PLACED, Custody.DEPOSITING, Custody.RETURNING):
            visit, who = await self.visit(customer, VisitRole.DEPOSIT), customer.person
            waiting = known.placement is None or known.placement.command is None
            if waiting or (await self.w.visit_store.get(visit)).order != order:
                await self.w.acts.choose_order(visit, who, order)
            else:
                await self.w.acts.confirm(visit, who)
        elif known.custody is Custody.DEPOSITED:
            await self.w.pay(order)
        elif known.custody is Custody.OPEN:
            await self.w.win(order, courier)
        elif known.custody in (Custody.CLAIMED, Custody.COLLECTING):
            visit, who = await self.visit(courier, VisitRole.PICKUP), courier.person
            await self.w.visits.choose_role(visit, who, VisitRole.PICKUP)
            await self.w.acts.choose_order(visit, who, order)
            if known.custody is Custody.CLAIMED:
                await self.w.acts.bind(visit, who, order, f"SF{self.numbers:012}")
            else:
                await self.w.acts.confirm(visit, who)
        elif len(self.orders) < 12:
            await self.place(customer)

    async def visit(self, who: Actor, role: VisitRole) -> VisitId:
        known = self.visits.get(who.person)
        if known is None or self.dice.random() < 0.1 or (await self._over(known)):
            known = VisitId((await self.w.scan(who)).visit_id)
            self.visits[who.person] = known
            await self.w.visits.choose_role(known, who.person, role)
        return known

    async def _over(self, visit: VisitId) -> bool:
        known = await self.w.visit_store.get(visit)
        return known.ended or known.expires_at <= self.w.now

    async def someone_acts(self) -> None:
        customer, order = self.dice.choice(self.orders)
        if self.dice.random() < 0.4:
            await self.a_courier_acts(self.dice.choice(self.couriers), order)
            return
        visit, who = await self.visit(customer, VisitRole.DEPOSIT), customer.person
        acts = [
            lambda: self.w.acts.choose_order(visit, who, order),
            lambda: self.w.acts.choose_order(visit, who, order),
            lambda: self.w.acts.confirm(visit, who),
            lambda: self.w.acts.confirm(visit, who),
            lambda: self.w.acts.open_again(visit, who),
            lambda: self.w.acts.another_cell(visit, who),
            lambda: self.w.acts.take_back(visit, who, order),
        ]
        if self.dice.random() < 0.1:
            acts = [lambda: self.w.orders_service.cancel(customer, order, None)]
        await self.dice.choice(acts)()

    async def a_courier_acts(self, courier: Actor, order: OrderId) -> None:
        self.numbers += 1
        self.w.photos.owners["F1"] = courier.person
        visit, who = await self.visit(courier, VisitRole.PICKUP), courier.person
        number = f"SF{self.numbers:012}"
        acts = [
            lambda: self.w.win(order, courier),
            lambda: self.w.acts.bind(visit, who, order, number),
            lambda: self.w.acts.confirm(visit, who),
            lambda: self.w.acts.open_again(visit, who),
            lambda: self.w.refusals.refuse(who, order, "拒收", PhotoId("F1")),
            lambda: self.w.dispatch.hand_back(courier, order),
        ]
        await self.dice.choice(acts)()

    async def a_door_moves(self) -> None:
        if self.open and self.dice.random() < 0.6:
            cell = self.dice.choice(sorted(self.open))
            await self.tell(DoorEventKind.SENSED_CLOSED, self.open.pop(cell), DoorState.CLOSED)
            return
        shut = [one for one in self.w.cabinet.commands[-4:] if one.cell not in self.open]
        if not shut:
            return
        command = self.dice.choice(shut)
        if self.dice.random() < 0.2:
            await self.tell(DoorEventKind.JAMMED, command, DoorState.CLOSED)
            return
        self.open[command.cell] = command
        await self.tell(DoorEventKind.SENSED_OPEN, command, DoorState.OPEN)

    async def tell(self, kind: DoorEventKind, command: OpenDoor, state: DoorState) -> None:
        """Report what a door did, now or when the link is back."""
        event = self.w.cabinet.event(kind, command.cell, state, command.command_id)
        if self.w.cabinet.online:
            await self.w.cabinet.report(event)
        else:
            self.untold.append(event)

    async def the_link(self) -> None:
        """Let the link break, come back, or somebody show a code while it is away."""
        cabinet = self.w.cabinet
        if cabinet.online:
            cabinet.online = False
        elif self.dice.random() < 0.5:
            _, order = self.dice.choice(self.orders)
            grant = (await self.w.order(order)).grant
            if grant is not None and cabinet.takes_grant(grant.id, grant.cell):
                self.by_code += 1
        else:
            await cabinet.comes_back(4)
            told, self.untold = self.untold, []
            if told:
                await cabinet.report(*told)

    async def time_passes(self) -> None:
        self.w.later(seconds=self.dice.choice([1, 5, 20, 20, 60, 400]))
        await self.w.doors.expire(self.w.now)
        await self.w.sensing.alarm_left_open(self.w.now)
        await self.w.visits.end_expired(self.w.now)
        await self.w.cells.release(self.w.now)
        for order in await self.w.orders.due(self.w.now):
            await self.w.deposit_service.end_hold(order)
            await self.w.pickups.conclude(order)
            await self.w.dispatch.expire(order)
            await self.w.dispatch.hand_back_wished(order)
        await self.w.recalls.sweep()

    async def office(self) -> None:
        _, order = self.dice.choice(self.orders)
        acts = [
            lambda: self.w.pay(order),
            lambda: self.w.pay(order),
            lambda: self.w.terminals_service.restore(
                self.w.operator.person, self.w.cabinet.terminal, self.dice.randrange(1, 5), "检查"
            ),
            lambda: self.w.terminals_service.test_cell(
                self.w.operator.person, self.w.cabinet.terminal, self.dice.randrange(1, 5), "检查"
            ),
        ]
        if self.dice.random() < 0.1:
            acts = [lambda: self.w.orders_service.cancel(self.w.operator, order, "客服")]
        await self.dice.choice(acts)()

    async def check(self) -> None:
        """The cells and the orders tell one story, and every word follows the sensor."""
        every = await self.w.orders.in_custody(frozenset(Custody), limit=1000)
        orders = {order.id: order for order in every}
        assert orders.keys() == {order for _, order in self.orders}
        cells = await self.w.cell_store.of_terminal(self.w.cabinet.terminal, self.w.now)
        held = {cell.order: cell.cell for cell in cells if cell.order}
        needed = {
            order.id: order.placement.cell
            for order in orders.values()
            if order.custody in IN_CELL and order.placement
        }
        assert held == needed
        assert len(set(needed.values())) == len(needed)
        for order in orders.values():
            if order.custody in (Custody.DEPOSITED, Custody.OPEN, Custody.CLAIMED):
                assert order.placement is not None and order.placement.command is None
        for order in orders.values():
            self.check_grant(order)

    def check_grant(self, order: Order) -> None:
        """A live grant's order has its holder and its cell from the issue on to its end."""
        grant = order.grant
        if not lives(grant):
            return
        carrier = order.pickup.courier if order.pickup else order.customer
        place = order.placement
        holds = (carrier, place.terminal, place.cell)
        assert holds == (grant.holder, grant.terminal, grant.cell)
        assert place.command in (None, grant.id)
        assert self.held.setdefault(grant.id, holds) == holds

    async def check_words(self) -> None:
        words = 0
        for _, order in self.orders:
            opened = closed = earlier = False
            for event in await self.w.orders.events(order):
                if event.step in ASKS and event.data.get("command"):
                    earlier = event.step == "door_asked" and (earlier or closed)
                    opened = closed = False
                elif event.step == "door_failed":
                    opened = closed = earlier  # what was sensed before it stands
                elif event.step == "door_sensed_open":
                    opened, closed = True, False
                elif event.step == "door_sensed_closed":
                    assert opened
                    closed = True
                elif event.step in WORDS:
                    # A refusal, and a pickup out of its window, are concluded by the closing.
                    assert opened and (closed or event.actor == "system"), (order, event)
                    words += 1
                    opened = closed = earlier = False
        assert words or self.refusals


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 3, 4])
async def test_a_random_walk(mongo_uri: str, mongo_db_name: str, seed: int) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="MMMM", seed=seed) as w:
        walk = Walk(w, random.Random(seed), breaks=seed >= 3)
        await walk.begin()
        for _ in range(STEPS):
            await walk.step()
            await walk.check()
        await walk.check_words()
        assert len(w.cabinet.executed) == len({one.command_id for one in w.cabinet.commands})
