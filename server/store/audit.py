"""The record of unmasked reads and of staff's acts: who, what, why and when; only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId
from bson.errors import InvalidId
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.errors import InvalidInput
from server.domain.ids import PersonId
from server.domain.paging import Position
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "audit"

#: Kinds of acts are the code's own: some dozens.
MOST_ACTIONS = 500

#: Subjects whose parts are named after them: a terminal's cells are `cell:T-1:3`.
PARTS = {"terminal": "cell"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is looked for in the record; all that is given has to hold."""

    person: str = ""  #: who did it, or to whom it was done
    subject: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One record."""

    id: str
    actor: PersonId
    action: str
    subject: str
    purpose: str
    at: datetime
    details: Mapping[str, str]


class MongoAudit:
    """The audit trail."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._audit = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        paged = [("at", DESCENDING), ("_id", DESCENDING)]
        for name in ("subject", "actor", "action"):
            await ensure_index(self._audit, [(name, ASCENDING), *paged])
        await ensure_index(self._audit, paged)

    async def record(
        self,
        *,
        actor: PersonId,
        action: str,
        subject: str,
        purpose: str,
        at: datetime,
        details: Mapping[str, str] | None = None,
        session: Session | None = None,
    ) -> None:
        """Write one record; ids and texts of staff only.

        A read is recorded before it is done. A change is recorded in its own transaction
        (`session`), so that it was done if and only if the record says so.
        `subject` names the thing by kind and id: `person:P1`, `order:LJ1`, `photo:F1`.
        """
        await self.place_of_record(
            actor=actor,
            action=action,
            subject=subject,
            purpose=purpose,
            at=at,
            details=details,
            session=session,
        )

    async def place_of_record(
        self,
        *,
        actor: PersonId,
        action: str,
        subject: str,
        purpose: str,
        at: datetime,
        details: Mapping[str, str] | None = None,
        session: Session | None = None,
    ) -> Position:
        """Write one record as `record` does; gives its place, to look at what is older."""
        document: Document = {
            "actor": actor,
            "action": action,
            "subject": subject,
            "purpose": purpose,
            "at": milliseconds(at),
        }
        if details:
            document["details"] = dict(details)
        written = await self._audit.insert_one(document, session=session)
        return Position(document["at"], str(written.inserted_id))

    async def of(self, subject: str, limit: int = 100) -> list[Document]:
        """List what was recorded of a thing, newest first."""
        found = self._audit.find({"subject": subject}, {"_id": 0}).sort("at", DESCENDING)
        return await found.limit(limit).to_list(limit)

    async def page(self, looked: Looked, before: Position | None, limit: int) -> list[Recorded]:
        """List what is looked for, newest first, from a position of a page before.

        Raises:
            InvalidInput: no position of ours.
        """
        parts = _parts(looked)
        if before is not None:
            same = {"at": before.at, "_id": {"$lt": _object_id(before.id)}}
            parts += [{"at": {"$lte": before.at}}, {"$or": [{"at": {"$lt": before.at}}, same]}]
        found = self._audit.find({"$and": parts} if parts else {})
        cursor = found.sort([("at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [_recorded(document) async for document in cursor]

    async def actions(self) -> tuple[str, ...]:
        """List the kinds of acts that ever were recorded, out of their index."""
        return tuple(sorted(await self._audit.distinct("action"))[:MOST_ACTIONS])


def _parts(looked: Looked) -> list[Document]:
    parts: list[Document] = []
    if looked.person:
        parts.append({"$or": [{"actor": looked.person}, {"subject": f"person:{looked.person}"}]})
    if looked.subject:
        parts.append(_about(looked.subject))
    if looked.action:
        parts.append({"action": looked.action})
    if looked.since:
        parts.append({"at": {"$gte": looked.since}})
    if looked.until:
        parts.append({"at": {"$lt": looked.until}})
    return parts


def _about(subject: str) -> Document:
    """Ask for a subject, and for the parts that are named after it."""
    kind, _, name = subject.partition(":")
    if kind not in PARTS:
        return {"subject": subject}
    begins = f"{PARTS[kind]}:{name}:"
    return {"$or": [{"subject": subject}, {"subject": {"$gte": begins, "$lt": f"{begins[:-1]};"}}]}


def _object_id(text: str) -> ObjectId:
    try:
        return ObjectId(text or "0" * 24)  # an instant alone: before all records of it
    except InvalidId:
        raise InvalidInput(field="before", rule="position") from None


def _recorded(document: Document) -> Recorded:
    return Recorded(
        id=str(document["_id"]),
        actor=PersonId(document["actor"]),
        action=document["action"],
        subject=document["subject"],
        purpose=document["purpose"],
        at=document["at"],
        details=document.get("details", {}),
    )
