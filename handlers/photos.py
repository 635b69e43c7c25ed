"""Routes of photos: raw bodies in, JPEG out."""

from __future__ import annotations

from typing import Annotated

import msgspec

from handlers.access import PERSON, allow
from handlers.application import Route
from handlers.base import ApiHandler
from server.domain.ids import PhotoId
from server.services.photos.photos import Photos

PHOTO_BYTES = 10 * 1024 * 1024


class PhotosHandler(ApiHandler):
    """POST /v1/photos."""

    raw_types = frozenset({"image/jpeg", "image/png", "image/heic", "image/heif", "image/webp"})

    def initialize(self, photos: Photos) -> None:
        """Take the service."""
        self._photos = photos

    @allow(PERSON, body_bytes=PHOTO_BYTES, idempotent=True)
    async def post(self) -> None:
        """Raw JPEG, PNG, HEIC or WebP, 10 MB at most → `PhotoTaken`."""
        self.answer(await self._photos.take(self.actor, self.raw_body()), status=201)


class PhotoQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What GET /v1/photos/{id} takes: why staff look, for the record."""

    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "look"


class PhotoHandler(ApiHandler):
    """GET /v1/photos/{id}."""

    def initialize(self, photos: Photos) -> None:
        """Take the service."""
        self._photos = photos

    @allow(PERSON)
    async def get(self, photo: str) -> None:
        """`PhotoQuery` → JPEG, to its owner, or to staff whose role its use is for; recorded."""
        purpose = self.query(PhotoQuery).purpose
        content = await self._photos.show(self.actor, PhotoId(photo), purpose)
        self.answer_file(content, "image/jpeg")


def routes(photos: Photos) -> list[Route]:
    """List this room's routes."""
    mine = {"photos": photos}
    return [
        (r"/v1/photos", PhotosHandler, mine),
        (r"/v1/photos/(?P<photo>[A-Z0-9]{1,32})", PhotoHandler, mine),
    ]
