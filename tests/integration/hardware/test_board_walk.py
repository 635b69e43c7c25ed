"""`lanjian board test` over simulated lines: a person's lines in, a configuration out."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hardware.codecs.receiver import EchoMode
from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning.walk import OPEN_WITHIN_SECONDS
from hardware.commissioning.walking import Lines, NoBoards, Walking
from hardware.commissioning.walking import Plan as WalkPlan
from hardware.config import Place, parse_layout, read_layout
from hardware.line.exchange import LineSettings
from hardware.line.port import open_port
from hardware.simulator.boards import Wiring
from hardware.simulator.cabinet import Plan, SimulatedCabinet, simulated
from hardware.simulator.knobs import Knobs
from server.cli import main
from tests.waiting import eventually

QUICK = Knobs(open_after=0.02, close_after=0.25)


class Person:
    """A script on a pipe, and what it was told."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self.told = ""

    def types(self, *lines: str) -> None:
        os.write(self._write, "".join(f"{line}\n" for line in lines).encode())

    def ends(self) -> None:
        if self._write >= 0:
            os.close(self._write)
            self._write = -1

    def hears(self, text: str) -> None:
        self.told += text + "\n"

    def lines(self) -> Lines:
        return Lines(self._read)


@contextlib.asynccontextmanager
async def cabinet_of(protocol: str = "8a", **more: object) -> AsyncIterator[SimulatedCabinet]:
    async with simulated(Plan(**{"protocol": protocol, "knobs": QUICK, **more})) as cabinet:  # type: ignore[arg-type]
        yield cabinet


def walk_plan(
    cabinet: SimulatedCabinet,
    out: Path,
    channels: int,
    open_within_seconds: float = OPEN_WITHIN_SECONDS,
) -> WalkPlan:
    spec = PROTOCOLS[cabinet.plan.protocol]
    return WalkPlan(
        line=LineSettings(cabinet.device, cabinet.plan.baud),
        spec=spec,
        options=spec.options(channels=channels),
        addresses=tuple(board.address for board in cabinet.boards.boards),
        out=out,
        open_within_seconds=open_within_seconds,
    )


async def walked(plan: WalkPlan, *lines: str) -> tuple[bool, str]:
    """Walk with a script of these lines; tell whether a file was written, and what was said."""
    person = Person()
    person.types(*lines)
    person.ends()
    is_written = await Walking(plan, open_port, person.lines(), person.hears).run()
    return is_written, person.told


#: What a person types for a door that is well: open it, and its number is right.
WELL = ("", "")


@pytest.mark.parametrize("name", PROTOCOLS)
async def test_every_protocol_is_walked(name: str, tmp_path: Path) -> None:
    wiring = Wiring(one_is_open=True)
    async with cabinet_of(name, channels=3, wiring=wiring) as cabinet:
        plan = walk_plan(cabinet, tmp_path / "boards.toml", channels=3)
        is_written, told = await walked(plan, "yes", *WELL, *WELL, *WELL)
        assert (is_written, list(cabinet.doors.pulses.values())) == (True, [1, 1, 1]), told
        truth = parse_layout(cabinet.board_config().encode())
    layout = read_layout(plan.out)
    assert layout.places == truth.places
    assert layout.ports[0].options == truth.ports[0].options
    assert not plan.progress_path.exists()


async def test_an_odd_board_is_learnt_whole(tmp_path: Path) -> None:
    wiring = Wiring(one_is_open=True, low_first=True)
    async with cabinet_of(channels=4, wiring=wiring, knobs=QUICK) as cabinet:
        cabinet.doors.jammed.add(2)
        cabinet.knobs.echo = True
        plan = walk_plan(cabinet, tmp_path / "boards.toml", 4, open_within_seconds=0.5)
        # Door 2 is jammed, 3 carries the number 40, 4 is skipped.
        lines = ("yes", *WELL, "", "j", "2", "", "40", "s")
        is_written, told = await walked(plan, *lines)
        assert is_written, told
    layout = read_layout(plan.out)
    options = layout.ports[0].options[1]
    assert (options.polarity, options.status_order) == ("one_is_open", "low_first")  # type: ignore[attr-defined]
    assert layout.ports[0].line.echo is EchoMode.ON
    assert layout.places == {
        1: Place(0, 1, 1),
        2: Place(0, 1, 2, is_disabled=True),
        40: Place(0, 1, 3),
    }
    assert "not tested: 1" in told


async def test_a_walk_that_is_cut_goes_on_later(tmp_path: Path) -> None:
    async with cabinet_of(channels=3) as cabinet:
        plan = walk_plan(cabinet, tmp_path / "boards.toml", channels=3)
        await walked(plan, "yes", *WELL, "q")
        assert list(parse_layout(plan.out.read_bytes()).places) == [1]
        assert plan.progress_path.exists()
        await cabinet.doors.wait(1, "closed")
        _, told = await walked(plan, "yes", *WELL, *WELL)
        assert "1 doors were tested" in told
        assert list(cabinet.doors.pulses.values()) == [1, 1, 1]
    assert list(read_layout(plan.out).places) == [1, 2, 3]
    assert not plan.progress_path.exists()


@pytest.mark.parametrize("lines", [(), ("q",), ("no", "", "q"), ("yes",), ("yes", "q")])
async def test_without_a_yes_and_an_enter_nothing_opens(
    lines: tuple[str, ...], tmp_path: Path
) -> None:
    async with cabinet_of(channels=2) as cabinet:
        plan = walk_plan(cabinet, tmp_path / "boards.toml", channels=2)
        is_written, told = await walked(plan, *lines)
        assert (is_written, set(cabinet.doors.pulses.values())) == (False, {0})
    assert "no file was written" in told
    assert not plan.out.exists()
    assert not plan.progress_path.exists()


async def test_a_silent_line_ends_the_walk_before_it_begins(tmp_path: Path) -> None:
    async with cabinet_of(channels=1) as cabinet:
        plan = walk_plan(cabinet, tmp_path / "boards.toml", channels=1)
        cabinet.knobs.silence = True
        with pytest.raises(NoBoards, match="address 1 at 9600 baud"):
            await walked(plan, "yes")


class Terminal:
    """The program in a terminal of its own, as a person has it."""

    def __init__(self, program: asyncio.subprocess.Process, master: int) -> None:
        self.program = program
        self._master = master
        self._text = b""
        self._from = 0

    def types(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    async def shows(self, text: str) -> None:
        """Wait until this is written after what was waited for before."""

        def is_shown() -> bool:
            with contextlib.suppress(BlockingIOError):
                self._text += os.read(self._master, 65536)
            at = self._text.decode(errors="replace").find(text, self._from)
            self._from = at + len(text) if at >= 0 else self._from
            return at >= 0

        await eventually(is_shown)


@contextlib.asynccontextmanager
async def terminal(*words: str) -> AsyncIterator[Terminal]:
    master, slave = os.openpty()
    os.set_blocking(master, False)
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "board", *words),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    try:
        yield Terminal(program, master)
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()
        os.close(slave)
        os.close(master)


async def test_a_person_walks_in_a_terminal_and_stops_with_ctrl_c(tmp_path: Path) -> None:
    out = tmp_path / "boards.toml"
    slow = Knobs(open_after=0.6, close_after=0.6)
    async with cabinet_of(channels=2, knobs=slow) as cabinet:
        words = ("--port", cabinet.device, "--protocol", "8a", "--out", str(out))
        async with terminal("test", *words, "--option", "channels=2") as person:
            await person.shows("yes starts")
            person.types("yes\n")
            await person.shows("Enter opens")
            person.types("\n")
            await person.shows("Unlocking channel 1")
            person.types("\n\n")  # an impatient hand: while a door is awaited it does nothing
            await person.shows("Number on that door?")
            person.types("\n\n\n")  # the first accepts the number, the others open nothing
            await person.shows("Board 1 channel 2: Enter opens")
            assert list(cabinet.doors.pulses.values()) == [1, 0]
            person.program.send_signal(signal.SIGINT)
            await person.shows("written")
            assert await person.program.wait() == 0
    assert list(read_layout(out).places) == [1]


def test_an_existing_file_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "boards.toml"
    out.write_text("mine")
    argv = ["board", "test", "--port", "/nonexistent/tty", "--out", str(out)]
    assert main(argv) == 1
    assert "is there already; --force writes over it" in capsys.readouterr().err
    assert main([*argv, "--force"]) == 1
    assert "no such device" in capsys.readouterr().err
    assert out.read_text() == "mine"


async def test_a_folder_that_is_not_there_is_told_before_a_door_opens(tmp_path: Path) -> None:
    async with cabinet_of(channels=1) as cabinet:
        out = str(tmp_path / "none" / "boards.toml")
        async with terminal("test", "--port", cabinet.device, "--out", out) as person:
            await person.shows(f"{out}: its folder is not there")
            assert await person.program.wait() == 1
        assert set(cabinet.doors.pulses.values()) == {0}
