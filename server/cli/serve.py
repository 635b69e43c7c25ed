"""`lanjian serve`: one server process, set by its environment (docs/operations.md)."""

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
    """Declare the options."""
    parser.add_argument("--port", type=int, help="instead of LANJIAN_PORT; 0 takes a free one")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C, then drain."""
    environ = dict(os.environ)
    if args.port is not None:
        environ["LANJIAN_PORT"] = str(args.port)
    settings = Settings.from_env(environ)
    log_to_stderr()
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    with loading():
        from server.app.platform import build

    asked = stop_asked()
    async with build(settings) as platform:
        await platform.start()
        sys.stdout.write(f"ready {platform.url}\n")
        sys.stdout.flush()
        await asked.wait()
        await platform.stop()
