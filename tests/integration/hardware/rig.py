"""An agent between a simulated cabinet and a played server, in one process or as a program."""

import asyncio
import contextlib
import json
import os
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from hardware.agent import Agent, AgentSettings
from hardware.config import parse_layout
from hardware.disk.state import SPOOL_BYTES
from hardware.line.frame_file import FrameLogSettings
from hardware.link.backoff import Backoff
from hardware.link.link import LinkSettings
from hardware.scanning.scanner import ScannerSettings
from hardware.simulator.cabinet import Plan, SimulatedCabinet, simulated
from hardware.simulator.knobs import Knobs, People
from tests.integration.hardware.played_server import PlayedServer
from tests.waiting import PATIENCE_SECONDS, eventually

QUICK = Backoff(base_seconds=0.02, cap_seconds=0.1, refused_seconds=30.0, replaced_seconds=20.0)
TOKEN = "synthetic-terminal-token"
#: Runs a program under what `MemoryDenyWriteExecute=` of the agent's unit asks of the kernel
#: (PR_SET_MDWE, from Linux 6.3 on; one of before says no, and runs it as it is).
DENIED = """
import ctypes, os, sys
getattr(ctypes.CDLL(None), "prctl", lambda *_: -1)(65, 1, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def link_settings(server: PlayedServer, **more: Any) -> LinkSettings:
    known = {"url": server.url, "backoff": QUICK, "answer_seconds": PATIENCE_SECONDS}
    return LinkSettings(**{**known, **more})


@dataclass
class Rig:
    """The parts of one running test."""

    server: PlayedServer
    cabinet: SimulatedCabinet
    kiosk_url: str = ""
    pages: list[ClientConnection] = field(default_factory=list)

    async def state(self) -> dict[str, Any]:
        _, _, body = await http(self.kiosk_url, "/state")
        return dict(json.loads(body))

    async def until_state(self, **wanted: Any) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            seen = await self.state()
            return seen if all(seen[name] == value for name, value in wanted.items()) else None

        found = await eventually(look)
        assert found is not None
        return found

    def pulses(self, cell: int) -> int:
        return self.cabinet.doors.pulses[cell]


def quick_knobs(**more: Any) -> Knobs:
    return Knobs(**{"people": People.MANUAL, "open_after": 0.05, "close_after": 0.2, **more})


@contextlib.asynccontextmanager
async def rig(
    tmp_path: Path,
    *,
    server: PlayedServer | None = None,
    knobs: Knobs | None = None,
    extra_toml: str = "",
    allow_origins: tuple[str, ...] = (),
    booted: bool = True,
    **more: Any,
) -> AsyncIterator[Rig]:
    """Run everything in this process, at 115200 baud so that tests are quick.

    What is more is of `running_agent` or of the link. Unless `booted`, no boot is waited for. The
    first boot is made when every board was looked at, however long that takes.
    """
    more = {"first_look_seconds": PATIENCE_SECONDS, **more}
    server = server or PlayedServer()
    plan = Plan(channels=8, baud=115200, knobs=knobs or quick_knobs())
    async with server.serving(), simulated(plan) as cabinet:
        made = Rig(server, cabinet)
        toml = cabinet.board_config() + extra_toml
        async with running_agent(made, tmp_path, toml, allow_origins, **more):
            if booted:
                await server.until_booted()
            yield made


@contextlib.asynccontextmanager
async def running_agent(
    made: Rig,
    data_dir: Path,
    toml: str,
    allow_origins: tuple[str, ...] = (),
    *,
    terminal_id: str = "T-1",
    token: str | None = TOKEN,
    scanner: ScannerSettings | None = None,
    spool_bytes: int = SPOOL_BYTES,
    frame_log: FrameLogSettings | None = None,
    **link: Any,
) -> AsyncIterator[None]:
    settings = AgentSettings(
        terminal_id=terminal_id,
        token=token,
        data_dir=data_dir,
        layout=parse_layout(toml.encode()),
        link=link_settings(made.server, **link),
        kiosk_port=0,
        scanner=scanner,
        allow_origins=allow_origins,
        spool_bytes=spool_bytes,
        frame_log=frame_log,
    )
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    agent = asyncio.create_task(Agent(settings, rng=random.Random(1)).run(ready.set_result))
    try:
        await asyncio.wait([agent, ready], return_when=asyncio.FIRST_COMPLETED)
        if agent.done():
            agent.result()
        made.kiosk_url = ready.result()
        yield
    finally:
        agent.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await agent


async def http(
    base: str, path: str, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Make one GET request by hand, so that every header is the test's own."""
    host, port = base.removeprefix("http://").rstrip("/").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = {"Host": f"{host}:{port}", **(headers or {})}
    text = f"GET {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
    writer.write(text.encode() + b"\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *rest = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in rest), body


class Page:
    """The kiosk page's side of its socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.screens: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []

    @property
    def screen(self) -> dict[str, Any]:
        return self.screens[-1]

    async def listen(self) -> None:
        async for text in self._socket:
            frame = json.loads(text)
            (self.screens if frame["type"] == "screen" else self.answers).append(frame)

    async def ask(self, frame: dict[str, Any] | str) -> dict[str, Any]:
        count = len(self.answers)
        await self._socket.send(frame if isinstance(frame, str) else json.dumps(frame))
        await eventually(lambda: len(self.answers) > count)
        return self.answers[-1]

    async def shows(self, step: str) -> dict[str, Any]:
        await eventually(lambda: self.screens and self.screen["view"]["step"] == step)
        return self.screen


@contextlib.asynccontextmanager
async def kiosk_page(kiosk_url: str) -> AsyncIterator[Page]:
    url = kiosk_url.replace("http://", "ws://") + "socket"
    async with connect(url, origin=kiosk_url.rstrip("/"), proxy=None) as socket:  # type: ignore[arg-type]
        page = Page(socket)
        listening = asyncio.create_task(page.listen())
        try:
            await eventually(lambda: page.screens)
            yield page
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


# The agent and the simulator as programs of their own


@contextlib.asynccontextmanager
async def simulator_program(tmp_path: Path, **knobs: Any) -> AsyncIterator["Control"]:
    """Run a simulated cabinet that outlives agents; its TOML is `tmp_path / boards.toml`."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "hardware.simulator", "--channels", "8", "--people", "manual"),
        *("--link", str(tmp_path / "tty"), "--config", str(tmp_path / "boards.toml")),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        ready = json.loads(await program.stdout.readline())
        control = await Control.connect(ready["control_port"])
        try:
            await control.say(**{"open_after": 0.05, **knobs})
            yield control
        finally:
            await control.close()
    finally:
        program.terminate()
        await program.wait()


class Control:
    """The simulator's control port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int) -> "Control":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def say(self, **order: Any) -> dict[str, Any]:
        answer = await self._ask(order)
        assert answer["ok"], answer
        return answer

    async def pulses(self, cell: int) -> int:
        return int((await self.say(state=True))["pulses"][str(cell)])

    async def is_pulsed_by_what_was_sent(self, cell: int) -> bool:
        """Tell whether a lock got its pulse, or gets it by bytes that are on the line.

        By the simulator's own clock: all that it had to read comes before the end of the wait.
        """
        return bool((await self._ask({"wait": cell, "pulses": 1, "seconds": 0.2}))["ok"])

    async def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        self._writer.write(json.dumps(order).encode() + b"\n")
        return dict(json.loads(await self._reader.readline()))

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@contextlib.asynccontextmanager
async def agent_program(
    server: PlayedServer, tmp_path: Path, *, kiosk: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `lanjian terminal` on the boards of `simulator_program`, denied memory as by its unit.

    With `kiosk`, its first line is left to be read: where its kiosk page is.
    """
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-S", "-c", DENIED, sys.executable),
        *("-m", "server.cli", "terminal", "--server", f"http://127.0.0.1:{server.port}"),
        *("--terminal", "T-1", "--data", str(tmp_path / "data")),
        *("--config", str(tmp_path / "boards.toml"), "--kiosk-port", "0"),
        env={**os.environ, "LANJIAN_TERMINAL_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE if kiosk else asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield program
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()
