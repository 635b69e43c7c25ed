"""How this machine does: ports, boards, disk, clock, for the server and GET /state.

Only the latest is worth telling: it is never spooled. A `Checkup` looks every other second; a
connection's `HealthTurn` says when what was seen is due to be told on it: at once, then soon
after a change, but not in every moment of a flapping port, and now and then without one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from hardware.cabinet.cabinet import Cabinet
from hardware.clock import WRONG_WALL_SECONDS, ServerClock
from hardware.config import Layout
from hardware.disk.journal import Journal
from hardware.disk.spool import SpoolError
from hardware.disk.state import TEXTS, WARN_FREE_BYTES
from hardware.line.bus import Bus
from hardware.machine import free_bytes
from realtime.wire.health import MOST_WHY, Health, PortHealth

#: How often the machine is looked at.
LOOK_SECONDS = 2.0
#: Least and most time between two tellings on one connection.
LEAST_SECONDS = 10.0
MOST_SECONDS = 300.0


class Checkup:
    """Looks at the machine. `latest` is None until the first look."""

    def __init__(
        self,
        layout: Layout,
        cabinet: Cabinet,
        journal: Journal,
        clock: ServerClock,
        data_dir: Path,
        wake: asyncio.Event,
    ) -> None:
        """Take what to look at; `wake` is set when something changed."""
        self.latest: Health | None = None
        self._layout = layout
        self._cabinet = cabinet
        self._journal = journal
        self._clock = clock
        self._data_dir = data_dir
        self._wake = wake
        self._began = clock.monotonic()

    async def run(self) -> NoReturn:
        """Look again and again."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> Health:
        """Look at everything now; its id is the caller's to set."""
        seen = await self._look()
        if self.latest is None or essence(self.latest) != essence(seen):
            self._wake.set()
        self.latest = seen
        return seen

    async def _look(self) -> Health:
        disk = self._journal.disk
        off_by = self._clock.wall_off_by_seconds()
        ports = zip(self._layout.ports, self._cabinet.buses, strict=True)
        return Health(
            id="-",
            ports=tuple(_port(layout.spec.name, bus) for layout, bus in ports),
            boards=self._cabinet.boards,
            spooled=await self._spooled(),
            disk_free_bytes=await asyncio.to_thread(free_bytes, self._data_dir),
            disk_error=None if disk.takes_opens else TEXTS[disk.state],
            clock_off_by_seconds=None if off_by is None else round(off_by, 1),
            uptime_seconds=max(0.0, round(self._clock.monotonic() - self._began, 1)),
        )

    async def _spooled(self) -> int:
        try:
            return await self._journal.pending_count()
        except SpoolError:  # a disk that cannot be read: that is what there is to tell
            return self.latest.spooled if self.latest is not None else 0


class HealthTurn:
    """What one connection was told of the machine, and when it is due to be told again."""

    def __init__(self, checkup: Checkup, monotonic: Callable[[], float]) -> None:
        self._checkup = checkup
        self._monotonic = monotonic
        self._told: Health | None = None
        self._told_at = 0.0
        self._gave_up = False

    def due_in(self) -> float | None:
        """Tell after how many seconds something is due; None while only a look can tell."""
        latest = self._checkup.latest
        if self._gave_up or latest is None:
            return None
        if self._told is None:
            return 0.0
        is_changed = essence(latest) != essence(self._told)
        wait = LEAST_SECONDS if is_changed else MOST_SECONDS
        return max(0.0, self._told_at + wait - self._monotonic())

    async def tell(self) -> Health:
        """Look once more and give what is to be told.

        It counts as told, whatever becomes of it: the next one is newer.
        """
        self._told, self._told_at = await self._checkup.look(), self._monotonic()
        return self._told

    def give_up(self) -> None:
        """Tell nothing more: this server does not want to know."""
        self._gave_up = True


def essence(health: Health) -> object:
    """Pick what is worth telling soon when it changes; counters and times are not."""
    free, off_by = health.disk_free_bytes, health.clock_off_by_seconds
    return (
        [(port.device, port.state, port.reason) for port in health.ports],
        health.boards,
        health.disk_error,
        free is not None and free < WARN_FREE_BYTES,
        off_by is not None and abs(off_by) > WRONG_WALL_SECONDS,
    )


def _port(protocol: str, bus: Bus) -> PortHealth:
    why = bus.openings.why
    return PortHealth(
        device=bus.settings.url,
        protocol=protocol,
        state=bus.state.value,
        reason=None if why is None else why[:MOST_WHY],
        exchanges=bus.counts.exchanges,
        silences=bus.counts.silences,
        dropped_bytes=bus.receiver.counts.dropped_bytes,
        checksum_errors=bus.receiver.counts.checksum_errors,
    )
