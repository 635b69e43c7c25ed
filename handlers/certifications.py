"""Routes of couriers' certification: the application, the reviewers' queue, staff's acts."""

from __future__ import annotations

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.accounts import PeopleView
from realtime.wire.certifications import (
    ApplyForCertification,
    CourierView,
    FindCouriers,
    RefuseApplication,
)
from realtime.wire.requests import Certify
from server.domain.ids import PersonId
from server.domain.people import Certification, Role
from server.services.accounts.accounts import person_view
from server.services.certification.certifications import Certifications
from server.services.certification.desk import CertificationDesk
from server.services.certification.views import own_view, queue_view

PERSON_PATTERN = r"(?P<person>[A-Z0-9]{1,32})"
APPLICATION = r"(?P<application>[A-Z0-9]{1,32})"


class CertificationsHandler(ApiHandler):
    """The base of this room."""

    def initialize(self, certifications: Certifications) -> None:
        """Take the service."""
        self._certifications = certifications


class OwnCertificationHandler(CertificationsHandler):
    """GET and POST /v1/certification."""

    @allow(PERSON)
    async def get(self) -> None:
        """`CertificationView` of a courier's own; what was written is masked."""
        self.answer(own_view(await self._certifications.own(self.actor)))

    @allow(PERSON, idempotent=True)
    async def post(self) -> None:
        """`ApplyForCertification` → `CertificationView`; one application waits at a time."""
        form = self.body(ApplyForCertification)
        self.answer(own_view(await self._certifications.apply(self.actor, form)), status=201)


class DeskHandler(ApiHandler):
    """The base of staff's side."""

    def initialize(self, desk: CertificationDesk) -> None:
        """Take the service."""
        self._desk = desk


class QueueHandler(DeskHandler):
    """GET /v1/certifications."""

    @allow(Role.REVIEWER)
    async def get(self) -> None:
        """`ApplicationsView`, longest waiting first, unmasked; each one read is recorded."""
        self.answer(queue_view(await self._desk.queue(self.actor)))


class ApproveHandler(DeskHandler):
    """POST /v1/certifications/{application}/approve."""

    @allow(Role.REVIEWER, idempotent=True)
    async def post(self, application: str) -> None:
        """No body → `PersonView`; certified until the papers' end. Recorded."""
        person = await self._desk.approve(self.actor, application)
        self.answer(person_view(person))


class RejectHandler(DeskHandler):
    """POST /v1/certifications/{application}/reject."""

    @allow(Role.REVIEWER, idempotent=True)
    async def post(self, application: str) -> None:
        """`RefuseApplication` → `PersonView`; the courier hears why. Recorded."""
        form = self.body(RefuseApplication)
        person = await self._desk.reject(self.actor, application, form)
        self.answer(person_view(person))


class ActHandler(DeskHandler):
    """PUT /v1/couriers/{person}/certification."""

    @allow(Role.REVIEWER, Role.OPERATOR)
    async def put(self, person: str) -> None:
        """`Certify` → `PersonView`: papers checked otherwise, suspended, reinstated; recorded."""
        asked = self.body(Certify)
        changed = await self._desk.act(
            self.actor, PersonId(person), Certification(asked.state), asked.reason
        )
        self.answer(person_view(changed))


class CourierCardHandler(DeskHandler):
    """GET /v1/couriers/{person}."""

    @allow(Role.REVIEWER, Role.OPERATOR)
    async def get(self, person: str) -> None:
        """→ `CourierView`: one courier, phone and name masked."""
        known, masked_name = await self._desk.card(PersonId(person))
        self.answer(CourierView(person=person_view(known), masked_name=masked_name))


class FindHandler(DeskHandler):
    """POST /v1/couriers/find."""

    @allow(Role.REVIEWER, Role.OPERATOR)
    async def post(self) -> None:
        """`FindCouriers` → `PeopleView`, masked; a name or a whole phone is recorded."""
        found = await self._desk.find(self.actor, self.body(FindCouriers).text)
        self.answer(PeopleView(people=tuple(map(person_view, found))))


def routes(certifications: Certifications, desk: CertificationDesk) -> list[Route]:
    """List this room's routes."""
    mine, staff = {"certifications": certifications}, {"desk": desk}
    return [
        (r"/v1/certification", OwnCertificationHandler, mine),
        (r"/v1/certifications", QueueHandler, staff),
        (rf"/v1/certifications/{APPLICATION}/approve", ApproveHandler, staff),
        (rf"/v1/certifications/{APPLICATION}/reject", RejectHandler, staff),
        (r"/v1/couriers/find", FindHandler, staff),
        (rf"/v1/couriers/{PERSON_PATTERN}", CourierCardHandler, staff),
        (rf"/v1/couriers/{PERSON_PATTERN}/certification", ActHandler, staff),
    ]
