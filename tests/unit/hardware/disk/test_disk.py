"""The disk's states, and a spool that may only have so much of it."""

import asyncio
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware.disk.journal import Journal
from hardware.disk.spool import Spool, SpoolError
from hardware.disk.state import TEXTS, Disk, DiskState
from realtime.wire.terminal import DoorEvent, DoorEventKind, DoorState


def changes(disk: Disk) -> list[DiskState]:
    seen: list[DiskState] = []
    disk.on_change = lambda: seen.append(disk.state)
    return seen


def test_each_state_is_told_once_and_ends() -> None:
    disk = Disk()
    seen = changes(disk)
    assert (disk.state, disk.takes_opens, disk.refuses) == (DiskState.READY, True, False)
    disk.filled(0.79, 10**9)
    disk.filled(0.8, 10**9)
    assert disk.takes_opens
    disk.filled(0.9, 10**9)
    assert (disk.takes_opens, disk.refuses) == (False, False)
    for _ in range(3):
        disk.refused("database or disk is full", is_full=True)
    assert (disk.takes_opens, disk.refuses) == (False, True)
    disk.refused("disk I/O error", is_full=False)
    disk.took()
    disk.filled(0.1, 10**6)
    disk.filled(0.1, None)
    assert seen == [
        *(DiskState.LOW, DiskState.SPOOL_FULL, DiskState.FULL, DiskState.FAULT),
        *(DiskState.SPOOL_FULL, DiskState.LOW, DiskState.READY),
    ]


def test_every_state_but_the_good_one_has_words_chinese_first() -> None:
    assert set(TEXTS) == set(DiskState) - {DiskState.READY}
    assert all("\u4e00" <= text[0] <= "\u9fff" for text in TEXTS.values())


def event(kind: DoorEventKind = DoorEventKind.SENSED_OPEN) -> DoorEvent:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return DoorEvent(number=1, cell=1, kind=kind, at=at, state=DoorState.OPEN, evidence="ab" * 20)


def test_over_its_size_a_spool_refuses_and_keeps_all_that_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", most_bytes=200_000)
    written = 0
    with pytest.raises(SpoolError) as told:
        while True:
            written += len(spool.record([event()] * 20))
    assert told.value.is_full
    assert spool.share() > 0.9
    assert spool.pending_count() == written
    with pytest.raises(Exception, match="full"):
        spool.try_room()
    spool.forget(written // 2)
    assert spool.share() < 0.7
    spool.try_room()
    (numbered,) = spool.record([event()])
    assert numbered.number == written + 1  # no number was lost to what was refused
    spool.close()


def test_the_room_that_was_tried_is_given_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", most_bytes=400_000)
    before = spool.share()
    for _ in range(20):
        spool.try_room()
    assert spool.share() == pytest.approx(before, abs=0.02)
    spool.close()


def test_the_usual_size_is_months_of_a_cabinet_that_is_offline(tmp_path: Path) -> None:
    """The arithmetic of docs/operations.md: 2500 events a day for 200 days fit."""
    spool = Spool(tmp_path / "s")
    used = spool.share()
    for _ in range(10):
        spool.record([event()] * 250)
    a_day = spool.share() - used
    assert 100 < days_to_stop(a_day) < 1000
    spool.close()


def days_to_stop(share_a_day: float) -> float:
    return 0.9 / share_a_day


class UnwillingSpool(Spool):
    """A spool on a disk that takes no note of what is sent."""

    def sending(self, up_to: int, refused: Iterable[str]) -> None:
        raise sqlite3.OperationalError("database or disk is full")


async def test_a_disk_that_noted_nothing_is_not_taken_for_an_older_one(tmp_path: Path) -> None:
    journal = Journal(UnwillingSpool(tmp_path / "spool.sqlite"), asyncio.Event())
    told = DoorEvent(
        number=1, cell=1, kind=DoorEventKind.TAMPERED, at=datetime.now(UTC), state=DoorState.OPEN
    )
    await journal.record([told, told])
    _, second = await journal.pending()
    Spool.sending(journal._spool, 1, [])  # the disk was well until then
    with pytest.raises(SpoolError):
        await journal.sending([second], [])
    assert not await journal.is_behind(second.number), "this process knows what it sent"
    assert await journal.is_behind(second.number + 1)
    await journal.close()
