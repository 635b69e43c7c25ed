"""What staff do with people: set roles, list couriers; each act recorded before it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from realtime.wire.accounts import PeopleView
from realtime.wire.views import PersonView
from server.domain import documents
from server.domain.errors import InvalidInput, StaleVersion
from server.domain.ids import Draw, PersonId
from server.domain.paging import read_position
from server.domain.people import STAFF, SYSTEM, Actor, Certification, Person, Role
from server.services.accounts.accounts import PERSON_CHARACTERS, person_view
from server.services.accounts.announcements import Announcements
from server.store.audit import MongoAudit
from server.store.people import MongoPeople
from server.store.transactions import Session, Transactions

#: Most people in one list.
MOST_LISTED = 200

#: Of an account that staff made: its owner accepts the agreement at the first log-in.
NOT_YET_AGREED = ""


class Staffing:
    """Roles."""

    def __init__(
        self,
        *,
        people: MongoPeople,
        transactions: Transactions,
        audit: MongoAudit,
        announcements: Announcements,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        self._people = people
        self._transactions = transactions
        self._audit = audit
        self._announcements = announcements
        self._clock = clock
        self._draw = draw

    async def set_roles(
        self,
        actor: Actor,
        person: PersonId,
        names: tuple[str, ...],
        seen: tuple[str, ...] | None = None,
    ) -> PersonView:
        """Replace a person's roles; everybody stays a customer. Recorded with the change.

        `seen`: those that the admin looked at, where others must not be replaced unseen.

        Raises:
            NotFound: there is no such person. StaleVersion: they have other roles than were seen.
            InvalidInput: an unknown role, or an admin who would unmake themselves.
        """
        roles = _roles(names)
        if person == actor.person and Role.ADMIN not in roles:
            raise InvalidInput(field="roles", rule="not_own_admin")

        async def body(session: Session) -> Person:
            before = await self._people.get(person, session)
            if seen is not None and _roles(seen) != before.roles | {Role.CUSTOMER}:
                raise StaleVersion(field="roles", rule="roles_as_seen")
            changed = await self._people.set_roles(person, roles, session)
            if changed.roles != before.roles:
                await self._record(actor.person, person, ",".join(sorted(roles)), session)
            return changed

        return await self._changed(body)

    async def couriers(self, state: Certification | None, before: str = "") -> PeopleView:
        """List couriers, masked, newest first; `before` is the `next` of the page before.

        Raises:
            InvalidInput: no position.
        """
        found = await self._people.couriers(state, MOST_LISTED, read_position(before))
        more = len(found) == MOST_LISTED
        return PeopleView(
            people=tuple(person_view(person) for person, _ in found),
            next=str(found[-1][1]) if more else None,
        )

    async def staff(self) -> PeopleView:
        """List whoever has a role of staff, masked, newest first."""
        found = await self._people.staff(MOST_LISTED)
        return PeopleView(people=tuple(map(person_view, found)))

    async def add(self, phone: str, role: Role) -> PersonView:
        """Give a staff role to the account of a phone, made if there is none.

        For the command line of whoever runs the site: how the first admin comes to be.

        Raises:
            InvalidInput: no mobile number, or no staff role.
        """
        if role not in STAFF:
            raise InvalidInput(field="role", rule="role_of_staff")
        number = documents.phone(phone)
        person = await self._people.find(number) or await self._people.make(
            PersonId(f"P{self._draw(PERSON_CHARACTERS)}"),
            phone=number,
            roles=(Role.CUSTOMER,),
            agreement_version=NOT_YET_AGREED,
            now=self._clock(),
        )
        known = person.id

        async def body(session: Session) -> Person:
            before = await self._people.get(known, session)
            changed = await self._people.add_role(known, role, session)
            if changed.roles != before.roles:
                await self._record(SYSTEM, known, f"+{role.value}", session)
            return changed

        return await self._changed(body)

    async def _changed(self, body: Callable[[Session], Awaitable[Person]]) -> PersonView:
        person = await self._transactions.run(body)
        await self._announcements.changed(person.id)
        return person_view(person)

    async def _record(
        self, actor: PersonId, person: PersonId, roles: str, session: Session
    ) -> None:
        await self._audit.record(
            actor=actor,
            action="roles",
            subject=f"person:{person}",
            purpose=roles,
            at=self._clock(),
            session=session,
        )


def _roles(names: tuple[str, ...]) -> frozenset[Role]:
    roles = {Role.CUSTOMER}
    for at, name in enumerate(names):
        try:
            roles.add(Role(name))
        except ValueError:
            raise InvalidInput(field=f"roles[{at}]", rule="role") from None
    return frozenset(roles)
