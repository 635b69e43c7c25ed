"""One scenario over every fault of a line, for every protocol: the door's truth or nothing.

Two boards are polled all the time; one door is unlocked by command and one is moved by hand;
then the fault ends. Whatever happened on the line:

- a reading shows the doors as they were at an instant between its request and its answer;
- the unlock's frame was on the wire once at most, and the lock pulsed once at most; if the bus
  says that it was not sent, not at all;
- a board that says nothing has not answered, be it for an echo or for another board;
- once the fault is over every board is read again;
- every byte delivered is told as part of a frame or as dropped (an echo excepted), and the
  counts are those of what happened.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial

import pytest

from hardware.codecs.driver import Frame, Request, StatusAnswer, UnlockReplies
from hardware.codecs.registry import PROTOCOLS
from hardware.line.bus import Bus
from hardware.line.exchange import Answered, LineSettings, NotSent, Outcome, Silent
from realtime.wire.terminal import DoorState
from tests.unit.hardware.line import transports
from tests.unit.hardware.line.transports import GoodPort
from tests.waiting import eventually

pytestmark = pytest.mark.virtual_time

LINE = LineSettings(url="port", open_pause_seconds=0.1, cooldown_seconds=1.0)
POLL_SECONDS = 0.05
#: For how long the fault lasts after the unlock was asked for.
FAULTY_SECONDS = 3.0

Make = Callable[[str], GoodPort]

FAULTS: dict[str, Make] = {
    "none": GoodPort,
    "one byte at a time": transports.OneByteAtATime,
    "two bursts": transports.InTwoBursts,
    "delayed": transports.Delayed,
    "late": transports.LateReply,
    "lossy 1": partial(transports.LossyTransport, seed=1),
    "lossy 2": partial(transports.LossyTransport, seed=2),
    "very lossy": partial(transports.LossyTransport, chance=0.3, seed=3),
    "one board silent": transports.SilentBoard,
    "all silent": transports.SilentLine,
    "echoing": transports.EchoingLine,
    "echoing and silent": transports.EchoingLineWithSilentBoard,
    "cut in mid-frame": transports.CutInMidFrame,
    "wrong board": transports.WrongBoardAnswers,
    "bad checksums": transports.BadChecksums,
    "noise": transports.NoisyLine,
    "lost in mid-exchange": transports.LostInMidExchange,
    "missing at first": transports.MissingAtFirst,
    "gone before writing": transports.GoneBeforeWriting,
    "gone before it says": transports.GoneBeforeItSays,
    "holds the whole frame": partial(transports.TakesNothing, held=100),
    "holds a part": partial(transports.TakesNothing, held=2),
    "queues": partial(transports.TakesNothing, queued=5),
}
#: Without a checksum a spoilt frame may be as good as a right one.
UNCHECKED = {"winnsen"}
SPOILING = {"very lossy", "lossy 1", "lossy 2", "noise"}
#: Board 1 says nothing: whatever comes, echo or other board, is no answer of it.
MUTE = {"one board silent", "all silent", "echoing and silent", "wrong board"}
CASES = [
    pytest.param(protocol, fault, id=f"{protocol}: {fault}")
    for protocol in PROTOCOLS
    for fault in FAULTS
    if not (protocol in UNCHECKED and fault in SPOILING)
]


@dataclass
class Counting:
    """A tap that counts what the bus tells of the line."""

    heard_bytes: int = 0
    dropped_bytes: int = 0
    sent_count: int = 0
    silences: int = 0

    def sent(self, request: Request) -> None:
        self.sent_count += 1

    def heard(self, frame: Frame) -> None:
        self.heard_bytes += len(frame.frame)

    def dropped(self, data: bytes) -> None:
        self.dropped_bytes += len(data)

    def silent(self, request: Request, outcome: Outcome) -> None:
        is_silence = isinstance(outcome, Silent) and outcome.reason == "silent"
        self.silences += is_silence and request.reply_seconds > 0

    def noted(self, text: str) -> None:
        return


@dataclass
class Watch:
    """Polls as the cabinet does, and holds each reading against what truly was."""

    port: GoodPort
    bus: Bus
    readings: dict[int, int] = field(default_factory=dict)
    lies: list[str] = field(default_factory=list)

    async def poll_for_ever(self, number: int) -> None:
        address = self.port.addresses[number - 1]
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            read = self.port.driver.read_all(address)
            outcome = await self.bus.exchange(read, not_after=before + 2.0)
            if isinstance(outcome, Answered):
                self._judge(number, outcome)
            await asyncio.sleep(POLL_SECONDS)

    def _judge(self, number: int, outcome: Answered) -> None:
        answer = outcome.answer
        assert isinstance(answer, StatusAnswer)
        self.readings[number] = self.readings.get(number, 0) + 1
        for channel, state in enumerate(answer.states, 1):
            cell = (number - 1) * self.port.boards.channels + channel
            if state not in self._states_between(cell, outcome.sent_at, outcome.at):
                self.lies.append(f"cell {cell} {state.value} at {outcome.sent_at}-{outcome.at}")

    def _states_between(self, cell: int, since: float, until: float) -> set[DoorState]:
        """List what a door truly was from one instant to another."""
        seen = {DoorState.CLOSED}
        for happened in self.port.doors.history:
            if happened.cell != cell or happened.what == "pulse" or happened.at > until:
                continue
            if happened.at < since:
                seen.clear()
            seen.add(DoorState(happened.what))
        return seen


@contextlib.asynccontextmanager
async def watched(port: GoodPort, tap: Counting) -> AsyncIterator[Watch]:
    bus = Bus(LINE, port.driver, port.open, boards=port.addresses, tap=tap)
    watch = Watch(port, bus)
    tasks = [asyncio.create_task(bus.run())]
    tasks += [asyncio.create_task(watch.poll_for_ever(number)) for number in (1, 2)]
    try:
        yield watch
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def play(port: GoodPort, tap: Counting) -> tuple[Outcome, Watch]:
    """Unlock channel 3 of board 1 amid polls and a hand at channel 2 of board 2; then heal."""
    loop = asyncio.get_running_loop()
    async with watched(port, tap) as watch:
        unlock = port.driver.unlock(port.addresses[0], 3)
        unlocking = asyncio.create_task(watch.bus.exchange(unlock, not_after=loop.time() + 2.5))
        began = loop.time()
        by_hand = port.boards.board(2).cell(2)
        for step in range(int(FAULTY_SECONDS / 0.5)):
            await eventually(lambda until=began + 0.5 * step: loop.time() >= until)
            port.doors.move(by_hand, step % 2 == 0)
        outcome = await unlocking
        port.is_healed = True
        before = dict(watch.readings)

        def is_alive() -> bool:
            return all(watch.readings.get(n, 0) > before.get(n, 0) + 1 for n in (1, 2))

        await eventually(is_alive)
    return outcome, watch


@pytest.mark.parametrize(("protocol", "fault"), CASES)
async def test_the_truth_or_nothing(protocol: str, fault: str) -> None:
    port, tap = FAULTS[fault](protocol), Counting()
    outcome, watch = await play(port, tap)
    assert not watch.lies
    frame = port.driver.unlock(port.addresses[0], 3).frame
    on_wire = [data for _, data in port.written if data == frame]
    pulses = port.doors.pulses[3]
    assert pulses == sum(port.doors.pulses.values())
    assert len(on_wire) <= 1
    if isinstance(outcome, NotSent):
        assert pulses == 0
        assert not on_wire or outcome.reason == "port_stuck"
    elif fault not in ("holds a part", "queues"):
        assert pulses == 1
    if fault in MUTE:
        assert isinstance(outcome, Silent)
    counts = watch.bus.counts
    assert counts.exchanges == tap.sent_count == len(port.written)
    assert counts.silences == tap.silences
    assert watch.bus.receiver.counts.dropped_bytes == tap.dropped_bytes
    unexplained = port.delivered - tap.heard_bytes - tap.dropped_bytes
    echoes = sum(len(data) for _, data in port.written) if "echoing" in fault else 0
    assert 0 <= unexplained <= echoes


SILENT_BY_DESIGN = [
    name for name, spec in PROTOCOLS.items() if spec.unlock_replies is not UnlockReplies.YES
]


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.045, 0.06, 0.08, 0.3])
@pytest.mark.parametrize("protocol", SILENT_BY_DESIGN)
async def test_an_unexpected_reply_to_an_unlock_is_no_reading(
    protocol: str, seconds: float
) -> None:
    port, tap = transports.UnexpectedReply(protocol, seconds), Counting()
    outcome, watch = await play(port, tap)
    assert not watch.lies
    assert isinstance(outcome, Silent)
    assert port.doors.pulses[3] == 1


async def test_many_unlocks_do_not_blind_the_polls_nor_polls_delay_an_unlock() -> None:
    """Unlocks keep coming; each waits for one poll at most, and doors are seen all the time."""
    port, tap = transports.Delayed("8a", 0.02), Counting()
    loop = asyncio.get_running_loop()
    async with watched(port, tap) as watch:
        await eventually(lambda: len(watch.readings) == 2)
        began, before = loop.time(), dict(watch.readings)

        async def unlock_all(channels: range) -> list[float]:
            spans = []
            for channel in channels:
                asked_at = loop.time()
                outcome = await watch.bus.exchange(port.driver.unlock(1, channel))
                assert isinstance(outcome, Answered)
                spans.append(outcome.sent_at - asked_at)
            return spans

        spans = await asyncio.gather(unlock_all(range(1, 13)), unlock_all(range(13, 25)))
        seconds = loop.time() - began
        seen = sum(watch.readings.values()) - sum(before.values())
    exchange = 0.02 + 12 * LINE.byte_seconds + LINE.gap_seconds
    # The other one's unlock, and one poll: never two.
    assert max(span for each in spans for span in each) <= 2 * exchange + 0.002
    assert seen >= 0.25 * seconds / exchange
    assert sum(port.doors.pulses.values()) == 24
