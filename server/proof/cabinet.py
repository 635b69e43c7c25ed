"""One cabinet as the proofs keep it: boards, agent and wire, each killed and moved on its own.

The boards are a program of their own, so that they outlive every agent; the agent is the real
`lanjian terminal`; between it and the server is a relay.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server.local.child import Child
from server.local.directory import free_port
from server.proof.door_truth import Life
from server.proof.people import PATIENCE_SECONDS, Api, JsonObject, Refused
from server.proof.relay import Relay

#: The simulator's history of a long run is one long line, bytes.
MAX_ANSWER = 256 * 1024 * 1024
#: An agent that does not come back within this is lost: on a busy machine a server takes its time
#: to start anew, and pauses grow to half a minute meanwhile.
BACK_SECONDS = 180.0
#: How often a program without an event of ours is looked at.
LOOK_SECONDS = 0.02

#: As the drawers of a small cabinet: one quick line, looked at often.
BOARDS = ("--channels", "8", "--baud", "115200", "--people", "manual", "--poll-seconds", "0.05")


@dataclass(slots=True)
class Control:
    """The simulator's control port; one order at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def say(self, **order: object) -> JsonObject:
        """Give an order, and its answer.

        Raises:
            TimeoutError: what it waits for did not come.
        """
        async with self._turn:
            self.writer.write(json.dumps(order).encode() + b"\n")
            answer: JsonObject = json.loads(await self.reader.readline())
        if not answer["ok"]:
            raise TimeoutError(f"{order}: {answer['error']}")
        return answer


class Cabinet:
    """The parts of one terminal."""

    def __init__(self, terminal: str, boards: Child, agent: Child, relay: Relay, kiosk: Api):
        self.terminal = terminal
        self.agent = agent
        self.relay = relay
        self.lives: list[Life] = []
        self.kills = 0
        self._boards = boards
        self._kiosk = kiosk
        self._control: Control | None = None
        self._began = 0.0

    @property
    def control(self) -> Control:
        """The boards' control port."""
        assert self._control is not None
        return self._control

    async def power_on(self, control_port: int, is_ready: Path) -> None:
        """Start the boards, and reach their control."""
        self._boards.start()
        await self._boards.wait_ready_async(is_ready.exists, deadline_seconds=PATIENCE_SECONDS)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._control is None:
                try:
                    ends = await asyncio.open_connection(
                        "127.0.0.1", control_port, limit=MAX_ANSWER
                    )
                    self._control = Control(*ends)
                except ConnectionError:
                    await asyncio.sleep(LOOK_SECONDS)

    def start(self) -> None:
        """Start the agent."""
        self._began = time.monotonic()
        self.agent.start()

    def kill(self) -> None:
        """Kill the agent as a crash would."""
        self.agent.kill()
        self.kills += 1
        self.lives.append(Life(self._began, time.monotonic()))

    def end_life(self) -> None:
        """End the agent's last life in peace."""
        self.agent.stop(limit_seconds=5)
        self.lives.append(Life(self._began, time.monotonic()))

    def stop(self) -> None:
        """End agent and boards."""
        self.agent.stop(limit_seconds=5)
        if self._control is not None:
            self._control.writer.close()
        self._boards.stop(limit_seconds=5)
        self._kiosk.close()

    async def state(self) -> JsonObject | None:
        """Look at the kiosk; None while it does not answer."""
        try:
            return await self._kiosk.ask("GET", "/state")
        except (OSError, Refused, json.JSONDecodeError):
            return None

    async def until(self, *, link: str | None = None, spooled: bool | None = None) -> JsonObject:
        """Wait until the agent's link stands so, and it has events spooled or none.

        Raises:
            TimeoutError: it never was so.
        """
        seen: JsonObject | None = None
        try:
            async with asyncio.timeout(BACK_SECONDS):
                while True:
                    seen = await self.state()
                    is_so = seen is not None and (link is None or seen["link"] == link)
                    if is_so and seen and (spooled is None or bool(seen["spooled"]) == spooled):
                        return seen
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            shown = {key: (seen or {}).get(key) for key in ("link", "link_message", "spooled")}
            log = "\n".join(self.agent.log.last_lines(15))
            raise TimeoutError(
                f"{self.terminal} never had link={link} spooled={spooled}: {shown}\n{log}"
            ) from None


@asynccontextmanager
async def cabinet(
    var_dir: Path, server_url: str, terminal: str, token: str, seed: int
) -> AsyncIterator[Cabinet]:
    """Run one cabinet's boards and relay; the agent is started by whoever uses it."""
    home = var_dir / "cabinets" / terminal
    home.mkdir(parents=True, exist_ok=True)
    control_port, kiosk_port = free_port(), free_port()
    config = home / "boards.toml"
    config.unlink(missing_ok=True)
    boards = Child(
        f"boards-{terminal}",
        [
            *(sys.executable, "-m", "hardware.simulator", *BOARDS, "--seed", str(seed)),
            *("--control-port", str(control_port), "--link", str(home / "line")),
            *("--config", str(config)),
        ],
        log_path=var_dir / "log" / f"boards-{terminal}.log",
    )
    async with Relay(server_url).serving() as relay:
        agent = Child(
            f"agent-{terminal}",
            [
                *(sys.executable, "-m", "server.cli", "terminal", "--server", relay.url),
                *("--terminal", terminal, "--config", str(config)),
                *("--data", str(home / "spool"), "--kiosk-port", str(kiosk_port)),
            ],
            log_path=var_dir / "log" / f"agent-{terminal}.log",
            environment={"LANJIAN_TERMINAL_TOKEN": token},
        )
        made = Cabinet(terminal, boards, agent, relay, Api(f"http://127.0.0.1:{kiosk_port}"))
        try:
            await made.power_on(control_port, config)
            yield made
        finally:
            made.stop()
