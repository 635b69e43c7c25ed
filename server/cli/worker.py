"""`lanjian worker`: timers, outbox, reconciliation, payouts; any number may run."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from server.cli.loading import loading
from server.cli.logs import log_to_stderr
from server.cli.signals import stop_asked
from server.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no options: the environment says everything."""


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM or Ctrl-C."""
    settings = Settings.from_env(os.environ)
    log_to_stderr()
    asyncio.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    with loading():
        from realtime.tasks import Tasks
        from server.app.workers import build_worker

    asked = stop_asked()
    async with build_worker(settings) as worker:
        tasks = Tasks()
        working = tasks.start(worker.run(), name="worker")
        working.add_done_callback(lambda _: asked.set())  # it ends by a fault only
        sys.stdout.write("ready worker\n")
        sys.stdout.flush()
        await asked.wait()
        await tasks.close()
