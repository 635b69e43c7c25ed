"""`lanjian board watch` as the program that it is, on a simulated line."""

import asyncio
import contextlib
import os
import signal
import sys
import tty
from collections.abc import AsyncIterator
from pathlib import Path

from hardware.simulator.cabinet import Plan, SimulatedCabinet, simulated
from hardware.simulator.knobs import Knobs, People
from tests.waiting import eventually

MANUAL = Plan(channels=8, knobs=Knobs(people=People.MANUAL))


class Output:
    """What the program wrote so far, on a pipe or a terminal."""

    def __init__(self, *, is_terminal: bool) -> None:
        self.read, self.write = os.openpty() if is_terminal else os.pipe()
        if is_terminal:
            tty.setraw(self.write)
        os.set_blocking(self.read, False)
        self._text = b""

    @property
    def text(self) -> str:
        with contextlib.suppress(BlockingIOError, OSError):
            while data := os.read(self.read, 65536):
                self._text += data
        return self._text.decode()

    async def until(self, text: str) -> None:
        await eventually(lambda: text in self.text)

    def close(self) -> None:
        os.close(self.read)
        os.close(self.write)


@contextlib.asynccontextmanager
async def watching(output: Output, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "board", "watch", *words),
        stdout=output.write,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "COLUMNS": "100", "LINES": "30"},
    )
    try:
        yield program
    finally:
        if program.returncode is None:
            program.kill()
        await program.communicate()
        output.close()


async def ended(program: asyncio.subprocess.Process, number: int) -> str:
    program.send_signal(number)
    _, errors = await program.communicate()
    assert program.returncode == 0
    return errors.decode()


def config(cabinet: SimulatedCabinet, folder: Path) -> str:
    path = folder / "boards.toml"
    path.write_text(cabinet.board_config().replace("first_cell = 1", "first_cell = 301"))
    return str(path)


async def test_changes_are_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    output = Output(is_terminal=False)
    async with (
        simulated(MANUAL) as cabinet,
        watching(output, "--config", config(cabinet, tmp_path)) as program,
    ):
        await output.until("board 1  answers: 8 closed")
        cabinet.doors.move(3, True)
        await output.until("board 1  door 303 open")
        cabinet.knobs.silence = True
        await output.until("board 1  silent")
        cabinet.knobs.silence = False
        await output.until("board 1  answers again")
        assert await ended(program, signal.SIGTERM) == ""
        assert "\x1b" not in output.text
        assert not any(cabinet.doors.pulses.values())


async def test_a_terminal_shows_doors_and_is_given_back() -> None:
    output = Output(is_terminal=True)
    async with simulated(MANUAL) as cabinet, watching(output, cabinet.device) as program:
        await output.until("8 c")
        assert output.text.startswith("\x1b[?1049h\x1b[?25l")
        cabinet.doors.move(3, True)
        await output.until("3 O")
        await output.until("door 3 open")
        assert await ended(program, signal.SIGINT) == ""
        assert output.text.endswith("\x1b[?25h\x1b[?1049l")


async def test_a_port_that_goes_away_is_shown_and_comes_back(tmp_path: Path) -> None:
    output, link = Output(is_terminal=False), tmp_path / "tty"
    async with contextlib.AsyncExitStack() as stack:
        async with simulated(MANUAL, link=link):
            await stack.enter_async_context(watching(output, str(link)))
            await output.until("answers: 8 closed")
        await output.until("board 1  not asked: the port is not open")
        async with simulated(MANUAL, link=link):
            await output.until("answers again")
