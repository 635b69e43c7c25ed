"""The port module on real ptys and sockets: exclusive, lost, missing, closed without a stall."""

import asyncio
import os
import pty
import sys
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hardware.line.port import (
    Backlog,
    OpenPort,
    PortBusy,
    PortDenied,
    PortLost,
    PortMissing,
    open_port,
)
from tests.waiting import eventually


@dataclass
class Ear:
    """Hears what a port says."""

    heard: bytearray = field(default_factory=bytearray)
    losses: int = 0

    async def open(self, url: str, baud: int = 9600) -> OpenPort:
        return await open_port(url, baud, self.heard.extend, self.lost)

    def lost(self) -> None:
        self.losses += 1


class Pty:
    """A raw pty: what lies at its master's end, and its slave's path."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._is_plugged = True

    def unplug(self) -> None:
        """Close the master's end, once: its number may be another file's by then."""
        if self._is_plugged:
            self._is_plugged = False
            os.close(self.master)

    def close(self) -> None:
        self.unplug()
        os.close(self._slave)


@pytest.fixture
def line() -> Iterator[Pty]:
    made = Pty()
    yield made
    made.close()


async def test_all_bytes_pass_both_ways(line: Pty) -> None:
    master, path = line.master, line.path
    ear, everything = Ear(), bytes(range(256))
    port = await ear.open(path)
    port.write(everything)
    os.set_blocking(master, False)
    seen = bytearray()

    def read() -> bool:
        try:
            seen.extend(os.read(master, 4096))
        except BlockingIOError:
            return False
        return bytes(seen) == everything

    await eventually(read)
    os.write(master, everything)
    await eventually(lambda: bytes(ear.heard) == everything)
    await port.abort(1.0)
    assert ear.losses == 0


async def test_a_port_in_use_is_refused_and_free_again_after_the_abort(
    line: Pty,
) -> None:
    path = line.path
    first = await Ear().open(path)
    with pytest.raises(PortBusy, match="another process"):
        await Ear().open(path)
    await first.abort(1.0)
    again = await Ear().open(path)
    await again.abort(1.0)


async def test_a_port_in_use_is_refused_under_its_other_names_too(
    line: Pty, tmp_path: Path
) -> None:
    path = line.path
    (tmp_path / "ttyLOCKS").symlink_to(path)
    port = await Ear().open(str(tmp_path / "ttyLOCKS"))
    with pytest.raises(PortBusy):
        await Ear().open(path)
    await port.abort(1.0)


@pytest.mark.slow
async def test_a_port_in_use_is_refused_to_another_process(line: Pty) -> None:
    port = await Ear().open(line.path)
    program = (
        "import asyncio, sys; from hardware.line.port import PortBusy, open_port\n"
        "async def main():\n"
        "    try: await open_port(sys.argv[1], 9600, print, print)\n"
        "    except PortBusy: sys.exit(7)\n"
        "asyncio.run(main())"
    )
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", program, line.path)
    assert await other.wait() == 7
    await port.abort(1.0)


async def test_a_line_that_takes_nothing_shows_a_backlog(line: Pty) -> None:
    port = await Ear().open(line.path)
    assert port.backlog() == Backlog()
    for _ in range(40):
        port.write(b"\x00" * 4096)
    await eventually(lambda: 0 < port.backlog().held < 40 * 4096)
    await port.abort(1.0)
    assert port.backlog() == Backlog()


async def test_a_plug_pulled_while_bytes_are_unsent_is_a_loss_too(line: Pty) -> None:
    path = line.path
    ear = Ear()
    port = await ear.open(path)
    for _ in range(40):
        port.write(b"\x00" * 4096)
    line.unplug()
    await eventually(lambda: ear.losses == 1)
    await port.abort(1.0)
    await port.abort(1.0)


async def test_an_unplugged_port_is_lost_once_and_writing_says_so(line: Pty) -> None:
    path = line.path
    ear = Ear()
    port = await ear.open(path)
    line.unplug()
    await eventually(lambda: ear.losses == 1)
    with pytest.raises(PortLost):
        port.write(b"\x80")
    await port.abort(1.0)
    assert ear.losses == 1


async def test_closing_a_line_that_does_not_drain_stalls_nothing(line: Pty) -> None:
    path = line.path
    port = await Ear().open(path)
    for _ in range(40):
        port.write(b"\x00" * 4096)  # nobody reads the other end
    loop = asyncio.get_running_loop()
    gaps, last = [], loop.time()
    closing = asyncio.create_task(port.abort(1.0))
    while not closing.done():
        await asyncio.sleep(0)
        gaps.append(loop.time() - last)
        last = loop.time()
    assert max(gaps) < 5  # the system would have waited for half a minute
    await closing


async def test_writing_after_the_abort_says_so(line: Pty) -> None:
    port = await Ear().open(line.path)
    await port.abort(1.0)
    with pytest.raises(PortLost):
        port.write(b"\x80")
    await port.abort(1.0)


async def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortMissing, match="no such device"):
        await Ear().open(str(tmp_path / "ttyUSB9"))
    (tmp_path / "file").write_text("")
    with pytest.raises(PortDenied):
        await Ear().open(str(tmp_path / "file"))
    with pytest.raises(PortDenied, match="expected socket://host:port"):
        await Ear().open("socket://127.0.0.1")
    with pytest.raises(PortMissing):
        await Ear().open("socket://127.0.0.1:9")
