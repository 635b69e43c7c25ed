"""Couriers' certification, from staff's side: the queue, its two verdicts, and acts without one.

Each act is one transaction: the person's step, the application, how long the photo is needed, and
the record of who did it and why. So a record stands if and only if what it tells of was done.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from realtime.wire.certifications import RefuseApplication
from server.domain import documents
from server.domain.certifications import (
    Application,
    ApplicationState,
    Papers,
    RejectionReason,
    Step,
    standing_at,
)
from server.domain.errors import Forbidden, InvalidInput, NotFound, StaleVersion, Unavailable
from server.domain.ids import PersonId
from server.domain.people import Actor, Certification, Person, Role
from server.services.certification.steps import CertificationSteps
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.certifications import MongoCertifications
from server.store.outages import mongo_outage_is_unavailable
from server.store.people import MongoPeople
from server.store.standings import MongoStandings
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

#: Couriers found at once; who has more that fit looks for something longer.
MOST_FOUND = 50

#: What a search is, by its form; anything else is a name.
TAIL = re.compile(r"[0-9]{4}")
NUMBER = re.compile(r"[0-9+-]{5,}")
OF_AN_ID = re.compile(r"P[0-9A-Z]{3,31}")

#: Applications in one answer.
QUEUE_LIMIT = 50

#: What staff may do to a courier without an application, by the state they ask for.
ACTS = {
    Certification.CERTIFIED: Step.CERTIFY,
    Certification.SUSPENDED: Step.SUSPEND,
    Certification.NONE: Step.WITHDRAW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One application in a reviewer's hands, unmasked."""

    application: Application
    papers: Papers
    person: Person
    holder: PersonId | None  #: another account that the ID number certifies


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStores:
    """Where certifications are kept."""

    standings: MongoStandings
    applications: MongoCertifications
    people: MongoPeople
    audit: MongoAudit
    transactions: Transactions


class WaitingPay(Protocol):
    """Pay that waits for a name: `server.services.money.payee_desk.WaitingPay`."""

    async def wake(self, person: PersonId) -> None:
        """Have it asked for at once; of somebody whom nothing waits for, nothing."""


class CertificationDesk:
    """What reviewers, and staff who know a courier otherwise, decide."""

    def __init__(
        self, *, stores: DeskStores, steps: CertificationSteps, pay: WaitingPay, clock: Clock
    ) -> None:
        self._stores = stores
        self._applications = stores.applications
        self._steps = steps
        self._pay = pay
        self._clock = clock

    async def find(self, actor: Actor, text: str) -> list[Person]:
        """Find couriers by a phone's end, the beginning of an id, a whole phone or a real name.

        The last two tell what lists do not show, so they are recorded, as their stand-ins.

        Raises:
            InvalidInput: it can be none of these.
        """
        people, plain = self._stores.people, "".join(text.split()).upper()
        if TAIL.fullmatch(plain):
            return await people.couriers_by_tail(plain, MOST_FOUND)
        if OF_AN_ID.fullmatch(plain):
            by_id = await people.couriers_by_id(plain, MOST_FOUND)
            if by_id or not plain.isalpha():  # of letters alone it may be a name
                return by_id
        if NUMBER.fullmatch(plain):
            number = documents.phone(text, field="text")
            await self._look_up(actor, f"number:{people.phone_index(number)}")
            found = await people.find(number)
            return [found] if found and Role.COURIER in found.roles else []
        name = documents.person_name(text, field="text")
        await self._look_up(actor, f"name:{self._applications.name_index(name)}")
        return await self._named(name)

    async def _named(self, name: str) -> list[Person]:
        """Find couriers by a name, past any number of namesakes who are couriers no more."""
        found, after = list[Person](), None
        while len(found) < MOST_FOUND:
            named = await self._applications.people_named(name, MOST_FOUND, after=after)
            found += await self._stores.people.couriers_of(named, MOST_FOUND - len(found))
            if len(named) < MOST_FOUND:
                break
            after = named[-1]
        return found

    async def card(self, courier: PersonId) -> tuple[Person, str | None]:
        """Give a courier, and the name of their papers, masked: it is no unmasked read.

        Raises:
            NotFound: there is no such courier.
        """
        person = await self._stores.people.get(courier)
        if Role.COURIER not in person.roles:
            raise NotFound(field="person_id", rule="exists")
        name = await self._applications.certified_name(courier)
        return person, documents.mask_name(name) if name else None

    async def _look_up(self, actor: Actor, subject: str) -> None:
        await self._stores.audit.record(
            actor=actor.person,
            action="person_looked_up",
            subject=subject,
            purpose="couriers",
            at=self._clock(),
        )

    async def queue(self, actor: Actor, limit: int = QUEUE_LIMIT) -> list[Waiting]:
        """List what waits, longest waiting first, unmasked; each read is recorded."""
        return [
            await self._open(actor, application)
            for application in await self._applications.waiting(limit)
        ]

    async def approve(self, actor: Actor, application: str) -> Person:
        """Certify the applicant until the papers' end; pay that waited for their name goes on.

        Raises:
            Forbidden: one's own. NotFound: no such application.
            IllegalTransition: suspended. StaleVersion: decided meanwhile.
            IdNumberTaken: the number certifies another account.
            InvalidInput: the papers ran out while they waited.
        """
        known, after = await self._verdict(actor, application, ApplicationState.APPROVED)
        now = self._clock()
        if known.until <= now:
            raise InvalidInput(field="expires_on", rule="in_the_future")

        async def body(session: Session) -> None:
            await self._decide(known, after, None, session)
            await self._applications.hold(after, session)
            await self._end_approved(known.person, now, session, but=known.id)
            await self._steps.release_photo(known, session, until=known.until)
            await self._steps.move(known.person, Step.APPROVE, session, until=known.until)
            await self._record(actor, Step.APPROVE.value, "review", known.person, session, known)

        certified = await self._done(known.person, body)
        try:
            with mongo_outage_is_unavailable():
                await self._pay.wake(known.person)
        except Unavailable:
            log.warning(
                "pay not woken", extra={"person": known.person}
            )  # it asks for the name again
        return certified

    async def reject(self, actor: Actor, application: str, form: RefuseApplication) -> Person:
        """Refuse an application, saying why; the applicant may apply again.

        Raises:
            InvalidInput: `other` without a note. Otherwise as `approve`.
        """
        if RejectionReason(form.reason) is RejectionReason.OTHER and not (form.note or "").strip():
            raise InvalidInput(field="note", rule="required")
        known, refused = await self._verdict(actor, application, ApplicationState.REJECTED)
        after = replace(refused, reason=form.reason)

        async def body(session: Session) -> None:
            await self._decide(known, after, form.note, session)
            await self._steps.release_photo(known, session)
            await self._steps.move(known.person, Step.REJECT, session, reason=form.reason)
            await self._record(actor, Step.REJECT.value, form.reason, known.person, session, known)

        return await self._done(known.person, body)

    async def act(
        self, actor: Actor, person: PersonId, wanted: Certification, reason: str
    ) -> Person:
        """Certify on papers checked otherwise, suspend, reinstate or withdraw; recorded.

        A suspended courier is reinstated by asking for `certified`. The same state twice
        changes nothing, and records nothing.

        Raises:
            Forbidden: nobody certifies themselves. NotFound. IllegalTransition.
            Conflict: the person never asked to be a courier.
        """
        if person == actor.person:
            raise Forbidden(field="person", rule="not_your_own")
        current = await self._stores.standings.of_courier(person)
        if standing_at(current.state, current.until, self._clock()) is wanted:
            return await self._stores.people.get(person)

        async def body(session: Session) -> None:
            await self._act(person, wanted, reason, session)
            await self._record(actor, f"certification_{wanted.value}", reason, person, session)

        return await self._done(person, body)

    async def _act(
        self, person: PersonId, wanted: Certification, reason: str, session: Session
    ) -> None:
        step, now = ACTS[wanted], self._clock()
        known = await self._stores.standings.get(person, session)
        if (known.state, wanted) == (Certification.SUSPENDED, Certification.CERTIFIED):
            step = Step.REINSTATE
        await self._steps.move(person, step, session, reason=reason)
        if step in (Step.CERTIFY, Step.WITHDRAW):
            closed = await self._applications.close_waiting(person, now, session)
            if closed is not None:
                await self._steps.release_photo(closed, session)
        if step is Step.WITHDRAW:
            await self._applications.let_go(person, session)
            await self._end_approved(person, now, session)

    async def _verdict(
        self, actor: Actor, id: str, state: ApplicationState
    ) -> tuple[Application, Application]:
        """Give an application as it is and as decided.

        Raises:
            NotFound: no such application. Forbidden: one's own.
        """
        known = await self._applications.get(id)
        if known.person == actor.person:
            raise Forbidden(field="application_id", rule="not_your_own")
        after = replace(
            known,
            state=state,
            version=known.version + 1,
            decided_at=self._clock(),
            decided_by=actor.person,
        )
        return known, after

    async def _decide(
        self, known: Application, after: Application, note: str | None, session: Session
    ) -> None:
        if known.state is not ApplicationState.WAITING:
            raise StaleVersion(field="application_id", rule="waiting")
        if not await self._applications.decide(known, after, note=note, session=session):
            raise StaleVersion(field="application_id", rule="waiting")

    async def _end_approved(
        self, person: PersonId, now: datetime, session: Session, *, but: str | None = None
    ) -> None:
        """End the papers that certified a person until now."""
        for ended in await self._applications.end_approved(person, now, session, but=but):
            await self._steps.release_photo(ended, session)

    async def _done(self, person: PersonId, body: Callable[[Session], Awaitable[None]]) -> Person:
        await self._stores.transactions.run(body)
        await self._steps.told(person, queue=True)
        return await self._stores.people.get(person)

    async def _record(
        self,
        actor: Actor,
        action: str,
        purpose: str,
        person: PersonId,
        session: Session | None,
        application: Application | None = None,
    ) -> None:
        await self._stores.audit.record(
            actor=actor.person,
            action=action,
            subject=f"person:{person}",
            purpose=purpose,
            at=self._clock(),
            details={"application": application.id} if application else None,
            session=session,
        )

    async def _open(self, actor: Actor, application: Application) -> Waiting:
        await self._record(
            actor, "read_certification", "certification", application.person, None, application
        )
        papers = await self._applications.papers(application.id)
        holder = await self._applications.holder(papers.id_number)
        return Waiting(
            application=application,
            papers=papers,
            person=await self._stores.people.get(application.person),
            holder=holder if holder != application.person else None,
        )
