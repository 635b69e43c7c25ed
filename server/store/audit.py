"""The record of unmasked reads and of staff's acts: who, what, why and when; only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.ids import PersonId
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "audit"


class MongoAudit:
    """The audit trail."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._audit = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._audit, [("subject", ASCENDING), ("at", DESCENDING)])
        await ensure_index(self._audit, [("actor", ASCENDING), ("at", DESCENDING)])

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
        document: Document = {
            "actor": actor,
            "action": action,
            "subject": subject,
            "purpose": purpose,
            "at": milliseconds(at),
        }
        if details:
            document["details"] = dict(details)
        await self._audit.insert_one(document, session=session)

    async def of(self, subject: str, limit: int = 100) -> list[Document]:
        """List what was recorded of a thing, newest first."""
        found = self._audit.find({"subject": subject}, {"_id": 0}).sort("at", DESCENDING)
        return await found.limit(limit).to_list(limit)
