"""One run at a time per key, shared by all who ask meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Own the runs under way. A run goes on when those who wait for it are cancelled."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    def __len__(self) -> int:
        return len(self._running)

    async def join(self, key: Hashable, run: Callable[[], Awaitable[T]]) -> T:
        """Wait for the key's run under way, or begin `run`; its errors reach all who wait."""
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(self._fly(key, run))
            # Nobody may be left to hear its error; it is not lost for those who wait.
            task.add_done_callback(_heard)
            self._running[key] = task
        return await asyncio.shield(task)

    async def drain(self, timeout_seconds: float) -> None:
        """Wait for all runs, then cancel what is left."""
        tasks = list(self._running.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=timeout_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _fly(self, key: Hashable, run: Callable[[], Awaitable[T]]) -> T:
        try:
            return await run()
        finally:
            del self._running[key]


def _heard(task: asyncio.Task[T]) -> None:
    if not task.cancelled():
        task.exception()
