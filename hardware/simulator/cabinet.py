"""A whole simulated cabinet: doors, boards, line and control, started and stopped together."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from hardware.simulator.boards import Boards
from hardware.simulator.control import Control
from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs
from hardware.simulator.line import Line


@dataclass(frozen=True, slots=True)
class Plan:
    """How big the cabinet is and how it behaves at first."""

    boards: int = 1
    channels: int = 24
    baud: int = 9600
    knobs: Knobs = field(default_factory=Knobs)
    seed: int = 1


@dataclass(frozen=True, slots=True)
class SimulatedCabinet:
    """A running simulation."""

    device: str
    control_port: int
    doors: Doors
    line: Line
    knobs: Knobs
    plan: Plan

    def board_config(self, device: str | None = None) -> str:
        """Write the TOML that an agent needs for these boards."""
        text = f'[[port]]\ndevice = "{device or self.device}"\nbaud = {self.plan.baud}\n'
        for board in range(1, self.plan.boards + 1):
            first = (board - 1) * self.plan.channels + 1
            text += (
                f"\n[[port.board]]\naddress = {board}\nchannels = {self.plan.channels}\n"
                f"first_cell = {first}\n"
            )
        return text


@contextlib.asynccontextmanager
async def simulated(
    plan: Plan, control_port: int = 0, link: Path | None = None
) -> AsyncIterator[SimulatedCabinet]:
    """Run a simulated cabinet; `link` is made to point at its device, for a lasting name."""
    doors = Doors(plan.boards * plan.channels, plan.knobs)
    boards = Boards(plan.boards, plan.channels, doors)
    line = Line(boards, doors, plan.knobs, plan.baud, random.Random(plan.seed))
    try:
        if link is not None:
            _point(link, line.device)
        async with Control(doors, line, plan.knobs).serving(control_port) as port:
            yield SimulatedCabinet(line.device, port, doors, line, plan.knobs, plan)
    finally:
        doors.stop()
        line.close()


def _point(link: Path, device: str) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(device)
