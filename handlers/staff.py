"""Routes of staff: all orders, counters, the ledger."""

from __future__ import annotations

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from realtime.wire.work import StaffOrdersQuery
from server.domain.ids import OrderId
from server.domain.people import Role
from server.services.orders.desk import Desk


class DeskHandler(ApiHandler):
    """The base of this room."""

    def initialize(self, desk: Desk) -> None:
        """Take the service."""
        self._desk = desk


class StaffOrdersHandler(DeskHandler):
    """GET /v1/staff/orders."""

    @allow(Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
    async def get(self) -> None:
        """`StaffOrdersQuery` → `OrderPage`, masked, newest first."""
        self.answer(await self._desk.list_orders(self.query(StaffOrdersQuery)))


class RacesHandler(DeskHandler):
    """GET /v1/staff/orders/{id}/races."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def get(self, order: str) -> None:
        """`RacesView`: who tried to win the order, in the order they came."""
        self.answer(await self._desk.races(OrderId(order)))


class SummaryHandler(DeskHandler):
    """GET /v1/staff/summary."""

    @allow(Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
    async def get(self) -> None:
        """`SummaryView`."""
        self.answer(await self._desk.summary())


class LedgerCheckHandler(DeskHandler):
    """GET /v1/staff/ledger/check."""

    @allow(Role.FINANCE)
    async def get(self) -> None:
        """`LedgerView`: the books proved, or what is wrong with them."""
        self.answer(await self._desk.check_ledger())


def routes(desk: Desk) -> list[Route]:
    """List this room's routes."""
    return [
        (r"/v1/staff/orders", StaffOrdersHandler, {"desk": desk}),
        (rf"/v1/staff/orders/{ORDER}/races", RacesHandler, {"desk": desk}),
        (r"/v1/staff/summary", SummaryHandler, {"desk": desk}),
        (r"/v1/staff/ledger/check", LedgerCheckHandler, {"desk": desk}),
    ]
