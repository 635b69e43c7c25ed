"""Who agreed to photos of their papers, to which version and when: one document for each."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import PersonId
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "paper_consents"


class MongoPaperConsents:
    """The consents collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._consents = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._consents, "person")

    async def agree(
        self, person: PersonId, version: str, at: datetime, session: Session | None = None
    ) -> datetime:
        """Keep that a person agreed; gives when they first did."""
        known = await self.agreed_at(person, version)
        if known is not None:
            return known
        told = {"person": person, "version": version, "at": milliseconds(at)}
        await self._consents.update_one(
            {"_id": _name(person, version)}, {"$setOnInsert": told}, upsert=True, session=session
        )
        return milliseconds(at)

    async def agreed_at(self, person: PersonId, version: str) -> datetime | None:
        """Say when a person agreed to a version; None: never."""
        found = await self._consents.find_one({"_id": _name(person, version)}, {"at": 1})
        return None if found is None else found["at"]


def _name(person: PersonId, version: str) -> str:
    return f"{person}:{version}"
