"""The bus over faulty transports: one exchange at a time, no unlock sent twice, no stale answer."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from hardware.codecs.driver import UnlockAnswer
from hardware.codecs.receiver import EchoMode
from hardware.line.bus import BURST_SECONDS
from hardware.line.exchange import Answered, NotSent, Silent
from hardware.line.openings import BusState
from hardware.simulator.boards import Answer
from tests.unit.hardware.codecs.answers import modbus_refused
from tests.unit.hardware.line.bus_play import LINE, opened, read, running, unlock
from tests.unit.hardware.line.transports import (
    HARMLESS,
    CutInMidFrame,
    Delayed,
    EchoingLine,
    EchoingLineWithSilentBoard,
    GoneBeforeWriting,
    GoodPort,
    LossyTransport,
    LostInMidExchange,
    MissingAtFirst,
    RefusesLate,
    SilentBoard,
    WrongBoardAnswers,
)
from tests.virtual_time import VirtualTimeLoop
from tests.waiting import eventually

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize("make", HARMLESS)
async def test_one_scenario_over_every_harmless_fault(make: Callable[[str], GoodPort]) -> None:
    port = make("8a")
    async with running(port) as bus:
        assert opened(await read(bus)) == set()
        assert isinstance(await unlock(bus), Answered)
        await port.doors.wait(3, "open")
        assert opened(await read(bus)) == {3}
        assert opened(await read(bus, 2)) == set()
        port.doors.move(3, False)
        assert opened(await read(bus)) == set()
    assert port.doors.pulses[3] == 1
    assert len(port.unlocks()) == 1
    assert bus.counts.silences == 0


async def test_the_line_is_silent_between_frames() -> None:
    port = GoodPort()
    async with running(port) as bus:
        await asyncio.gather(*(read(bus, 1 + n % 2) for n in range(6)))
    instants = [at for at, _ in port.written]
    spans = [after - before for before, after in itertools.pairwise(instants)]
    assert LINE.gap_seconds == 0.005
    assert min(spans) >= 5 * LINE.byte_seconds + LINE.gap_seconds - 0.0005


async def test_an_unlock_goes_before_waiting_polls() -> None:
    port = GoodPort()
    async with running(port) as bus:
        polls = [asyncio.create_task(read(bus, 1 + n % 2)) for n in range(6)]
        await eventually(lambda: len(port.written) == 1)
        await unlock(bus)
        await asyncio.gather(*polls)
    assert [data[0] for _, data in port.written][:3] in (
        [0x80, 0x8A, 0x80],
        [0x80, 0x80, 0x8A],  # the second poll was already under way
    )


async def test_a_silent_board_delays_the_other_by_one_exchange() -> None:
    port = SilentBoard()
    async with running(port) as bus:
        silent = asyncio.create_task(read(bus, 1))
        again = asyncio.create_task(read(bus, 1))
        # Without the rest of the suspect board it would wait for two silences more.
        assert opened(await asyncio.wait_for(read(bus, 2), 0.85)) == set()
        assert isinstance(await silent, Silent)
        assert isinstance(await unlock(bus), Silent)
        assert isinstance(await again, Silent)
    assert port.doors.pulses[3] == 1
    assert bus.counts.silences == 3


async def test_a_late_answer_is_never_taken_for_the_next_one() -> None:
    port = Delayed(seconds=0.45)  # after the read's 0.3 s, before late_reply_seconds are over
    async with running(port) as bus:
        assert isinstance(await read(bus), Silent)
        port.doors.move(5, True)
        port.seconds = 0.0
        assert opened(await read(bus)) == {5}
        assert opened(await read(bus, 2)) == set()
    assert bus.receiver.counts.dropped_bytes == 7


@pytest.mark.parametrize("is_unlock", [False, True])
async def test_an_answer_in_time_counts_on_a_machine_too_busy_to_take_it_up(
    is_unlock: bool,
) -> None:
    port = Delayed(seconds=0.1)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    async with running(port) as bus:
        port.doors.move(5, True)
        loop.call_later(0.05, loop.busy_for, 2.0)  # beyond every time that an answer is given
        outcome = await (unlock(bus) if is_unlock else read(bus))
        assert isinstance(outcome, Answered)
        assert is_unlock or opened(outcome) == {5}
    assert bus.counts.silences == 0


@pytest.mark.parametrize("late_seconds", [0.33, 0.4, 0.5, 0.6])
async def test_a_late_refusal_is_never_taken_for_another_channels(late_seconds: float) -> None:
    """A Modbus fault names no relay: the board's other writes wait until it cannot come."""
    (fault,) = modbus_refused(1, 1)[:1]
    port = RefusesLate("modbus", fault, late_seconds)
    driver = port.driver
    loop = asyncio.get_running_loop()
    async with running(port, driver=driver) as bus:
        first = asyncio.create_task(bus.exchange(driver.unlock(1, 1)))
        await eventually(lambda: port.written)
        second = asyncio.create_task(bus.exchange(driver.unlock(1, 2)))
        assert isinstance(await first, Silent)
        silent_at = loop.time()
        assert isinstance(await bus.exchange(driver.unlock(2, 3)), Answered)
        assert loop.time() < silent_at + 0.1, "another board's unlock does not wait"
        assert opened(await bus.exchange(driver.read_all(1))) == set(), "nor a look at this one"
        outcome = await second
    assert isinstance(outcome, Answered)
    assert isinstance(outcome.answer, UnlockAnswer), "carried out, not refused"
    (sent_at,) = [at for at, data in port.written if data == driver.unlock(1, 2).frame]
    assert silent_at + LINE.late_reply_seconds <= sent_at
    assert sent_at <= silent_at + LINE.late_reply_seconds + 2 * LINE.gap_seconds + 0.001
    assert bus.receiver.counts.dropped_bytes == len(fault)


async def test_writes_that_rest_keep_their_deadlines() -> None:
    """What would go too late is refused as certainly not sent, at its deadline."""
    port = RefusesLate("modbus", b"", 0.0)
    driver = port.driver
    async with running(port, driver=driver) as bus:
        assert isinstance(await bus.exchange(driver.unlock(1, 1)), Silent)
        not_after = asyncio.get_running_loop().time() + 0.1
        outcome = await bus.exchange(driver.unlock(1, 2), not_after=not_after)
        assert outcome == NotSent("late")
        assert asyncio.get_running_loop().time() == pytest.approx(not_after, abs=0.01)
        assert isinstance(await bus.exchange(driver.unlock(1, 2)), Answered)
    assert len(port.unlocks()) == 2


async def test_a_late_answer_does_not_disturb_the_other_board() -> None:
    port = Delayed(seconds=0.32)
    async with running(port) as bus:
        assert isinstance(await read(bus, 1), Silent)
        port.seconds = 0.05
        assert opened(await read(bus, 2)) == set()


@pytest.mark.parametrize("seed", range(3))
async def test_a_lossy_line_tells_the_truth_or_nothing(seed: int) -> None:
    port = LossyTransport(seed=seed)
    line = replace(LINE, late_reply_seconds=0.01)
    async with running(port, line) as bus:
        port.doors.move(7, True)
        outcomes = [await read(bus, 1) for _ in range(12)]
    answered = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
    assert answered
    assert len(answered) < len(outcomes)
    assert all(opened(outcome) == {7} for outcome in answered)


async def test_a_cut_frame_is_never_joined_to_the_next() -> None:
    port = CutInMidFrame(times=1)
    async with running(port) as bus:
        assert isinstance(await read(bus), Silent)
        port.doors.move(2, True)
        assert opened(await read(bus)) == {2}
    assert bus.receiver.counts.dropped_bytes == 3


async def test_another_board_s_answer_is_no_answer() -> None:
    async with running(WrongBoardAnswers()) as bus:
        assert isinstance(await read(bus, 1), Silent)
        assert opened(await read(bus, 2)) == set()


async def test_an_echo_is_no_answer_once_the_line_is_known_to_echo() -> None:
    port = EchoingLineWithSilentBoard()
    async with running(port) as bus:
        assert isinstance(await read(bus), Silent)
        assert bus.receiver.echoing
        assert isinstance(await unlock(bus), Silent)
    assert len(port.unlocks()) == 1


async def test_an_echo_can_be_settled_by_configuration() -> None:
    async with running(EchoingLineWithSilentBoard(), replace(LINE, echo=EchoMode.ON)) as bus:
        assert isinstance(await unlock(bus), Silent)
    async with running(EchoingLine(), replace(LINE, echo=EchoMode.ON)) as bus:
        assert isinstance(await unlock(bus), Answered)


async def test_a_report_is_passed_on_while_idle_and_during_a_poll() -> None:
    port = GoodPort()
    async with running(port) as bus:
        await read(bus)
        port.say(port.boards.report(30), 0.0)
        await eventually(lambda: len(bus.reports) == 1)
        port.answer = lambda said: port.say(port.boards.report(4) + said.frame, 0.0)
        assert opened(await read(bus)) == set()
    assert [(r.board, r.channel) for r in bus.reports] == [(2, 6), (1, 4)]


# Deadlines, losses, openings


async def test_an_unlock_past_its_deadline_is_not_sent() -> None:
    port = SilentBoard()
    async with running(port) as bus:
        loop = asyncio.get_running_loop()
        poll = asyncio.create_task(read(bus, 1))  # holds the line for 0.3 s
        await eventually(lambda: len(port.written) == 1)
        assert await unlock(bus, not_after=loop.time() + 0.1) == NotSent("late")
        assert not poll.done()
        assert await unlock(bus, not_after=loop.time()) == NotSent("late")
        await poll
    assert port.unlocks() == []


async def test_a_withdrawn_request_is_not_sent() -> None:
    port = SilentBoard()
    async with running(port) as bus:
        poll = asyncio.create_task(read(bus, 1))
        await eventually(lambda: len(port.written) == 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(unlock(bus), 0.05)
        await poll
        await read(bus, 2)
    assert port.unlocks() == []


async def test_an_unlock_cut_off_by_a_lost_port_is_not_sent_again() -> None:
    port = LostInMidExchange()
    async with running(port) as bus:
        await read(bus)
        outcome = await unlock(bus)
        assert isinstance(outcome, Silent)
        assert outcome.reason == "port_lost"
        assert opened(await read(bus)) in (set(), {3})
        assert port.openings == 2
    assert port.doors.pulses[3] == 1
    assert len(port.unlocks()) == 1


async def test_an_unlock_that_met_a_closed_port_is_sent_after_the_reopening() -> None:
    port = GoneBeforeWriting()
    async with running(port) as bus:
        await read(bus)
        assert isinstance(await unlock(bus), Answered)
    assert port.openings == 2
    assert len(port.unlocks()) == 1


async def test_a_missing_port_is_tried_a_bounded_number_of_times_then_rests() -> None:
    port = MissingAtFirst(times=5)
    async with running(port) as bus:
        poll = asyncio.create_task(read(bus))
        await eventually(lambda: bus.state is BusState.UNREACHABLE)
        assert await poll == NotSent("unreachable")
        assert await unlock(bus) == NotSent("unreachable")
        assert len(port.attempts) == 5
        await eventually(lambda: bus.state is BusState.READY)
        assert opened(await read(bus)) == set()
    assert port.attempts[5] - port.attempts[4] >= LINE.cooldown_seconds - 0.01


async def test_a_request_waits_for_a_port_that_comes_back_in_time() -> None:
    port = MissingAtFirst(times=2)
    async with running(port) as bus:
        assert isinstance(await unlock(bus), Answered)


async def test_closing_settles_everyone_who_waits() -> None:
    port = SilentBoard()
    async with running(port) as bus:
        waiting = [asyncio.create_task(read(bus, 1)) for _ in range(3)]
        await eventually(lambda: len(port.written) == 1)
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting), 1.0)
    assert [type(outcome) for outcome in outcomes] == [Silent, NotSent, NotSent]


async def test_endless_noise_does_not_stop_the_line() -> None:
    port = GoodPort()
    async with running(port) as bus:
        await read(bus)

        def hiss() -> None:
            port.say(b"\xfa", 0.0)
            timers.append(asyncio.get_running_loop().call_later(0.001, hiss))

        timers: list[asyncio.TimerHandle] = []
        hiss()
        assert opened(await asyncio.wait_for(read(bus), 2.0)) == set()
        timers[-1].cancel()


# Silence


async def test_after_a_time_out_the_line_is_left_to_what_still_comes() -> None:
    """One half of the answer comes before the time-out, the other half behind it."""
    port = GoodPort()
    loop = asyncio.get_running_loop()
    ended_at = 0.0

    def answer(said: Answer) -> None:
        nonlocal ended_at
        if said.board == 1:
            port.say(said.frame[:4], 0.295)
            port.say(said.frame[4:], 0.32)
            ended_at = loop.time() + 0.32
        else:
            port.say(said.frame, 0.0)

    port.answer = answer  # type: ignore[method-assign]
    async with running(port) as bus:
        outcomes = await asyncio.gather(read(bus, 1), read(bus, 2))
    assert isinstance(outcomes[0], Silent)
    assert opened(outcomes[1]) == set()
    assert port.written[1][0] >= ended_at + LINE.gap_seconds
    assert bus.receiver.counts.dropped_bytes == 7


@pytest.mark.parametrize("says_something", [False, True])
async def test_after_an_unlock_without_an_answer_the_line_is_listened_to(
    says_something: bool,
) -> None:
    port = GoodPort("kerong-cu48")
    async with running(port, driver=port.driver) as bus:
        unlocking = asyncio.create_task(bus.exchange(port.driver.unlock(1, 3)))
        reading = asyncio.create_task(bus.exchange(port.driver.read_all(1)))
        await eventually(lambda: len(port.written) == 1)
        if says_something:
            port.say(b"\x02\x01\x03", 0.045)
            port.say(b"\x65\x00\x03", 0.065)
        assert isinstance(await unlocking, Silent)
        assert isinstance(await reading, Answered)
    sent_at = port.written[0][0]
    quiet_at = sent_at + 6 * LINE.byte_seconds + LINE.settle_seconds
    if says_something:
        quiet_at = sent_at + 0.065 + LINE.gap_seconds
    assert port.written[1][0] >= quiet_at - 0.0001
    assert bus.counts.silences == 0


async def test_an_unlock_waits_for_one_time_out_at_most() -> None:
    """Boards that stay silent, polled all the time: one exchange is as long as it gets."""
    port = SilentBoard()
    async with running(port) as bus:
        polls = [asyncio.create_task(read(bus, 1)) for _ in range(3)]
        await eventually(lambda: len(port.written) == 1)
        bus.hold_polls()
        assert isinstance(await unlock(bus), Silent)
        for poll in polls:
            poll.cancel()
        await asyncio.gather(*polls, return_exceptions=True)
    (poll_at, _), (unlock_at, data) = port.written[:2]
    assert port.is_unlock(data)
    exchange = 5 * LINE.byte_seconds + 0.3 + BURST_SECONDS + LINE.gap_seconds
    assert unlock_at - poll_at <= exchange + 0.0001
