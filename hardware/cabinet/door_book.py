"""What is known of every door, and on disk before it counts.

Steps of the doors' machine (`doors`) go in; their facts are numbered and written, then the
doors stand as they are after the step. One lock keeps facts in the order of events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from hardware.cabinet import doors
from hardware.cabinet.doors import Door, Fact, Step
from hardware.clock import ServerClock
from hardware.disk.journal import Journal
from hardware.disk.spool import DoorRow, SpoolError
from realtime.wire.terminal import DoorEvent, DoorReading, DoorState

log = logging.getLogger(__name__)

#: Events that are kept in memory for a disk that refuses: an hour of a busy cabinet.
MOST_OWED = 1000

#: A door's cell, and the step that it takes.
Move = tuple[int, Callable[[Door], Step]]


class DoorBook:
    """The doors of one cabinet. `recall` first."""

    def __init__(self, cells: Iterable[int], journal: Journal, clock: ServerClock) -> None:
        #: Called with what happened, once it counts.
        self.on_events: Callable[[list[DoorEvent]], None] = lambda _events: None
        self._journal = journal
        self._clock = clock
        self._doors = {cell: Door(cell) for cell in sorted(cells)}
        #: Held while facts are made and written, so that numbers follow the order of events.
        self._writing = asyncio.Lock()
        #: Events that the disk refused although what they tell was done; written first.
        self._owed: list[DoorEvent] = []
        #: Doors whose last state the disk does not have either.
        self._owed_cells: set[int] = set()

    async def recall(self) -> None:
        """Recall the doors and say of each command that was cut off that it is uncertain.

        On a full disk that is owed: nothing is opened until there is room, so it comes first.

        Raises:
            SpoolError: the disk cannot be read; the cabinet must not serve.
        """
        now = self._clock.monotonic()
        rows = await self._journal.doors()
        cut_off = await self._journal.cut_off()
        doubted = {row.cell: row.command_id for row in cut_off}
        for cell in self._doors:
            row = rows.get(cell, DoorRow(cell, DoorState.UNKNOWN))
            self._doors[cell] = doors.restored(
                cell,
                row.state,
                now,
                opened_by=row.opened_by,
                is_warned=row.is_warned,
                doubted=doubted.get(cell),
            )
        events = [self._event(row.cell, doors.cut_off(row.command_id, now)) for row in cut_off]
        try:
            await self._write(events, [])
        except SpoolError as error:
            log.error("facts owed", extra={"why": str(error)})
            self._owed += events

    # Reading

    @property
    def cells(self) -> frozenset[int]:
        """List the cells."""
        return frozenset(self._doors)

    @property
    def doors(self) -> tuple[Door, ...]:
        """List the doors as they stand."""
        return tuple(self._doors.values())

    def door(self, cell: int) -> Door:
        """Give one door as it stands."""
        return self._doors[cell]

    def readings(self) -> tuple[DoorReading, ...]:
        """Tell every door's last state, for the boot's snapshot and the local page.

        All are stale while the disk refuses: what has happened since is not written down.
        """
        refuses = self._journal.disk.refuses
        return tuple(
            DoorReading(cell=cell, state=door.state, stale=door.is_stale or refuses, item=door.item)
            for cell, door in self._doors.items()
        )

    # Writing

    async def move(self, moves: Sequence[Move]) -> None:
        """Step doors and write the facts; nothing changed if the disk refused.

        Raises:
            SpoolError: the disk refused.
        """
        async with self._writing:
            after, events = self._step(moves)
            rows = [_row(door) for cell, door in after.items() if self._is_news(cell, door)]
            if events or rows or self._owed:
                await self._write(events, rows)
            self._doors.update(after)
        if events:
            self.on_events(events)

    async def move_later(self, moves: Sequence[Move]) -> None:
        """Step doors by what was sensed, or by time; a disk that refuses takes it later.

        What an opening was is lost if only the last reading counts, so the facts are owed. Beyond
        `MOST_OWED` nothing changes instead: the next reading or tick tells it again.
        """
        async with self._writing:
            after, events = self._step(moves)
            rows = [_row(door) for cell, door in after.items() if self._is_news(cell, door)]
            try:
                if events or rows or self._owed:
                    await self._write(events, rows)
            except SpoolError as error:
                # With each reading again; that the disk refuses is logged once (`disk`).
                log.debug("facts not written", extra={"why": str(error)})
                if len(self._owed) + len(events) > MOST_OWED:
                    return
                self._owed += events
                self._owed_cells |= {row.cell for row in rows}
            self._doors.update(after)
        if events:
            self.on_events(events)

    async def move_anyway(self, moves: Sequence[Move]) -> None:
        """Step doors after something was done that cannot be undone.

        When the disk refuses, the events are owed and go before the next ones.
        """
        async with self._writing:
            after, events = self._step(moves)
            self._doors.update(after)
            try:
                await self._write(events, [])
            except SpoolError as error:
                log.error("facts owed", extra={"why": str(error)})
                self._owed += events
        self.on_events(events)

    async def note(self, cell: int, fact: Fact) -> None:
        """Write a fact that steps no door, of a cell that need not exist.

        Raises:
            SpoolError: the disk refused.
        """
        async with self._writing:
            await self._write([self._event(cell, fact)], [])

    # Private methods

    def _step(self, moves: Sequence[Move]) -> tuple[dict[int, Door], list[DoorEvent]]:
        after: dict[int, Door] = {}
        events: list[DoorEvent] = []
        for cell, move in moves:
            door, facts = move(after.get(cell, self._doors[cell]))
            after[cell] = door
            events += [self._event(cell, fact, door.state) for fact in facts]
        return after, events

    async def _write(self, events: list[DoorEvent], rows: list[DoorRow]) -> None:
        given = {row.cell for row in rows}
        owed = [_row(self._doors[cell]) for cell in sorted(self._owed_cells - given)]
        await self._journal.record([*self._owed, *events], [*owed, *rows])
        self._owed.clear()
        self._owed_cells.clear()

    def _is_news(self, cell: int, after: Door) -> bool:
        return _row(after) != _row(self._doors[cell])

    def _event(self, cell: int, fact: Fact, state: DoorState | None = None) -> DoorEvent:
        door = self._doors.get(cell)
        known = door.state if door is not None else DoorState.UNKNOWN
        return DoorEvent(
            number=1,  # the spool gives the real one
            cell=cell,
            kind=fact.kind,
            at=self._clock.wall_of(fact.at),
            state=state or known,
            command_id=fact.command_id,
            reason=fact.reason,
            evidence=fact.evidence,
            source=fact.source,
            item=fact.item,
        )


def _row(door: Door) -> DoorRow:
    return DoorRow(door.cell, door.state, door.opened_by, door.is_warned)
