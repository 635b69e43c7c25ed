"""The judge of doors: it accepts exactly what a killed agent may say, and catches each lie."""

from dataclasses import replace

import pytest

from realtime.wire.terminal import DoorEventKind
from server.proof.door_truth import Edge, Life, Look, Pulse, Record, Told, Truth, Verdict, Wish
from server.proof.edges import judge

K = DoorEventKind
FAULTS = (
    "missed", "invented", "doubled", "disordered", "misnamed", "unwatched",
    "opened_without_command", "opened_twice", "sent_untruly", "final_states_wrong",
)  # fmt: skip


class Story:
    """A board of two doors, looked at every 0.1 s, told as it goes on."""

    def __init__(self) -> None:
        self.now = 100.0
        self.open: set[int] = set()
        self.lives: list[Life] = []
        self.looks: list[Look] = []
        self.edges: list[Edge] = []
        self.pulses: list[Pulse] = []
        self.told: list[Told] = []
        self.wishes: list[Wish] = []
        self.began: float | None = None

    def start(self) -> "Story":
        self.now += 0.5
        self.began = self.now
        return self

    def kill(self) -> "Story":
        assert self.began is not None
        self.lives.append(Life(self.began, self.now))
        self.began = None
        self.now += 0.05
        return self

    def look(self, times: int = 1) -> "Story":
        for _ in range(times):
            self.looks.append(Look(self.now, self.now + 0.01, frozenset(self.open)))
            self.now += 0.1
        return self

    def move(self, cell: int) -> "Story":
        self.open ^= {cell}
        self.edges.append(Edge(self.now, cell, cell in self.open))
        self.now += 0.01
        return self

    def pulse(self, cell: int) -> "Story":
        self.pulses.append(Pulse(self.now, cell))
        self.now += 0.01
        return self

    def tell(self, kind: K, cell: int = 1, command: str | None = None) -> "Story":
        is_open = kind in (K.SENSED_OPEN, K.TAMPERED)
        if kind not in (K.SENSED_OPEN, K.TAMPERED, K.SENSED_CLOSED):
            is_open = cell in self.open
        number = len(self.told) + 1
        self.told.append(
            Told(number=number, cell=cell, kind=kind, is_open=is_open, at=self.now, command=command)
        )
        return self

    def wish(self, name: str, cell: int = 1, seconds: float = 5.0) -> "Story":
        self.wishes.append(Wish(id=name, cell=cell, deadline=self.now + seconds))
        return self

    def judged(self, told: list[Told] | None = None) -> Verdict:
        truth = Truth(
            cells=(1, 2),
            lives=tuple(self.lives),
            looks=tuple(self.looks),
            edges=tuple(self.edges),
            pulses=tuple(self.pulses),
            open_at_end=frozenset(self.open),
        )
        record = Record(
            told=tuple(self.told if told is None else told),
            wishes=tuple(self.wishes),
            open_at_end=frozenset(self.open),
        )
        return judge(truth, record)


def faults(verdict: Verdict) -> dict[str, int]:
    return {name: getattr(verdict, name) for name in FAULTS if getattr(verdict, name)}


def opened_by_command() -> Story:
    story = Story().start().look(2).wish("c1").tell(K.ASKED, command="c1")
    story.pulse(1).tell(K.SENT, command="c1").tell(K.PULSED, command="c1").look().move(1)
    story.look().tell(K.SENSED_OPEN, command="c1").look(2).move(1)
    return story.look().tell(K.SENSED_CLOSED, command="c1").look(2)


def hand_moves() -> Story:
    """Door 1 opens, door 2 opens, door 1 closes."""
    story = Story().start().look(2)
    story.move(1).look().tell(K.TAMPERED).look().move(2).look().tell(K.TAMPERED, 2).look()
    return story.move(1).look().tell(K.SENSED_CLOSED).look(2)


# What is permitted


def test_a_command_s_open_and_close_are_right() -> None:
    verdict = opened_by_command().kill().judged()
    assert faults(verdict) == {}
    assert (verdict.edges_true, verdict.edges_counting, verdict.reported) == (2, 2, 2)


def test_hands_are_right_and_quick_flicks_are_nobody_s_duty() -> None:
    story = hand_moves().move(1).move(1).look(2).kill()
    verdict = story.judged()
    assert faults(verdict) == {}
    assert (verdict.edges_true, verdict.edges_counting) == (5, 3)


@pytest.mark.parametrize("is_written", [True, False])
def test_the_last_look_of_a_life_may_have_been_written_or_not(is_written: bool) -> None:
    story = Story().start().look(2).move(1).look()
    if is_written:
        story.tell(K.TAMPERED)
    story.kill().start().look()
    if not is_written:
        story.tell(K.CHANGED_DURING_OUTAGE)
    verdict = story.look(2).kill().judged()
    assert faults(verdict) == {}


def test_what_moved_during_the_outage_is_one_change_and_twice_is_none() -> None:
    story = Story().start().look(2).kill().move(1).start().look()
    story.tell(K.CHANGED_DURING_OUTAGE).look().kill().move(1).move(1).start().look(3).kill()
    verdict = story.judged()
    assert faults(verdict) == {}
    assert (verdict.changes_during_outages, verdict.edges_counting) == (1, 0)


def test_a_look_before_a_time_out_s_rest_may_not_have_been_taken() -> None:
    story = Story().start().look(2).move(1).look().move(1)
    story.now += 1.2
    assert faults(story.look(2).kill().judged()) == {}


def test_a_look_that_the_boards_heard_late_may_not_have_been_taken_either() -> None:
    """Its answer was long in coming, and the next one's rest was counted from its asking."""
    story = Story().start().look(2).move(1)
    story.looks.append(Look(story.now, story.now + 0.4, frozenset(story.open)))
    story.now += 0.9  # a time-out of 0.3 s and the rest of 1 s, less 0.4 s until it was heard
    story.move(1)
    assert faults(story.look(2).kill().judged()) == {}


def test_a_board_given_up_after_looks_that_told_nothing_shows_an_outage_s_change() -> None:
    """The boards answered each look, and the agent was too busy to hear them in time."""
    story = Story().start().look(2).move(1)
    for _ in range(3):
        story.look()
        story.now += 1.2
    story.look().tell(K.CHANGED_DURING_OUTAGE).look(2).kill()
    assert faults(story.judged()) == {}


def test_a_door_first_seen_after_its_unlock_may_have_been_opened_by_it() -> None:
    """A life's first look was lost, and a command came before the next: all it saw comes then."""
    story = Story().start().look(2).kill().move(2).start().look().wish("c1")
    story.tell(K.ASKED, command="c1").pulse(1).tell(K.SENT, command="c1").move(1)
    story.now += 1.2
    story.look().tell(K.SENSED_OPEN, command="c1").tell(K.CHANGED_DURING_OUTAGE, 2)
    assert faults(story.look(2).kill().judged()) == {}


def test_an_event_may_be_dated_by_a_clock_that_was_measured_badly() -> None:
    """An answer without an edge is known by its order; by its date it would be an invention."""
    story = Story().start().look(2).move(1).look().tell(K.TAMPERED).look().wish("c1")
    story.tell(K.ASKED, command="c1").pulse(1).tell(K.SENT, command="c1").look()
    story.tell(K.SENSED_OPEN, command="c1").look(2).kill()
    story.told[-1] = replace(story.told[-1], at=story.told[-1].at + 1.2)
    assert faults(story.judged()) == {}


def test_a_command_on_an_open_door_is_answered_without_an_edge() -> None:
    story = Story().start().look(2).move(1).look().tell(K.TAMPERED).look().wish("c1")
    story.tell(K.ASKED, command="c1").pulse(1).tell(K.SENT, command="c1").look()
    story.tell(K.SENSED_OPEN, command="c1").look(2)
    assert faults(story.kill().judged()) == {}


@pytest.mark.parametrize("pulses", [0, 1])
def test_a_command_cut_off_after_asking_may_have_pulsed_once(pulses: int) -> None:
    story = Story().start().look(2).wish("c1").tell(K.ASKED, command="c1")
    for _ in range(pulses):
        story.pulse(1)
    story.kill().start().tell(K.UNCERTAIN, command="c1").look(2).kill()
    assert faults(story.judged()) == {}


# What is caught


def test_a_lost_edge_is_caught() -> None:
    story = hand_moves().kill()
    for left_out in range(len(story.told)):
        told = [one for n, one in enumerate(story.told) if n != left_out]
        assert faults(story.judged(told)) == {"missed": 1}


def test_an_invented_edge_is_caught() -> None:
    story = hand_moves().kill()
    invented = replace(story.told[-1], number=9, cell=2, kind=K.SENSED_CLOSED, is_open=False)
    assert faults(story.judged([*story.told, invented])) == {"invented": 1}
    twice = [*story.told, replace(story.told[0], number=9), replace(story.told[2], number=10)]
    assert faults(story.judged(twice)) == {"invented": 2}


def test_a_doubled_edge_is_caught_wherever_it_is() -> None:
    story = hand_moves().kill()
    for place in range(len(story.told)):
        told = [*story.told[: place + 1], story.told[place], *story.told[place + 1 :]]
        assert faults(story.judged(told)) == {"doubled": 1}


def test_an_answer_to_one_command_given_twice_is_caught() -> None:
    story = Story().start().look(2).move(1).look().tell(K.TAMPERED).look().wish("c1")
    story.tell(K.ASKED, command="c1").pulse(1).tell(K.SENT, command="c1").look()
    story.tell(K.SENSED_OPEN, command="c1").look().tell(K.SENSED_OPEN, command="c1").look(2)
    assert faults(story.kill().judged()) == {"doubled": 1}


def test_a_wrong_order_is_caught_across_doors() -> None:
    story = hand_moves().kill()
    first, second, third = story.told
    assert faults(story.judged([second, first, third])) == {"disordered": 1}
    assert faults(story.judged([first, third, second])) == {"disordered": 1}


def test_an_edge_told_as_an_outage_s_change_is_caught_and_the_reverse() -> None:
    story = hand_moves().kill()
    told = [replace(story.told[0], kind=K.CHANGED_DURING_OUTAGE), *story.told[1:]]
    assert faults(story.judged(told)) == {"misnamed": 1}
    outage = Story().start().look(2).kill().move(1).start().look().tell(K.TAMPERED).look(2).kill()
    assert faults(outage.judged()) == {"misnamed": 1}


def test_an_answer_without_an_edge_is_not_taken_for_another_fault() -> None:
    story = Story().start().look(2).move(1).look().tell(K.TAMPERED).look().wish("c1")
    story.tell(K.ASKED, command="c1").pulse(1).tell(K.SENT, command="c1").look()
    story.tell(K.SENSED_OPEN, command="c1").look(2).kill().move(1).start().look()
    story.tell(K.SENSED_CLOSED).look(2).kill()
    assert faults(story.judged()) == {"misnamed": 1}


def test_an_outage_s_change_that_is_not_told_is_caught() -> None:
    story = Story().start().look(2).kill().move(1).start().look(3).kill()
    assert faults(story.judged()) == {"missed": 1}


def test_an_order_of_edges_made_up_for_an_outage_is_caught() -> None:
    story = Story().start().look(2).kill().move(1).move(1).start().look()
    story.tell(K.TAMPERED).tell(K.SENSED_CLOSED).look(2).kill()
    assert faults(story.judged()) == {"invented": 2}


def test_a_door_opened_without_a_command_is_caught() -> None:
    assert faults(Story().start().look(2).pulse(1).look(2).kill().judged()) == {
        "opened_without_command": 1
    }


def test_a_command_that_was_never_begun_or_was_refused_is_no_excuse() -> None:
    never = Story().start().look(2).wish("c1").pulse(1).look(2).kill()
    assert faults(never.judged()) == {"opened_without_command": 1}
    refused = Story().start().look(2).wish("c1").tell(K.ASKED, command="c1")
    refused.tell(K.REFUSED, command="c1").pulse(1).look(2).kill()
    assert faults(refused.judged()) == {"opened_without_command": 1}
    other = Story().start().look(2).wish("c1", 2).tell(K.ASKED, 2, "c1").pulse(1).look(2).kill()
    assert faults(other.judged()) == {"opened_without_command": 1}


def test_a_door_opened_after_the_deadline_is_caught() -> None:
    story = Story().start().look(2).wish("c1", seconds=0.1).tell(K.ASKED, command="c1")
    story.look(9).pulse(1).look(2).kill()
    assert faults(story.judged()) == {"opened_without_command": 1}


def test_a_door_opened_by_the_agent_s_next_life_is_caught() -> None:
    story = Story().start().look(2).wish("c1").tell(K.ASKED, command="c1").kill().start()
    story.look(2).pulse(1).look(2).kill()
    assert faults(story.judged()) == {"opened_without_command": 1}


def test_a_door_opened_twice_for_one_command_is_caught() -> None:
    story = Story().start().look(2).wish("c1").tell(K.ASKED, command="c1").pulse(1).pulse(1)
    story.tell(K.SENT, command="c1").look(2).kill()
    assert faults(story.judged()) == {"opened_twice": 1}


def test_a_command_told_to_be_sent_that_moved_no_lock_is_caught() -> None:
    story = Story().start().look(2).wish("c1").tell(K.ASKED, command="c1")
    story.tell(K.SENT, command="c1").look(2).kill()
    assert faults(story.judged()) == {"sent_untruly": 1}


def test_an_answer_to_a_command_whose_lock_was_not_released_is_caught() -> None:
    story = Story().start().look(2).move(1).look().tell(K.TAMPERED).look()
    story.tell(K.SENSED_OPEN, command="c1").look(2).kill()
    assert faults(story.judged()) == {"invented": 1}
    outage = Story().start().look(2).kill().move(1).start().look()
    outage.tell(K.SENSED_OPEN, command="c1").look(2).kill()
    assert faults(outage.judged()) == {"misnamed": 1}


def test_an_agent_that_stops_looking_is_caught() -> None:
    story = Story().start().look(2)
    story.now += 11
    assert faults(story.kill().judged()) == {"unwatched": 1}


def test_a_wrong_final_state_is_caught() -> None:
    story = hand_moves().kill()
    truth = Truth(
        cells=(1, 2),
        lives=tuple(story.lives),
        looks=tuple(story.looks),
        edges=(),
        pulses=(),
        open_at_end=frozenset({2}),
    )
    record = Record(told=tuple(story.told), wishes=(), open_at_end=frozenset())
    assert faults(judge(truth, record)) == {"final_states_wrong": 1}
