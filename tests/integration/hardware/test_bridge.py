"""RS485-to-TCP bridges: one agent each, no stall, nothing delivered late, half-open ends."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from hardware.line import bridge
from hardware.line.port import Backlog, OpenPort, PortBusy, PortLost, PortMissing, open_port
from tests.waiting import PATIENCE_SECONDS, eventually


@dataclass
class Bridge:
    """The far end: hears nothing until told to, and answers nothing."""

    url: str = ""
    heard: bytearray = field(default_factory=bytearray)
    lines: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)
    losses: int = 0

    async def open(self) -> OpenPort:
        return await open_port(self.url, 9600, self.heard.extend, self._lost)

    def _lost(self) -> None:
        self.losses += 1


@contextlib.asynccontextmanager
async def bridging() -> AsyncIterator[Bridge]:
    made = Bridge()
    server = await asyncio.start_server(
        lambda reader, writer: made.lines.append((reader, writer)), "127.0.0.1", 0, limit=64
    )
    made.url = f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made
        for _, writer in made.lines:
            writer.transport.abort()


async def test_a_bridge_over_tcp_is_a_port_too() -> None:
    async with bridging() as far:
        port = await far.open()
        port.write(b"\x80\x01")
        await eventually(lambda: len(far.lines) == 1)
        reader, writer = far.lines[0]
        assert await reader.readexactly(2) == b"\x80\x01"
        assert port.backlog() == Backlog()
        writer.write(b"\x01\x80")
        await eventually(lambda: bytes(far.heard) == b"\x01\x80")
        writer.close()
        await eventually(lambda: far.losses == 1)
        with pytest.raises(PortLost):
            port.write(b"\x80")
        await asyncio.wait_for(port.abort(60.0), PATIENCE_SECONDS)  # there is nothing to wait for


async def test_two_agents_of_one_machine_keep_each_other_out() -> None:
    async with bridging() as far:
        first = await far.open()
        with pytest.raises(PortBusy, match="another process"):
            await far.open()
        with pytest.raises(PortBusy):
            await open_port(far.url.replace("127.0.0.1", "localhost"), 9600, print, print)
        await eventually(lambda: len(far.lines) == 1)  # the second never got to the bridge
        await first.abort(1.0)
        again = await far.open()
        await again.abort(1.0)


async def test_frames_go_at_once_and_dead_bridges_are_probed_for() -> None:
    async with bridging() as far:
        port = await far.open()
        stream: socket.socket = port.device._stream  # type: ignore[attr-defined]
        assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert stream.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000
        await port.abort(1.0)


async def test_what_a_bridge_did_not_take_is_never_delivered_after_the_close() -> None:
    async with bridging() as far:
        port = await far.open()
        await eventually(lambda: len(far.lines) == 1)
        for _ in range(200):
            port.write(b"\x8a" * 65536)  # more than all buffers take: the far end reads 64 bytes
        await eventually(lambda: port.backlog().held > 0 and port.backlog().queued > 0)
        began = asyncio.get_running_loop().time()
        await port.abort(1.0)
        assert asyncio.get_running_loop().time() - began < 0.5
        reader, _ = far.lines[0]
        with pytest.raises(ConnectionResetError):
            while await reader.read(65536):
                pass


async def test_a_bridge_that_accepts_nobody_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "CONNECT_SECONDS", 0.2)
    with contextlib.ExitStack() as stack:
        deaf = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # fill what the system accepts in its place
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        with pytest.raises(PortMissing, match="no answer"):
            await open_port(f"socket://127.0.0.1:{deaf.getsockname()[1]}", 9600, print, print)
