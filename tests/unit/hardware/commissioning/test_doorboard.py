"""What a watcher tells and draws of its boards."""

import re

import pytest

from hardware.codecs.driver import FaultAnswer, StatusAnswer
from hardware.commissioning.doorboard import BoardSeen, Picture, PortSeen, drawn
from hardware.line.exchange import Answered, NotSent, Silent
from realtime.wire.terminal import DoorState

OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED


def seen(count: int = 3, first: int = 1) -> BoardSeen:
    return BoardSeen(1, {n: first + n - 1 for n in range(1, count + 1)})


def status(*states: DoorState, items: tuple[bool, ...] | None = None) -> Answered:
    return Answered(0.0, 0.1, StatusAnswer(1, states, b"\x80", items))


def test_the_first_reading_is_one_line() -> None:
    assert seen().note(status(CLOSED, OPEN, CLOSED)) == ["answers: 2 closed, door 2 open"]


def test_only_what_changed_is_told() -> None:
    board = seen(first=101)
    board.note(status(CLOSED, CLOSED, CLOSED, items=(False, False, False)))
    assert board.note(status(CLOSED, CLOSED, CLOSED, items=(False, False, False))) == []
    assert board.note(status(OPEN, CLOSED, CLOSED, items=(False, False, True))) == [
        "door 101 open",
        "door 103 has an item",
    ]
    assert board.note(status(CLOSED, CLOSED, CLOSED, items=(False, False, False))) == [
        "door 101 closed",
        "door 103 is empty",
    ]
    assert (board.answers, board.silences) == (4, 0)


def test_silence_and_faults_are_told_once_and_their_end() -> None:
    board = seen(1)
    board.note(status(CLOSED))
    fault = Answered(0.0, 0.1, FaultAnswer(1, 0, "illegal data address", b""))
    told = [board.note(Silent(0.0)), board.note(Silent(0.0)), board.note(fault)]
    assert told == [["silent"], [], ["says no: illegal data address"]]
    assert board.note(NotSent("unreachable")) == ["not asked: the port is not open"]
    assert board.note(status(OPEN)) == ["answers again", "door 1 open"]
    assert (board.answers, board.silences) == (3, 2)


def test_doors_beyond_the_answer_are_unknown() -> None:
    board = seen(2)
    board.note(status(CLOSED))
    assert [state for _, state, _ in board.doors()] == [CLOSED, DoorState.UNKNOWN]


def picture() -> Picture:
    board = seen(24)
    board.note(status(OPEN, *[CLOSED] * 23, items=(False, True, *[False] * 22)))
    silent = seen(8, 901)
    silent.note(Silent(0.0))
    port = PortSeen("/dev/serial/by-id/usb-" + "long" * 20, "8a", 9600, [board, silent], "ready")
    shown = Picture([port])
    shown.changes.extend(["12:00:00  board 1  door 1 open " + "x" * 200] * 3)
    return shown


def plain(lines: list[str]) -> list[str]:
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]


@pytest.mark.parametrize("width", [10, 20, 40, 80, 133, 250])
@pytest.mark.parametrize("height", [2, 5, 24, 60])
def test_a_picture_fits_its_terminal(width: int, height: int) -> None:
    lines = plain(drawn(picture(), width, height))
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)


def test_a_picture_says_all() -> None:
    lines = plain(drawn(picture(), 80, 40))
    text = "\n".join(lines)
    assert "   1 O     2 c*    3 c" in text
    assert " board 1  answers 0  silences 1  silent" in text
    assert sum("door 1 open" in line for line in lines) == 3
    assert "O open  c closed  ? unknown" in lines[-1]
