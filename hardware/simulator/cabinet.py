"""A whole simulated cabinet: doors, boards, line and control, started and stopped together."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from hardware.simulator.boards import Boards, Wiring, speech
from hardware.simulator.control import Control
from hardware.simulator.doors import Doors
from hardware.simulator.ends import PtyEnd, TcpEnd
from hardware.simulator.knobs import Knobs
from hardware.simulator.line import Line
from hardware.simulator.orders import Orders

#: Doors above one another.
COLUMN_DOORS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """How big the cabinet is and how it behaves at first; 0 is the protocol's own.

    Raises:
        ValueError: no such protocol, or no such boards.
    """

    boards: int = 1
    channels: int = 0
    baud: int = 0
    knobs: Knobs = field(default_factory=Knobs)
    seed: int = 1
    protocol: str = "8a"
    wiring: Wiring = field(default_factory=Wiring)
    #: Set: serve as an RS485-to-TCP bridge on this loopback port (0: a free one), not on a pty.
    tcp_port: int | None = None
    #: Written into the agent's configuration, where set.
    poll_seconds: float | None = None

    def __post_init__(self) -> None:
        """Fill in what is the protocol's own."""
        spoken = speech(self.protocol, self.channels)
        object.__setattr__(self, "channels", self.channels or spoken.channels)
        object.__setattr__(self, "baud", self.baud or spoken.baud)


@dataclass(frozen=True, slots=True)
class SimulatedCabinet:
    """A running simulation."""

    control_port: int
    doors: Doors
    boards: Boards
    line: Line
    orders: Orders
    knobs: Knobs
    plan: Plan

    @property
    def device(self) -> str:
        """What the agent opens: a path, or socket://host:port."""
        return self.line.device

    def board_config(self, device: str | None = None) -> str:
        """Write the TOML that an agent needs for these boards."""
        port: dict[str, str | int | float] = {"device": device or self.device}
        port |= {"baud": self.plan.baud, "protocol": self.plan.protocol}
        if self.plan.poll_seconds is not None:
            port["poll_seconds"] = self.plan.poll_seconds
        text = _table("[[port]]", port)
        for board in self.boards.boards:
            keys: dict[str, str | int | float] = {"address": board.address}
            keys |= {"channels": board.channels, "first_cell": board.first_cell}
            keys |= self.boards.speech.config(board.wiring)
            text += _table("[[port.board]]", keys)
        return text

    def columns_config(self) -> str:
        """Write the TOML that says how the simulated doors lie: board by board, in columns."""
        text = ""
        for board in self.boards.boards:
            cells = range(board.first_cell, board.first_cell + board.channels)
            for top in range(0, board.channels, COLUMN_DOORS):
                text += f"[[column]]\ncells = {list(cells[top : top + COLUMN_DOORS])}\n"
        return text


@contextlib.asynccontextmanager
async def simulated(
    plan: Plan, control_port: int = 0, link: Path | None = None
) -> AsyncIterator[SimulatedCabinet]:
    """Run a simulated cabinet; `link` is made to point at its device, for a lasting name."""
    rng = random.Random(plan.seed)
    doors = Doors(plan.boards * plan.channels, plan.knobs, rng)
    spoken = speech(plan.protocol, plan.channels)
    boards = Boards(plan.boards, plan.channels, doors, spoken, plan.wiring)
    line = Line(boards, doors, plan.knobs, plan.baud, rng)
    orders = Orders(doors, boards, line, plan.knobs)
    try:
        if plan.tcp_port is not None:
            await line.plug(TcpEnd(line.host_sent, plan.tcp_port))
        else:
            await line.plug(PtyEnd(line.host_sent, plan.baud, link))
        async with Control(orders).serving(control_port) as port:
            yield SimulatedCabinet(port, doors, boards, line, orders, plan.knobs, plan)
    finally:
        doors.stop()
        line.close()


def _table(head: str, keys: dict[str, str | int | float]) -> str:
    lines = [f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in keys.items()]
    return "\n".join([head, *lines]) + "\n\n"
