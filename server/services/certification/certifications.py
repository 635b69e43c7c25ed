"""Couriers' certification, from their side: applied for, looked at, run out, papers forgotten.

Each step is one conditional write on the person, in one transaction with the application. What
changes a person's rights is announced like a changed role: open sockets come back and are judged
anew. Who is certified when a claim is awarded is decided by the judge. What staff do: `desk.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from realtime.wire.certifications import ApplyForCertification
from server.domain import documents
from server.domain.certifications import (
    Application,
    ApplicationState,
    Certificate,
    Papers,
    Step,
    end_of,
    moved,
)
from server.domain.china import CHINA
from server.domain.errors import Forbidden, IdNumberTaken, InvalidInput
from server.domain.ids import Draw, PersonId, PhotoId
from server.domain.people import Actor, Certification, Role
from server.domain.rules import Rules
from server.services.certification.news import CertificationNews
from server.services.certification.steps import CertificationSteps
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, Photos
from server.store.certifications import MongoCertifications
from server.store.standings import MongoStandings
from server.store.transactions import Session, Transactions

APPLICATION_CHARACTERS = 20

#: Couriers ended or reminded, and applications deleted, in one sweep.
SWEPT = 200

#: What an employer and a staff number may be: there is no standard for either.
MOST_EMPLOYER, MOST_STAFF_NUMBER = 60, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One's own certification."""

    certificate: Certificate
    state: Certification  #: as it counts now
    application: Application | None
    papers: Papers | None
    note: str | None


class Certifications:
    """The way to being certified, and out of it."""

    def __init__(
        self,
        *,
        standings: MongoStandings,
        applications: MongoCertifications,
        transactions: Transactions,
        steps: CertificationSteps,
        photos: Photos,
        news: CertificationNews,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._standings = standings
        self._applications = applications
        self._transactions = transactions
        self._steps = steps
        self._photos = photos
        self._news = news
        self._rules = rules
        self._clock = clock
        self._draw = draw

    async def certification(self, person: PersonId) -> Certification:
        """Tell how far a person's certification is now, whether or not a worker has ended it."""
        return await self._standings.certification(person, self._clock())

    async def own(self, actor: Actor) -> Own:
        """Show a courier their own certification and last application.

        Raises:
            Conflict: the person never asked to be a courier.
        """
        certificate = await self._standings.of_courier(actor.person)
        application = await self._applications.latest(actor.person)
        return Own(
            certificate=certificate,
            state=await self.certification(actor.person),
            application=application,
            papers=await self._applications.papers(application.id) if application else None,
            note=await self._applications.note(application.id) if application else None,
        )

    async def apply(self, actor: Actor, form: ApplyForCertification) -> Own:
        """Hand an application in; one that is certified may, for the time after.

        Raises:
            Forbidden: no courier. InvalidInput: names the field. NotFound: the photo.
            IdNumberTaken: another account is certified by it.
            IllegalTransition, Conflict: suspended, or an application waits already.
        """
        if Role.COURIER not in actor.roles:
            raise Forbidden(rule="courier")
        now = self._clock()
        papers, until = _checked(form, now)
        await self._photos.require_own(actor.person, PhotoId(form.photo_id))
        if await self._applications.holder(papers.id_number) not in (None, actor.person):
            raise IdNumberTaken(field="id_number", rule="one_account")
        application = Application(
            id=f"C{self._draw(APPLICATION_CHARACTERS)}",
            person=actor.person,
            state=ApplicationState.WAITING,
            version=1,
            photo=PhotoId(form.photo_id),
            until=until,
            applied_at=now,
        )
        await self._write(application, papers)
        await self._steps.told(actor.person, queue=True)
        return await self.own(actor)

    async def expire(self) -> int:
        """End every certification whose time has run out; returns how many."""
        run_out = await self._standings.run_out(self._clock(), SWEPT)
        return await one_by_one(run_out, self._expire, name="certification")

    async def remind(self) -> int:
        """Remind couriers whose time runs out soon; returns how many."""
        return await self._news.remind(self._clock())

    async def delete_papers(self) -> int:
        """Delete applications that nobody needs any more; returns how many.

        Refused and closed ones, and approved ones whose papers ran out or were replaced, so long
        after. Their photos go by `Photos.sweep`, which counts from the same instants.
        """
        kept_for = timedelta(seconds=self._rules.certification_keep_seconds)
        before = self._clock() - kept_for

        async def delete(application: str) -> bool:
            return await self._applications.delete_over(application, before)

        over = await self._applications.over(before, SWEPT)
        return await one_by_one(over, delete, name="application")

    async def _write(self, application: Application, papers: Papers) -> None:
        async def body(session: Session) -> None:
            await self._steps.move(application.person, Step.APPLY, session)
            await self._applications.insert(application, papers, session)
            await self._steps.use_photo(application, session)

        await self._transactions.run(body)

    async def _expire(self, person: PersonId) -> bool:
        now = self._clock()
        current = await self._standings.get(person)
        if current.state is not Certification.CERTIFIED:
            return False
        after = moved(current, Step.EXPIRE, now=now)
        written = await self._standings.write(current, after, Step.EXPIRE, now)
        await self._steps.told(person)
        return written


def _checked(form: ApplyForCertification, now: datetime) -> tuple[Papers, datetime]:
    """Check every field; the first that breaks its rule is named."""
    today = now.astimezone(CHINA).date()
    papers = Papers(
        real_name=documents.person_name(form.real_name, field="real_name"),
        id_number=documents.id_number(form.id_number, today=today),
        employer=_plain(form.employer, "employer", 2, MOST_EMPLOYER),
        staff_number=_plain(form.staff_number, "staff_number", 1, MOST_STAFF_NUMBER),
    )
    return papers, end_of(form.expires_on, now)


def _plain(text: str, field: str, least: int, most: int) -> str:
    plain = " ".join(text.split())
    if not least <= len(plain) <= most:
        raise InvalidInput(field=field, rule="length")
    return plain
