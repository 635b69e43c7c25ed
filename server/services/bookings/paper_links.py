"""Links to photos of papers: signed by a code that only their viewer was given, good once.

A browser's `<img>` sends no token, so the code is the proof. Making one and using it are recorded
each, with who looks and why.
"""

from __future__ import annotations

from datetime import timedelta

from realtime.wire.papers import PaperLinkView
from server.domain.bookings.bookings import Booking
from server.domain.bookings.papers import PaperKind
from server.domain.bookings.states import BookingState
from server.domain.errors import NotFound
from server.domain.ids import Draw, SessionId
from server.domain.people import Actor
from server.domain.rules import Rules
from server.services.bookings.paper_photos import use_of
from server.services.photos.photos import Photos
from server.services.ports import Audit, Clock
from server.store.bookings.paper_links import MongoPaperLinks, PaperLink
from server.store.bookings.papers import MongoPapers
from server.store.seal import BlindIndex

CODE_CHARACTERS = 26  # 130 bits


class PaperLinks:
    """Make links and answer them; who may have one, callers judge."""

    def __init__(
        self,
        *,
        papers: MongoPapers,
        links: MongoPaperLinks,
        photos: Photos,
        audit: Audit,
        index: BlindIndex,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._papers = papers
        self._links = links
        self._photos = photos
        self._audit = audit
        self._index = index
        self._rules = rules
        self._clock = clock
        self._draw = draw

    async def link(
        self, viewer: Actor, booking: Booking, kind: PaperKind, purpose: str
    ) -> PaperLinkView:
        """Make a link to one photo for one viewer; recorded.

        Raises:
            NotFound: the booking has no such paper.
        """
        sheet = await self._papers.find(booking.id, kind)
        if sheet is None:
            raise NotFound(field="kind", rule="exists")
        now, code = self._clock(), self._draw(CODE_CHARACTERS)
        until = now + timedelta(seconds=self._rules.paper_link_seconds)
        await self._audit.record(
            actor=viewer.person,
            action="paper_link",
            subject=f"photo:{sheet.photo}",
            purpose=purpose,
            at=now,
        )
        await self._links.put(
            PaperLink(
                id=self._digest(code),
                person=viewer.person,
                photo=sheet.photo,
                booking=booking.id,
                used=booking.state is not BookingState.HELD,
                purpose=purpose,
                expires_at=until,
            )
        )
        return PaperLinkView(path=f"/v1/paper-photos/{code}", expires_at=until)

    async def fetch(self, code: str) -> bytes:
        """Give the photo of a link as JPEG and use the link up; recorded as its viewer's look.

        Raises:
            NotFound: no such link, used, over, or the photo is gone.
        """
        link = await self._links.take(self._digest(code), self._clock())
        if link is None:
            raise NotFound(field="code", rule="exists")
        viewer = Actor(person=link.person, session=SessionId(""), roles=frozenset())
        if not link.used:  # a hold's photo serves nothing yet: its owner's own
            return await self._photos.show(viewer, link.photo, link.purpose)
        return await self._photos.show_for(viewer, link.photo, use_of(link.booking), link.purpose)

    def _digest(self, code: str) -> str:
        return self._index.digest("paper link", code)
