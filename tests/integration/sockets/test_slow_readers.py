"""Readers that do not read: they are closed, bounded, and cost nobody else anything."""

import asyncio
import socket

import msgspec
import psutil
import pytest

from realtime.wire.envelope import CloseCode
from realtime.wire.people import Fact, Notice
from tests.integration.sockets.harness import serving
from tests.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.slow

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def masked(**frame) -> bytes:
    payload = msgspec.json.encode(frame)
    assert len(payload) < 126
    return bytes([0x81, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


class StalledReader:
    """Says hello, subscribes to the staff's feed, and then reads no more."""

    def __init__(self, reader, writer) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server) -> "StalledReader":
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", server.port))
        reader, writer = await asyncio.open_connection(sock=sock, limit=2048)
        writer.write(
            b"GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n"
            % (server.port, KEY)
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.write(masked(type="hello", id="h", token="slow:s:operator"))
        writer.write(masked(type="subscribe", id="s", channel="staff"))
        while b"subscribed" not in (await reader.read(2048)):
            pass
        writer.transport.pause_reading()
        return cls(reader, writer)

    async def read_to_the_end(self) -> bytes:
        self.writer.transport.resume_reading()
        last = b""
        while data := await self.reader.read(65536):
            last = (last + data)[-200:]
        self.writer.close()
        return last


def big(n) -> Notice:
    return Notice(kind="test", zh=f"{n} " + "满" * 4000, en="x")


async def test_a_stalled_reader_is_closed_as_slow_and_others_get_everything(redis_url):
    async with (
        serving(redis_url, outbox_frames=16, outbox_bytes=256 * 1024) as server,
        server.client() as quick,
    ):
        await quick.hello("boss", "operator")
        await quick.ask(type="subscribe", channel="staff")
        stalled = await StalledReader.connect(server)
        assert server.hub.sockets == 2
        sent = 0
        while server.hub.sockets == 2:
            await server.staff.push(big(sent))
            push = await quick.next()
            assert push["event"]["zh"].startswith(f"{sent} ")
            sent += 1
            assert sent < 2000, "the stalled reader was never closed"
        await server.staff.push(big(sent))
        assert (await quick.next())["event"]["zh"].startswith(f"{sent} ")
        last = await stalled.read_to_the_end()
        assert CloseCode.SLOW.to_bytes(2, "big") in last


async def test_a_stalled_reader_that_never_reads_again_is_cut_off(redis_url):
    async with serving(redis_url, outbox_frames=8, outbox_bytes=64 * 1024) as server:
        stalled = await StalledReader.connect(server)
        sent = 0
        while server.hub.sockets:
            await server.staff.push(big(sent))
            sent += 1
            assert sent < 2000
        # Tornado waits five seconds for the closing handshake, then drops the connection.
        me = psutil.Process()

        def is_gone():
            here = [one for one in me.net_connections("tcp") if one.laddr.port == server.port]
            return all(one.status != psutil.CONN_ESTABLISHED for one in here)

        await eventually(is_gone)
        stalled.writer.transport.abort()


async def test_keyed_facts_reach_a_slow_reader_in_their_latest_form(redis_url):
    async with serving(redis_url, outbox_frames=16) as server:
        stalled = await StalledReader.connect(server)
        filler = "x" * 8000
        for n in range(1500):
            await server.staff.tell(Fact(key="door:1", kind="door", data={"n": n, "f": filler}))
        assert server.hub.sockets == 1
        await server.staff.tell(Fact(key="door:2", kind="door", data={"n": "last"}))
        stalled.writer.transport.resume_reading()
        seen = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while b'"n":"last"' not in seen:
                data = await stalled.reader.read(65536)
                assert data
                seen += data
        assert b'"n":1499' in seen
        assert seen.count(b'"door:1"') < 1500
        stalled.writer.close()
