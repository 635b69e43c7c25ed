"""Photos in GridFS, sealed: a photo of a waybill is as personal as the waybill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridfs.errors import NoFile
from motor.motor_asyncio import AsyncIOMotorDatabase, AsyncIOMotorGridFSBucket

from server.domain.errors import NotFound
from server.domain.ids import PersonId, PhotoId
from server.store.documents import Document, milliseconds
from server.store.seal import Place, Seal

BUCKET = "photos"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One photo: whose it is, and the picture."""

    owner: PersonId
    content: bytes


class MongoPhotos:
    """Sealed photos."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._bucket = AsyncIOMotorGridFSBucket(database, bucket_name=BUCKET)
        self._files = database[f"{BUCKET}.files"]
        self._seal = seal

    async def put(self, photo: PhotoId, kept: Photo, now: datetime) -> None:
        """Keep a photo under a new id."""
        await self._bucket.upload_from_stream_with_id(
            photo,
            "",
            self._seal.close(kept.content, _place(photo)),
            metadata={"owner": kept.owner, "at": milliseconds(now)},
        )

    async def owner(self, photo: PhotoId) -> PersonId:
        """Tell whose photo it is.

        Raises:
            NotFound: there is none.
        """
        document = await self._files.find_one({"_id": photo}, {"metadata.owner": 1})
        if document is None:
            raise NotFound(field="photo_id", rule="exists")
        return PersonId(document["metadata"]["owner"])

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


def _place(photo: PhotoId) -> Place:
    return Place(BUCKET, "content", photo)
