"""Open the line to the boards through an RS485-to-TCP bridge: `socket://host:port`.

What a network adds to a line, and what is done about it:

- A bridge that loses power leaves a connection that is open on this side only. Keep-alive
  probes end it within half a minute, unconfirmed bytes within five seconds; the bus opens it
  anew sooner, when no board answered for a while.
- TCP sends again what was not confirmed: an unlock could arrive long after its deadline. A
  close with bytes on the way therefore resets the connection, which discards them.
- There is no lock on a network port. Two agents of one machine keep each other out by an
  abstract socket's name, which ends with the process; two machines cannot, so the bridge is
  to be set to one connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import sys
import termios
from typing import Any
from urllib.parse import urlsplit

from hardware.line.open_line import Link, OnBytes, OnLost, PortBusy, PortDenied, PortMissing

#: How a bridge is named in configurations.
SCHEME = "socket://"
#: How long a bridge may take to accept a connection, seconds.
CONNECT_SECONDS = 5.0
#: Keep-alive: first probe after this idle time, then one each interval, this many unanswered.
KEEPALIVE_IDLE_SECONDS = 10
KEEPALIVE_INTERVAL_SECONDS = 5
KEEPALIVE_PROBES = 3
#: Bytes that the bridge does not confirm for this long end the connection.
UNCONFIRMED_SECONDS = 5


class _Stream:
    """The TCP socket under a transport."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream

    def queued(self) -> int:
        """Count the bytes that the bridge has not confirmed (SIOCOUTQ)."""
        try:
            answer = fcntl.ioctl(self._stream.fileno(), termios.TIOCOUTQ, bytes(4))
        except (OSError, ValueError):
            return 0  # closed meanwhile, or a system without it
        return int(struct.unpack("i", answer)[0])

    def drop_queued(self) -> None:
        """Reset instead of finishing, when bytes are on the way."""
        if self.queued():
            linger = struct.pack("ii", 1, 0)
            with contextlib.suppress(OSError):  # closed meanwhile
                self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


async def open_bridge(url: str, on_bytes: OnBytes, on_lost: OnLost) -> Link:
    """Connect to a bridge.

    Raises:
        PortMissing: nothing accepts there.
        PortBusy: another agent of this machine is connected.
        PortDenied: the URL is none.
    """
    host, port = bridge_address(url)
    link = Link(on_bytes, on_lost)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            stream, claim = await _reach(url, host, port)
    except OSError as error:  # TimeoutError is one
        raise PortMissing(f"{url}: {error.strerror or 'no answer'}") from error
    link.device = _Stream(stream)
    if claim is not None:
        link.on_closed = claim.close
    await asyncio.get_running_loop().create_connection(lambda: link, sock=stream)
    return link


def bridge_address(url: str) -> tuple[str, int]:
    """Read `socket://host:port`.

    Raises:
        PortDenied: it has no host or no port.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise PortDenied(f"{url}: {error}") from error
    if not host or not port:
        raise PortDenied(f"{url}: expected socket://host:port")
    return host, port


async def _reach(url: str, host: str, port: int) -> tuple[socket.socket, socket.socket | None]:
    """Connect to the first of the name's addresses that accepts, its claim held first.

    Raises:
        OSError: the last address's refusal.
        PortBusy: it is claimed.
    """
    loop = asyncio.get_running_loop()
    *others, last = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, _, _, _, address in (*others, last):
        claim = _claim(url, address[:2])
        try:
            return await _connect(family, address), claim
        except BaseException as error:
            if claim is not None:
                claim.close()
            if not isinstance(error, OSError) or address is last[4]:
                raise
    raise AssertionError("getaddrinfo gives one address at least")


async def _connect(family: int, address: Any) -> socket.socket:
    stream = socket.socket(family, socket.SOCK_STREAM)
    try:
        stream.setblocking(False)
        for level, option, value in _options():
            stream.setsockopt(level, option, value)
        await asyncio.get_running_loop().sock_connect(stream, address)
    except BaseException:
        stream.close()
        raise
    return stream


def _options() -> list[tuple[int, int, int]]:
    options = [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    ]
    if sys.platform == "linux":
        options += [
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_PROBES),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNCONFIRMED_SECONDS * 1000),
        ]
    return options


def _claim(url: str, address: Any) -> socket.socket | None:
    """Hold the bridge's name on this machine; only Linux has names that end with a process.

    Raises:
        PortBusy: another process, or another port of this one, holds it.
    """
    if sys.platform != "linux":
        return None
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0lanjian/bridge/{address[0]}/{address[1]}")
    except OSError as error:
        claim.close()
        raise PortBusy(f"{url}: another process of this machine has it open") from error
    return claim
