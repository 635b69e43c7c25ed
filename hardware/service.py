"""What the agent tells systemd: that it is up, and that its loop still turns (sd_notify(3)).

The protocol is a datagram of lines to the socket that systemd names in the environment; without
one, nothing is told.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Supervisor:
    """systemd, if it started this process."""

    def __init__(self, environ: Mapping[str, str], pid: int) -> None:
        """Read where to tell, and how often it wants to hear."""
        name = environ.get("NOTIFY_SOCKET", "")
        #: A name that begins with @ is one of Linux's abstract sockets.
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._every_seconds = _watchdog_seconds(environ, pid)

    def ready(self) -> None:
        """Tell that the agent is up."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """Tell that the agent was asked to stop."""
        self._tell("STOPPING=1")

    async def keep_alive(self) -> None:
        """Tell that the loop turns, twice as often as asked; ends at once if nobody asked."""
        while self._every_seconds is not None:
            self._tell("WATCHDOG=1")
            await asyncio.sleep(self._every_seconds / 2)

    def _tell(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("systemd not told", extra={"what": text, "why": str(error)})


def _watchdog_seconds(environ: Mapping[str, str], pid: int) -> float | None:
    """Read the watchdog's time, unless it is meant for another process."""
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    try:
        microseconds = int(environ.get("WATCHDOG_USEC", ""))
    except ValueError:
        return None
    return microseconds / 1_000_000 if microseconds > 0 else None
