"""Waiting on conditions with a deadline, the only way tests wait."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

POLL_SECONDS = 0.01

#: What has not come for a while is asked for less often: at most so much of the wait is added to
#: it, and never more than the bound. A question to a browser costs milliseconds of a core.
LATE, LATEST_SECONDS = 0.05, 0.3

#: Long enough for any machine: it costs nothing where the condition comes, and a test that hangs
#: has its own time limit (setup.cfg). Say another number only where that is what is tested.
PATIENCE_SECONDS = 60.0

Seen = TypeVar("Seen")


async def eventually(
    condition: Callable[[], Seen | Awaitable[Seen]],
    deadline_seconds: float = PATIENCE_SECONDS,
    *,
    every_seconds: float = POLL_SECONDS,
) -> Seen:
    """Poll the condition (plain or async) until it is true, and return what it answered.

    A condition that costs something is asked less often (`every_seconds`), and any is the longer
    it has been waited for. An AssertionError inside the condition counts as "not yet", and is
    what is raised at the deadline if it is the last thing seen.
    """
    begun = time.monotonic()
    while True:
        seen, doubt = None, None
        try:
            answer = condition()
            seen = await answer if inspect.isawaitable(answer) else answer
        except AssertionError as error:
            doubt = error
        if seen:
            return seen
        waited = time.monotonic() - begun
        if waited > deadline_seconds:
            raise AssertionError(f"not so within {deadline_seconds:g} s; saw {seen!r}") from doubt
        await asyncio.sleep(max(every_seconds, min(LATE * waited, LATEST_SECONDS)))


def eventually_blocking(
    condition: Callable[[], Seen], deadline_seconds: float = PATIENCE_SECONDS
) -> Seen:
    """Do as `eventually` in a test without a loop."""

    async def poll() -> Seen:
        return await eventually(condition, deadline_seconds)

    return asyncio.run(poll())
