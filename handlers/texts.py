"""Routes of texts sent to phones: the vendors' delivery reports, and staff's look at them."""

from __future__ import annotations

from handlers.access import ANYONE, allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.texts import FindTexts, TextsQuery
from server.domain.people import Role
from server.services.notices.texts import Texts

#: Vendors put many reports into one request.
REPORT_BYTES = 256 * 1024

SECRET = r"(?P<secret>[A-Za-z0-9_-]{1,128})"


class TextsRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, texts: Texts) -> None:
        """Take the service."""
        self._texts = texts


class ReportsHandler(TextsRoom):
    """POST /v1/callbacks/sms/{vendor}/{secret}: no vendor signs; the secret is who it is."""

    @allow(ANYONE, body_bytes=REPORT_BYTES)
    async def post(self, vendor: str, secret: str) -> None:
        """A JSON array of reports → what their vendor wants to hear; each has its effect once."""
        told = await self._texts.receive(vendor, secret, self.raw_body())
        self.answer_file(told, "application/json; charset=utf-8")


class TextsHandler(TextsRoom):
    """GET /v1/staff/texts."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def get(self) -> None:
        """`TextsQuery` → `TextPage`: everybody's, newest first."""
        self.answer(await self._texts.recent(self.query(TextsQuery)))


class FindTextsHandler(TextsRoom):
    """POST /v1/staff/texts/find."""

    @allow(Role.OPERATOR, Role.REVIEWER)
    async def post(self) -> None:
        """`FindTexts` → `TextPage` of one phone; recorded. A POST: no phone stands in a URL."""
        self.answer(await self._texts.find(self.actor, self.body(FindTexts)))


def routes(texts: Texts) -> list[Route]:
    """List this room's routes."""
    given = {"texts": texts}
    return [
        (rf"/v1/callbacks/sms/(?P<vendor>[a-z]{{1,16}})/{SECRET}", ReportsHandler, given),
        (r"/v1/staff/texts", TextsHandler, given),
        (r"/v1/staff/texts/find", FindTextsHandler, given),
    ]
