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

from hardware.cabinet import doors, withdrawal
from hardware.cabinet.door_book import DoorBook, Move
from hardware.cabinet.doors import Door, DoorTimes, Step
from hardware.cabinet.watch import Blank, BoardKey, BoardWatch, Look
from hardware.clock import ServerClock
from hardware.codecs.driver import DoorReport, Driver, FaultAnswer
from hardware.config import Layout, Place
from hardware.disk.journal import Journal
from hardware.disk.spool import BY_GRANT, SpoolError
from hardware.line.bus import Bus, OpenPortFunction
from hardware.line.exchange import Answered, LineSettings, NotSent, Tap
from hardware.supervision import keep_running, run_once
from realtime.wire.health import BoardHealth
from realtime.wire.terminal import DoorEventKind, DoorReading

log = logging.getLogger(__name__)

#: How often time is told to the doors: jams and doors left open are this much late at most.
TICK_SECONDS = 0.1


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
        self._watches = {key: self._make_watch(key) for key in self._cells_by_board}
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
    def boards(self) -> tuple[BoardHealth, ...]:
        """List the boards, whether they answer and what they refuse with."""
        return tuple(
            BoardHealth(
                port=index,
                address=address,
                is_answering=watch.is_answering,
                fault=watch.fault or watch.unlock_fault,
            )
            for (index, address), watch in self._watches.items()
        )

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
                for key, watch in self._watches.items():
                    group.create_task(keep_running(f"board {key}", watch.run))
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

    async def withdraw(self, grant_id: str, issued_at: datetime | None = None) -> Refusal | None:
        """Never carry out a grant: None when it was not used and now never will be.

        Refused as `forgotten` when nothing is known of it and it was issued before this disk
        began to remember: it may have been used all the same.
        """
        return await self._ask(None, partial(self._withdraw, grant_id, issued_at))

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
        not_after = self._clock.last_moment(deadline)
        if not self._journal.disk.takes_opens:
            return Refusal("disk")
        reason = self._why_not(cell, not_after)
        now = self._clock.monotonic()
        if reason is not None or not_after is None:
            fact = doors.refused(command_id, now, reason or "no_clock")
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

    async def _withdraw(self, grant_id: str, issued_at: datetime | None) -> Refusal | None:
        known = await self._journal.command(grant_id)
        since = await self._journal.since() if known is None else None
        reason = withdrawal.why_not(known, issued_at, since)
        if reason is not None:
            return Refusal(reason)
        if known is None or known.is_unused_grant:
            await self._journal.withdraw(grant_id, self._clock.now())
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
        if door.is_unreachable:
            self._watches[(place.port, place.board)].hurry()  # it rests: somebody wants it now
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
        watch = self._watches[(place.port, place.board)]
        if isinstance(outcome, Answered):
            watch.answered_unlock(outcome.answer)
            moves.append((cell, _answered(outcome)))
        await self.book.move_anyway(moves)
        watch.hurry()

    # Watching

    def is_news(self, key: BoardKey, look: Look) -> bool:
        """Tell whether a look would change anything that is told of its doors."""
        for cell, move in self._moves_by(key, look):
            before = self.book.door(cell)
            after, facts = move(before)
            if facts or after.state is not before.state:
                return True
        return False

    async def saw(self, key: BoardKey, look: Look) -> None:
        """Take a look at a board that counts."""
        await self.book.move_later(self._moves_by(key, look))

    async def lost_sight(self, key: BoardKey, why: Blank) -> None:
        """Say that a board's doors are unreachable."""
        now = self._clock.monotonic()
        silent = partial(
            doors.silent, now=now, reason=why.reason, evidence=why.evidence, source=why.source
        )
        await self.book.move_later([(cell, silent) for cell, _ in self._cells_by_board[key]])

    def tried(self, key: BoardKey) -> None:
        """Note that a board was looked at, answering or not."""
        self._unseen.discard(key)
        if not self._unseen:
            self.seen.set()

    def _moves_by(self, key: BoardKey, look: Look) -> list[Move]:
        read = partial(doors.sensed, asked_at=look.asked_at, at=look.at, evidence=look.evidence)
        return [
            (cell, partial(read, state=look.states[channel - 1], item=look.items[channel - 1]))
            for cell, channel in self._cells_by_board[key]
        ]

    def _reported(self, index: int, report: DoorReport) -> None:
        """Look at once: a report is a hint, and the reading that follows is the truth."""
        log.info("door reported", extra={"port": index, "frame": report.frame.hex()})
        watch = self._watches.get((index, report.board))
        if watch is not None:
            watch.hurry()

    def _look_at_all(self, index: int) -> None:
        """Look at every board of a port at once: it was opened."""
        for (port, _), watch in self._watches.items():
            if port == index:
                watch.hurry()

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

    def _make_watch(self, key: BoardKey) -> BoardWatch:
        layout, port = self._layout.ports[key[0]], self._ports[key[0]]
        return BoardWatch(
            key,
            port.bus,
            port.driver,
            self,
            self._clock.monotonic,
            poll_seconds=layout.poll_seconds,
            is_guarded=layout.spec.is_guarded,
        )


def _answered(outcome: Answered) -> Callable[[Door], Step]:
    """Read a board's answer to an unlock: it took it, or says why not."""
    answer, frame = outcome.answer, outcome.answer.frame.hex()
    if isinstance(answer, FaultAnswer):
        # Not the end of the command: an answer says nothing of the door, the sensor tells.
        return partial(doors.declined, reason=answer.reason, evidence=frame)
    return partial(doors.pulsed, at=outcome.at, evidence=frame)


def _cells_by_board(layout: Layout) -> dict[BoardKey, list[tuple[int, int]]]:
    """Group cells with their channels by port and board."""
    grouped: dict[BoardKey, list[tuple[int, int]]] = {}
    for cell, place in sorted(layout.places.items()):
        grouped.setdefault((place.port, place.board), []).append((cell, place.channel))
    return grouped
