"""Routes of staff: what people were told, and why they did or did not hear."""

from __future__ import annotations

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from realtime.wire.notices import NoticesQuery
from server.domain.ids import OrderId, PersonId
from server.domain.people import Role
from server.services.notices.desk import NoticeDesk

PERSON = r"(?P<person>[A-Za-z0-9]{1,64})"


class NoticesRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, notices: NoticeDesk) -> None:
        """Take the service."""
        self._notices = notices


class PersonNoticesHandler(NoticesRoom):
    """GET /v1/staff/people/{id}/notices."""

    @allow(Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
    async def get(self, person: str) -> None:
        """`NoticesQuery` → `NoticePage`: each with its tries and their outcomes, newest first."""
        asked = self.query(NoticesQuery)
        self.answer(await self._notices.of_person(PersonId(person), asked))


class OrderNoticesHandler(NoticesRoom):
    """GET /v1/staff/orders/{id}/notices."""

    @allow(Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
    async def get(self, order: str) -> None:
        """`NoticesQuery` → `NoticePage`: what customer and courier were told of it."""
        asked = self.query(NoticesQuery)
        self.answer(await self._notices.of_order(OrderId(order), asked))


def routes(notices: NoticeDesk) -> list[Route]:
    """List this room's routes."""
    given = {"notices": notices}
    return [
        (rf"/v1/staff/people/{PERSON}/notices", PersonNoticesHandler, given),
        (rf"/v1/staff/orders/{ORDER}/notices", OrderNoticesHandler, given),
    ]
