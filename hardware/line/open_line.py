"""One open line, serial or TCP: bytes out, bytes in, its loss, its end; and why there is none.

`port` opens devices and `bridge` TCP bridges; both hand out a `Link`. What the transports do
not do by themselves is done here: a write after a loss is silently ignored by them, so the
loss is remembered and raised; and they do not tell what of a write is still here, which
decides whether an unlock may have been sent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol


class PortError(Exception):
    """The line cannot be used."""

    #: Whether it can end without a person doing something; then it is tried again soon.
    heals: ClassVar[bool] = True


class PortMissing(PortError):
    """No such device, or nothing listens there; it may be plugged in later."""


class PortBusy(PortError):
    """Another process has the port open."""

    heals = False


class PortDenied(PortError):
    """The system refuses the port: rights, or not a serial device."""

    heals = False


class PortLost(PortError):
    """The port was open and is gone."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Bytes that were handed to the line and have not left the machine."""

    #: Still in this process: an abort drops them for certain.
    held: int = 0
    #: With the system, or sent over TCP and not confirmed: they may have gone by now.
    queued: int = 0


class OpenPort(Protocol):
    """A line that is open until it says `on_lost`."""

    def write(self, data: bytes) -> None:
        """Hand bytes to the line.

        Raises:
            PortLost: the port is gone; no byte was sent.
        """

    def backlog(self) -> Backlog:
        """Tell what of the bytes handed over is still here."""

    async def abort(self, limit_seconds: float) -> None:
        """Close at once, dropping what is unsent; wait for it no longer than the limit."""


OnBytes = Callable[[bytes], None]
OnLost = Callable[[], None]


class Device(Protocol):
    """What lies under a transport, as far as closing and counting go."""

    def queued(self) -> int:
        """Count the bytes that the system has not sent (or TCP not confirmed); 0 if unknown."""

    def drop_queued(self) -> None:
        """Make the coming close discard what is queued."""


class Link(asyncio.Protocol):
    """One open transport and what is known of its end."""

    def __init__(self, on_bytes: OnBytes, on_lost: OnLost) -> None:
        #: Set once the transport can be written to; a serial one is not at its making.
        self.ready = asyncio.Event()
        #: Set when the device is really closed, so that it can be opened again.
        self.closed = asyncio.Event()
        #: Set by who opened it.
        self.device: Device | None = None
        #: Whether somebody else sets `closed`, since the device outlives the transport.
        self.closes_later = False
        #: Called once when the line has ended, however it did.
        self.on_closed: Callable[[], None] = lambda: None
        self._on_bytes = on_bytes
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._lost = False

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
        if not self.closes_later:
            self.closed.set()
        self.on_closed()

    def write(self, data: bytes) -> None:
        """Hand bytes to the line.

        Raises:
            PortLost: the port is gone; no byte was sent.
        """
        if self._lost or self._transport is None or self._transport.is_closing():
            raise PortLost("the port is gone")
        self._transport.write(data)

    def backlog(self) -> Backlog:
        """Tell what of the bytes handed over is still here."""
        if self._lost or self._transport is None or self.device is None:
            return Backlog()
        return Backlog(self._transport.get_write_buffer_size(), self.device.queued())

    async def abort(self, limit_seconds: float) -> None:
        """Close at once, dropping what is unsent; wait for it no longer than the limit."""
        self._lost = True  # our own doing: nobody needs to be told
        if self._transport is not None:
            if self.device is not None and not self.closed.is_set():
                self.device.drop_queued()
            self._transport.abort()  # also when it is closing: that may wait for ever
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_seconds):
                await self.closed.wait()
