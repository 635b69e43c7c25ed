"""A real redis-server as a child, on a unix socket of its own, with its append-only file on."""

import socket
from pathlib import Path
from typing import Literal

from server.local.binaries import REDIS_SERVER, find
from server.local.directory import LOOPBACK
from server.local.embedded import EmbeddedServer

# sockaddr_un holds 108 bytes on Linux, 104 on macOS; a deep directory falls back to loopback TCP.
SOCKET_PATH_LIMIT = 100
PROBE_SECONDS = 0.5

Fsync = Literal["everysec", "always"]


class EmbeddedRedis(EmbeddedServer):
    """Redis for one machine; `fsync="always"` survives the machine, `everysec` any process."""

    name = "redis"

    def __init__(self, var_dir: Path, *, fsync: Fsync = "everysec", tcp: bool = False) -> None:
        super().__init__(var_dir)
        self._fsync = fsync
        self._socket_path = self.directory.path / "redis.sock"
        self._tcp = tcp or len(str(self._socket_path).encode()) > SOCKET_PATH_LIMIT
        self._port = 0  # chosen at launch, when TCP is used

    @property
    def url(self) -> str:
        """Where clients connect; stays the same over restarts. Logical database 0."""
        return self.url_of_database(0)

    def url_of_database(self, number: int) -> str:
        """Return the address of one of the 16 logical databases."""
        if not self._tcp:
            return f"unix://{self._socket_path}?db={number}"
        port = self._port or self.directory.kept_port()
        if not port:
            raise RuntimeError("redis has no port before its first launch")
        return f"redis://{LOOPBACK}:{port}/{number}"

    def empty(self) -> None:
        """Forget all keys of all logical databases at once, while running.

        Raises: OSError when the server does not answer OK.
        """
        with self._connect() as connection:
            connection.sendall(b"FLUSHALL\r\n")
            answer = connection.recv(64)
        if answer != b"+OK\r\n":
            raise OSError(f"redis would not empty itself: {answer!r}")

    def _command(self) -> list[str | Path]:
        if self._tcp:
            self._port = self.directory.port()
            address = ["--port", str(self._port), "--bind", LOOPBACK]
        else:
            address = ["--port", "0", "--unixsocket", str(self._socket_path)]
            address += ["--unixsocketperm", "700"]
        return [find(REDIS_SERVER), *address, *self._persistence(), *self._manners()]

    def _persistence(self) -> list[str]:
        data = ["--dir", str(self.directory.data), "--appendonly", "yes", "--save", ""]
        return [*data, "--appendfsync", self._fsync, "--aof-load-truncated", "yes"]

    def _manners(self) -> list[str]:
        # Keys are bounded by their makers; evicting a claim record silently would be a lie.
        return ["--daemonize", "no", "--maxmemory-policy", "noeviction", "--databases", "16"]

    def _is_ready(self) -> bool:
        """Ask PING by hand: the redis library's only home is `realtime`."""
        try:
            with self._connect() as probe:
                probe.sendall(b"PING\r\n")
                return probe.recv(64).startswith(b"+PONG")  # -LOADING while the file is read
        except OSError:
            return False

    def _connect(self) -> socket.socket:
        if self._tcp:
            return socket.create_connection((LOOPBACK, self._port), timeout=PROBE_SECONDS)
        probe = socket.socket(socket.AF_UNIX)
        probe.settimeout(PROBE_SECONDS)
        try:
            probe.connect(str(self._socket_path))
        except OSError:
            probe.close()
            raise
        return probe
