"""A log file that grows line by line, is rotated by size, and never holds up who writes.

Lines wait in memory, bounded, and are appended in batches on a thread: within a second they
can be read (`tail -f`, also over a rotation: `tail -F`). A disk that refuses costs lines, which
are counted and told in the file once it takes them again; nothing else notices.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

#: How often what waits is written.
BATCH_SECONDS = 0.5
#: Lines that may wait; beyond, the newest are lost and counted.
MAX_WAITING = 5_000


@dataclass(frozen=True, slots=True)
class FrameLogSettings:
    """Where frame logs lie, and how much of them is kept for each port."""

    directory: Path
    max_bytes: int = 4_000_000
    #: Files of one port, the one being written included.
    files: int = 5


class FrameFile:
    """One such file with its older ones: NAME.log, NAME.log.1, ..."""

    def __init__(self, settings: FrameLogSettings, name: str) -> None:
        self.path = settings.directory / f"{name}.log"
        #: Lines that could not be written since the start.
        self.lost = 0
        self._settings = settings
        self._waiting: deque[str] = deque()
        #: Lines lost since the last that was written.
        self._lost_now = 0
        #: The last batch may have ended in the middle of a line.
        self._is_torn = False

    def put(self, line: str) -> None:
        """Have a line written soon."""
        if len(self._waiting) >= MAX_WAITING:
            self._lose(1)
        else:
            self._waiting.append(line)

    async def run(self) -> None:
        """Write what waits, again and again, until cancelled; the rest is written then."""
        try:
            while True:
                await asyncio.sleep(BATCH_SECONDS)
                await self._flush()
        finally:
            await self._flush()

    async def _flush(self) -> None:
        if not self._waiting:
            return
        batch = list(self._waiting)
        self._waiting.clear()
        loop = asyncio.get_running_loop()
        try:
            await asyncio.shield(loop.run_in_executor(None, self._write, batch, self._lost_now))
        except OSError as error:
            if not self._lost_now:
                log.error("frame log not written", extra={"file": self.path, "why": str(error)})
            self._is_torn = True
            self._lose(len(batch))
        else:
            if self._lost_now:
                log.warning("frame log written again", extra={"lost": self._lost_now})
            self._lost_now, self._is_torn = 0, False

    def _lose(self, count: int) -> None:
        self.lost += count
        self._lost_now += count

    # On a thread

    def _write(self, batch: list[str], lost: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size >= self._settings.max_bytes:
            self._rotate()
        text = "\n" if self._is_torn else ""
        if lost:
            text += f"! {lost} lines lost: the disk refused them\n"
        text += "\n".join(batch) + "\n"
        # Opened for each batch: the file may be moved or deleted under its name meanwhile.
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)

    def _rotate(self) -> None:
        """Move NAME.log to NAME.log.1 and so on; the oldest goes."""
        numbers = range(self._settings.files - 1, 0, -1)
        if not numbers:
            self.path.unlink()
        for number in numbers:
            younger = self._numbered(number - 1)
            if younger.exists():
                younger.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path
