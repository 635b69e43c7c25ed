"""The frame log: every unlock is found, equal polls are counted, a full disk stops nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from hardware.codecs.driver import (
    DoorReport,
    FaultAnswer,
    ReleaseAnswer,
    Request,
    StatusAnswer,
    UnlockAnswer,
)
from hardware.codecs.registry import PROTOCOLS
from hardware.line import frame_file
from hardware.line.exchange import Silent
from hardware.line.frame_file import FrameFile, FrameLogSettings
from hardware.line.frame_log import KEPT_LINES, MAX_DROPPED_LINES, FrameLog
from hardware.line.frame_words import reader_of_dropped
from realtime.wire.cabinets import MOST_WORDS, FramesTold, FrameWay
from realtime.wire.envelope import MAX_TERMINAL_FRAME
from realtime.wire.terminal import DoorState
from tests.waiting import eventually

SPEC = PROTOCOLS["8a"]
OPTIONS = SPEC.options(channels=24)
DRIVER = SPEC.driver({1: OPTIONS, 2: OPTIONS})
READ, READ_2 = DRIVER.read_all(1), DRIVER.read_all(2)
UNLOCK = DRIVER.unlock(1, 3)
CLOSED = bytes.fromhex("8001ffffff334d")
CLOSED_2 = bytes.fromhex("8002ffffff334e")
OPEN_3 = bytes.fromhex("8001fffffb3349")
UNLOCKED = bytes.fromhex("8a01031199")


class Clock:
    """A clock that is told the time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=10)
        return self.now


def made(clock: Clock | None = None) -> FrameLog:
    return FrameLog(clock or Clock(), reader_of_dropped(SPEC, OPTIONS))


def poll(log: FrameLog, answer: bytes = CLOSED, request: Request = READ) -> None:
    log.sent(request)
    log.heard(DRIVER.decode(answer, request))


def texts(log: FrameLog) -> list[str]:
    return [line.split(" ", 1)[1] for line in log.lines]


def test_a_line_has_time_direction_bytes_and_words() -> None:
    log = made()
    log.sent(UNLOCK)
    log.heard(DRIVER.decode(UNLOCKED, UNLOCK))
    assert log.lines == (
        "2026-05-01T04:00:00.020Z → 8a01031199 unlock board 1 channel 3",
        "2026-05-01T04:00:00.030Z ← 8a01031199 unlock answered, board 1 channel 3",
    )


def test_polls_as_before_are_counted_and_what_is_news_is_told() -> None:
    log = made()
    for _ in range(5):
        poll(log)
        poll(log, CLOSED_2, READ_2)
    log.sent(UNLOCK)
    poll(log, OPEN_3)
    poll(log, OPEN_3)
    poll(log)
    assert texts(log) == [
        "→ 80010033b2 read board 1",
        "← 8001ffffff334d board 1: all 24 closed",
        "→ 80020033b1 read board 2",
        "← 8002ffffff334e board 2: all 24 closed",
        "… 8 polls as before",
        "→ 8a01031199 unlock board 1 channel 3",
        "→ 80010033b2 read board 1",
        "← 8001fffffb3349 board 1: open 3",
        "… 1 polls as before",
        "→ 80010033b2 read board 1",
        "← 8001ffffff334d board 1: all 24 closed",
    ]


def test_counted_polls_are_told_once_a_minute() -> None:
    clock = Clock()
    log = made(clock)
    poll(log)
    for _ in range(4):
        clock.now += timedelta(seconds=25)
        poll(log)
    assert texts(log)[2:] == ["… 3 polls as before"]


def test_a_silent_board_is_told_once() -> None:
    log = made()
    for _ in range(3):
        log.sent(READ)
        log.silent(READ, Silent(0.0))
    poll(log)
    assert texts(log) == [
        "→ 80010033b2 read board 1",
        "! no answer to read board 1 (silent)",
        "… 2 polls as before",
        "→ 80010033b2 read board 1",
        "← 8001ffffff334d board 1: all 24 closed",
    ]


def test_an_unlock_that_nobody_answers_by_design_is_not_called_unanswered() -> None:
    spec = PROTOCOLS["kerong-cu48"]
    driver = spec.driver({1: spec.options(channels=8)})
    log = made()
    log.sent(driver.unlock(1, 3))
    log.silent(driver.unlock(1, 3), Silent(0.0))
    log.silent(driver.unlock(1, 3), Silent(0.0, "port_lost"))
    assert texts(log) == [
        "→ 020102510359 unlock board 1 channel 3",
        "! no answer to unlock board 1 channel 3 (port_lost)",
    ]


def test_dropped_bytes_are_told_as_one_run_with_their_reason() -> None:
    log = made()
    log.sent(READ)
    for byte in b"\xfa\xfd\x99\x99":
        log.dropped(bytes([byte]))
    log.heard(DRIVER.decode(CLOSED, READ))
    for byte in CLOSED_2:
        log.dropped(bytes([byte]))
    log.noted("port lost: lost")
    found = texts(log)
    assert found[0] == "→ 80010033b2 read board 1"
    assert found[1].startswith("≠ fafd9999 dropped: ")
    assert found[2] == "← 8001ffffff334d board 1: all 24 closed"
    assert found[3] == "≠ 8002ffffff334e dropped, not awaited: status board 2"
    assert found[4] == "! port lost: lost"


def test_a_noisy_line_does_not_fill_the_log() -> None:
    log = made()
    for _ in range(100):
        log.sent(READ)
        log.dropped(b"\xfa")
        log.heard(DRIVER.decode(CLOSED, READ))
    log.dropped(b"\xfa" * 1000)
    log.sent(UNLOCK)
    noisy = [text for text in texts(log) if text.startswith("≠")]
    assert len(noisy) <= 4 * MAX_DROPPED_LINES  # four seconds
    assert any("more bytes dropped" in text for text in texts(log))
    assert all(len(line) < 300 for line in log.lines)


def test_everything_that_boards_say_has_words() -> None:
    log = made()
    both = (DoorState.OPEN, DoorState.OPEN, DoorState.CLOSED)
    for frame in (
        UnlockAnswer(1, 2, b"\x01"),
        StatusAnswer(1, both, b"\x02", items=(True, False, True)),
        StatusAnswer(1, both[:2], b"\x03", items=(False, False)),
        DoorReport(1, 4, DoorState.OPEN, b"\x04"),
        FaultAnswer(1, 0, "illegal data address", b"\x05"),
        ReleaseAnswer(2, b"\x06"),
    ):
        log.heard(frame)
    assert texts(log) == [
        "← 01 unlock answered, board 1 channel 2",
        "← 02 board 1: closed 3, items 1 3",
        "← 03 board 1: all 2 open, no items",
        "← 04 report, board 1 channel 4: open",
        "← 05 refused by board 1: illegal data address",
        "← 06 release answered, board 2",
    ]


def test_only_the_last_lines_stay_in_memory() -> None:
    log = made()
    for _ in range(KEPT_LINES + 10):
        log.sent(UNLOCK)
    assert len(log.lines) == KEPT_LINES


# The file


@contextlib.asynccontextmanager
async def writing(settings: FrameLogSettings) -> AsyncIterator[FrameFile]:
    file = FrameFile(settings, "port0")
    task = asyncio.create_task(file.run())
    try:
        await asyncio.sleep(0)  # it has begun: from now on what is put is written
        yield file
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def first_letters(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text()[0] for path in directory.iterdir()}


async def test_lines_can_be_read_while_it_goes_on(tmp_path: Path) -> None:
    async with writing(FrameLogSettings(tmp_path / "frames")) as file:
        file.put("一 → 8a")
        await eventually(lambda: file.path.exists() and file.path.read_text() == "一 → 8a\n")
        file.put("last")
    assert file.path.read_text() == "一 → 8a\nlast\n"


async def test_files_are_rotated_and_the_oldest_goes(tmp_path: Path) -> None:
    settings = FrameLogSettings(tmp_path, max_bytes=100, files=3)
    for number in range(6):
        async with writing(settings) as file:
            file.put(f"{number}" * 120)
    assert first_letters(tmp_path) == {"port0.log": "5", "port0.log.1": "4", "port0.log.2": "3"}
    async with writing(FrameLogSettings(tmp_path, max_bytes=100, files=1)) as file:
        file.put("alone")
    assert file.path.read_text() == "alone\n"


async def test_a_disk_that_refuses_costs_lines_and_is_told(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(frame_file, "BATCH_SECONDS", 0.01)
    blocked = tmp_path / "frames"
    blocked.write_text("a file where the directory should be")
    async with writing(FrameLogSettings(blocked)) as file:
        file.put("one")
        await eventually(lambda: file.lost == 1)
        file.put("two")
        await eventually(lambda: file.lost == 2)
        blocked.unlink()
        file.put("three")
        await eventually(lambda: file.path.exists())
    assert file.path.read_text() == "\n! 2 lines lost: the disk refused them\nthree\n"


async def test_a_full_disk_is_survived(monkeypatch) -> None:
    """The device that is always full: opening works, writing does not."""
    monkeypatch.setattr(frame_file, "BATCH_SECONDS", 0.01)
    async with writing(FrameLogSettings(Path("/dev"))) as file:
        file.path = Path("/dev/full")
        file.put("one")
        await eventually(lambda: file.lost == 1)


def test_lines_that_wait_are_bounded(tmp_path: Path) -> None:
    file = FrameFile(FrameLogSettings(tmp_path), "port0")
    for _ in range(frame_file.MAX_WAITING + 7):
        file.put("line")
    assert file.lost == 7


def test_the_server_is_told_the_same_lines_in_their_parts() -> None:
    log = made()
    log.noted("open at 9600 baud")
    poll(log)
    log.dropped(b"\xfa\xfd" * 40)
    log.silent(UNLOCK, Silent(0.0))
    log.heard(FaultAnswer(board=1, channel=3, reason="r" * 300, frame=UNLOCKED))
    log.noted("port lost: unplugged")
    told = log.told()
    assert [(line.way, line.is_error) for line in told] == [
        (FrameWay.NOTED, False),
        (FrameWay.SENT, False),
        (FrameWay.HEARD, False),
        (FrameWay.DROPPED, True),
        (FrameWay.NOTED, True),
        (FrameWay.HEARD, True),
        (FrameWay.NOTED, True),
    ]
    assert (told[2].hex, told[2].words) == (CLOSED.hex(), "board 1: all 24 closed")
    assert told[3].hex == "fafd" * 32 + "…"
    assert len(told[5].words) == MOST_WORDS
    assert [line.at for line in told] == sorted(line.at for line in told)


def test_what_is_told_at_most_fits_an_agent_s_frame() -> None:
    log = made()
    for _ in range(2 * KEPT_LINES):
        log.heard(FaultAnswer(board=1, channel=3, reason="\u4e8c" * 300, frame=b"\xff" * 90))
    told = FramesTold(id="f" * 64, port=99, lines=log.told())
    assert len(told.lines) == KEPT_LINES
    encoded = msgspec.json.encode(told)
    assert len(encoded) < MAX_TERMINAL_FRAME
    assert msgspec.json.decode(encoded, type=FramesTold) == told
