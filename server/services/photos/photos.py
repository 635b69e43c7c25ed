"""Photos that people upload: normalised, sealed, seen on record, deleted when their need is over.

What a photo is for decides who sees it and how long it is kept: `server/domain/photos.py`.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from realtime.wire.accounts import PhotoTaken
from server.domain.errors import NotFound
from server.domain.ids import Draw, PersonId, PhotoId
from server.domain.people import Actor
from server.domain.photos import PhotoPurpose, PhotoUse, is_by_link, keep_seconds, may_read
from server.domain.rules import Rules
from server.services.one_by_one import one_by_one
from server.services.photos.pictures import normal_form
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.photos import KeptPhoto, MongoPhotos, Photo
from server.store.transactions import Session, Transactions

PHOTO_CHARACTERS = 20

#: Pictures decoded at once in one process: each may need 200 MB and a whole core.
AT_ONCE = 2

#: Photos of one kind deleted in one sweep.
SWEPT = 100


class Photos:
    """Take, use, show and delete photos."""

    def __init__(
        self,
        *,
        store: MongoPhotos,
        transactions: Transactions,
        audit: MongoAudit,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._store = store
        self._transactions = transactions
        self._audit = audit
        self._rules = rules
        self._clock = clock
        self._draw = draw
        self._decoding = asyncio.Semaphore(AT_ONCE)

    async def take(self, actor: Actor, raw: bytes) -> PhotoTaken:
        """Keep a photo; unless a form takes it into use soon, it is deleted.

        Raises:
            InvalidInput: no JPEG, PNG, HEIC or WebP, damaged, or too many pixels.
        """
        async with self._decoding:
            content = await asyncio.to_thread(normal_form, raw)
        photo = PhotoId(f"F{self._draw(PHOTO_CHARACTERS)}")
        await self._store.put(photo, Photo(owner=actor.person, content=content), self._clock())
        return PhotoTaken(photo_id=photo)

    async def show(self, actor: Actor, photo: PhotoId, purpose: str) -> bytes:
        """Give a photo as JPEG to its owner, or to staff whose role its use is for; recorded.

        `purpose` is why they look.

        Raises:
            NotFound: there is none, it is not for this person, or it is shown by links only.
        """
        kept = await self._store.get(photo)
        may = kept.owner == actor.person or may_read(actor.roles, kept.use)
        if not may or is_by_link(kept.use):
            raise NotFound(field="photo_id", rule="exists")
        return await self._shown(actor, photo, kept, purpose)

    async def show_for(self, actor: Actor, photo: PhotoId, use: PhotoUse, purpose: str) -> bytes:
        """Give a photo of a thing that the caller lets this person see; recorded.

        Raises:
            NotFound: there is none, or it serves something else.
        """
        kept = await self._store.get(photo)
        if kept.use != use:
            raise NotFound(field="photo_id", rule="exists")
        return await self._shown(actor, photo, kept, purpose)

    async def require_own(self, person: PersonId, photo: PhotoId) -> None:
        """Check that a photo named in a form is the person's own, before work is spent on it.

        Raises:
            NotFound: it is not, or there is none.
        """
        if (await self._store.get(photo)).owner != person:
            raise NotFound(field="photo_id", rule="exists")

    async def use(
        self,
        person: PersonId,
        photo: PhotoId,
        use: PhotoUse,
        session: Session | None = None,
        *,
        until: datetime | None = None,
    ) -> None:
        """Give a person's own photo its one use, in the transaction of the form that names it.

        The same use again is fine, and makes a released photo needed again. `until` is for
        needs whose end is known, and for forms without a transaction: the use of a form that then
        fails must not last.

        Raises:
            NotFound: it is not the person's, or there is none.
            InvalidInput: it serves something else already.
        """
        await self._store.use(person, photo, use, until=until, session=session)

    async def release(
        self,
        photo: PhotoId,
        use: PhotoUse,
        session: Session,
        *,
        until: datetime | None = None,
    ) -> None:
        """Say until when a photo is needed for its use: until now, if not told otherwise.

        In the transaction that ends the need. Repeating it, and releasing what is deleted or
        serves something else, change nothing.
        """
        await self._store.release(photo, use, until or self._clock(), session)

    async def sweep(self) -> int:
        """Delete photos that are kept long enough, a bounded number of each kind; how many."""
        deleted = 0
        for purpose in (None, *PhotoPurpose):
            kept_for = timedelta(seconds=keep_seconds(purpose, self._rules))
            deleted += await self._delete_over(purpose, self._clock() - kept_for)
        return deleted

    async def _delete_over(self, purpose: PhotoPurpose | None, before: datetime) -> int:
        async def delete(photo: PhotoId) -> bool:
            async def body(session: Session) -> bool:
                return await self._store.delete(photo, purpose, before, session)

            return await self._transactions.run(body)

        over = await self._store.over(purpose, before, SWEPT)
        return await one_by_one(over, delete, name="photo")

    async def _shown(self, actor: Actor, photo: PhotoId, kept: KeptPhoto, purpose: str) -> bytes:
        use = kept.use
        await self._audit.record(
            actor=actor.person,
            action="read_photo",
            subject=f"photo:{photo}",
            purpose=purpose,
            at=self._clock(),
            details={"serves": use.purpose.value, "of": use.subject} if use else None,
        )
        return await self._store.content(photo)
