"""The machine of a commissioning walk."""

import pytest

from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning.walk import Action, Found, Keep, Pulse, Result, Say, Stage, Stop, Walk
from hardware.commissioning.wiring import Wiring
from tests.unit.hardware.commissioning.boards import PaperBoard

EIGHT_A = PROTOCOLS["8a"]


class Cabinet:
    """A walk over one board on paper, with a clock of its own."""

    def __init__(
        self, channels: int = 3, found: list[Found] | None = None, **board: object
    ) -> None:
        self.board = PaperBoard(**board)  # type: ignore[arg-type]
        wirings = {1: Wiring(EIGHT_A, 1, EIGHT_A.options(channels=channels))}
        self.walk = Walk(wirings, first_cell=101, found=found or [])
        self.now = 1000.0
        self.pulses: list[Stop] = []
        self.kept = 0
        self.said = ""
        self.look()

    def do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Pulse(stop):
                    self.pulses.append(stop)
                    self.do(self.walk.pulsed(self.now))
                case Keep():
                    self.kept += 1
                case Say(text):
                    self.said = text

    def look(self, seconds: float = 0.5) -> None:
        self.now += seconds
        self.do(self.walk.read(1, self.board.frame(), self.now))
        self.do(self.walk.tick(self.now))

    def type(self, *lines: str) -> None:
        for line in lines:
            self.do(self.walk.answered(line))

    def open(self, door: int) -> None:
        self.board.open_doors.add(door)
        self.look()

    def close(self, door: int) -> None:
        self.board.open_doors.discard(door)
        self.look()

    def results(self) -> dict[int, tuple[int, str]]:
        return {s.channel: (f.cell, f.result.value) for s, f in self.walk.found.items()}


def test_a_walk_from_end_to_end() -> None:
    cabinet = Cabinet(channels=2)
    cabinet.type("yes")
    for door in (1, 2):
        cabinet.type("")
        cabinet.open(door)
        cabinet.type("")
        assert cabinet.walk.stage is Stage.CLOSING
        cabinet.close(door)
    assert cabinet.walk.stage is Stage.DONE
    assert cabinet.results() == {1: (101, "good"), 2: (102, "good")}
    assert cabinet.pulses == [Stop(1, 1), Stop(1, 2)]
    assert cabinet.kept == 3


@pytest.mark.parametrize("word", ["", "y", "no", "1", "s", "b", "r", "g", "o", "j"])
def test_only_yes_leads_to_the_first_pulse(word: str) -> None:
    cabinet = Cabinet()
    cabinet.type(word, word, word)
    assert (cabinet.walk.stage, cabinet.pulses) == (Stage.START, [])


def test_each_door_is_asked_for() -> None:
    cabinet = Cabinet()
    cabinet.type("yes")
    cabinet.look()
    assert cabinet.pulses == []
    cabinet.type("")
    cabinet.open(1)
    cabinet.type("")
    cabinet.close(1)
    cabinet.look(60)
    assert (cabinet.walk.stage, len(cabinet.pulses)) == (Stage.READY, 1)


def test_lines_typed_while_a_door_is_awaited_pulse_nothing() -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "", "", "", "yes")
    assert len(cabinet.pulses) == 1


def test_a_door_that_does_not_open_is_asked_about() -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "")
    cabinet.look(9.0)
    assert cabinet.walk.stage is Stage.WAITING
    cabinet.look(2.0)
    assert cabinet.walk.stage is Stage.UNSENSED
    cabinet.type("j", "")
    assert cabinet.results() == {1: (101, "jammed")}
    assert cabinet.walk.stop == Stop(1, 2)


def test_a_door_without_a_sensor_is_noted() -> None:
    cabinet = Cabinet(sensors={1: 0})
    cabinet.type("yes", "")
    cabinet.open(1)
    cabinet.look(11)
    cabinet.type("o", "7")
    assert cabinet.results() == {1: (7, "unsensed")}


def test_a_late_opening_counts() -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "")
    cabinet.look(11)
    cabinet.open(1)
    assert cabinet.walk.stage is Stage.NAMING
    cabinet.type("")
    assert cabinet.walk.found[Stop(1, 1)].seconds == 11.5


def test_crosswise_doors_make_a_cell_map() -> None:
    cabinet = Cabinet(channels=2)
    cabinet.type("yes")
    for door, cell in ((1, "102"), (2, "101")):
        cabinet.type("")
        cabinet.open(door)
        cabinet.type(cell)
        cabinet.close(door)
    assert cabinet.results() == {1: (102, "good"), 2: (101, "good")}


def test_a_cell_is_given_once() -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "")
    cabinet.open(1)
    cabinet.type("9")
    cabinet.close(1)
    cabinet.type("")
    cabinet.open(2)
    cabinet.type("9")
    assert (cabinet.walk.stage, "is board 1 channel 1 already" in cabinet.said) == (
        Stage.NAMING,
        True,
    )
    assert cabinet.walk.suggested_cell() == 10


@pytest.mark.parametrize("word", ["0", "1000", "x", "-1", "１", "1.5"])
def test_a_cell_that_is_none_is_asked_again(word: str) -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "")
    cabinet.open(1)
    cabinet.type(word)
    assert (cabinet.walk.stage, cabinet.results()) == (Stage.NAMING, {})


def test_two_doors_at_once_are_not_believed() -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "")
    cabinet.board.open_doors = {1, 3}
    cabinet.look()
    assert (cabinet.walk.stage, cabinet.results()) == (Stage.READY, {})
    assert "1, 3" in cabinet.said


def test_no_door_is_opened_while_another_is() -> None:
    cabinet = Cabinet()
    cabinet.type("yes")
    cabinet.open(3)
    cabinet.type("")
    assert (cabinet.pulses, "still open (channel 3)" in cabinet.said) == ([], True)
    cabinet.close(3)
    cabinet.type("")
    assert cabinet.pulses == [Stop(1, 1)]


def test_a_sensor_that_never_told_closed_stands_in_nobody_s_way() -> None:
    cabinet = Cabinet()
    cabinet.open(3)
    cabinet.type("yes", "")
    assert cabinet.pulses == [Stop(1, 1)]


def test_a_door_can_be_skipped_repeated_and_gone_back_to() -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "s")
    assert cabinet.walk.stop == Stop(1, 2)
    cabinet.type("b")
    assert cabinet.walk.stop == Stop(1, 1)
    cabinet.type("")
    cabinet.open(1)
    cabinet.type("r")
    cabinet.close(1)
    cabinet.type("")
    cabinet.open(1)
    cabinet.type("")
    cabinet.close(1)
    assert (cabinet.pulses, cabinet.walk.stop) == ([Stop(1, 1)] * 2, Stop(1, 2))


def test_a_door_that_stays_open_is_gone_on_from_by_word() -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "")
    cabinet.open(1)
    cabinet.type("")
    cabinet.type("", "x")
    assert cabinet.walk.stage is Stage.CLOSING
    cabinet.type("g")
    assert cabinet.walk.stage is Stage.READY
    cabinet.type("")
    assert cabinet.pulses == [Stop(1, 1), Stop(1, 2)]


def test_a_door_that_was_closed_while_naming_is_not_waited_for() -> None:
    cabinet = Cabinet()
    cabinet.type("yes", "")
    cabinet.open(1)
    cabinet.close(1)
    cabinet.type("")
    assert cabinet.walk.stage is Stage.READY


def test_a_refused_pulse_is_told_and_asked_about() -> None:
    cabinet = Cabinet()
    cabinet.type("yes")
    cabinet.walk.answered("")
    cabinet.do(cabinet.walk.refused("port_lost"))
    assert cabinet.walk.stage is Stage.UNSENSED
    cabinet.open(1)  # nobody asked for it
    assert cabinet.walk.stage is Stage.UNSENSED
    cabinet.close(1)
    cabinet.type("r", "")
    assert len(cabinet.pulses) == 1


@pytest.mark.parametrize("lines", [[], ["yes"], ["yes", ""]])
def test_quitting_keeps_what_was_found(lines: list[str]) -> None:
    cabinet = Cabinet()
    cabinet.type(*lines, "q")
    assert (cabinet.walk.stage, cabinet.kept) == (Stage.DONE, 1)


def test_a_walk_goes_on_where_it_ended() -> None:
    before = Found(stop=Stop(1, 1), result=Result.GOOD, cell=101)
    cabinet = Cabinet(found=[before])
    cabinet.type("yes", "")
    assert cabinet.pulses == [Stop(1, 2)]
    assert (cabinet.walk.untested, cabinet.walk.suggested_cell()) == (2, 102)


def test_a_walk_with_nothing_left_only_finishes() -> None:
    done = [Found(stop=Stop(1, n), result=Result.GOOD, cell=n) for n in (1, 2, 3)]
    cabinet = Cabinet(found=done)
    cabinet.type("yes")
    assert (cabinet.walk.stage, cabinet.pulses) == (Stage.DONE, [])


def test_open_doors_are_told_before_the_start() -> None:
    cabinet = Cabinet()
    cabinet.open(2)
    assert "board 1: these differ from most, an open door or no sensor: 2" in cabinet.walk.question


def test_every_waiting_stage_has_a_question() -> None:
    cabinet = Cabinet()
    questions = [cabinet.walk.question]
    for line in ("yes", ""):
        cabinet.type(line)
        questions.append(cabinet.walk.question)
    assert questions[-1] == ""
    cabinet.open(1)
    questions.append(cabinet.walk.question)
    cabinet.type("")
    questions.append(cabinet.walk.question)
    assert len({question for question in questions if question}) == 4
