"""All doors of a cabinet: commands in, facts on disk out, whatever one board does.

The shell around `doors`: it sends what the machine decides and feeds it readings and time;
`door_book` writes its facts down before they count. One board has one watching loop, one port
one bus; a silent board or a lost port slows down nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NoReturn

from hardware import doors
from hardware.bus import Bus, OpenPortFunction
from hardware.clock import ServerClock
from hardware.codecs.driver import DoorReport, Driver, FaultAnswer, StatusAnswer
from hardware.config import Layout, Place
from hardware.door_book import DoorBook, Move
from hardware.doors import Door, DoorTimes, Fact, Step
from hardware.exchange import Answered, LineSettings, NotSent, Outcome, Tap
from hardware.journal import Journal
from hardware.openings import BusState
from hardware.spool import BY_GRANT, SpoolError
from hardware.supervision import keep_running, run_once
from realtime.wire.terminal import DoorEventKind, DoorReading

log = logging.getLogger(__name__)

#: Silences in a row after which a board counts as unreachable.
SILENCES = 3
#: How often time is told to the doors: jams and doors left open are this much late at most.
TICK_SECONDS = 0.1
#: A look at a board that waited this long for the line is given up; the next one follows.
POLL_PATIENCE_SECONDS = 2.0
#: Least pause after a look that could not be sent, whatever the configured one.
UNSENT_PAUSE_SECONDS = 0.2

BoardKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command is not carried out."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Port:
    bus: Bus
    driver: Driver


class Cabinet:
    """The doors of one terminal. `prepare` first, then `run`; `take` while it runs."""

    def __init__(
        self,
        layout: Layout,
        journal: Journal,
        clock: ServerClock,
        open_port: OpenPortFunction,
        taps: Sequence[Tap] = (),
    ) -> None:
        """Make the cabinet; `taps`, one a port if any, are told what passes on the lines."""
        #: The server's settings; replaced when a new configuration comes.
        self.times = DoorTimes()
        #: What is known of the doors.
        self.book = DoorBook(layout.places, journal, clock)
        self._layout = layout
        self._journal = journal
        self._clock = clock
        self._cells_by_board = _cells_by_board(layout)
        self._ports = [
            self._make_port(
                index, port.line, port.driver(), open_port, taps[index] if taps else None
            )
            for index, port in enumerate(layout.ports)
        ]
        #: Held while a command is judged: the same id twice is judged once.
        self._judging = asyncio.Lock()
        #: Set to make a board's loop look at once.
        self._hurry = {key: asyncio.Event() for key in self._cells_by_board}
        #: Boards not yet looked at since the start.
        self._unseen = set(self._cells_by_board)
        #: Set when every board was looked at, answering or not.
        self.seen = asyncio.Event()
        #: Set while `run` runs; owns the tasks that carry commands out.
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def buses(self) -> tuple[Bus, ...]:
        """List the ports' buses, for showing their state."""
        return tuple(port.bus for port in self._ports)

    @property
    def cells(self) -> frozenset[int]:
        """List the cells that this cabinet has."""
        return self.book.cells

    # Life

    async def prepare(self) -> None:
        """Recall the doors and say of each command that was cut off that it is uncertain.

        Nothing is opened: what may have been sent is never sent again.

        Raises:
            SpoolError: the disk refuses; the cabinet must not serve.
        """
        await self.book.recall()

    async def run(self) -> None:
        """Serve the ports and watch the boards until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._tasks = group
            try:
                for index, port in enumerate(self._ports):
                    group.create_task(keep_running(f"bus {index}", port.bus.run))
                for key in self._cells_by_board:
                    group.create_task(keep_running(f"board {key}", partial(self._watch, key)))
                await keep_running("ticks", self._tick_forever)
            finally:
                self._tasks = None

    # Commands

    async def take(self, command_id: str, cell: int, deadline: datetime) -> Refusal | None:
        """Take a command that opens one cell: None when its intent is on disk.

        What becomes of it is told by events only. An id that was seen before changes
        nothing and gets the same answer. Once begun, the judging goes on although the caller
        is cancelled: a command on disk that nobody carries out would never end.
        """
        return await self._ask(cell, partial(self._recall_or_judge, command_id, cell, deadline))

    async def take_grant(self, grant_id: str, cell: int, not_after: datetime) -> Refusal | None:
        """Take an offline grant that was found good: None when its intent is on disk.

        Refused as `used` when anything under its id was ever sent, or may have been, or was
        the server's; as `withdrawn` by the server's word. A refusal leaves no mark: while
        certainly nothing was sent, the same grant may be shown again.
        """
        return await self._ask(cell, partial(self._judge_grant, grant_id, cell, not_after))

    async def withdraw(self, grant_id: str) -> Refusal | None:
        """Never carry out a grant: None when it was not used and now never will be."""
        return await self._ask(None, partial(self._withdraw, grant_id))

    async def _ask(
        self, cell: int | None, judge: Callable[[], Awaitable[Refusal | None]]
    ) -> Refusal | None:
        """Have a command judged; `cell` is what it opens, whose line waits for the disk."""
        if self._tasks is None:
            return Refusal("starting")
        place = self._layout.places.get(cell) if cell is not None else None
        if place is not None:
            self._ports[place.port].bus.hold_polls()
        answer: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()
        work = partial(self._answer, judge, answer)
        self._tasks.create_task(run_once("take", work))
        refusal = await answer
        if refusal is not None and place is not None:
            self._ports[place.port].bus.release_polls()
        return refusal

    async def _answer(
        self,
        judge: Callable[[], Awaitable[Refusal | None]],
        answer: asyncio.Future[Refusal | None],
    ) -> None:
        outcome: Refusal | None = Refusal("fault")
        try:
            async with self._judging:
                outcome = await judge()
        except SpoolError as error:
            log.error("command refused by the disk", extra={"why": str(error)})
            outcome = Refusal("disk")
        finally:
            if not answer.done():
                answer.set_result(outcome)

    async def _recall_or_judge(
        self, command_id: str, cell: int, deadline: datetime
    ) -> Refusal | None:
        known = await self._journal.command(command_id)
        if known is None:
            return await self._judge(command_id, cell, deadline)
        is_refused = known.kind is DoorEventKind.REFUSED
        return Refusal(known.reason or "refused") if is_refused else None

    async def _judge(self, command_id: str, cell: int, deadline: datetime) -> Refusal | None:
        not_after = self._clock.deadline(deadline)
        if not self._journal.disk.takes_opens:
            return Refusal("disk")
        reason = self._why_not(cell, not_after)
        now = self._clock.monotonic()
        if reason is not None or not_after is None:
            fact = Fact(DoorEventKind.REFUSED, now, command_id, reason=reason)
            await self.book.note(cell, fact)
            return Refusal(reason or "no_clock")
        await self._begin(partial(doors.asked, command_id=command_id, now=now), cell, not_after)
        return None

    async def _judge_grant(self, grant_id: str, cell: int, last: datetime) -> Refusal | None:
        known = await self._journal.command(grant_id)
        if known is not None and not known.is_unused_grant:
            return Refusal("withdrawn" if known.is_withdrawn else "used")
        if not self._journal.disk.takes_opens:
            return Refusal("disk")
        not_after = self._clock.deadline(last)
        reason = self._why_not(cell, not_after)
        if reason is not None or not_after is None:
            return Refusal(reason or "no_clock")
        now = self._clock.monotonic()
        asked = partial(doors.asked, command_id=grant_id, now=now, reason=BY_GRANT)
        await self._begin(asked, cell, not_after)
        return None

    async def _withdraw(self, grant_id: str) -> Refusal | None:
        known = await self._journal.command(grant_id)
        if known is None or known.is_unused_grant:
            await self._journal.withdraw(grant_id, self._clock.now())
        elif known.kind is not DoorEventKind.REFUSED:
            return Refusal("used")
        return None

    async def _begin(self, asked: Callable[[Door], Step], cell: int, not_after: float) -> None:
        """Write the intent, then have it carried out."""
        await self.book.move([(cell, asked)])
        work = partial(self._carry_out, cell, self._layout.places[cell], not_after)
        assert self._tasks is not None
        self._tasks.create_task(run_once("unlock", work))

    def _why_not(self, cell: int, not_after: float | None) -> str | None:
        place = self._layout.places.get(cell)
        if place is None:
            return "unknown_cell"
        door = self.book.door(cell)
        checks = (
            (not_after is None, "no_clock"),
            (not_after is not None and self._clock.monotonic() > not_after, "late"),
            (place.is_disabled, "out_of_service"),
            (door.is_unreachable, "unreachable"),
            (door.is_busy, "busy"),
        )
        return next((reason for is_so, reason in checks if is_so), None)

    async def _carry_out(self, cell: int, place: Place, not_after: float) -> None:
        port = self._ports[place.port]
        request = port.driver.unlock(place.board, place.channel)
        outcome = await port.bus.exchange(request, not_after=not_after)
        if isinstance(outcome, NotSent):
            now = self._clock.monotonic()
            await self.book.move_anyway(
                [(cell, partial(doors.not_sent, now=now, reason=outcome.reason))]
            )
            return
        frame = request.frame.hex()
        moves: list[Move] = [(cell, partial(doors.sent, at=outcome.sent_at, evidence=frame))]
        if isinstance(outcome, Answered) and not isinstance(outcome.answer, FaultAnswer):
            answer = outcome.answer.frame.hex()
            moves.append((cell, partial(doors.pulsed, at=outcome.at, evidence=answer)))
        await self.book.move_anyway(moves)
        self._hurry[(place.port, place.board)].set()

    # Watching

    async def _watch(self, key: BoardKey) -> NoReturn:
        index, board = key
        port = self._ports[index]
        pause_seconds = self._layout.ports[index].poll_seconds
        silences = 0
        while True:
            self._hurry[key].clear()
            not_after = self._clock.monotonic() + POLL_PATIENCE_SECONDS
            outcome = await port.bus.exchange(port.driver.read_all(board), not_after=not_after)
            if isinstance(outcome, Answered) and isinstance(outcome.answer, StatusAnswer):
                silences = 0
                await self._read(key, outcome, outcome.answer)
            elif _tells_of_silence(outcome, port.bus):
                silences += 1
                if silences == SILENCES:
                    log.warning("board unreachable", extra={"port": index, "board": board})
                if silences >= SILENCES:
                    await self._board_silent(key)
            self._mark_seen(key)
            is_sent = not isinstance(outcome, NotSent)
            await self._pause(
                key, pause_seconds if is_sent else max(pause_seconds, UNSENT_PAUSE_SECONDS)
            )

    async def _read(self, key: BoardKey, outcome: Answered, answer: StatusAnswer) -> None:
        read = partial(
            doors.sensed,
            asked_at=outcome.sent_at,
            at=outcome.at,
            evidence=answer.frame.hex(),
        )
        moves: list[Move] = [
            (cell, partial(read, state=answer.states[channel - 1]))
            for cell, channel in self._cells_by_board[key]
        ]
        await self.book.move_later(moves)

    async def _board_silent(self, key: BoardKey) -> None:
        now = self._clock.monotonic()
        cells = [cell for cell, _ in self._cells_by_board[key]]
        await self.book.move_later([(cell, partial(doors.silent, now=now)) for cell in cells])

    async def _pause(self, key: BoardKey, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry[key].wait()
        except TimeoutError:
            return

    def _reported(self, index: int, report: DoorReport) -> None:
        """Look at once: a report is a hint, and the reading that follows is the truth."""
        log.info("door reported", extra={"port": index, "frame": report.frame.hex()})
        hurry = self._hurry.get((index, report.board))
        if hurry is not None:
            hurry.set()

    def _look_at_all(self, index: int) -> None:
        """Look at every board of a port at once: it was opened."""
        for (port, _), hurry in self._hurry.items():
            if port == index:
                hurry.set()

    def _mark_seen(self, key: BoardKey) -> None:
        self._unseen.discard(key)
        if not self._unseen:
            self.seen.set()

    async def _tick_forever(self) -> None:
        while True:
            now = self._clock.monotonic()
            due = [door.cell for door in self.book.doors if self._would_tick(door, now)]
            if due:
                await self.book.move_later(
                    [(cell, partial(doors.tick, now=now, times=self.times)) for cell in due]
                )
            await asyncio.sleep(TICK_SECONDS)

    def _would_tick(self, door: Door, now: float) -> bool:
        return doors.tick(door, now, self.times)[0] is not door

    def readings(self) -> tuple[DoorReading, ...]:
        """Tell every door's last state, for the boot's snapshot and the local page."""
        return self.book.readings()

    def _make_port(
        self,
        index: int,
        line: LineSettings,
        driver: Driver,
        open_port: OpenPortFunction,
        tap: Tap | None,
    ) -> _Port:
        boards = [board for port, board in self._cells_by_board if port == index]
        bus = Bus(
            line,
            driver,
            open_port,
            lambda report, _at: self._reported(index, report),
            boards=boards,
            tap=tap,
        )
        bus.on_open = partial(self._look_at_all, index)
        return _Port(bus, driver)


def _tells_of_silence(outcome: Outcome, bus: Bus) -> bool:
    """Judge a look without an answer; one that a busy line kept waiting tells nothing."""
    if isinstance(outcome, NotSent):
        return bus.state is not BusState.READY
    return not isinstance(outcome, Answered)


def _cells_by_board(layout: Layout) -> dict[BoardKey, list[tuple[int, int]]]:
    """Group cells with their channels by port and board."""
    grouped: dict[BoardKey, list[tuple[int, int]]] = {}
    for cell, place in sorted(layout.places.items()):
        grouped.setdefault((place.port, place.board), []).append((cell, place.channel))
    return grouped
