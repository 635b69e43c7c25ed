"""The host's end of the simulated line: a pty, or a TCP port as an RS485-to-TCP bridge has.

An end carries bytes and knows no time; the pace is the line's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

OnBytes = Callable[[bytes], None]

#: Speeds by the kernel's names for them.
_SPEEDS = {
    getattr(termios, f"B{baud}"): baud
    for baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
}


class End(Protocol):
    """One end of a line, for one host at a time."""

    @property
    def device(self) -> str:
        """What the agent is told to open."""

    def host_baud(self) -> int | None:
        """Tell the speed that the host has set; None where it sets none."""

    def deliver(self, data: bytes) -> None:
        """Hand bytes to the host; what it does not take is gone, as on a wire."""

    async def plug(self) -> None:
        """Make the end appear."""

    def unplug(self) -> None:
        """Take the end away; idempotent."""


class PtyEnd:
    """A pty; `link` is a lasting name for a device whose own changes with each plugging."""

    def __init__(self, on_bytes: OnBytes, baud: int, link: Path | None = None) -> None:
        self._on_bytes = on_bytes
        self._baud = baud
        self._link = link
        self._device = ""
        self._descriptors: tuple[int, int] | None = None

    @property
    def device(self) -> str:
        """Name the device, or the link to it."""
        return str(self._link) if self._link else self._device

    async def plug(self) -> None:
        """Open a new pty, at the line's speed until a host sets another."""
        master, slave = os.openpty()
        # Before any byte: a cooked tty would echo, and eat 03 as an interrupt.
        tty.setraw(slave)
        modes = termios.tcgetattr(slave)
        modes[4] = modes[5] = getattr(termios, f"B{self._baud}")
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        os.set_blocking(master, False)
        self._descriptors = (master, slave)
        self._device = os.ttyname(slave)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._device)
        asyncio.get_running_loop().add_reader(master, self._readable)

    def unplug(self) -> None:
        """Close both ends: the host sees its device vanish."""
        if self._descriptors is None:
            return
        master, slave = self._descriptors
        self._descriptors = None
        asyncio.get_running_loop().remove_reader(master)
        os.close(slave)
        os.close(master)
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def host_baud(self) -> int | None:
        """Read the speed from the host's side of the pty."""
        if self._descriptors is None:
            return None
        speed = termios.tcgetattr(self._descriptors[1])[5]
        return _SPEEDS.get(speed, 0)

    def deliver(self, data: bytes) -> None:
        """Write to the host."""
        if self._descriptors is not None:
            with contextlib.suppress(BlockingIOError):  # nobody reads
                os.write(self._descriptors[0], data)

    def _readable(self) -> None:
        if self._descriptors is None:
            return
        with contextlib.suppress(OSError):
            self._on_bytes(os.read(self._descriptors[0], 4096))


class TcpEnd:
    """A loopback port; like a bridge, it talks to the host that came last."""

    def __init__(self, on_bytes: OnBytes, port: int) -> None:
        self._on_bytes = on_bytes
        self._port = port
        self._server: asyncio.Server | None = None
        self._host: asyncio.StreamWriter | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def device(self) -> str:
        """Name the address."""
        return f"socket://127.0.0.1:{self._port}"

    async def plug(self) -> None:
        """Listen; on the same port as before."""
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def unplug(self) -> None:
        """Stop listening and break the host's connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._host is not None:
            self._host.transport.abort()
        for talk in self._talks:
            talk.cancel()

    def host_baud(self) -> None:
        """Tell nothing: a bridge has its own."""
        return

    def deliver(self, data: bytes) -> None:
        """Write to the host that is connected."""
        if self._host is not None and not self._host.is_closing():
            self._host.write(data)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer), name="simulator bridge")
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._host is not None:
            self._host.transport.abort()
        self._host = writer
        try:
            while data := await reader.read(4096):
                self._on_bytes(data)
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
            if self._host is writer:
                self._host = None
