"""Pings, and the end of connections that do not answer them."""

from __future__ import annotations

import asyncio

from realtime.hub.connection import Connection
from realtime.wire.envelope import CloseCode

#: A round of pings is spread over this many steps, so that sockets do not all answer at once.
STEPS = 10


class Pulse:
    """Pings every connection that was silent for an interval; silence for two closes it."""

    def __init__(self, *, ping_seconds: float) -> None:
        self._ping_seconds = ping_seconds
        self._connections: dict[int, Connection] = {}

    @property
    def deadline_seconds(self) -> float:
        """Give how long after a ping the pong must have come."""
        return self._ping_seconds

    def add(self, connection: Connection) -> None:
        """Watch a connection."""
        self._connections[id(connection)] = connection

    def remove(self, connection: Connection) -> None:
        """Watch it no more. Removing twice changes nothing."""
        self._connections.pop(id(connection), None)

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            await asyncio.sleep(self._ping_seconds / STEPS)
            self.beat(asyncio.get_running_loop().time())

    def beat(self, now: float) -> None:
        """Ping who was silent too long, close who did not answer."""
        for connection in list(self._connections.values()):
            if connection.pinged_at and now - connection.pinged_at >= self.deadline_seconds:
                connection.close(CloseCode.SILENT, "no pong")
                self.remove(connection)
            elif now - connection.heard_at >= self._ping_seconds:
                connection.ping(now)
