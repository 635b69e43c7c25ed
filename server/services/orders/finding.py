"""Finding a person by their whole phone number, for staff who look for an order: recorded."""

from __future__ import annotations

from realtime.wire.desk import PersonFound
from server.domain import documents
from server.domain.errors import InvalidInput, NotFound
from server.domain.people import Actor
from server.services.ports import Audit, Clock
from server.store.people import MongoPeople


class Finding:
    """Who has a number."""

    def __init__(self, *, people: MongoPeople, audit: Audit, clock: Clock) -> None:
        self._people = people
        self._audit = audit
        self._clock = clock

    async def by_phone(self, actor: Actor, phone: str, words: str) -> PersonFound:
        """Tell whose number it is, and record who wanted to know and why.

        Raises:
            InvalidInput: no mobile number, or no reason. NotFound: nobody has it; that is
                recorded as well, under the number's stand-in.
        """
        number = documents.phone(phone)
        if not words.strip():
            raise InvalidInput(field="reason", rule="required")
        found = await self._people.find(number)
        subject = f"person:{found.id}" if found else f"phone:{self._people.phone_index(number)}"
        await self._audit.record(
            actor=actor.person,
            action="find_by_phone",
            subject=subject,
            purpose=words.strip(),
            at=self._clock(),
        )
        if found is None:
            raise NotFound(field="phone", rule="account")
        return PersonFound(
            person_id=found.id,
            masked_phone=found.masked_phone,
            roles=tuple(sorted(role.value for role in found.roles)),
        )
