"""The wire that the chaos cuts and holds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from server.proof.relay import Relay


@contextlib.asynccontextmanager
async def echoing() -> AsyncIterator[str]:
    """Serve what hands back every line, and says whose."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"echo " + line)
        writer.close()

    heard: list[bytes] = []
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def connected(relay: Relay) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = relay.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, port)


async def test_it_passes_both_ways_until_cut_and_again_afterwards() -> None:
    async with echoing() as url, Relay(url).serving() as relay:
        reader, writer = await connected(relay)
        writer.write(b"one\n")
        assert await reader.readline() == b"echo one\n"
        relay.cut()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        refused, again = await connected(relay)
        with contextlib.suppress(ConnectionError):
            assert await refused.read() == b"", "a cut wire takes nobody on"
        relay.let_through()
        reader, third = await connected(relay)
        third.write(b"two\n")
        assert await reader.readline() == b"echo two\n"
        for one in (writer, again, third):
            one.close()


@pytest.mark.parametrize("direction", ["to_server", "from_server"])
async def test_what_is_held_comes_later_or_is_lost_with_the_link(direction: str) -> None:
    async with echoing() as url, Relay(url).serving() as relay:
        reader, writer = await connected(relay)
        relay.hold(**{direction: True})
        writer.write(b"one\n")
        line = asyncio.create_task(reader.readline())
        done, _ = await asyncio.wait([line], timeout=0.05)
        assert not done, "nothing came while it was held"
        relay.let_through()
        assert await line == b"echo one\n"
        relay.hold(**{direction: True})
        writer.write(b"two\n")
        relay.break_all()
        relay.let_through()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()


async def test_a_server_that_is_gone_ends_the_link() -> None:
    async with echoing() as url:
        gone = url
    async with Relay(gone).serving() as relay:
        reader, writer = await connected(relay)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
