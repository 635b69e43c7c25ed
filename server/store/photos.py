"""Photos in GridFS, sealed: a photo of a waybill is as personal as the waybill.

What a photo is for, and until when it is needed, is in its file's metadata. A photo is deleted in
one transaction, file and chunks: a use that comes in the same moment wins, or finds none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorDatabase, AsyncIOMotorGridFSBucket
from pymongo import ASCENDING

from server.domain.errors import InvalidInput, NotFound
from server.domain.ids import PersonId, PhotoId
from server.domain.photos import PhotoPurpose, PhotoUse
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index
from server.store.seal import Place, Seal
from server.store.transactions import Session

BUCKET = "photos"

#: GridFS's own.
CHUNK_BYTES = 255 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One photo: whose it is, and the picture."""

    owner: PersonId
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPhoto:
    """What is known of a kept photo without opening it."""

    owner: PersonId
    use: PhotoUse | None  #: None: no form took it yet


class MongoPhotos:
    """Sealed photos."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._bucket = AsyncIOMotorGridFSBucket(database, bucket_name=BUCKET)
        self._files = database[f"{BUCKET}.files"]
        self._chunks = database[f"{BUCKET}.chunks"]
        self._seal = seal

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent. That of the chunks is GridFS's own."""
        of_file = [("files_id", ASCENDING), ("n", ASCENDING)]
        await ensure_index(self._chunks, of_file, unique=True)
        await ensure_index(
            self._files,
            [("metadata.purpose", ASCENDING), ("metadata.needed_until", ASCENDING)],
            partialFilterExpression={"metadata.needed_until": {"$exists": True}},
        )

    async def put(self, photo: PhotoId, kept: Photo, now: datetime) -> None:
        """Keep a photo under a new id, for nothing yet.

        The file comes before its chunks, not after them as GridFS's own uploads have it: what a
        process that dies in between leaves is a file that nobody uses, and is deleted as such.
        """
        at, sealed = milliseconds(now), self._seal.close(kept.content, _place(photo))
        await self._files.insert_one(
            {
                "_id": photo,
                "filename": "",
                "length": len(sealed),
                "chunkSize": CHUNK_BYTES,
                "uploadDate": at,
                "metadata": {
                    "owner": kept.owner,
                    "at": at,
                    "purpose": None,
                    "needed_until": at,
                },
            }
        )
        parts = range(0, len(sealed), CHUNK_BYTES)
        await self._chunks.insert_many(
            [
                {"files_id": photo, "n": n, "data": sealed[start : start + CHUNK_BYTES]}
                for n, start in enumerate(parts)
            ]
        )

    async def get(self, photo: PhotoId) -> KeptPhoto:
        """Tell whose a photo is and what it serves.

        Raises:
            NotFound: there is none.
        """
        return await self._get(photo, None)

    async def use(
        self,
        owner: PersonId,
        photo: PhotoId,
        use: PhotoUse,
        *,
        until: datetime | None,
        session: Session | None,
    ) -> None:
        """Give a person's photo a use; the same again is nothing new, but for `until`.

        Raises:
            NotFound: there is none, or it is somebody else's.
            InvalidInput: it serves something else.
        """
        mine: Document = {"_id": photo, "metadata.owner": owner}
        same = {"metadata.purpose": use.purpose.value, "metadata.subject": use.subject}
        change: Document = {"$set": dict(same)}
        if until is None:
            change["$unset"] = {"metadata.needed_until": ""}
        else:
            change["$set"]["metadata.needed_until"] = milliseconds(until)
        given = await self._files.update_one(
            {**mine, "$or": [{"metadata.purpose": None}, same]}, change, session=session
        )
        if given.matched_count:
            return
        if (await self._get(photo, session)).owner != owner:
            raise NotFound(field="photo_id", rule="exists")
        raise InvalidInput(field="photo_id", rule="one_use")

    async def release(
        self, photo: PhotoId, use: PhotoUse, until: datetime, session: Session
    ) -> None:
        """Say until when a photo is needed for what it serves; of one deleted, nothing."""
        named = {"metadata.purpose": use.purpose.value, "metadata.subject": use.subject}
        await self._files.update_one(
            {"_id": photo, **named},
            {"$set": {"metadata.needed_until": milliseconds(until)}},
            session=session,
        )

    async def over(
        self, purpose: PhotoPurpose | None, before: datetime, limit: int
    ) -> list[PhotoId]:
        """List photos of a kind whose need ended before an instant, the longest ended first."""
        named = None if purpose is None else purpose.value
        query = {"metadata.purpose": named, "metadata.needed_until": {"$lt": before}}
        found = self._files.find(query, {"_id": 1}).sort("metadata.needed_until", ASCENDING)
        return [PhotoId(document["_id"]) async for document in found.limit(limit)]

    async def delete(
        self, photo: PhotoId, purpose: PhotoPurpose | None, before: datetime, session: Session
    ) -> bool:
        """Delete a photo that `over` lists still; False when it was taken into use, or is gone."""
        named = None if purpose is None else purpose.value
        query = {"metadata.purpose": named, "metadata.needed_until": {"$lt": before}}
        result = await self._files.delete_one({"_id": photo, **query}, session=session)
        if not result.deleted_count:
            return False
        await self._chunks.delete_many({"files_id": photo}, session=session)
        return True

    async def content(self, photo: PhotoId) -> bytes:
        """Open the picture.

        Raises:
            NotFound: there is none.
        """
        try:
            stream: Any = await self._bucket.open_download_stream(photo)
            sealed: bytes = await stream.read()
        except NoFile:
            raise NotFound(field="photo_id", rule="exists") from None
        return self._seal.open(sealed, _place(photo))

    async def _get(self, photo: PhotoId, session: Session | None) -> KeptPhoto:
        document = await self._files.find_one({"_id": photo}, {"metadata": 1}, session=session)
        if document is None:
            raise NotFound(field="photo_id", rule="exists")
        known = document["metadata"]
        purpose = known.get("purpose")
        use = None
        if purpose is not None:
            use = PhotoUse(purpose=PhotoPurpose(purpose), subject=known["subject"])
        return KeptPhoto(owner=PersonId(known["owner"]), use=use)


def _place(photo: PhotoId) -> Place:
    return Place(BUCKET, "content", photo)
