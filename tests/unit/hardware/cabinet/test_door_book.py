"""Facts while the disk refuses: owed in their order, and written with the doors' last states."""

import asyncio
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from hardware.cabinet import door_book, doors
from hardware.cabinet.door_book import DoorBook
from hardware.clock import ServerClock
from hardware.disk.journal import Journal
from hardware.disk.spool import DoorRow, Spool, SpoolError
from realtime.wire.terminal import DoorEvent, DoorEventKind, DoorState

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED


class RefusingSpool(Spool):
    """A spool whose disk takes nothing while `refuses`."""

    refuses = False

    def record(
        self, events: Iterable[DoorEvent], doors: Iterable[DoorRow] = ()
    ) -> tuple[DoorEvent, ...]:
        if self.refuses:
            raise SpoolError("disk I/O error")
        return super().record(events, doors)


async def read(book: DoorBook, at: float, state: DoorState) -> None:
    step = partial(doors.sensed, state=state, asked_at=at, at=at, evidence="80")
    await book.move_later([(3, step)])


async def an_opening(book: DoorBook, spool: RefusingSpool) -> None:
    """Ask and write it; then the disk refuses while the door opens and closes."""
    await read(book, 1.0, CLOSED)
    await book.move([(3, partial(doors.asked, command_id="c1", now=2.0))])
    spool.refuses = True
    await book.move_anyway([(3, partial(doors.sent, at=2.1, evidence="8a"))])
    await read(book, 3.0, OPEN)
    await read(book, 4.0, CLOSED)
    spool.refuses = False


async def test_an_opening_while_the_disk_refuses_is_told_in_order_and_is_no_jam(
    tmp_path: Path,
) -> None:
    spool = RefusingSpool(tmp_path / "spool.sqlite")
    journal = Journal(spool, asyncio.Event())
    book = DoorBook([3], journal, ServerClock(lambda: 0.0))
    await an_opening(book, spool)
    await book.move_later([(3, partial(doors.tick, now=9.0, times=doors.DoorTimes()))])
    assert [event.kind for event in await journal.pending()][-4:] == [
        DoorEventKind.ASKED,
        DoorEventKind.SENT,
        DoorEventKind.SENSED_OPEN,
        DoorEventKind.SENSED_CLOSED,
    ]
    assert (await journal.doors())[3].state is CLOSED
    await journal.close()


async def test_what_is_owed_is_bounded_and_the_rest_is_told_by_the_next_reading(
    tmp_path: Path,
) -> None:
    spool = RefusingSpool(tmp_path / "spool.sqlite")
    journal = Journal(spool, asyncio.Event())
    book = DoorBook([3], journal, ServerClock(lambda: 0.0))
    await read(book, 1.0, CLOSED)
    spool.refuses = True
    for second in range(2, door_book.MOST_OWED + 50):
        await read(book, float(second), OPEN if second % 2 == 0 else CLOSED)
    assert book.door(3).state is CLOSED
    spool.refuses = False
    await read(book, 5000.0, OPEN)
    assert (await journal.doors())[3].state is OPEN
    assert await journal.pending_count() <= door_book.MOST_OWED + 2
    await journal.close()
