"""Pictures of enterprises' pages: public, named by their own bytes, so never changed.

They are not the photos that people upload: those are sealed and seen on record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.errors import NotFound
from server.domain.ids import PersonId
from server.store.documents import Document, milliseconds

COLLECTION = "public_pictures"


class MongoPictures:
    """The collection; one in normal form is far below the size of a document."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._pictures = database[COLLECTION]

    async def keep(self, content: bytes, by: PersonId, at: datetime) -> str:
        """Keep a picture and name it; the same bytes have one name."""
        name = hashlib.sha256(content).hexdigest()
        told = {"content": content, "by": by, "at": milliseconds(at)}
        await self._pictures.update_one({"_id": name}, {"$setOnInsert": told}, upsert=True)
        return name

    async def content(self, name: str) -> bytes:
        """Read a picture.

        Raises:
            NotFound: there is none.
        """
        document = await self._pictures.find_one({"_id": name}, {"content": 1})
        if document is None:
            raise NotFound(field="picture", rule="exists")
        return bytes(document["content"])

    async def missing(self, names: Iterable[str]) -> frozenset[str]:
        """Tell which of these names are no picture's."""
        wanted = frozenset(names)
        if not wanted:
            return wanted
        found = self._pictures.find({"_id": {"$in": sorted(wanted)}}, {"_id": 1})
        return wanted - {document["_id"] async for document in found}
