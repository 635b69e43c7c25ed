"""Routes of reviewers: what waits, approving once or twice, sending back."""

from __future__ import annotations

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from realtime.wire.requests import ApproveWaybill, SendBackWaybill
from server.domain.ids import OrderId
from server.domain.people import Role
from server.services.orders.desk import Desk


class ReviewHandler(ApiHandler):
    """The base of this room."""

    def initialize(self, desk: Desk) -> None:
        """Take the service."""
        self._desk = desk


class ReviewsHandler(ReviewHandler):
    """GET /v1/reviews."""

    @allow(Role.REVIEWER)
    async def get(self) -> None:
        """`ReviewQueueView`, unmasked; each order read is recorded."""
        self.answer(await self._desk.reviews(self.actor))


class ApproveHandler(ReviewHandler):
    """POST /v1/reviews/{order}/approve."""

    @allow(Role.REVIEWER, idempotent=True)
    async def post(self, order: str) -> None:
        """`ApproveWaybill` → `OrderView`; the payout is owed, unless a second has to approve."""
        body = self.body(ApproveWaybill)
        self.answer(await self._desk.approve(self.actor, OrderId(order), body))


class WithdrawHandler(ReviewHandler):
    """POST /v1/reviews/{order}/withdraw."""

    @allow(Role.REVIEWER, idempotent=True)
    async def post(self, order: str) -> None:
        """No body → `OrderView`; one's own first approval, while the second has not come."""
        self.answer(await self._desk.withdraw(self.actor, OrderId(order)))


class RejectHandler(ReviewHandler):
    """POST /v1/reviews/{order}/reject."""

    @allow(Role.REVIEWER, idempotent=True)
    async def post(self, order: str) -> None:
        """`SendBackWaybill` → `OrderView`, back with its courier."""
        body = self.body(SendBackWaybill)
        self.answer(await self._desk.reject(self.actor, OrderId(order), body))


def routes(desk: Desk) -> list[Route]:
    """List this room's routes."""
    return [
        (r"/v1/reviews", ReviewsHandler, {"desk": desk}),
        (rf"/v1/reviews/{ORDER}/approve", ApproveHandler, {"desk": desk}),
        (rf"/v1/reviews/{ORDER}/withdraw", WithdrawHandler, {"desk": desk}),
        (rf"/v1/reviews/{ORDER}/reject", RejectHandler, {"desk": desk}),
    ]
