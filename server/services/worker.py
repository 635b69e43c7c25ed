"""The worker: everything that must be looked at again and again, each on a beat of its own.

Safe to run in as many processes as wanted: every job is idempotent or hands its things out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from realtime.tasks import is_wanted
from server.services.one_by_one import brief, is_outage

log = logging.getLogger(__name__)

#: A job that failed waits this much longer than its beat, doubling up to the longest.
LONGEST_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing to be done on a beat."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[object]]


class Worker:
    """Runs jobs until it is cancelled."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = tuple(jobs)

    async def run(self) -> None:
        """Run every job on its beat; one that fails is logged and tried again later."""
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(_beat(job), name=f"job-{job.name}")


async def _beat(job: Job) -> None:
    failures = 0
    while is_wanted():
        try:
            await job.work()
            failures = 0
        except Exception as fault:  # a task supervisor: one job's fault must not end the others
            _tell(job, fault)
            failures += 1
        if not is_wanted():
            return
        pause = job.every_seconds * 2.0 ** min(failures, 10)
        await asyncio.sleep(min(pause, max(LONGEST_PAUSE_SECONDS, job.every_seconds)))


def _tell(job: Job, fault: Exception) -> None:
    if is_outage(fault):
        log.warning("job %s waits for an outage to end: %s", job.name, brief(fault))
    else:
        log.exception("job %s failed", job.name)
