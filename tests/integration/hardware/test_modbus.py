"""The Modbus driver against pymodbus's own server, through the real bus, port and pty."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from hardware.codecs.driver import FaultAnswer, Request, StatusAnswer, UnlockAnswer
from hardware.codecs.modbus import Modbus, ModbusOptions
from hardware.codecs.protocol import Polarity
from hardware.codecs.receiver import EchoMode
from hardware.line.bus import Bus
from hardware.line.exchange import Answered, LineSettings, Silent
from hardware.line.port import open_port
from realtime.wire.terminal import DoorState
from tests.integration.hardware.modbus_board import (
    BAUD,
    CHANNELS,
    PULSES,
    UNIT,
    Line,
    RelayBoard,
    line,
    on_bridge,
    on_serial,
)
from tests.waiting import eventually

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED
#: An address at which nobody lives.
NOBODY = 9
DRIVER = Modbus({UNIT: ModbusOptions(), NOBODY: ModbusOptions()})
#: The same board, taken for one of more channels; pymodbus keeps coils by sixteens.
TOO_WIDE = Modbus({UNIT: ModbusOptions(channels=24)})
RELEASED = (UNIT, 0x00FF, 0)


@contextlib.asynccontextmanager
async def running(
    url: str, driver: Modbus = DRIVER, echo: EchoMode = EchoMode.AUTO, *boards: int
) -> AsyncIterator[Bus]:
    settings = LineSettings(url, BAUD, echo, late_reply_seconds=0.05, open_pause_seconds=0.05)
    bus = Bus(settings, driver, open_port, boards=boards)
    task = asyncio.create_task(bus.run())
    try:
        yield bus
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def cabinet(
    board: RelayBoard, driver: Modbus = DRIVER, *, echo: bool = False, burst: int = 4096
) -> AsyncIterator[Bus]:
    """A board, a line and a bus, all real."""

    def change(made: Line) -> None:
        made.is_echoing, made.burst = echo, burst

    async with (
        line(change) as made,
        on_serial(board, made.board),
        running(made.host, driver) as bus,
    ):
        yield bus


async def answer(bus: Bus, request: Request) -> object:
    # Patient: the machine that runs the tests may be slower than a board.
    outcome = await bus.exchange(replace(request, reply_seconds=5.0))
    assert isinstance(outcome, Answered), outcome
    return outcome.answer


async def doors(bus: Bus) -> list[int]:
    """Read which doors stand open."""
    status = await answer(bus, DRIVER.read_all(UNIT))
    assert isinstance(status, StatusAnswer)
    return [n for n, state in enumerate(status.states, 1) if state is OPEN]


async def test_doors_are_read() -> None:
    board = RelayBoard()
    async with cabinet(board) as bus:
        assert await doors(bus) == []
        board.inputs[0] = board.inputs[7] = False
        assert await doors(bus) == [1, 8]
        assert bus.receiver.counts.dropped_bytes == 0


async def test_polarity_is_the_boards_own() -> None:
    board = RelayBoard()
    board.inputs[2] = False
    driver = Modbus({UNIT: ModbusOptions(polarity=Polarity.ONE_IS_OPEN)})
    async with cabinet(board, driver) as bus:
        status = await answer(bus, driver.read_all(UNIT))
        assert isinstance(status, StatusAnswer)
        assert status.states == (*(OPEN,) * 2, CLOSED, *(OPEN,) * 5)


@pytest.mark.parametrize("channel", [1, CHANNELS])
async def test_an_unlock_is_one_timed_pulse(channel: int) -> None:
    board = RelayBoard()
    async with cabinet(board) as bus:
        request = DRIVER.unlock(UNIT, channel)
        assert await answer(bus, request) == UnlockAnswer(UNIT, channel, request.frame)
        assert board.writes == [(UNIT, PULSES + channel - 1, 5)]


async def test_bytes_that_come_one_by_one_are_one_frame() -> None:
    board = RelayBoard()
    board.inputs[3] = False
    async with cabinet(board, burst=1) as bus:
        assert await doors(bus) == [4]
        assert isinstance(await answer(bus, DRIVER.unlock(UNIT, 4)), UnlockAnswer)
    assert len(board.writes) == 1


async def test_an_opening_releases_what_was_left_on() -> None:
    board = RelayBoard()
    async with (
        line() as made,
        on_serial(board, made.board),
        running(made.host, DRIVER, EchoMode.OFF, UNIT) as bus,
    ):
        assert await doors(bus) == []
        assert board.writes == [RELEASED]
        assert isinstance(await answer(bus, DRIVER.unlock(UNIT, 1)), UnlockAnswer)
    assert board.writes == [RELEASED, (UNIT, PULSES, 5)]


async def test_an_unlock_is_not_repeated_when_the_board_is_silent() -> None:
    board = RelayBoard(is_silent=True)
    async with cabinet(board) as bus:
        assert isinstance(await bus.exchange(DRIVER.unlock(UNIT, 2)), Silent)
        await eventually(lambda: board.writes)
        board.is_silent = False
        for _ in range(5):
            assert await doors(bus) == []
    assert board.writes == [(UNIT, PULSES + 1, 5)]


async def test_an_unlock_is_not_repeated_after_the_line_was_lost_in_the_middle() -> None:
    board = RelayBoard(is_silent=True)
    async with contextlib.AsyncExitStack() as parts:
        async with on_bridge(board) as url:
            bus = await parts.enter_async_context(running(url))
            unlocking = asyncio.create_task(bus.exchange(DRIVER.unlock(UNIT, 2)))
            await eventually(lambda: board.writes)
        assert isinstance(await unlocking, Silent)
        board.is_silent = False
        await parts.enter_async_context(on_bridge(board, int(url.rpartition(":")[2])))
        assert await doors(bus) == []
        assert len(board.writes) == 1


async def test_the_echo_of_an_unlock_is_no_answer_of_a_silent_board() -> None:
    board = RelayBoard()
    async with cabinet(board, echo=True) as bus:
        assert await doors(bus) == []
        assert bus.receiver.echoing
        board.is_silent = True
        assert isinstance(await bus.exchange(DRIVER.unlock(UNIT, 2)), Silent)
        await eventually(lambda: board.writes)
        board.is_silent = False
        assert isinstance(await answer(bus, DRIVER.unlock(UNIT, 3)), UnlockAnswer)
        assert [coil for _, coil, _ in board.writes] == [PULSES + 1, PULSES + 2]


async def test_a_board_with_fewer_channels_says_so() -> None:
    board = RelayBoard()
    async with cabinet(board, TOO_WIDE) as bus:
        for request in (TOO_WIDE.read_all(UNIT), TOO_WIDE.unlock(UNIT, 24)):
            fault = await answer(bus, request)
            assert isinstance(fault, FaultAnswer)
            assert (fault.board, fault.channel) == (UNIT, request.channel)
            assert fault.reason == "illegal data address"
        assert isinstance(await answer(bus, TOO_WIDE.unlock(UNIT, CHANNELS)), UnlockAnswer)
    assert len(board.writes) == 1


async def test_a_fault_for_a_unit_that_is_not_there_has_that_units_address() -> None:
    """Pymodbus answers for all units of its line; a real line would stay silent."""
    board = RelayBoard()
    async with cabinet(board) as bus:
        fault = await answer(bus, DRIVER.unlock(NOBODY, 1))
        assert isinstance(fault, FaultAnswer)
        assert (fault.board, fault.reason) == (NOBODY, "device failure")
    assert board.writes == []


async def test_what_another_unit_answers_is_dropped() -> None:
    board = RelayBoard(answers_as=2)
    async with cabinet(board) as bus:
        assert isinstance(await bus.exchange(DRIVER.read_all(UNIT)), Silent)
        assert isinstance(await bus.exchange(DRIVER.unlock(UNIT, 1)), Silent)
        await eventually(lambda: board.writes)
        board.answers_as = None
        assert await doors(bus) == []
        assert bus.receiver.counts.dropped_bytes == 6 + 8
    assert len(board.writes) == 1


async def test_a_bridge_carries_the_same_bytes() -> None:
    board = RelayBoard()
    board.inputs[5] = False
    async with on_bridge(board) as url, running(url) as bus:
        assert await doors(bus) == [6]
        assert isinstance(await answer(bus, DRIVER.unlock(UNIT, 6)), UnlockAnswer)
        assert board.writes == [(UNIT, PULSES + 5, 5)]
