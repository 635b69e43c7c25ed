"""Turn the knobs from outside: JSON objects, one a line, on a loopback port.

Each line is an order (see `orders`) and gets one line back, `{"ok": true, ...}` or
`{"ok": false, "error": "..."}`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from hardware.simulator.orders import Order, Orders

#: Longest line, bytes.
MAX_LINE = 4096


class Control:
    """The control port of one simulated cabinet."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    @contextlib.asynccontextmanager
    async def serving(self, port: int) -> AsyncIterator[int]:
        """Listen on a loopback port while the block runs (0 asks for a free one)."""
        talks: set[asyncio.Task[None]] = set()

        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talk = asyncio.create_task(self._talk(reader, writer), name="simulator control")
            talks.add(talk)
            talk.add_done_callback(talks.discard)

        server = await asyncio.start_server(begin, "127.0.0.1", port, limit=MAX_LINE)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for talk in talks:
                talk.cancel()
            await asyncio.gather(*talks, return_exceptions=True)

    async def obey(self, text: bytes) -> dict[str, Any]:
        """Carry out one line; answer it."""
        try:
            order = msgspec.json.decode(text, type=Order)
            return {"ok": True, **await self._orders.carry_out(order)}
        except TimeoutError:
            return {"ok": False, "error": "not so in time"}
        except (msgspec.DecodeError, ValueError) as error:
            return {"ok": False, "error": str(error)}

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(msgspec.json.encode(await self.obey(line)) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            return  # gone, or a line without end
        finally:
            writer.close()
