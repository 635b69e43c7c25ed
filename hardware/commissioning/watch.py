"""Watch the doors of a line live in a terminal, or as lines of text; reads only.

Plain control sequences: the agent's machine has no library for pictures.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import NoReturn, TextIO

from hardware.codecs.driver import DoorReport
from hardware.commissioning.doorboard import BoardSeen, Picture, PortSeen, drawn
from hardware.config import Layout, PortLayout
from hardware.line.bus import Bus, OpenPortFunction
from hardware.line.exchange import LineSettings

#: Pictures a second.
FRAME_SECONDS = 0.2
#: How long a port that was only tried is waited for.
CLOSE_SECONDS = 2.0
#: An unasked question that waited this long for its line is given up.
POLL_PATIENCE_SECONDS = 2.0

#: Another screen, its cursor hidden; and back. Home; clear to the end of line, of screen.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


class Watch:
    """Asks every board of a layout, over and over, and shows what it sees."""

    def __init__(
        self,
        layout: Layout,
        open_port: OpenPortFunction,
        out: TextIO,
        *,
        has_cells: bool = True,
    ) -> None:
        """Make a watch; without cells, doors are called by their channels."""
        self._layout = layout
        self._open_port = open_port
        self._out = out
        self._is_live = out.isatty()
        self._picture = Picture(
            [_port_seen(n, port, layout, has_cells) for n, port in _numbered(layout)]
        )
        self._drivers = [port.driver() for port in layout.ports]
        self._buses = [
            Bus(port.line, driver, open_port, partial(self._reported, number))
            for (number, port), driver in zip(_numbered(layout), self._drivers, strict=True)
        ]

    async def try_ports(self) -> None:
        """Open each port once, so that one that cannot be used is told before the screen.

        Raises:
            PortError: why not.
        """
        for port in self._layout.ports:
            await try_port(port.line, self._open_port)

    async def run(self) -> None:
        """Watch until cancelled."""
        with self._screen():
            async with asyncio.TaskGroup() as group:
                for number, bus in enumerate(self._buses):
                    group.create_task(bus.run())
                    for board in self._picture.ports[number].boards:
                        # Each by itself: the rest after a silence is the silent board's own.
                        group.create_task(self._poll(number, board))
                if self._is_live:
                    group.create_task(self._draw_forever())

    async def _poll(self, number: int, board: BoardSeen) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            await self._look(number, board, loop.time() + POLL_PATIENCE_SECONDS)
            await asyncio.sleep(self._layout.ports[number].poll_seconds)

    async def _look(self, number: int, board: BoardSeen, not_after: float) -> None:
        bus = self._buses[number]
        request = self._drivers[number].read_all(board.address)
        outcome = await bus.exchange(request, not_after=not_after)
        for change in board.note(outcome):
            self._tell(number, f"board {board.address}  {change}")
        seen = self._picture.ports[number]
        seen.state = bus.state.value
        seen.is_echoing = bus.receiver.echoing
        seen.checksum_errors = bus.receiver.counts.checksum_errors
        seen.dropped_bytes = bus.receiver.counts.dropped_bytes

    def _reported(self, number: int, report: DoorReport, _at: float) -> None:
        self._tell(
            number, f"board {report.board}  channel {report.channel} reports {report.state.value}"
        )

    def _tell(self, number: int, change: str) -> None:
        where = f"{self._picture.ports[number].url}  " if len(self._buses) > 1 else ""
        line = f"{time.strftime('%H:%M:%S')}  {where}{change}"
        self._picture.changes.appendleft(line)
        if not self._is_live:
            self._out.write(line + "\n")
            self._out.flush()

    # The screen

    @contextmanager
    def _screen(self) -> Iterator[None]:
        if not self._is_live:
            yield
            return
        self._put(_ENTER)
        try:
            yield
        finally:
            self._put(_LEAVE)

    async def _draw_forever(self) -> NoReturn:
        while True:
            size = shutil.get_terminal_size()
            lines = drawn(self._picture, size.columns, size.lines)
            self._put(_HOME + f"{_REST_OF_LINE}\r\n".join(lines) + _REST_OF_LINE + _REST_OF_SCREEN)
            await asyncio.sleep(FRAME_SECONDS)

    def _put(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _numbered(layout: Layout) -> list[tuple[int, PortLayout]]:
    return list(enumerate(layout.ports))


def _port_seen(number: int, port: PortLayout, layout: Layout, has_cells: bool) -> PortSeen:
    boards = []
    for address in port.boards:
        placed = {
            place.channel: cell
            for cell, place in layout.places.items()
            if (place.port, place.board) == (number, address)
        }
        channels = range(1, port.options[address].channels + 1)
        labels = {n: placed[n] if has_cells else n for n in channels if n in placed}
        boards.append(BoardSeen(address, labels))
    return PortSeen(port.line.url, port.spec.name, port.line.baud, boards)


async def try_port(line: LineSettings, open_port: OpenPortFunction) -> None:
    """Open a port and close it, to learn whether it can be used.

    Raises:
        PortError: why not.
    """
    opened = await open_port(line.url, line.baud, _ignore, _nothing)
    await opened.abort(CLOSE_SECONDS)


def _ignore(_data: bytes) -> None:
    """Let bytes go: the port is only tried."""


def _nothing() -> None:
    """Let a loss go: likewise."""
