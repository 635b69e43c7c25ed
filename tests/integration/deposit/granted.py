"""Orders that offline grants are out for: a won parcel, and a deposit whose terminal is cut off."""

from contextlib import asynccontextmanager
from typing import Any

from server.domain.ids import OrderId, VisitId
from server.domain.orders import Order
from server.domain.people import Role
from tests.integration.deposit.world import World, world


@asynccontextmanager
async def claimed(mongo_uri: str, name: str, **more: Any):
    """A parcel inside, won by a courier whose phone has the grant."""
    async with world(mongo_uri, name, sizes="MM", **more) as w:
        customer, courier = await w.person(), await w.person(Role.COURIER, certified=True)
        placed = await w.placed(customer)
        await w.deposit(customer, placed.order_id)
        await w.pay(placed.order_id)
        yield w, courier, await w.win(placed.order_id, courier)


async def opens_offline(w: World, order: Order) -> None:
    """Show the code at a terminal without a link; nothing of it is told yet."""
    assert order.grant is not None
    w.cabinet.online = False
    assert w.cabinet.takes_grant(order.grant.id, order.grant.cell) is not None


async def steps(w: World, order: Order) -> list[str]:
    return [event.step for event in await w.orders.events(order.id)]


@asynccontextmanager
async def depositing(mongo_uri: str, name: str, *, lost: bool = True):
    """A customer in front of a door whose terminal loses its link as it is asked."""
    async with world(mongo_uri, name, sizes="MM") as w:
        customer = await w.person()
        order = await w.placed(customer)
        visit = VisitId((await w.scan(customer)).visit_id)
        w.cabinet.lost_frames = lost
        await w.acts.choose_order(visit, customer.person, OrderId(order.order_id))
        w.cabinet.lost_frames = False
        yield w, customer, visit, await w.order(order.order_id)
