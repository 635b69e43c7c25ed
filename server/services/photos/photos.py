"""Photos that people upload: normalised, sealed, seen by their owner and by staff on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from realtime.wire.accounts import PhotoTaken
from server.domain.errors import NotFound
from server.domain.ids import Draw, PersonId, PhotoId
from server.domain.people import Actor, Role
from server.services.photos.pictures import normal_form
from server.store.audit import MongoAudit
from server.store.photos import MongoPhotos, Photo

PHOTO_CHARACTERS = 20

#: Pictures decoded at once in one process: each may need 200 MB and a whole core.
AT_ONCE = 2

#: Staff who judge photos; an outlet's staff and finance do not.
VIEWERS = frozenset({Role.REVIEWER, Role.OPERATOR, Role.ADMIN})


class Photos:
    """Take and show photos."""

    def __init__(
        self,
        *,
        store: MongoPhotos,
        audit: MongoAudit,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._draw = draw
        self._decoding = asyncio.Semaphore(AT_ONCE)

    async def take(self, actor: Actor, raw: bytes) -> PhotoTaken:
        """Keep a photo.

        Raises:
            InvalidInput: no JPEG or PNG, damaged, or too many pixels.
        """
        async with self._decoding:
            content = await asyncio.to_thread(normal_form, raw)
        photo = PhotoId(f"F{self._draw(PHOTO_CHARACTERS)}")
        await self._store.put(photo, Photo(owner=actor.person, content=content), self._clock())
        return PhotoTaken(photo_id=photo)

    async def show(self, actor: Actor, photo: PhotoId, purpose: str) -> bytes:
        """Give a photo as JPEG to its owner or to staff; the read is recorded.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        if not actor.roles & VIEWERS:
            await self.require_own(actor.person, photo)
        else:
            await self._store.owner(photo)
        await self._audit.record(
            actor=actor.person,
            action="read_photo",
            subject=f"photo:{photo}",
            purpose=purpose,
            at=self._clock(),
        )
        return await self._store.content(photo)

    async def require_own(self, person: PersonId, photo: PhotoId) -> None:
        """Check that a photo named in a form is the person's own.

        Raises:
            NotFound: it is not, or there is none.
        """
        if await self._store.owner(photo) != person:
            raise NotFound(field="photo_id", rule="exists")
