"""The bus and its port: what was sent and what was not, openings, losses, rests."""

import asyncio
from dataclasses import replace

import pytest

from hardware.line.bus import DEAF_EXCHANGES, Bus
from hardware.line.exchange import Answered, NotSent, Silent
from hardware.line.openings import BusState
from hardware.line.port import (
    OnBytes,
    OnLost,
    OpenPort,
    PortBusy,
    PortDenied,
    PortError,
    PortMissing,
)
from tests.unit.hardware.line.bus_play import DRIVER, LINE, opened, read, running, unlock
from tests.unit.hardware.line.transports import (
    GoodPort,
    LostInMidExchange,
    SilentBoard,
    SilentLine,
    TakesNothing,
)
from tests.waiting import eventually

pytestmark = pytest.mark.virtual_time


# What was sent, and what was not


@pytest.mark.parametrize(
    ("held", "queued", "outcome"),
    [(5, 0, NotSent("port_stuck")), (9, 3, NotSent("port_stuck")), (2, 0, None), (0, 5, None)],
    ids=["all here", "all here and more", "a part gone", "with the system"],
)
async def test_an_unlock_that_does_not_leave_ends_with_its_connection(
    held: int, queued: int, outcome: NotSent | None
) -> None:
    port = TakesNothing(held=held, queued=queued)
    async with running(port) as bus:
        await read(bus)
        seen = await unlock(bus)
        if outcome is not None:
            assert seen == outcome
        else:
            assert isinstance(seen, Silent)
            assert seen.reason == "port_stuck"
        assert opened(await read(bus)) == set()
        assert port.openings == 2
    assert len(port.unlocks()) == 1


async def test_boards_are_read_before_an_unlock_after_each_opening() -> None:
    port = LostInMidExchange()
    bus = Bus(LINE, DRIVER, port.open, boards=(1, 2))
    task = asyncio.create_task(bus.run())
    opening = asyncio.create_task(unlock(bus))
    await asyncio.gather(read(bus, 1), read(bus, 2))
    assert isinstance(await opening, Silent)  # the plug was pulled
    again = asyncio.create_task(unlock(bus, 4))
    await asyncio.gather(read(bus, 1), read(bus, 2))
    assert isinstance(await again, Answered)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [data[:2].hex() for _, data in port.written] == [
        *("8001", "8002", "8a01"),
        *("8001", "8002", "8a01"),
    ]


async def test_boards_are_greeted_first_and_may_stay_silent() -> None:
    port = SilentBoard("modbus")
    bus = Bus(LINE, port.driver, port.open, boards=port.addresses)
    task = asyncio.create_task(bus.run())
    address = port.addresses[1]
    reading = await bus.exchange(port.driver.read_all(address))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert isinstance(reading, Answered)
    greetings = [port.driver.greet(each).frame for each in port.addresses]  # type: ignore[attr-defined]
    assert [data for _, data in port.written[:2]] == greetings


# Ports that cannot be used


class Refusing(GoodPort):
    """The port cannot be opened, for this reason, until it can."""

    def __init__(self, error: PortError) -> None:
        super().__init__()
        self.error: PortError | None = error
        self.attempts = 0

    async def open(self, url: str, baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
        self.attempts += 1
        if self.error is not None:
            raise self.error
        return await super().open(url, baud, on_bytes, on_lost)


@pytest.mark.parametrize("error", [PortBusy("another has it"), PortDenied("no rights")])
async def test_a_port_that_a_person_must_mend_is_told_once_and_tried_slowly(
    error: PortError, caplog: pytest.LogCaptureFixture
) -> None:
    port = Refusing(error)
    async with running(port) as bus:
        await eventually(lambda: port.attempts == 4)
        assert bus.state is BusState.UNREACHABLE
        assert bus.openings.why == str(error)
        assert await unlock(bus) == NotSent("unreachable")
        told = [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")]
        assert [r.getMessage() for r in told] == ["port unreachable"]
        port.error = None
        await eventually(lambda: bus.state is BusState.READY)
        assert bus.openings.why is None
        assert opened(await read(bus)) == set()


async def test_a_missing_port_is_told_once_however_often_it_is_tried(
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = Refusing(PortMissing("no such device"))
    async with running(port):
        await eventually(lambda: port.attempts == 23)
    told = [r.getMessage() for r in caplog.records if r.levelname in ("WARNING", "ERROR")]
    assert told == ["port cannot be opened", "port unreachable"]


async def test_a_port_that_opens_and_is_lost_at_once_rests_too() -> None:
    class Flapping(GoodPort):
        """Opens, and is gone before anything could be asked."""

        async def open(self, *arguments) -> OpenPort:
            port = await super().open(*arguments)
            asyncio.get_running_loop().call_soon(self.lose)
            return port

    port = Flapping()
    async with running(port) as bus:
        await eventually(lambda: bus.state is BusState.UNREACHABLE)
        assert port.openings == LINE.open_attempts
        assert bus.openings.losses == LINE.open_attempts


async def test_a_bridge_that_says_nothing_is_connected_anew_and_a_device_is_not() -> None:
    for url, openings in (("socket://192.0.2.7:4001", 2), ("/dev/ttyUSB0", 1)):
        port = SilentLine()
        async with running(port, replace(LINE, url=url, late_reply_seconds=0.0)) as bus:
            for _ in range(DEAF_EXCHANGES):
                assert isinstance(await read(bus), Silent)
            await eventually(lambda bus=bus: bus.state is BusState.READY)
            assert bus.openings.count == openings


async def test_one_board_that_answers_keeps_a_bridge_connected() -> None:
    port = SilentBoard()
    line = replace(LINE, url="socket://192.0.2.7:4001", late_reply_seconds=0.0)
    async with running(port, line) as bus:
        for _ in range(DEAF_EXCHANGES):
            await read(bus, 1)
            await read(bus, 2)
        assert bus.openings.count == 1


async def test_an_unlock_whose_caller_left_is_not_put_back() -> None:
    """The caller is cancelled in the very turn in which the unlock meets a closed port."""

    class GoneWithItsCaller(GoodPort):
        """The first unlock finds the port gone and takes its caller along."""

        caller: asyncio.Task[object] | None = None

        def write(self, data: bytes) -> None:
            if self.openings == 1 and self.is_unlock(data) and self.caller is not None:
                self.caller.cancel()
                self.lose()
            super().write(data)

    port = GoneWithItsCaller()
    async with running(port) as bus:
        await read(bus)
        port.caller = asyncio.create_task(unlock(bus))
        await asyncio.gather(port.caller, return_exceptions=True)
        assert opened(await read(bus)) == set()
        assert port.openings == 2
    assert port.unlocks() == []
