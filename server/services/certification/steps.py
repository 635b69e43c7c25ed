"""One step of a certification: the conditional write, and who hears of it at once."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from server.domain.certifications import Application, Certificate, Step, moved
from server.domain.errors import StaleVersion
from server.domain.ids import PersonId
from server.domain.people import Certification
from server.domain.photos import PhotoPurpose, PhotoUse
from server.services.certification.news import CertificationNews
from server.services.ports import Clock, Photos
from server.store.standings import MongoStandings
from server.store.transactions import Session


class Announces(Protocol):
    """Tells every process; `server.services.accounts.announcements.Announcements`."""

    async def changed(self, person: PersonId) -> None:
        """Tell that a person's standing changed, if it did; a sweep tells what was missed."""


class Forgets(Protocol):
    """What remembers who may claim; `server.services.dispatch.eligibility.Eligibility`."""

    def forget(self, courier: PersonId) -> None:
        """Read afresh next time."""


class CertificationSteps:
    """Write steps, tell of them, and say how long the papers' photos are needed."""

    def __init__(
        self,
        *,
        standings: MongoStandings,
        photos: Photos,
        announcements: Announces,
        news: CertificationNews,
        eligibility: Forgets,
        clock: Clock,
    ) -> None:
        self._standings = standings
        self._photos = photos
        self._announcements = announcements
        self._news = news
        self._eligibility = eligibility
        self._clock = clock

    async def move(
        self,
        person: PersonId,
        step: Step,
        session: Session,
        *,
        until: datetime | None = None,
        reason: str | None = None,
    ) -> Certificate:
        """Write a step in a transaction; `until` counts for approvals alone.

        Raises:
            Conflict: no courier. IllegalTransition: the table has no such step from here.
            StaleVersion: another step came first.
        """
        now = self._clock()
        current = await self._standings.of_courier(person, session)
        after = moved(current, step, now=now, until=until, reason=reason)
        written = Step.EXPIRE if after.state is Certification.EXPIRED else step
        if not await self._standings.write(current, after, written, now, session):
            raise StaleVersion(field="person", rule="certification")
        return after

    async def use_photo(self, application: Application, session: Session) -> None:
        """Have the photo that an application names serve it.

        Raises:
            NotFound: it is not the person's. InvalidInput: it serves something else.
        """
        use = _use(application)
        await self._photos.use(application.person, application.photo, use, session)

    async def release_photo(
        self, application: Application, session: Session, *, until: datetime | None = None
    ) -> None:
        """Say until when the photo of an application is needed: None, until now."""
        await self._photos.release(application.photo, _use(application), session, until=until)

    async def told(self, person: PersonId, *, queue: bool = False) -> None:
        """Tell at once what a sweep would tell later; `queue`: staff's list has changed too."""
        self._eligibility.forget(person)
        await self._announcements.changed(person)
        await self._news.tell(person)
        if queue:
            await self._news.staff_changed()


def _use(application: Application) -> PhotoUse:
    return PhotoUse(purpose=PhotoPurpose.ID_CARD, subject=f"application:{application.id}")
