"""Routes of papers: the consent, photos and what was read off them; staff's decisions."""

from __future__ import annotations

from handlers.access import ANYONE, PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.bookings.services import BookingServices
from handlers.photos import PHOTO_BYTES, PhotosHandler
from realtime.wire.centre import WithCode
from realtime.wire.papers import (
    ConsentToPapers,
    CorrectPaper,
    DecidePapers,
    PapersCaseQuery,
    PapersQueueQuery,
)
from server.domain.bookings.papers import PaperKind
from server.domain.ids import BookingId
from server.domain.people import Role
from server.services.accounts.codes import Caller

BOOKING = r"(?P<booking>[0-9A-Z]{2,40})"
KIND = r"(?P<kind>id_card|vehicle_licence)"
CODE = r"(?P<code>[A-Z0-9]{1,64})"


class PapersRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: BookingServices) -> None:
        """Take the services."""
        self._papers = services.papers
        self._desk = services.paper_desk
        self._links = services.paper_links


class ConsentHandler(PapersRoom):
    """GET and POST /v1/papers-consent."""

    @allow(PERSON)
    async def get(self) -> None:
        """`PapersConsentView`: the version that counts now, and when one agreed to it."""
        self.answer(await self._papers.consent(self.actor))

    @allow(PERSON)
    async def post(self) -> None:
        """`ConsentToPapers` → `PapersConsentView`: agree to photos of one's papers."""
        asked = self.body(ConsentToPapers)
        self.answer(await self._papers.agree(self.actor, asked.consent_version))


class OwnPapersHandler(PapersRoom):
    """GET /v1/bookings/{id}/papers."""

    @allow(PERSON)
    async def get(self, booking: str) -> None:
        """`PapersView`, for its owner, masked a while after the photos came; recorded."""
        self.answer(await self._papers.show(self.actor, BookingId(booking)))


class UnlockHandler(PapersRoom):
    """POST /v1/bookings/{id}/papers/unlock."""

    @allow(PERSON)
    async def post(self, booking: str) -> None:
        """`WithCode` (of `look`) → `PapersView` in full, for this log-in for a while; recorded."""
        asked = self.body(WithCode)
        caller = Caller(address=self.address, device=asked.device)
        known = BookingId(booking)
        self.answer(await self._papers.unlock(self.actor, known, asked, caller))


class OwnPaperHandler(PapersRoom):
    """POST and PUT /v1/bookings/{id}/papers/{kind}."""

    raw_types = PhotosHandler.raw_types

    @allow(PERSON, body_bytes=PHOTO_BYTES, idempotent=True)
    async def post(self, booking: str, kind: str) -> None:
        """Raw JPEG, PNG, HEIC or WebP, 10 MB at most → `PapersView`: reading it begins."""
        known, raw = BookingId(booking), self.raw_body()
        self.answer(await self._papers.take(self.actor, known, PaperKind(kind), raw), status=201)

    @allow(PERSON)
    async def put(self, booking: str, kind: str) -> None:
        """`CorrectPaper` → `PapersView`: corrections, kept beside what was read."""
        known, asked = BookingId(booking), self.body(CorrectPaper)
        self.answer(await self._papers.correct(self.actor, known, PaperKind(kind), asked))


class OwnLinkHandler(PapersRoom):
    """POST /v1/bookings/{id}/papers/{kind}/link."""

    @allow(PERSON)
    async def post(self, booking: str, kind: str) -> None:
        """No body → `PaperLinkView`: one's own photo, once; recorded."""
        known = BookingId(booking)
        self.answer(await self._papers.link(self.actor, known, PaperKind(kind)), status=201)


class PhotoHandler(PapersRoom):
    """GET /v1/paper-photos/{code}."""

    @allow(ANYONE)
    async def get(self, code: str) -> None:
        """→ JPEG, once: the code is the proof. Recorded as the look of whom it was given to."""
        self.answer_file(await self._links.fetch(code), "image/jpeg")


class QueueHandler(PapersRoom):
    """GET /v1/staff/papers."""

    @allow(Role.REVIEWER, Role.OUTLET_STAFF)
    async def get(self) -> None:
        """`PapersQueueQuery` → `PapersQueue`: outlet staff their own outlet's."""
        self.answer(await self._desk.queue(self.actor, self.query(PapersQueueQuery).limit))


class CaseHandler(PapersRoom):
    """GET /v1/staff/papers/{booking}."""

    @allow(Role.REVIEWER, Role.OUTLET_STAFF)
    async def get(self, booking: str) -> None:
        """`PapersCaseQuery` → `PapersCase`: in full; recorded."""
        purpose = self.query(PapersCaseQuery).purpose
        self.answer(await self._desk.case(self.actor, BookingId(booking), purpose))


class StaffLinkHandler(PapersRoom):
    """POST /v1/staff/papers/{booking}/{kind}/link."""

    @allow(Role.REVIEWER, Role.OUTLET_STAFF)
    async def post(self, booking: str, kind: str) -> None:
        """No body → `PaperLinkView`: the photo, once, for who asked; recorded."""
        known = BookingId(booking)
        found = await self._desk.link(self.actor, known, PaperKind(kind), "decide")
        self.answer(found, status=201)


class DecideHandler(PapersRoom):
    """POST /v1/staff/papers/{booking}/decide."""

    @allow(Role.REVIEWER, Role.OUTLET_STAFF)
    async def post(self, booking: str) -> None:
        """`DecidePapers` → `BookingView`: accepted, or rejected with the reason; recorded."""
        asked = self.body(DecidePapers)
        self.answer(await self._desk.decide(self.actor, BookingId(booking), asked))


def routes(services: BookingServices) -> list[Route]:
    """List this room's routes."""
    given = {"services": services}
    return [
        (r"/v1/papers-consent", ConsentHandler, given),
        (rf"/v1/bookings/{BOOKING}/papers", OwnPapersHandler, given),
        (rf"/v1/bookings/{BOOKING}/papers/unlock", UnlockHandler, given),
        (rf"/v1/bookings/{BOOKING}/papers/{KIND}", OwnPaperHandler, given),
        (rf"/v1/bookings/{BOOKING}/papers/{KIND}/link", OwnLinkHandler, given),
        (rf"/v1/paper-photos/{CODE}", PhotoHandler, given),
        (r"/v1/staff/papers", QueueHandler, given),
        (rf"/v1/staff/papers/{BOOKING}", CaseHandler, given),
        (rf"/v1/staff/papers/{BOOKING}/{KIND}/link", StaffLinkHandler, given),
        (rf"/v1/staff/papers/{BOOKING}/decide", DecideHandler, given),
    ]
