"""What admins read of the record of reads and acts; such a look is itself on record."""

from __future__ import annotations

from datetime import datetime

from realtime.wire.staffing import AuditEntry, AuditPage, AuditQuery
from server.domain.ids import PersonId
from server.domain.paging import Position, read_position
from server.domain.people import Actor
from server.services.money.listing import next_page
from server.services.ports import Clock
from server.store.audit import Looked, MongoAudit, Recorded
from server.store.people import MongoPeople

#: The act of looking.
LOOKED = "audit_looked_at"

#: What is looked for, as words of the record.
FIELDS = ("person", "subject", "action", "since", "until")


class AuditLog:
    """The record, read."""

    def __init__(self, *, audit: MongoAudit, people: MongoPeople, clock: Clock) -> None:
        self._audit = audit
        self._people = people
        self._clock = clock

    async def page(self, actor: Actor, query: AuditQuery) -> AuditPage:
        """List what was recorded, newest first. The look is recorded before it is done.

        Raises:
            InvalidInput: no position.
        """
        before = read_position(query.before)
        look = await self._audit.place_of_record(
            actor=actor.person,
            action=LOOKED,
            subject=query.subject or (f"person:{query.person}" if query.person else "audit:all"),
            purpose=_words(query, before),
            at=self._clock(),
        )
        looked = Looked(**{name: getattr(query, name) for name in FIELDS})
        # Older than the look's own record, which would push those of the page down by one.
        found = await self._audit.page(looked, before or look, query.limit)
        phones = await self._people.masked_phones({one.actor for one in found})
        return AuditPage(
            entries=tuple(_entry(one, phones) for one in found),
            next=next_page(found, query.limit, lambda last: Position(last.at, last.id)),
            actions=await self._audit.actions() if before is None else (),
        )


def _words(query: AuditQuery, before: Position | None) -> str:
    asked = {name: getattr(query, name) for name in FIELDS if getattr(query, name)}
    words = [f"{name}={_word(value)}" for name, value in asked.items()]
    return " ".join([*words, *(["older"] if before else [])]) or "all"


def _word(value: str | datetime) -> str:
    return value.isoformat() if isinstance(value, datetime) else value


def _entry(one: Recorded, phones: dict[PersonId, str]) -> AuditEntry:
    return AuditEntry(
        entry_id=one.id,
        actor=one.actor,
        action=one.action,
        subject=one.subject,
        purpose=one.purpose,
        at=one.at,
        phone=phones.get(one.actor),
        details=dict(one.details),
    )
