"""Every driver against the simulated board of its protocol: written twice, from one description.

The simulator shares no code with the codecs, so what both misread they misread alike only if
the description is wrong.
"""

from collections.abc import Iterable

import pytest

from hardware.codecs.driver import Request, StatusAnswer, UnlockAnswer
from hardware.codecs.protocol import ProtocolSpec
from hardware.codecs.receiver import EchoMode, Receiver
from hardware.codecs.registry import PROTOCOLS
from hardware.simulator.boards import Boards, speech
from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs, People
from realtime.wire.terminal import DoorState

#: Boards on the line, by their numbers from 1.
COUNT = 3

each_protocol = pytest.mark.parametrize("spec", PROTOCOLS.values(), ids=lambda s: s.name)


class HeldDoors(Doors):
    """Doors that stay as they were put; pulses are counted only."""

    def pulse(self, cell: int) -> None:
        self.pulses[cell] += 1

    def put(self, opened: Iterable[int]) -> None:
        self._open.update(dict.fromkeys(self._open, False))
        self._open.update(dict.fromkeys(opened, True))


class Bench:
    """A driver, boards, and a wire between them."""

    def __init__(self, spec: ProtocolSpec) -> None:
        spoken = speech(spec.name)
        self.channels = spoken.channels
        self.doors = HeldDoors(COUNT * self.channels, Knobs(people=People.MANUAL))
        self.boards = Boards(COUNT, self.channels, self.doors, spoken)
        self.addresses = [board.address for board in self.boards.boards]
        options = spec.options(channels=self.channels)
        self.driver = spec.driver(dict.fromkeys(self.addresses, options))

    def ask(self, request: Request) -> object:
        """Send a request, and give what the receiver made of all that came back."""
        receiver = Receiver(self.driver, EchoMode.OFF)
        receiver.sent(request)
        said = b"".join(frame for _, frame in self.boards.receive(request.frame))
        frames = receiver.feed(said)
        assert receiver.counts.dropped_bytes == 0
        assert len(frames) == bool(said)
        return frames[0] if frames else None


@each_protocol
def test_a_pulse_reaches_the_one_lock_that_was_meant(spec: ProtocolSpec) -> None:
    bench = Bench(spec)
    for number, address in enumerate(bench.addresses):
        for channel in range(1, bench.channels + 1):
            answer = bench.ask(bench.driver.unlock(address, channel))
            assert answer is None or isinstance(answer, UnlockAnswer)
            cell = number * bench.channels + channel
            assert bench.doors.pulses == {n: n <= cell for n in bench.doors.pulses}


@each_protocol
def test_a_reading_tells_each_door_of_each_board(spec: ProtocolSpec) -> None:
    bench = Bench(spec)
    cells = list(bench.doors.pulses)
    for opened in ([], cells, *([cell] for cell in cells)):
        bench.doors.put(opened)
        read: list[DoorState] = []
        for address in bench.addresses:
            status = bench.ask(bench.driver.read_all(address))
            assert isinstance(status, StatusAnswer)
            read += status.states
        told = [cell for cell, state in zip(cells, read, strict=True) if state is DoorState.OPEN]
        assert told == opened
    assert not any(bench.doors.pulses.values())


def test_items_are_told_where_they_can_be_sensed() -> None:
    bench = Bench(PROTOCOLS["kerong-cu16"])
    bench.doors.items = {1, 16, 18}
    items: list[bool] = []
    for address in bench.addresses:
        status = bench.ask(bench.driver.read_all(address))
        assert isinstance(status, StatusAnswer)
        assert status.items is not None
        items += status.items
    assert {cell for cell, item in enumerate(items, 1) if item} == bench.doors.items
