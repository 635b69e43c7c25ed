"""Routes of complaints: a customer's own thread, and staff's list and answers."""

from __future__ import annotations

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.payments import ORDER
from realtime.wire.complaints import (
    AnswerComplaint,
    AssignComplaint,
    ComplaintsQuery,
    SayComplaint,
)
from server.domain.ids import OrderId, PhotoId
from server.domain.people import Role
from server.services.orders.complaint_photos import ComplaintPhotos
from server.services.orders.complaints import Complaints

PHOTO = r"(?P<photo>[A-Z0-9]{1,32})"


class ComplaintsRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, complaints: Complaints) -> None:
        """Take the service."""
        self._complaints = complaints


class OwnComplaintHandler(ComplaintsRoom):
    """/v1/orders/{id}/complaint."""

    @allow(PERSON)
    async def get(self, order: str) -> None:
        """`OwnComplaint`: the thread of one's own order, if there is one."""
        self.answer(await self._complaints.own(self.actor.person, OrderId(order)))

    @allow(PERSON, idempotent=True)
    async def put(self, order: str) -> None:
        """`SayComplaint` → `OwnComplaint`: opens the thread, or writes on in it."""
        asked = self.body(SayComplaint)
        self.answer(await self._complaints.say(self.actor.person, OrderId(order), asked))


class ComplaintPhotoHandler(ApiHandler):
    """GET /v1/orders/{id}/complaint/photos/{photo}."""

    def initialize(self, photos: ComplaintPhotos) -> None:
        """Take the service."""
        self._photos = photos

    @allow(PERSON)
    async def get(self, order: str, photo: str) -> None:
        """Send a thread's JPEG to its customer, or to staff of complaints; recorded."""
        content = await self._photos.show(self.actor, OrderId(order), PhotoId(photo))
        self.answer_file(content, "image/jpeg")


class ComplaintsHandler(ComplaintsRoom):
    """GET /v1/staff/complaints."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def get(self) -> None:
        """`ComplaintsQuery` → `ComplaintPage`, longest waiting first."""
        self.answer(await self._complaints.page(self.actor, self.query(ComplaintsQuery)))


class ComplaintHandler(ComplaintsRoom):
    """GET /v1/staff/complaints/{order}."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def get(self, order: str) -> None:
        """`ComplaintView` with its texts; the read is recorded."""
        self.answer(await self._complaints.read(self.actor, OrderId(order)))


class AnswerHandler(ComplaintsRoom):
    """POST /v1/staff/complaints/{order}/answer."""

    @allow(Role.OPERATOR, Role.REVIEWER, idempotent=True)
    async def post(self, order: str) -> None:
        """`AnswerComplaint` → `ComplaintView`: to the customer, who is told; recorded."""
        asked = self.body(AnswerComplaint)
        self.answer(await self._complaints.answer(self.actor, OrderId(order), asked))


class AssigneeHandler(ComplaintsRoom):
    """PUT /v1/staff/complaints/{order}/assignee."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def put(self, order: str) -> None:
        """`AssignComplaint` → `ComplaintView`: taken on, or laid down."""
        asked = self.body(AssignComplaint)
        self.answer(await self._complaints.assign(self.actor, OrderId(order), asked))


def routes(complaints: Complaints, photos: ComplaintPhotos) -> list[Route]:
    """List this room's routes."""
    mine = {"complaints": complaints}
    thread = rf"/v1/orders/{ORDER}/complaint"
    return [
        (thread, OwnComplaintHandler, mine),
        (rf"{thread}/photos/{PHOTO}", ComplaintPhotoHandler, {"photos": photos}),
        (r"/v1/staff/complaints", ComplaintsHandler, mine),
        (rf"/v1/staff/complaints/{ORDER}", ComplaintHandler, mine),
        (rf"/v1/staff/complaints/{ORDER}/answer", AnswerHandler, mine),
        (rf"/v1/staff/complaints/{ORDER}/assignee", AssigneeHandler, mine),
    ]
