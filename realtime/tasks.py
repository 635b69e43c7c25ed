"""Background work with an owner: started here, watched here, ended here."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine

from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

#: A crashed loop starts again after this, doubling up to the longest, seconds.
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0

#: A task that has not ended this long after its cancellation is cancelled again, seconds.
CANCEL_AGAIN_SECONDS = 0.1


def is_wanted() -> bool:
    """Tell a loop whether to go on: false once its task was told to end, even if nobody saw it.

    Before Python 3.12 `asyncio.wait_for`, which redis-py sends through, swallows a cancellation
    that comes as its work is done; a task group does not cancel again.
    """
    task = asyncio.current_task()
    return task is None or not task.cancelling()


def pause_seconds(failures: int) -> float:
    """Give the pause after so many failures in a row, with jitter so that nobody is in step."""
    longest = min(FIRST_PAUSE_SECONDS * float(2 ** min(failures, 16)), LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.5, 1.0)


class Tasks:
    """The tasks of one owner; `close` ends them all."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[object, object, None], *, name: str) -> asyncio.Task[None]:
        """Run once; a failure is logged, since nobody awaits it."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def keep(self, loop: Callable[[], Awaitable[None]], *, name: str) -> asyncio.Task[None]:
        """Run a loop that should never end, again and again when it does."""
        return self.start(self._again(loop, name), name=name)

    async def close(self) -> None:
        """Cancel all and wait until they have ended."""
        running = {task for task in self._running if task is not asyncio.current_task()}
        while running:
            # More than once: before Python 3.12 `asyncio.wait_for`, which redis-py sends
            # through, swallows a cancellation that comes as its work is done.
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)

    async def _again(self, loop: Callable[[], Awaitable[None]], name: str) -> None:
        failures = 0
        while True:
            try:
                await loop()
                return
            except Unavailable as outage:
                log.warning("loop %s waits for an outage to end: %s", name, outage.details)
            except Exception:  # a task supervisor: one fault must not end a loop for good
                log.exception("loop failed, starting again", extra={"loop": name})
            await asyncio.sleep(pause_seconds(failures))
            failures += 1

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            log.error("task failed", extra={"task": task.get_name()}, exc_info=fault)
