"""What is wrong with this machine, in words for whoever stands before it: disk, ports, clock.

The agent goes on with all that still works. Each trouble ends by itself when its cause does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from hardware.disk.journal import Journal
from hardware.disk.state import TEXTS
from hardware.kiosk.screen import Screen
from hardware.line.bus import Bus
from hardware.line.openings import BusState
from hardware.machine import free_bytes

#: How often everything is looked at; a refusing disk is tried as often.
LOOK_SECONDS = 2.0


class Troubles:
    """Looks after the machine, and tells what is wrong."""

    def __init__(
        self,
        journal: Journal,
        data_dir: Path,
        buses: Sequence[Bus],
        clock_is_wrong: Callable[[], bool],
        screen: Screen,
    ) -> None:
        """Take what to look at; `screen` is told what is wrong, whenever that changed."""
        self._journal = journal
        self._data_dir = data_dir
        self._buses = buses
        self._clock_is_wrong = clock_is_wrong
        self._screen = screen
        self._told: tuple[tuple[str, ...], bool] = ((), False)
        self._disk_changed = asyncio.Event()
        journal.disk.on_change = self._disk_changed.set

    async def run(self) -> NoReturn:
        """Look at everything, again and again."""
        while True:
            self._disk_changed.clear()
            await self._journal.look_at_disk(await asyncio.to_thread(free_bytes, self._data_dir))
            present = (tuple(self._present()), not self._journal.disk.takes_opens)
            if present != self._told:
                self._told = present
                self._screen.set_troubles(present[0], is_closed=present[1])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._disk_changed.wait()

    def _present(self) -> list[str]:
        disk = TEXTS.get(self._journal.disk.state)
        found = [] if disk is None else [disk]
        for number, bus in enumerate(self._buses, 1):
            if bus.state is not BusState.READY and bus.openings.why is not None:
                found.append(f"{number} 号串口 / Port {number}: {bus.openings.why}")
        if self._clock_is_wrong():
            found.append("本机时间不准 / This machine's clock is wrong")
        return found
