"""Exports in MongoDB: one document each, the file beside it in sealed chunks.

`open` is there while an export is asked for or made: unique, so that a person has one at a time.
A maker has a lease and an attempt's number; chunks carry the attempt, and those of another than
the one that ended well are deleted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.centre import Export, ExportRuns, ExportState
from server.domain.errors import NotFound
from server.domain.ids import PersonId
from server.store.documents import Document, from_document, milliseconds
from server.store.indexes import ensure_index
from server.store.seal import Place, Seal

COLLECTION = "exports"
CHUNKS = "export_chunks"

#: An export's document outlives its file by this, so that the page can say that it is over.
KEEP_SECONDS = 30 * 24 * 3600

_ASKED, _MAKING, _READY, _FAILED = (state.value for state in ExportState)


class MongoExports:
    """Both collections."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._exports = database[COLLECTION]
        self._chunks = database[CHUNKS]
        self._seal = seal

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._exports,
            "person",
            unique=True,
            name="one_open",
            partialFilterExpression={"open": True},
        )
        await ensure_index(self._exports, [("person", ASCENDING), ("asked_at", DESCENDING)])
        await ensure_index(
            self._exports, "open", name="to_make", partialFilterExpression={"open": True}
        )
        await ensure_index(self._exports, "link.digest", sparse=True)
        await ensure_index(self._exports, "asked_at", expireAfterSeconds=KEEP_SECONDS)
        await ensure_index(self._chunks, [("export", ASCENDING), ("number", ASCENDING)])
        await ensure_index(self._chunks, "person")
        await ensure_index(self._chunks, "expires_at", expireAfterSeconds=0)

    async def ask(self, export: str, person: PersonId, now: datetime) -> Export:
        """Ask for one.

        Raises:
            ExportRuns: one is asked for or made already.
        """
        document: Document = {
            "_id": export,
            "person": person,
            "state": _ASKED,
            "asked_at": milliseconds(now),
            "attempt": 0,
            "open": True,
        }
        try:
            await self._exports.insert_one(document)
        except DuplicateKeyError:
            raise ExportRuns(rule="one_at_a_time") from None
        return from_document(document, Export)

    async def latest(self, person: PersonId) -> Export | None:
        """Read a person's newest; None if there is none."""
        document = await self._exports.find_one({"person": person}, sort=[("asked_at", DESCENDING)])
        return None if document is None else from_document(document, Export)

    async def begin(self, now: datetime, lease_until: datetime) -> Export | None:
        """Have one that nobody makes to oneself until the lease ends."""
        free = {"$or": [{"state": _ASKED}, {"state": _MAKING, "lease_until": {"$lte": now}}]}
        document = await self._exports.find_one_and_update(
            {"open": True, **free},
            {
                "$set": {"state": _MAKING, "lease_until": milliseconds(lease_until)},
                "$inc": {"attempt": 1},
            },
            sort=[("asked_at", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )
        return None if document is None else from_document(document, Export)

    async def go_on(self, export: Export, lease_until: datetime) -> bool:
        """Prolong the lease; False when another attempt has begun, or the export is gone."""
        result = await self._exports.update_one(
            _mine(export), {"$set": {"lease_until": milliseconds(lease_until)}}
        )
        return result.matched_count == 1

    async def put(self, export: Export, number: int, plain: bytes, expires_at: datetime) -> None:
        """Keep one chunk of the file, sealed."""
        name = f"{export.id}:{export.attempt}:{number}"
        await self._chunks.insert_one(
            {
                "_id": name,
                "export": export.id,
                "attempt": export.attempt,
                "number": number,
                "person": export.person,
                "content": self._seal.close(plain, Place(CHUNKS, "content", name)),
                "expires_at": milliseconds(expires_at),
            }
        )

    async def drop(self, export: Export) -> None:
        """Delete what an attempt wrote that is nobody's any more."""
        await self._chunks.delete_many({"export": export.id, "attempt": export.attempt})

    async def ready(
        self, export: Export, *, chunks: int, size: int, now: datetime, expires_at: datetime
    ) -> bool:
        """Say that the file is whole; False when another attempt has begun."""
        result = await self._exports.update_one(
            _mine(export),
            {
                "$set": {
                    "state": _READY,
                    "chunks": chunks,
                    "size": size,
                    "ready_at": milliseconds(now),
                    "expires_at": milliseconds(expires_at),
                },
                "$unset": {"open": "", "lease_until": ""},
            },
        )
        stale = {"export": export.id, "attempt": {"$ne": export.attempt}}
        if result.modified_count:
            await self._chunks.delete_many(stale)
        return result.modified_count == 1

    async def failed(self, export: Export) -> None:
        """Give up, after too many attempts; the person may ask again."""
        await self._exports.update_one(
            _mine(export),
            {"$set": {"state": _FAILED}, "$unset": {"open": "", "lease_until": ""}},
        )
        await self._chunks.delete_many({"export": export.id})

    async def link(
        self, person: PersonId, export: str, digest: str, until: datetime, now: datetime
    ) -> bool:
        """Give a ready file a link, in place of the one before; False when it is not there."""
        result = await self._exports.update_one(
            {"_id": export, "person": person, "state": _READY, "expires_at": {"$gt": now}},
            {"$set": {"link": {"digest": digest, "until": milliseconds(until)}}},
        )
        return result.matched_count == 1

    async def by_link(self, digest: str, now: datetime) -> Export:
        """Find the file of a link.

        Raises:
            NotFound: there is no such link, or its time is over.
        """
        document = await self._exports.find_one(
            {
                "link.digest": digest,
                "link.until": {"$gt": now},
                "state": _READY,
                "expires_at": {"$gt": now},
            }
        )
        if document is None:
            raise NotFound(field="code", rule="good")
        return from_document(document, Export)

    async def content(self, export: Export) -> AsyncIterator[bytes]:
        """Open the file chunk by chunk.

        Raises:
            NotFound: it went meanwhile.
        """
        for number in range(export.chunks):
            name = f"{export.id}:{export.attempt}:{number}"
            document = await self._chunks.find_one({"_id": name}, {"content": 1})
            if document is None:
                raise NotFound(field="code", rule="good")
            yield self._seal.open(bytes(document["content"]), Place(CHUNKS, "content", name))


def _mine(export: Export) -> Document:
    return {"_id": export.id, "state": _MAKING, "attempt": export.attempt}
