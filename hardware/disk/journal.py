"""The spool on a thread of its own, so that a slow disk never stalls the event loop.

Calls are carried out one after another in the order in which they were made.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from hardware.clock import KeptMeasure
from hardware.disk.spool import CommandRow, DoorRow, Spool, SpoolError, refusal
from hardware.disk.state import SPOOL_BYTES, Disk
from realtime.wire.terminal import DoorEvent, TerminalConfig

T = TypeVar("T")


class Journal:
    """Awaitable access to one spool; every call may raise `SpoolError`."""

    def __init__(self, spool: Spool, grew: asyncio.Event) -> None:
        self.spool_id = spool.spool_id
        #: How the disk stands, by what it took and refused.
        self.disk = Disk()
        self._spool = spool
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        #: Set whenever events were written; the sender clears it before it looks.
        self._grew = grew
        #: The newest event that this process has sent, noted on disk or not.
        self._sent = 0

    @classmethod
    def open(cls, path: Path, grew: asyncio.Event, most_bytes: int = SPOOL_BYTES) -> Journal:
        """Open or begin a spool file; `grew` is set whenever events were written.

        Raises:
            SpoolError: the file can be neither opened nor made.
        """
        return cls(Spool(path, most_bytes=most_bytes), grew)

    async def record(
        self, events: Iterable[DoorEvent], doors: Iterable[DoorRow] = ()
    ) -> tuple[DoorEvent, ...]:
        """Write events and door states as one; on disk when this returns.

        Raises:
            SpoolError: nothing was written.
        """
        written = await self._write(lambda: self._spool.record(events, doors))
        if written:
            self._grew.set()
        return written

    async def forget(self, up_to: int) -> None:
        """Delete the events that the server has applied."""
        await self._write(lambda: self._spool.forget(up_to))

    async def pending(self) -> tuple[DoorEvent, ...]:
        """Read the oldest batch of events that are not yet applied."""
        return await self._call(self._spool.pending)

    async def pending_count(self) -> int:
        """Count the events that are not yet applied."""
        return await self._call(self._spool.pending_count)

    async def command(self, command_id: str) -> CommandRow | None:
        """Read what became of a command, if it was ever seen."""
        return await self._call(lambda: self._spool.command(command_id))

    async def cut_off(self) -> tuple[CommandRow, ...]:
        """Read the commands that were at work when the agent last ended."""
        return await self._call(self._spool.cut_off)

    async def doors(self) -> dict[int, DoorRow]:
        """Read the doors by cell, as last sensed."""
        return await self._call(self._spool.doors)

    async def withdraw(self, grant_id: str, at: datetime) -> None:
        """Keep that a grant is never carried out."""
        await self._write(lambda: self._spool.withdraw(grant_id, at))

    async def sending(self, events: Sequence[DoorEvent], refused: Iterable[str]) -> None:
        """Note what goes to the server now, and end these grants where they were not sent."""
        up_to, grant_ids = events[-1].number, list(refused)
        self._sent = max(self._sent, up_to)
        await self._write(lambda: self._spool.sending(up_to, grant_ids))

    async def is_behind(self, applied: int) -> bool:
        """Tell whether the server has applied more than this file, or this process, has sent.

        What a disk that refuses did not note was sent all the same: that makes no old file of it.
        """
        return applied > self._sent and await self._call(lambda: self._spool.is_behind(applied))

    async def begin_anew(self, now: datetime) -> None:
        """Go on under a new spool id, remembering from now, the server's time, on."""
        self.spool_id = await self._write(lambda: self._spool.begin_anew(now))
        self._sent = 0

    async def forget_commands(self, before: datetime) -> None:
        """Delete the commands that began before this instant, if the server has heard of them."""
        await self._write(lambda: self._spool.forget_commands(before))

    async def keep_clock(self, measure: KeptMeasure | None, now: datetime) -> None:
        """Keep the measure of the server's clock; the first one says since when it remembers."""
        await self._write(lambda: self._spool.keep_clock(measure, now))

    async def clock(self) -> KeptMeasure | None:
        """Read the measure of the server's clock that was kept last."""
        return await self._call(self._spool.clock)

    async def since(self) -> datetime | None:
        """Read from when on, by the server's clock, the disk remembers what was used."""
        return await self._call(self._spool.since)

    async def config(self) -> TerminalConfig | None:
        """Read the configuration that was kept last."""
        return await self._call(self._spool.config)

    async def keep_config(self, config: TerminalConfig) -> None:
        """Keep the latest configuration."""
        await self._write(lambda: self._spool.keep_config(config))

    async def look_at_disk(self, free_bytes: int | None) -> None:
        """Find out whether a disk that refused takes facts again, and how full the spool is.

        `free_bytes` is what the spool's file system has left.
        """
        with contextlib.suppress(SpoolError):
            if self.disk.refuses:
                await self._write(self._spool.try_room)
                self.disk.took()
            self.disk.filled(await self._call(self._spool.share), free_bytes)

    async def close(self) -> None:
        """Finish what was asked, then close the file."""
        await self._call(self._spool.close)
        self._thread.shutdown(wait=False)

    async def _write(self, work: Callable[[], T]) -> T:
        try:
            return await self._call(work)
        except SpoolError as error:
            self.disk.refused(str(error), is_full=error.is_full)
            raise

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise refusal(error) from error
