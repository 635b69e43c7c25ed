"""What this process should publish soon: things by their id, each once however often kicked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

#: Things that may wait; what finds no room is found by a worker's sweep.
MOST_WAITING = 10_000

Thing = TypeVar("Thing", bound=str)


class Kicks(Generic[Thing]):
    """Implements the relay port of every service that changes such things.

    It knows nobody, so that the services which the relay itself needs can be handed it.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Thing] = asyncio.Queue(MOST_WAITING)
        self._queued: set[Thing] = set()
        self._busy: set[Thing] = set()
        self._again: set[Thing] = set()

    async def kick(self, thing: Thing) -> None:
        """Have a thing published soon; returns at once and never fails (a sweep finds it)."""
        if thing in self._busy:
            self._again.add(thing)  # whoever publishes it now may have read it too early
        elif thing not in self._queued and not self._waiting.full():
            self._queued.add(thing)
            self._waiting.put_nowait(thing)

    @asynccontextmanager
    async def next(self) -> AsyncIterator[Thing]:
        """Wait for a thing; inside, nobody else of this process gets the same one."""
        thing = await self._waiting.get()
        self._queued.discard(thing)
        self._busy.add(thing)
        try:
            yield thing
        finally:
            self._busy.discard(thing)
            if thing in self._again:
                self._again.discard(thing)
                await self.kick(thing)
