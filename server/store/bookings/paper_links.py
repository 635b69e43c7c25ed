"""Links to photos of papers in MongoDB, as digests: each of one viewer, for a minute, good once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import BookingId, PersonId, PhotoId
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index

COLLECTION = "paper_links"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLink:
    """Who may look at which photo, and why; `id` is the code's digest."""

    id: str
    person: PersonId
    photo: PhotoId
    booking: BookingId
    used: bool  #: the photo has its use: the booking's form was sent
    purpose: str
    expires_at: datetime


class MongoPaperLinks:
    """The links collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._links = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._links, "expires_at", expireAfterSeconds=0)
        await ensure_index(self._links, "person")

    async def put(self, link: PaperLink) -> None:
        """Keep a new link."""
        await self._links.insert_one(to_document(link))

    async def take(self, digest: str, now: datetime) -> PaperLink | None:
        """Use a link up; None when it is used, over, or never was."""
        found = await self._links.find_one_and_delete({"_id": digest, "expires_at": {"$gt": now}})
        return None if found is None else from_document(found, PaperLink)
