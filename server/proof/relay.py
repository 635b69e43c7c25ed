"""A TCP relay between an agent and its server, whose wire can be cut or held.

So a batch of events is lost or left unanswered at a chosen moment, without touching either side.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

CHUNK = 65536


class Relay:
    """Passes bytes on, until told otherwise."""

    def __init__(self, target_url: str) -> None:
        parts = urlsplit(target_url)
        self._target = (parts.hostname or "", parts.port or 80)
        self._is_cut = False
        #: Set while bytes pass: to the server, and from it.
        self._to_server = asyncio.Event()
        self._from_server = asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()
        self.url = ""
        self.let_through()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Relay]:
        """Listen on a free loopback port while the block runs."""
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self.break_all()
            await asyncio.gather(*self._talks, return_exceptions=True)

    def cut(self) -> None:
        """Break the link, and refuse new ones."""
        self._is_cut = True
        self.break_all()

    def hold(self, *, to_server: bool = False, from_server: bool = False) -> None:
        """Keep back what is said in a direction; what is kept when a link breaks is lost."""
        if to_server:
            self._to_server.clear()
        if from_server:
            self._from_server.clear()

    def let_through(self) -> None:
        """Pass everything on again."""
        self._is_cut = False
        self._to_server.set()
        self._from_server.set()

    def break_all(self) -> None:
        """Break the links that there are; new ones may come."""
        for talk in self._talks:
            talk.cancel()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer), name="relay")
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_writer: asyncio.StreamWriter | None = None
        try:
            if self._is_cut:
                return
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            up = asyncio.create_task(_pass(reader, far_writer, self._to_server), name="up")
            down = asyncio.create_task(_pass(far_reader, writer, self._from_server), name="down")
            try:
                await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for side in (up, down):
                    side.cancel()
                await asyncio.gather(up, down, return_exceptions=True)
        except OSError:
            return  # the server is gone, too
        finally:
            for one in (writer, far_writer):
                if one is not None:
                    one.transport.abort()


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may_pass: asyncio.Event
) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            await may_pass.wait()
            writer.write(data)
            await writer.drain()
