"""A bus on a port with faults, and what tests ask of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from hardware.codecs.driver import DoorReport, Driver, StatusAnswer
from hardware.line.bus import Bus
from hardware.line.exchange import Answered, LineSettings, Outcome
from realtime.wire.terminal import DoorState
from tests.unit.hardware.line.transports import GoodPort

DRIVER = GoodPort().driver
LINE = LineSettings(
    url="port", open_pause_seconds=0.02, cooldown_seconds=0.2, late_reply_seconds=0.3
)


@contextlib.asynccontextmanager
async def running(
    port: GoodPort, line: LineSettings = LINE, driver: Driver = DRIVER
) -> AsyncIterator[Bus]:
    reports: list[DoorReport] = []
    bus = Bus(line, driver, port.open, lambda report, _at: reports.append(report))
    bus.reports = reports  # type: ignore[attr-defined]
    task = asyncio.create_task(bus.run())
    try:
        yield bus
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def read(bus: Bus, board: int = 1) -> Outcome:
    return await bus.exchange(DRIVER.read_all(board))


async def unlock(bus: Bus, channel: int = 3, not_after: float | None = None) -> Outcome:
    return await bus.exchange(DRIVER.unlock(1, channel), not_after=not_after)


def opened(outcome: Outcome) -> set[int]:
    assert isinstance(outcome, Answered)
    assert isinstance(outcome.answer, StatusAnswer)
    return {n for n, state in enumerate(outcome.answer.states, 1) if state is DoorState.OPEN}
