"""The frame logs of all ports of a cabinet, and the one task that writes their files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from hardware.config import Layout, PortLayout
from hardware.line import frame_words
from hardware.line.frame_file import FrameFile, FrameLogSettings
from hardware.line.frame_log import FrameLog


class LineLogs:
    """One frame log a port, in memory and, with settings, in files `port0.log`, `port1.log`."""

    def __init__(
        self, layout: Layout, now: Callable[[], datetime], settings: FrameLogSettings | None
    ) -> None:
        self._files = (
            [FrameFile(settings, f"port{index}") for index in range(len(layout.ports))]
            if settings is not None
            else []
        )
        self.logs = tuple(self._log(index, port, now) for index, port in enumerate(layout.ports))

    async def run(self) -> None:
        """Write the files until cancelled."""
        async with asyncio.TaskGroup() as group:
            for file in self._files:
                group.create_task(file.run())

    def _log(self, index: int, port: PortLayout, now: Callable[[], datetime]) -> FrameLog:
        # Boards of one port differ in how doors are counted and wired, not in how frames look.
        options = next(iter(port.options.values()))
        read = frame_words.reader_of_dropped(port.spec, options)
        log = FrameLog(now, read, self._files[index].put if self._files else lambda _line: None)
        log.noted(f"agent started, {port.line.url} {port.spec.name}")
        return log
