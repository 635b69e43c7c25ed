"""Reading the number off the photo of a finished waybill, within a bounded time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from server.domain.ids import PhotoId
from server.domain.orders import Reading, read_against
from server.store.photos import MongoPhotos

log = logging.getLogger(__name__)

#: Photos read at once in one process; each takes a core for some hundredths of a second.
AT_ONCE = 2

#: Longest wait for a reading; the photo counts as unreadable then, and a person looks at it.
MOST_SECONDS = 7.0


class PhotoReader:
    """Reads photos in threads of its own, so that the loop never waits for one."""

    def __init__(
        self,
        *,
        photos: MongoPhotos,
        read_numbers: Callable[[bytes], tuple[str, ...]],
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._photos = photos
        self._read_numbers = read_numbers
        self._most_seconds = most_seconds
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="photo-reader")

    def close(self) -> None:
        """End the threads: what is not begun is not read; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def read(self, photo: PhotoId, bound: str) -> Reading:
        """Read a kept photo and compare it with the bound number.

        A photo that takes too long counts as unreadable; its thread ends by itself.

        Raises:
            NotFound: there is no such photo.
        """
        content = await self._photos.content(photo)
        reading = asyncio.get_running_loop().run_in_executor(
            self._threads, self._read_numbers, content
        )
        try:
            numbers = await asyncio.wait_for(reading, self._most_seconds)
        except TimeoutError:
            log.warning("photo not read in time", extra={"photo": photo})
            numbers = ()
        return read_against(bound, numbers)
