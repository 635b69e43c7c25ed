"""Pictures for pages: taken from staff, given to anyone."""

from __future__ import annotations

import asyncio

from realtime.wire.enterprises import PictureTaken
from server.domain.people import Actor
from server.services.photos.pictures import normal_form
from server.services.ports import Clock
from server.store.bookings.pictures import MongoPictures

#: Pictures decoded at once in one process, as with photos.
AT_ONCE = 1


class Pictures:
    """Public pictures."""

    def __init__(self, *, pictures: MongoPictures, clock: Clock) -> None:
        self._pictures = pictures
        self._clock = clock
        self._decoding = asyncio.Semaphore(AT_ONCE)

    async def take(self, actor: Actor, raw: bytes) -> PictureTaken:
        """Keep a picture in its normal form; the same picture again is the same one.

        Raises:
            InvalidInput: it is no picture, is damaged, or has too many pixels.
        """
        async with self._decoding:
            content = await asyncio.to_thread(normal_form, raw)
        name = await self._pictures.keep(content, actor.person, self._clock())
        return PictureTaken(picture=name, path=f"/pictures/{name}.jpg")

    async def content(self, name: str) -> bytes:
        """Give a picture's JPEG.

        Raises:
            NotFound: there is none.
        """
        return await self._pictures.content(name)
