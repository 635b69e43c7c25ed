"""A scanner on a real pty: pieces, pauses, pulled out and put back, and all the way to a door."""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hardware.scanning import scanner
from hardware.scanning.scanner import ScannerSettings, SerialScanner
from realtime.wire.terminal import KioskAction, KioskStep, KioskView
from tests.integration.hardware.grants import config, signed
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import kiosk_page, rig
from tests.waiting import eventually


class PluggedScanner:
    """The scanner's end of a pty, behind a name that stays when it is plugged in again."""

    def __init__(self, name: Path) -> None:
        self.name = name
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        self._ends = (ours, theirs)
        self.name.unlink(missing_ok=True)
        self.name.symlink_to(os.ttyname(theirs))

    def unplug(self) -> None:
        assert self._ends is not None
        for end in self._ends:
            os.close(end)
        self._ends = None
        self.name.unlink()

    def read(self, text: bytes) -> None:
        assert self._ends is not None
        os.write(self._ends[0], text)


@contextlib.contextmanager
def plugged(tmp_path: Path) -> Any:
    made = PluggedScanner(tmp_path / "scanner")
    made.plug()
    try:
        yield made
    finally:
        made.unplug()


@contextlib.asynccontextmanager
async def running(device: Path, on_text: Callable[[str], Any]) -> AsyncIterator[SerialScanner]:
    made = SerialScanner(ScannerSettings(str(device), 115200), on_text)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_texts_come_whole_and_in_order(tmp_path: Path) -> None:
    texts: list[str] = []

    async def take(text: str) -> None:
        texts.append(text)

    with plugged(tmp_path) as far:
        async with running(far.name, take) as made:
            await eventually(lambda: made.state == "ready")
            for piece in (b"SF12", b"34\r", b"\nLJG1:A", b"BC\r\n", b"X" * 600 + b"\r", b"SF9\n"):
                far.read(piece)
            await eventually(lambda: len(texts) == 3)
            assert texts == ["SF1234", "LJG1:ABC", "SF9"]


async def test_it_comes_back_when_it_is_plugged_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "REOPEN_SECONDS", (0.02, 0.1))
    texts: list[str] = []

    async def take(text: str) -> None:
        texts.append(text)

    with plugged(tmp_path) as far:
        async with running(far.name, take) as made:
            await eventually(lambda: made.state == "ready")
            far.read(b"SF12")
            far.unplug()
            await eventually(lambda: made.state.endswith("no such device"))
            far.plug()
            await eventually(lambda: made.state == "ready")
            far.read(b"34\r")
            await eventually(lambda: texts)
            assert texts == ["34"], "what was begun before belongs to no text"


async def test_a_flood_is_bounded(tmp_path: Path) -> None:
    texts: list[str] = []
    go_on = asyncio.Event()

    async def take(text: str) -> None:
        texts.append(text)
        await go_on.wait()

    with plugged(tmp_path) as far:
        async with running(far.name, take) as made:
            await eventually(lambda: made.state == "ready")
            far.read(b"".join(b"SF%d\r" % n for n in range(100)))
            await eventually(lambda: texts)
            await eventually(lambda: made._texts.qsize() >= scanner.MOST_WAITING - 1)
            go_on.set()
            await eventually(lambda: made._texts.empty())
            far.read(b"END\r")
            await eventually(lambda: texts[-1] == "END")
            assert len(texts) < 20


async def test_both_kinds_of_text_reach_their_place(tmp_path: Path) -> None:
    server = PlayedServer()
    server.config = config()
    with plugged(tmp_path) as far:
        settings = ScannerSettings(str(far.name))
        async with (
            rig(tmp_path, server=server, scanner=settings) as r,
            kiosk_page(r.kiosk_url) as page,
        ):
            await r.until_state(link="up", scanner="ready")
            far.read(b"SF1234567890123\r")
            await eventually(lambda: page.screen["notice"])
            assert "微信" in page.screen["notice"]["message"]
            step, actions = KioskStep.SCAN_CARRIER, (KioskAction.SCAN,)
            await server.show(KioskView(version=1, step=step, visit_id="v1", actions=actions))
            await page.shows("scan_carrier")
            far.read(b"SF1234567890123\r")
            await eventually(lambda: server.inputs)
            assert server.inputs[0].value == "SF1234567890123"
            await server.show(KioskView(version=2, step=KioskStep.WELCOME))
            assert server.socket is not None
            await server.socket.close(4501)
            await r.until_state(link="refused")
            far.read(signed("g1").encode() + b"\r")
            await page.shows("door_open")
            assert r.pulses(3) == 1
            assert signed("g1") not in str(page.screens)
