"""Routes of orders: prices, waybills, history, labels, binding, refusing, cancelling."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.access import ANYONE, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from realtime.wire.orders import CancelOrder, PageQuery, PriceQuery
from realtime.wire.requests import BindCarrier, PlaceOrder, RefuseParcel
from server.domain.ids import OrderId, PhotoId, VisitId
from server.services.dispatch.refusals import Refusals
from server.services.orders.labels import Labels
from server.services.orders.orders import Orders
from server.services.orders.waybills import Waybills
from server.services.published import Published
from server.services.visits.acts import VisitActs


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderServices:
    """What this room calls."""

    orders: Orders
    waybills: Waybills
    labels: Labels
    acts: VisitActs
    refusals: Refusals
    published: Published


class OrdersRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: OrderServices) -> None:
        """Take the services."""
        self._services = services


class RulesHandler(OrdersRoom):
    """GET /v1/rules."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`RulesView`."""
        self.answer(await self._services.published.show())


class PriceHandler(OrdersRoom):
    """GET /v1/price."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`PriceQuery` → `PriceView`."""
        asked = self.query(PriceQuery)
        price = self._services.orders.price(asked.size, asked.origin_region, asked.region)
        self.answer(await price)


class OrdersHandler(OrdersRoom):
    """POST and GET /v1/orders."""

    @allow(PERSON, idempotent=True)
    async def post(self) -> None:
        """`PlaceOrder` → `OrderView`."""
        asked = self.body(PlaceOrder)
        placed = await self._services.orders.place(self.actor.person, asked)
        self.answer(placed, status=201)

    @allow(PERSON)
    async def get(self) -> None:
        """`PageQuery` → `OrderPage`: own orders, newest first."""
        asked = self.query(PageQuery)
        page = await self._services.orders.mine(
            self.actor.person, before=asked.before, limit=asked.limit
        )
        self.answer(page)


class OrderHandler(OrdersRoom):
    """GET /v1/orders/{id}."""

    @allow(PERSON)
    async def get(self, order: str) -> None:
        """`OrderView` with its history, for customer, winner and staff."""
        self.answer(await self._services.orders.get(self.actor, OrderId(order)))


class WaybillHandler(OrdersRoom):
    """GET /v1/orders/{id}/waybill."""

    @allow(PERSON)
    async def get(self, order: str) -> None:
        """`FullWaybill`; the read is recorded."""
        full = await self._services.waybills.read(self.actor, OrderId(order), purpose="waybill")
        self.answer(full)


class LabelHandler(OrdersRoom):
    """GET /v1/orders/{id}/label.pdf."""

    @allow(PERSON)
    async def get(self, order: str) -> None:
        """Send the printed waybill, 100 x 150 mm, to the winner and staff; recorded."""
        pdf = await self._services.labels.print(self.actor, OrderId(order))
        self.answer_file(pdf, "application/pdf")


class CancelHandler(OrdersRoom):
    """POST /v1/orders/{id}/cancel."""

    @allow(PERSON)
    async def post(self, order: str) -> None:
        """`CancelOrder` (a customer may send no body) → `OrderView`."""
        asked = self.body(CancelOrder) if self.raw_body() else CancelOrder()
        self.answer(await self._services.orders.cancel(self.actor, OrderId(order), asked.reason))


class CarrierHandler(OrdersRoom):
    """POST /v1/orders/{id}/carrier."""

    @allow(PERSON)
    async def post(self, order: str) -> None:
        """`BindCarrier` → `OrderView`; opens the door of the visit's terminal."""
        asked, bound = self.body(BindCarrier), OrderId(order)
        await self._services.acts.bind(
            VisitId(asked.visit_id),
            self.actor.person,
            bound,
            asked.carrier_waybill,
            carrier=asked.carrier,
        )
        self.answer(await self._services.orders.get(self.actor, bound))


class ConfirmHandler(OrdersRoom):
    """POST /v1/orders/{id}/confirm."""

    @allow(PERSON)
    async def post(self, order: str) -> None:
        """No body → `OrderView`: it is inside, or out, after a door was opened offline."""
        confirmed = OrderId(order)
        await self._services.acts.confirm_afar(self.actor.person, confirmed)
        self.answer(await self._services.orders.get(self.actor, confirmed))


class RefusalHandler(OrdersRoom):
    """POST /v1/orders/{id}/refusal."""

    @allow(PERSON)
    async def post(self, order: str) -> None:
        """`RefuseParcel` → `OrderView`."""
        asked, refused = self.body(RefuseParcel), OrderId(order)
        await self._services.refusals.refuse(
            self.actor.person, refused, asked.reason, PhotoId(asked.photo_id)
        )
        self.answer(await self._services.orders.get(self.actor, refused))


def routes(services: OrderServices) -> list[Route]:
    """List this room's routes."""
    mine = {"services": services}
    return [
        (r"/v1/rules", RulesHandler, mine),
        (r"/v1/price", PriceHandler, mine),
        (r"/v1/orders", OrdersHandler, mine),
        (rf"/v1/orders/{ORDER}", OrderHandler, mine),
        (rf"/v1/orders/{ORDER}/waybill", WaybillHandler, mine),
        (rf"/v1/orders/{ORDER}/label.pdf", LabelHandler, mine),
        (rf"/v1/orders/{ORDER}/cancel", CancelHandler, mine),
        (rf"/v1/orders/{ORDER}/carrier", CarrierHandler, mine),
        (rf"/v1/orders/{ORDER}/confirm", ConfirmHandler, mine),
        (rf"/v1/orders/{ORDER}/refusal", RefusalHandler, mine),
    ]
