"""Running one `async def` test: on a loop of its own, strict about what it leaves behind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

GRACE_SECONDS = 5.0  # for tasks that were told to end and are on their way


async def run_strictly(test: Callable[..., Awaitable[None]], arguments: dict[str, Any]) -> None:
    """Await the test; then fail it for tasks it leaked and for errors nobody looked at."""
    unseen: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: unseen.append(_describe(context))
    )
    await test(**arguments)
    leaked = await _tasks_left()
    if leaked:
        raise AssertionError("the test leaked tasks:\n" + "\n".join(map(repr, leaked)))
    if unseen:
        raise AssertionError("errors nobody looked at:\n" + "\n".join(unseen))


async def _tasks_left() -> set[asyncio.Task[Any]]:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if not others:
        return set()
    _, pending = await asyncio.wait(others, timeout=GRACE_SECONDS)
    return pending


def _describe(context: dict[str, Any]) -> str:
    return f"{context.get('message')}: {context.get('exception')!r}"
