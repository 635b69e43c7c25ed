"""The one place where an unforeseen fault of the agent is caught, logged and survived.

A cabinet stands alone in a stairwell: a fault in one loop must stop neither the others nor
the process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

#: Pause before a failed loop is started again.
RESTART_SECONDS = 1.0


async def keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work`; start it again after a pause whenever it fails; return when it returns."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("loop failed", extra={"loop": name})
            await asyncio.sleep(RESTART_SECONDS)
        else:
            return


async def run_once(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` once; a failure is logged and goes no further."""
    try:
        await work()
    except Exception:
        log.exception("task failed", extra={"task_name": name})
