"""Ending a long-running command: the first signal asks, the second does not ask again."""

from __future__ import annotations

import asyncio
import os
import signal

STOPPING = (signal.SIGTERM, signal.SIGINT)


def stop_asked() -> asyncio.Event:
    """Give an event that the first SIGTERM or SIGINT sets; the next one ends the process."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    def hear(number: signal.Signals) -> None:
        if asked.is_set():
            os._exit(128 + number)
        asked.set()

    for number in STOPPING:
        loop.add_signal_handler(number, hear, number)
    return asked
