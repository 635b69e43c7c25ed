"""Waiting on conditions with a deadline, the only way tests wait."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

POLL_SECONDS = 0.01

Seen = TypeVar("Seen")


async def eventually(
    condition: Callable[[], Seen | Awaitable[Seen]], deadline_seconds: float = 5.0
) -> Seen:
    """Poll the condition (plain or async) until it is true, and return what it answered.

    An AssertionError inside the condition counts as "not yet", and is what is raised at the
    deadline if it is the last thing seen.
    """
    deadline = time.monotonic() + deadline_seconds
    while True:
        seen, doubt = None, None
        try:
            answer = condition()
            seen = await answer if inspect.isawaitable(answer) else answer
        except AssertionError as error:
            doubt = error
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {deadline_seconds:g} s; saw {seen!r}") from doubt
        await asyncio.sleep(POLL_SECONDS)


def eventually_blocking(condition: Callable[[], Seen], deadline_seconds: float = 5.0) -> Seen:
    """Do as `eventually` in a test without a loop."""

    async def poll() -> Seen:
        return await eventually(condition, deadline_seconds)

    return asyncio.run(poll())
