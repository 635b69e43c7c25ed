"""A bell that tells open pages that something changed; what changed they read themselves."""

from __future__ import annotations

import asyncio


class Bell:
    """A counter that can be waited on; rings in a row are heard as one."""

    def __init__(self) -> None:
        self.rings = 0
        self._rung = asyncio.Event()  # replaced at each ring, so that every waiter wakes once

    def ring(self) -> None:
        """Wake everyone who waits."""
        self.rings += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def wait(self, heard: int, timeout_seconds: float) -> int:
        """Return the count as soon as it is beyond `heard`, or after the time is up."""
        if self.rings == heard:
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._rung.wait()
            except TimeoutError:
                pass
        return self.rings
