"""Open the line to the boards: a serial device, a pty, or an RS485-to-TCP bridge.

The only home of pyserial and pyserial-asyncio. Everything above sees bytes in, bytes out, a
loss, and an abort that never stalls the event loop.

What pyserial-asyncio 0.6 does not do by itself is done here: opening may block, so it runs
in a thread; closing calls `flush` (tcdrain) and `close` in the loop, which can take seconds
on a line that does not drain, so the one is left out and the other moved to a thread;
`write` after a loss is silently ignored, so the loss is remembered and raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

import serial
import serial_asyncio

#: How long a bridge may take to accept a connection, seconds.
CONNECT_SECONDS = 5.0


class PortError(Exception):
    """The line cannot be used."""


class PortMissing(PortError):
    """No such device, or nothing listens there; it may be plugged in later."""


class PortBusy(PortError):
    """Another process has the port open."""


class PortDenied(PortError):
    """The system refuses the port: rights, or not a serial device."""


class PortLost(PortError):
    """The port was open and is gone."""


class OpenPort(Protocol):
    """A line that is open until it says `on_lost`."""

    def write(self, data: bytes) -> None:
        """Hand bytes to the line.

        Raises:
            PortLost: the port is gone; no byte was sent.
        """

    async def abort(self, limit_seconds: float) -> None:
        """Close at once, dropping what is unsent; wait for it no longer than the limit."""


OnBytes = Callable[[bytes], None]
OnLost = Callable[[], None]


class _Closing(serial.Serial):  # type: ignore[misc,unused-ignore]
    """A serial port whose end never blocks the event loop.

    `flush` does nothing: the bus knows how long its few bytes take, and never closes to
    deliver. `close` hands the real closing to `on_close`, once.
    """

    on_close: Callable[[], None] | None = None

    def flush(self) -> None:
        """Leave unsent bytes to their fate."""

    def close(self) -> None:
        """Hand over the closing, or close if nobody takes it."""
        on_close, self.on_close = self.on_close, None
        if on_close is not None:
            on_close()
        else:
            self.close_now()

    def close_now(self) -> None:
        """Close for real; may block while the driver drains."""
        super().close()


class _Link(asyncio.Protocol):
    """One open transport, serial or TCP, and what is known of its end."""

    def __init__(self, on_bytes: OnBytes, on_lost: OnLost) -> None:
        self._on_bytes = on_bytes
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        #: Set once the transport can be written to; a serial one is not at its making.
        self.ready = asyncio.Event()
        self._lost = False
        #: Set when the device is really closed, so that it can be opened again.
        self.closed = asyncio.Event()
        #: Set for a serial port: it is closed in a thread after the transport ended.
        self.device: _Closing | None = None
        self._closer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.ready.set()

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        if not self._lost:
            self._on_bytes(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember the loss and tell of it, once."""
        if not self._lost:
            self._lost = True
            self._on_lost()
        if self.device is None:
            self.closed.set()

    def close_device(self) -> None:
        """Close the serial device in a thread (called by the transport's end)."""
        device, loop = self.device, asyncio.get_running_loop()
        assert device is not None
        self._closer = loop.run_in_executor(None, device.close_now)
        self._closer.add_done_callback(self._device_closed)

    def _device_closed(self, done: asyncio.Future[None]) -> None:
        done.exception()  # a device that was pulled out may refuse its own closing
        self.closed.set()

    def write(self, data: bytes) -> None:
        """Hand bytes to the line.

        Raises:
            PortLost: the port is gone; no byte was sent.
        """
        if self._lost or self._transport is None or self._transport.is_closing():
            raise PortLost("the port is gone")
        self._transport.write(data)

    async def abort(self, limit_seconds: float) -> None:
        """Close at once, dropping what is unsent; wait for it no longer than the limit."""
        self._lost = True  # our own doing: nobody needs to be told
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_seconds):
                await self.closed.wait()


async def open_port(url: str, baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
    """Open a device path or `socket://host:port`, for this process alone.

    A serial device is 8N1, without flow control, and locked (flock) against a second open.

    Raises:
        PortError: one of its leaves says why.
    """
    link = _Link(on_bytes, on_lost)
    if url.startswith("socket://"):
        await _open_bridge(url, link)
    else:
        await _open_device(url, baud, link)
    return link


async def _open_bridge(url: str, link: _Link) -> None:
    # Not pyserial's own socket:// class: closing it sleeps 0.3 s in the loop.
    loop = asyncio.get_running_loop()
    host, port = bridge_address(url)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await loop.create_connection(lambda: link, host, port)
    except OSError as error:  # TimeoutError is one
        raise PortMissing(f"{url}: {error or 'no answer'}") from error


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


async def _open_device(path: str, baud: int, link: _Link) -> None:
    loop = asyncio.get_running_loop()
    try:
        device = await loop.run_in_executor(None, _open_blocking, path, baud)
    except serial.SerialException as error:
        raise _why(path, error) from error
    link.device = device
    device.on_close = link.close_device
    serial_asyncio.SerialTransport(loop, link, device)
    await link.ready.wait()


def _open_blocking(path: str, baud: int) -> _Closing:
    return _Closing(path, baudrate=baud, exclusive=True)


def _why(path: str, error: serial.SerialException) -> PortError:
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO):
        return PortMissing(f"{path}: no such device")
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return PortBusy(f"{path}: another process has it open")
    return PortDenied(f"{path}: {error}")
