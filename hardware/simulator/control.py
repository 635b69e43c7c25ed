"""Turn the knobs from outside: JSON objects, one a line, on a loopback port.

Each line may hold any of these; each gets one line back, `{"ok": true, ...}` or
`{"ok": false, "error": "..."}`.

    {"open": 3} {"close": 3}           a hand opens (forces) or closes a door
    {"jam": 3, "on": true}             a door that no pulse opens
    {"silence": true, "board": 1}      one board, or all without "board"
    {"people": "manual"}               see `knobs` for this and all other knobs by name
    {"state": true}                    doors, pulses, knobs
    {"history": true}                  every pulse and edge that truly happened
    {"wait": 3, "for": "open", "seconds": 5}
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs, People
from hardware.simulator.line import Line

#: Longest line, bytes.
MAX_LINE = 4096


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line from outside."""

    open: int | None = None
    close: int | None = None
    jam: int | None = None
    on: bool = True
    board: int | None = None
    state: bool = False
    history: bool = False
    wait: int | None = None
    for_: str = msgspec.field(default="open", name="for")
    seconds: float = 10.0
    people: People | None = None
    open_after: float | None = None
    close_after: float | None = None
    turnaround: float | None = None
    delay: float | None = None
    silence: bool | None = None
    echo: bool | None = None
    noise: float | None = None
    drop: float | None = None
    garbage: str | None = None
    bad_checksum: bool | None = None
    wrong_board: bool | None = None
    reports: bool | None = None


class Control:
    """Carries out orders on one simulated cabinet."""

    def __init__(self, doors: Doors, line: Line, knobs: Knobs) -> None:
        self._doors = doors
        self._line = line
        self._knobs = knobs

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
            return {"ok": True, **await self._carry_out(order)}
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

    async def _carry_out(self, order: Order) -> dict[str, Any]:
        for cell in (order.open, order.close, order.jam, order.wait):
            if cell is not None and not self._doors.knows(cell):
                raise ValueError(f"there is no cell {cell}")
        self._turn(order)
        self._handle_doors(order)
        answer: dict[str, Any] = {}
        if order.wait is not None:
            if order.for_ not in ("open", "closed"):
                raise ValueError("for: expected open or closed")
            async with asyncio.timeout(order.seconds):
                await self._doors.wait(order.wait, order.for_)
        if order.state:
            answer["doors"] = {str(k): v for k, v in self._doors.states().items()}
            answer["pulses"] = {str(k): v for k, v in self._doors.pulses.items()}
            answer["jammed"] = sorted(self._doors.jammed)
            answer["knobs"] = msgspec.to_builtins(self._knobs)
        if order.history:
            answer["history"] = msgspec.to_builtins(list(self._doors.history))
        return answer

    def _handle_doors(self, order: Order) -> None:
        if order.jam is not None:
            (self._doors.jammed.add if order.on else self._doors.jammed.discard)(order.jam)
        if order.open is not None:
            self._doors.move(order.open, True)
        if order.close is not None:
            self._doors.move(order.close, False)

    def _turn(self, order: Order) -> None:
        if order.garbage is not None:
            bytes.fromhex(order.garbage)  # ValueError: not hex, nothing was turned
        if order.silence is not None and order.board is not None:
            silent = self._line.silent_boards
            (silent.add if order.silence else silent.discard)(order.board)
        elif order.silence is not None:
            self._knobs.silence = order.silence
        for name in Knobs.__struct_fields__:
            value = getattr(order, name)
            if value is not None and name != "silence":
                setattr(self._knobs, name, value)
