"""The wallets' stand-in of `lanjian chaos money`: the sandbox in this process, on a turned clock.

Only the command line knows the sandbox, so it is made here and handed to the proof.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.sandbox.app import running_parts
from server.sandbox.draw import draw_id
from server.sandbox.keys import load
from server.sandbox.parts import FILE, Parts, Settings


@dataclass(frozen=True, slots=True)
class SandboxStandIn:
    """Implements `StandIn`."""

    url: str
    books: Path
    parts: Parts

    def wake(self) -> None:
        """Look at the notices now."""
        self.parts.sender.wake()


@asynccontextmanager
async def started(
    data: Path, keys: Path, notify_prefix: str, clock: Callable[[], float]
) -> AsyncIterator[SandboxStandIn]:
    """Run a sandbox on a free port for as long as the block lasts."""
    settings = Settings(
        data=data,
        public_url="",
        notify_prefixes=[notify_prefix],
        keys=load(keys),
        asked_clock=time.time,  # the library stamps requests by the machine's clock
    )
    async with running_parts(settings, port=0, clock=clock, draw=draw_id) as (port, parts):
        yield SandboxStandIn(f"http://127.0.0.1:{port}", data / FILE, parts)
