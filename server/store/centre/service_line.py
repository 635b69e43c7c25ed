"""The number of customer service in MongoDB: a document a version; the highest counts."""

from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.centre import ServiceLine
from server.domain.errors import StaleVersion
from server.store.documents import Document, from_document, milliseconds, to_document

COLLECTION = "service_line"


class MongoServiceLine:
    """The service_line collection; versions are only ever added."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._versions = database[COLLECTION]

    async def present(self) -> ServiceLine | None:
        """Read what counts now; None before staff wrote the first."""
        found = await self.versions(1)
        return found[0] if found else None

    async def versions(self, limit: int) -> list[ServiceLine]:
        """List versions, newest first."""
        found = self._versions.find().sort("_id", DESCENDING).limit(limit)
        return [_line(document) async for document in found]

    async def put(self, line: ServiceLine) -> None:
        """Add a version.

        Raises:
            StaleVersion: somebody else wrote this version first.
        """
        document = to_document(line)
        document |= {"_id": document.pop("version"), "at": milliseconds(line.at)}
        try:
            await self._versions.insert_one(document)
        except DuplicateKeyError:
            raise StaleVersion(field="version", rule="unchanged") from None


def _line(document: Document) -> ServiceLine:
    fields = {name: value for name, value in document.items() if name != "_id"}
    return from_document({**fields, "version": document["_id"]}, ServiceLine)
