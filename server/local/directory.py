"""The directory of one embedded server: who holds it, and the port that belongs to its data.

The hold is a flock(2) on a file whose descriptor the server itself inherits. It lasts exactly as
long as the server lives, however it ends, so that there is no pid file to go stale or to race for.
"""

import fcntl
import os
import re
import secrets
import socket
import tempfile
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.local.errors import DirectoryInUse

LOOPBACK = "127.0.0.1"
POLL_SECONDS = 0.02
LOWEST_PORT = 20_000
PORT_COUNT = 12_000  # ends below 32768, where Linux begins its ephemeral range

#: For how long nobody else is given a port that was chosen: a program that is killed and started
#: again within it finds its port as it was.
RESERVED_SECONDS = 600.0

#: A line of the register: a port, and when it was chosen.
ENTRY = re.compile(r"^(\d+) (\d+\.\d+)$", re.MULTILINE)


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


def free_port(register: Path | None = None) -> int:
    """Choose a loopback port that nothing listens on, and that nobody else chose a while ago.

    The kernel's own choice would lie in the ephemeral range, where any outgoing connection may
    have it by the next start; a port that is kept must come from below. Between the choice and
    the moment that somebody listens, the register (one file for all processes of a user) keeps
    other processes off it.
    """
    path = register or Path(tempfile.gettempdir()) / f"lanjian-ports-{os.getuid()}"
    try:
        with _register(path) as chosen:
            port = _draw_port(chosen.keys())
            chosen[port] = time.monotonic()
            return port
    except OSError:  # a full or foreign disk: two that start at the same moment are rare
        return _draw_port(())


def _draw_port(taken: Container[int]) -> int:
    drawn = iter(lambda: LOWEST_PORT + secrets.randbelow(PORT_COUNT), None)
    return next(port for port in drawn if port not in taken and is_free(port))


@contextmanager
def _register(path: Path) -> Iterator[dict[int, float]]:
    """Hold the register: what was chosen lately, by port, with when; what is added is kept."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        now = time.monotonic()  # one clock for all processes until the machine starts anew
        entries = ENTRY.findall(file.read())  # a crash may have left half a line
        chosen = {int(port): float(at) for port, at in entries}
        lately = {port: at for port, at in chosen.items() if abs(now - at) < RESERVED_SECONDS}
        yield lately
        file.seek(0)
        file.truncate()
        file.write("".join(f"{port} {at:.3f}\n" for port, at in lately.items()))


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
