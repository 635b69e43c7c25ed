"""Couriers' certification: applied for, decided by staff, suspended, run out.

Each step is one conditional write on the person, in one transaction with the application that it
decides. What changes a person's rights is announced like a changed role: open sockets come back
and are judged anew. Who is certified when a claim is awarded is decided by the judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from realtime.wire.certifications import ApplyForCertification, RefuseApplication
from server.domain import documents
from server.domain.certifications import (
    CHINA,
    Application,
    ApplicationState,
    Certificate,
    Papers,
    RejectionReason,
    Step,
    end_of,
    moved,
    standing_at,
)
from server.domain.errors import Forbidden, IdNumberTaken, InvalidInput, StaleVersion
from server.domain.ids import Draw, PersonId, PhotoId
from server.domain.people import Actor, Certification, Person, Role
from server.domain.photos import PhotoPurpose, PhotoUse
from server.services.certification.news import CertificationNews
from server.services.one_by_one import one_by_one
from server.services.ports import Clock, Photos
from server.store.audit import MongoAudit
from server.store.certifications import MongoCertifications
from server.store.people import MongoPeople
from server.store.standings import MongoStandings
from server.store.transactions import Session, Transactions

APPLICATION_CHARACTERS = 20

#: Applications in one answer, and couriers ended or reminded in one sweep.
QUEUE_LIMIT = 50
SWEPT = 200

#: What an employer and a staff number may be: there is no standard for either.
MOST_EMPLOYER, MOST_STAFF_NUMBER = 60, 32

#: What staff may do to a courier without an application, by the state they ask for.
ACTS = {
    Certification.CERTIFIED: Step.CERTIFY,
    Certification.SUSPENDED: Step.SUSPEND,
    Certification.NONE: Step.WITHDRAW,
}

Decide = Callable[[Certificate], Certificate]


class Announces(Protocol):
    """Tells every process; `server.services.accounts.announcements.Announcements`."""

    async def changed(self, person: PersonId) -> None:
        """Tell that a person's standing changed, if it did; a sweep tells what was missed."""


class Forgets(Protocol):
    """What remembers who may claim; `server.services.dispatch.eligibility.Eligibility`."""

    def forget(self, courier: PersonId) -> None:
        """Read afresh next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One's own certification."""

    certificate: Certificate
    state: Certification  #: as it counts now
    application: Application | None
    papers: Papers | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One application in a reviewer's hands, unmasked."""

    application: Application
    papers: Papers
    person: Person
    holder: PersonId | None  #: another account that the ID number certifies


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationStores:
    """Where certifications are kept."""

    standings: MongoStandings
    applications: MongoCertifications
    people: MongoPeople
    audit: MongoAudit
    transactions: Transactions


class Certifications:
    """The way to being certified, and out of it."""

    def __init__(
        self,
        *,
        stores: CertificationStores,
        photos: Photos,
        announcements: Announces,
        news: CertificationNews,
        eligibility: Forgets,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._stores = stores
        self._standings = stores.standings
        self._applications = stores.applications
        self._photos = photos
        self._announcements = announcements
        self._news = news
        self._eligibility = eligibility
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

        async def body(session: Session) -> Certificate:
            changed = await self._move(actor.person, Step.APPLY, session)
            await self._applications.insert(application, papers, session)
            use = PhotoUse(purpose=PhotoPurpose.ID_CARD, subject=f"person:{actor.person}")
            await self._photos.use(actor.person, application.photo, use, session)
            return changed

        await self._stores.transactions.run(body)
        await self._told(actor.person)
        await self._news.staff_changed()
        return await self.own(actor)

    async def queue(self, actor: Actor, limit: int = QUEUE_LIMIT) -> list[Waiting]:
        """List what waits, longest waiting first, unmasked; each read is recorded."""
        return [
            await self._open(actor, application)
            for application in await self._applications.waiting(limit)
        ]

    async def approve(self, actor: Actor, application: str) -> Person:
        """Certify the applicant until the papers' end.

        Raises:
            Forbidden: one's own. NotFound: no such application.
            IllegalTransition: suspended. StaleVersion: decided meanwhile.
            IdNumberTaken: the number certifies another account.
            InvalidInput: the papers ran out while they waited.
        """
        return await self._decide(actor, application, Step.APPROVE, None, None)

    async def reject(self, actor: Actor, application: str, form: RefuseApplication) -> Person:
        """Refuse an application, saying why; the applicant may apply again.

        Raises:
            InvalidInput: `other` without a note. Otherwise as `approve`.
        """
        if RejectionReason(form.reason) is RejectionReason.OTHER and not (form.note or "").strip():
            raise InvalidInput(field="note", rule="required")
        return await self._decide(actor, application, Step.REJECT, form.reason, form.note)

    async def act(
        self, actor: Actor, person: PersonId, wanted: Certification, reason: str
    ) -> Person:
        """Certify on papers checked otherwise, suspend, reinstate or withdraw; recorded first.

        A suspended courier is reinstated by asking for `certified`. The same state twice
        changes nothing.

        Raises:
            Forbidden: nobody certifies themselves. NotFound. IllegalTransition.
            Conflict: the person never asked to be a courier.
        """
        if person == actor.person:
            raise Forbidden(field="person", rule="not_your_own")
        current = await self._standings.of_courier(person)
        now = self._clock()
        await self._stores.audit.record(
            actor=actor.person,
            action=f"certification_{wanted.value}",
            subject=f"person:{person}",
            purpose=reason,
            at=now,
        )
        if standing_at(current.state, current.until, now) is not wanted:

            async def body(session: Session) -> Certificate:
                step = ACTS[wanted]
                known = await self._standings.get(person, session)
                if (known.state, wanted) == (Certification.SUSPENDED, Certification.CERTIFIED):
                    step = Step.REINSTATE
                changed = await self._move(person, step, session, reason=reason)
                if step in (Step.CERTIFY, Step.WITHDRAW):
                    await self._applications.close_waiting(person, now, session)
                if step is Step.WITHDRAW:
                    await self._applications.let_go(person, session)
                return changed

            await self._stores.transactions.run(body)
        await self._told(person)
        return await self._stores.people.get(person)

    async def expire(self) -> int:
        """End every certification whose time has run out; returns how many."""
        run_out = await self._standings.run_out(self._clock(), SWEPT)
        return await one_by_one(run_out, self._expire, name="certification")

    async def remind(self) -> int:
        """Remind couriers whose time runs out soon; returns how many."""
        return await self._news.remind(self._clock())

    async def _expire(self, person: PersonId) -> bool:
        now = self._clock()
        current = await self._standings.get(person)
        if current.state is not Certification.CERTIFIED:
            return False
        after = moved(current, Step.EXPIRE, now=now)
        written = await self._standings.write(current, after, Step.EXPIRE, now)
        await self._told(person)
        return written

    async def _decide(
        self,
        actor: Actor,
        id: str,
        step: Step,
        reason: str | None,
        note: str | None,
    ) -> Person:
        application = await self._applications.get(id)
        if application.person == actor.person:
            raise Forbidden(field="application_id", rule="not_your_own")
        now = self._clock()
        if step is Step.APPROVE and application.until <= now:
            raise InvalidInput(field="expires_on", rule="in_the_future")
        await self._stores.audit.record(
            actor=actor.person,
            action=step.value,
            subject=f"person:{application.person}",
            purpose=reason or "review",
            at=now,
            details={"application": id},
        )
        approved = step is Step.APPROVE
        after = replace(
            application,
            state=ApplicationState.APPROVED if approved else ApplicationState.REJECTED,
            version=application.version + 1,
            decided_at=now,
            decided_by=actor.person,
            reason=reason,
        )

        async def body(session: Session) -> None:
            known = await self._applications.get(id, session)
            if known != application or known.state is not ApplicationState.WAITING:
                raise StaleVersion(field="application_id", rule="waiting")
            if not await self._applications.decide(known, after, note=note, session=session):
                raise StaleVersion(field="application_id", rule="waiting")
            if approved:
                await self._applications.hold(after, session)
            until = application.until if approved else None
            await self._move(application.person, step, session, until=until, reason=reason)

        await self._stores.transactions.run(body)
        await self._told(application.person)
        await self._news.staff_changed()
        return await self._stores.people.get(application.person)

    async def _move(
        self,
        person: PersonId,
        step: Step,
        session: Session,
        *,
        until: datetime | None = None,
        reason: str | None = None,
    ) -> Certificate:
        now = self._clock()
        current = await self._standings.of_courier(person, session)
        after = moved(current, step, now=now, until=until, reason=reason)
        written = Step.EXPIRE if after.state is Certification.EXPIRED else step
        if not await self._standings.write(current, after, written, now, session):
            raise StaleVersion(field="person", rule="certification")
        return after

    async def _told(self, person: PersonId) -> None:
        """Tell at once what a sweep would tell later."""
        self._eligibility.forget(person)
        await self._announcements.changed(person)
        await self._news.tell(person)

    async def _open(self, actor: Actor, application: Application) -> Waiting:
        await self._stores.audit.record(
            actor=actor.person,
            action="read_certification",
            subject=f"person:{application.person}",
            purpose="certification",
            at=self._clock(),
            details={"application": application.id},
        )
        papers = await self._applications.papers(application.id)
        holder = await self._applications.holder(papers.id_number)
        return Waiting(
            application=application,
            papers=papers,
            person=await self._stores.people.get(application.person),
            holder=holder if holder != application.person else None,
        )


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
