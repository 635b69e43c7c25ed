"""Watching one board: what its looks tell, when a second one is wanted, how long it rests."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

import pytest

from hardware.cabinet.watch import (
    MOST_REST_SECONDS,
    SILENCES,
    Blank,
    BoardKey,
    BoardWatch,
    Look,
    rest_seconds,
)
from hardware.codecs.registry import PROTOCOLS
from hardware.simulator.boards import Answer, Kind
from realtime.wire.terminal import DoorState, EvidenceSource
from tests.unit.hardware.line.bus_play import LINE, running
from tests.unit.hardware.line.transports import GoodPort, SilentBoard
from tests.waiting import eventually

OPEN, CLOSED, UNKNOWN = DoorState.OPEN, DoorState.CLOSED, DoorState.UNKNOWN
#: Where the bytes that no checksum guards stand in a status: from here on, up to there.
UNGUARDED = {"winnsen": (4, 6), "kerong-cu12": (8, 10)}


class Noted:
    """Believes what it is told, and notes it."""

    def __init__(self) -> None:
        self.states: dict[int, DoorState] = {}
        self.looks: list[Look] = []
        self.blanks: list[Blank] = []
        self.edges: list[tuple[int, DoorState]] = []
        self.tries = 0

    def is_news(self, _key: BoardKey, look: Look) -> bool:
        return any(self.states.get(n) is not state for n, state in enumerate(look.states, 1))

    async def saw(self, _key: BoardKey, look: Look) -> None:
        self.looks.append(look)
        for channel, state in enumerate(look.states, 1):
            if state not in (UNKNOWN, self.states.get(channel)):
                if channel in self.states:
                    self.edges.append((channel, state))
                self.states[channel] = state

    async def lost_sight(self, _key: BoardKey, why: Blank) -> None:
        self.blanks.append(why)

    def tried(self, _key: BoardKey) -> None:
        self.tries += 1


class LyingBits(GoodPort):
    """One bit of those that no checksum guards arrives turned, in some of the looks."""

    def __init__(self, protocol: str) -> None:
        super().__init__(protocol)
        self._rng = random.Random(7)
        self._span = UNGUARDED[protocol]
        self.lies = 0

    def answer(self, said: Answer) -> None:
        frame = bytearray(said.frame)
        if said.kind is Kind.STATUS and self._rng.random() < 0.3:
            self.lies += 1
            frame[self._rng.randrange(*self._span)] ^= 1 << self._rng.randrange(4)
        self.say(bytes(frame), 0.0)


@contextlib.asynccontextmanager
async def watching(
    port: GoodPort, *, is_guarded: bool | None = None, poll_seconds: float = 0.0
) -> AsyncIterator[tuple[BoardWatch, Noted]]:
    noted = Noted()
    clock: Callable[[], float] = asyncio.get_running_loop().time
    guarded = port.spec.is_guarded if is_guarded is None else is_guarded
    async with running(port, LINE, port.driver) as bus:
        watch = BoardWatch(
            (0, port.addresses[0]), bus, port.driver, noted, clock,
            poll_seconds=poll_seconds, is_guarded=guarded,
        )  # fmt: skip
        task = asyncio.create_task(watch.run())
        try:
            yield watch, noted
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def test_what_no_checksum_guards_is_known() -> None:
    assert {name for name, spec in PROTOCOLS.items() if not spec.is_guarded} == set(UNGUARDED)


@pytest.mark.parametrize("protocol", UNGUARDED)
async def test_a_turned_bit_moves_no_door_and_a_door_that_moves_is_seen(protocol: str) -> None:
    port = LyingBits(protocol)
    async with watching(port) as (_, noted):
        await eventually(lambda: port.lies >= 25)
        assert noted.edges == []
        port.doors.move(2, True)
        await eventually(lambda: noted.edges)
        lies = port.lies
        await eventually(lambda: port.lies >= lies + 5)
        assert noted.edges == [(2, OPEN)]


async def test_without_a_second_look_turned_bits_would_move_doors() -> None:
    port = LyingBits("winnsen")
    async with watching(port, is_guarded=True) as (_, noted):
        await eventually(lambda: noted.edges)


async def test_a_guarded_board_is_believed_at_once() -> None:
    port = GoodPort()
    async with watching(port) as (watch, noted):
        await eventually(lambda: noted.looks)
        assert watch.is_answering
        assert set(noted.looks[0].states) == {CLOSED}
        assert set(noted.looks[0].items) == {None}
        count = len(port.written)
        assert abs(count - noted.tries) <= 1


def look(states: list[DoorState], items: list[bool | None], at: float) -> Look:
    return Look(at - 0.1, at, tuple(states), tuple(items), "f")


def test_two_looks_count_where_they_agree() -> None:
    first = look([OPEN, CLOSED, OPEN], [True, None, False], 5.0)
    second = look([OPEN, OPEN, OPEN], [True, None, True], 6.0)
    both = first.confirmed_by(second)
    assert both.states == (OPEN, UNKNOWN, OPEN)
    assert both.items == (True, None, None)
    assert (both.asked_at, both.at) == (first.asked_at, 6.0)


async def test_a_silent_board_is_lost_after_some_looks_and_found_with_one() -> None:
    port = SilentBoard()
    async with watching(port, poll_seconds=0.01) as (watch, noted):
        await eventually(lambda: noted.blanks)
        assert noted.tries in (SILENCES - 1, SILENCES)
        assert noted.blanks[0] == Blank("silent")
        assert not watch.is_answering
        port.is_healed = True
        watch.hurry()
        await eventually(lambda: noted.looks)
        assert watch.is_answering


async def test_a_board_that_refuses_to_be_read_names_why_and_recovers() -> None:
    port = GoodPort("modbus")
    port.boards.boards[0].channels = 4  # fewer inputs than are configured
    async with watching(port, poll_seconds=0.01) as (watch, noted):
        await eventually(lambda: noted.blanks)
        (why, *_) = noted.blanks
        assert (why.reason, why.source) == ("illegal data address", EvidenceSource.POLL)
        assert why.evidence is not None
        assert (watch.is_answering, watch.fault) == (False, why.reason)
        port.boards.boards[0].channels = 8
        watch.hurry()
        await eventually(lambda: noted.looks)
        assert (watch.is_answering, watch.fault) == (True, None)


def test_dead_boards_rest_longer_and_longer() -> None:
    rests = [rest_seconds(0.05, blanks) for blanks in range(SILENCES + 8)]
    assert rests[:SILENCES] == [0.05] * SILENCES
    assert rests[SILENCES:] == sorted(rests[SILENCES:])
    assert rests[SILENCES] == 0.2
    assert max(rests) == rest_seconds(0.05, 10**9) == MOST_REST_SECONDS
    assert rest_seconds(9.0, 50) == 9.0  # never more often than the living
    assert rest_seconds(0.05, 0, is_sent=False) == 0.2
