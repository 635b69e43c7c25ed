"""The log file of one child: appended to over restarts, bounded, and read back for errors."""

from collections import deque
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 20_000_000  # looked at on each start; one older file is kept
READ_BACK_BYTES = 200_000


class LogFile:
    """Hand out a file to append to, and what was appended since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0  # where the present run's lines begin

    def open(self) -> BinaryIO:
        """Open for appending by a child, setting aside a file that grew past the limit."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size > LIMIT_BYTES:
            self.path.replace(self.path.with_suffix(".old.log"))
        file = self.path.open("ab")
        self._start = file.tell()
        return file

    def text(self) -> str:
        """Return what was written since `open`, the end of it if that is much."""
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(self._start, end - READ_BACK_BYTES))
            return file.read().decode(errors="replace")

    def last_lines(self, count: int) -> list[str]:
        """Return the last lines written since `open`."""
        return list(deque(self.text().splitlines(), maxlen=count))
