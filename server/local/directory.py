"""The directory of one embedded server: who holds it, and the port that belongs to its data.

The hold is a flock(2) on a file whose descriptor the server itself inherits. It lasts exactly as
long as the server lives, however it ends, so that there is no pid file to go stale or to race for.
"""

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.local.errors import DirectoryInUse

LOOPBACK = "127.0.0.1"
POLL_SECONDS = 0.02
LOWEST_PORT = 20_000
PORT_COUNT = 12_000  # ends below 32768, where Linux begins its ephemeral range


class ServerDirectory:
    """A directory with `data/` for the server, `lock`, and `port` beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.data = self.path / "data"
        self._port_file = self.path / "port"

    @contextmanager
    def held(self, *, deadline_seconds: float = 5.0) -> Iterator[int]:
        """Hold the directory and yield the descriptor to hand to the server.

        Waits a little, as a server whose parent was just killed takes a moment to go.
        Raises: DirectoryInUse when another process still holds it at the deadline.
        """
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + deadline_seconds
        try:
            while not _try_hold(descriptor):
                if time.monotonic() > deadline:
                    raise DirectoryInUse(self.path)
                time.sleep(POLL_SECONDS)
            yield descriptor
        finally:
            os.close(descriptor)  # the server's copy keeps the hold

    def kept_port(self) -> int | None:
        """Return the port chosen for this data before, if any."""
        try:
            return int(self._port_file.read_text())
        except (FileNotFoundError, ValueError):  # an empty file is a crash while writing it
            return None

    def keep_port(self, port: int) -> None:
        """Remember the port that belongs to the data."""
        fresh = self._port_file.with_suffix(".new")
        fresh.write_text(f"{port}\n")
        fresh.replace(self._port_file)

    def port(self) -> int:
        """Return the kept port if it is free, else choose a free one and keep that."""
        kept = self.kept_port()
        if kept is not None and is_free(kept):
            return kept
        chosen = free_port()
        self.keep_port(chosen)
        return chosen


def free_port() -> int:
    """Choose a loopback port that nothing listens on at this moment.

    The kernel's own choice would lie in the ephemeral range, where any outgoing connection may
    have it by the next start; a port that is kept must come from below.
    """
    return next(
        port
        for port in iter(lambda: LOWEST_PORT + secrets.randbelow(PORT_COUNT), None)
        if is_free(port)
    )


def is_free(port: int) -> bool:
    """Answer whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _try_hold(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
