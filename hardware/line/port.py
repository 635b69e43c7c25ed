"""Open the line to the boards: a serial device, a pty, or an RS485-to-TCP bridge.

The only home of pyserial and pyserial-asyncio. Everything above sees bytes in, bytes out, a
loss, and an abort that never stalls the event loop.

What pyserial-asyncio 0.6 does not do by itself is done here: opening may block, so it runs
on a thread, with a limit; closing calls `flush` (tcdrain) and `close` in the loop, which can
take seconds on a line that does not drain, so the one is left out and the other moved to a
thread. These threads are daemons: a device that hangs does not hold up the agent's end.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import termios
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import serial
import serial_asyncio

from hardware.line.bridge import SCHEME, bridge_address, open_bridge
from hardware.line.open_line import (
    Backlog,
    Link,
    OnBytes,
    OnLost,
    OpenPort,
    PortBusy,
    PortDenied,
    PortError,
    PortLost,
    PortMissing,
)

__all__ = [
    "Backlog",
    "OnBytes",
    "OnLost",
    "OpenPort",
    "PortBusy",
    "PortDenied",
    "PortError",
    "PortLost",
    "PortMissing",
    "bridge_address",
    "open_port",
]

#: How long a device may take to open, seconds.
OPEN_SECONDS = 5.0

T = TypeVar("T")


class _Serial(serial.Serial):  # type: ignore[misc,unused-ignore]
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
        """Close for real, dropping what is unsent; may block while the driver drains."""
        with contextlib.suppress(serial.SerialException, termios.error, OSError):
            self.reset_output_buffer()
        super().close()

    def queued(self) -> int:
        """Count the bytes that the driver has not sent; 0 if unknown."""
        try:
            return int(self.out_waiting)
        except (serial.SerialException, OSError, TypeError):
            return 0

    def drop_queued(self) -> None:
        """Leave it to `close_now`."""


class _Transport(serial_asyncio.SerialTransport):  # type: ignore[misc]
    """The library's transport, ended once and at once, whatever ends it.

    Its own `_close` after a failed read waits until all is written, which on a dead line is
    never; a second `abort` before the first took effect would fail.
    """

    _is_ending = False

    def _close(self, exc: Exception | None = None) -> None:
        self._abort(exc)

    def _fatal_error(self, exc: Exception, message: str = "") -> None:
        self._abort(exc)  # the bus tells of the loss; no traceback for a pulled plug

    def _abort(self, exc: Exception | None) -> None:
        if not self._is_ending:
            self._is_ending = True
            super()._abort(exc)


async def open_port(url: str, baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
    """Open a device path or `socket://host:port`, for this process alone.

    A serial device is 8N1, without flow control, and locked (flock) against a second open
    under any of its names.

    Raises:
        PortError: one of its leaves says why.
    """
    if url.startswith(SCHEME):
        return await open_bridge(url, on_bytes, on_lost)
    return await _open_device(url, baud, Link(on_bytes, on_lost))


async def _open_device(path: str, baud: int, link: Link) -> Link:
    opening = _on_own_thread(partial(_Serial, path, baudrate=baud, exclusive=True))
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            device = await asyncio.shield(opening)
    except serial.SerialException as error:
        raise _why(path, error) from error
    except (TimeoutError, asyncio.CancelledError) as error:
        opening.add_done_callback(_close_late)
        if isinstance(error, TimeoutError):
            raise PortMissing(f"{path}: opening takes too long") from error
        raise
    link.device = device
    link.closes_later = True
    device.on_close = partial(_close_device, device, link)
    loop = asyncio.get_running_loop()
    transport = _Transport(loop, link, device)
    try:
        await link.ready.wait()
    except asyncio.CancelledError:
        loop.call_soon(transport.abort)  # not before its own beginning, which is queued
        raise
    return link


def _close_device(device: _Serial, link: Link) -> None:
    """Close the device on a thread (called by the transport's end)."""

    def closed(done: asyncio.Future[None]) -> None:
        done.exception()  # a device that was pulled out may refuse its own closing
        link.closed.set()

    _on_own_thread(device.close_now).add_done_callback(closed)


def _close_late(opening: asyncio.Future[_Serial]) -> None:
    """Close a device that opened after nobody waited any more."""
    if not opening.cancelled() and opening.exception() is None:
        threading.Thread(target=opening.result().close_now, daemon=True).start()


def _on_own_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Run what may block on a daemon thread; nobody waits for it at the program's end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            settle = partial(_settle, future.set_result, future, work())
        except Exception as error:
            settle = partial(_settle, future.set_exception, future, error)
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=run, name="serial port", daemon=True).start()
    return future


def _settle(set_it: Callable[[Any], None], future: asyncio.Future[Any], what: object) -> None:
    if not future.done():
        set_it(what)


def _why(path: str, error: serial.SerialException) -> PortError:
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO):
        return PortMissing(f"{path}: no such device")
    if error.errno in (errno.EAGAIN, errno.EBUSY):
        return PortBusy(f"{path}: another process has it open")
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortDenied(f"{path}: this user may not open it (is it in the group dialout?)")
    return PortDenied(f"{path}: {error}")
