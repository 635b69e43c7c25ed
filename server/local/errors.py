"""What can go wrong with programs on this machine.

These reach the person at the keyboard, never a client of the API, so they are not part of the
tree in `server.domain.errors`.

    LocalError
    ├── MissingServer     no usable mongod or redis-server; says what to install
    ├── DirectoryInUse    another process holds the data directory
    └── ChildFailed       a child ended or was not ready in time; carries its last log lines
"""

from collections.abc import Sequence
from pathlib import Path


class LocalError(Exception):
    """Tell what is wrong on this machine, and what to do."""


class MissingServer(LocalError):
    """Say which server program is missing, why, and what to install."""


class DirectoryInUse(LocalError):
    """Say which directory another running process holds."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is in use by another running process; end that one first, "
            "or name another data directory"
        )
        self.path = path


class ChildFailed(LocalError):
    """Say which child failed and how, with the last lines of its log and a hint if known."""

    def __init__(self, name: str, reason: str, log_path: Path, last_lines: Sequence[str]) -> None:
        self.name = name
        self.reason = reason
        self.log_path = log_path
        self.last_lines = tuple(last_lines)
        super().__init__("\n".join(self._text()))

    def _text(self) -> list[str]:
        text = [f"{self.name} {self.reason}"]
        if self.last_lines:
            text.append(f"last lines of {self.log_path}:")
            text.extend(f"  {line}" for line in self.last_lines)
        else:
            text.append(f"{self.log_path} says nothing")
        return text
