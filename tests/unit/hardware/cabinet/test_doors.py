"""The door machine, exhaustively: every phase, state and reading; then its stories."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.cabinet import doors
from hardware.cabinet.doors import AFTER_JAM_SECONDS, Door, DoorTimes, Fact, Phase
from realtime.wire.terminal import DoorEventKind, DoorState, EvidenceSource

OPEN, CLOSED, UNKNOWN = DoorState.OPEN, DoorState.CLOSED, DoorState.UNKNOWN
TIMES = DoorTimes(open_within_seconds=5.0, left_open_warn_seconds=60.0)

# phase, last state, reading: what is told when the door was watched / when it was stale.
# "+c" marks a fact that names the command, "+o" one that names what opened the door.
SENSED = """
idle    unknown open    -               reachable
idle    unknown closed  -               reachable
idle    closed  open    tampered        changed_during_outage
idle    closed  closed  -               -
idle    open    open    -               -
idle    open    closed  sensed_closed+o changed_during_outage+o
asked   unknown open    -               reachable
asked   unknown closed  -               reachable
asked   closed  open    tampered        changed_during_outage
asked   closed  closed  -               -
asked   open    open    -               -
asked   open    closed  sensed_closed+o changed_during_outage+o
sent    unknown open    -               reachable,sensed_open+c
sent    unknown closed  -               reachable
sent    closed  open    sensed_open+c   sensed_open+c
sent    closed  closed  -               -
sent    open    open    sensed_open+c   sensed_open+c
sent    open    closed  sensed_closed+o changed_during_outage+o
pulsed  unknown open    -               reachable,sensed_open+c
pulsed  unknown closed  -               reachable
pulsed  closed  open    sensed_open+c   sensed_open+c
pulsed  closed  closed  -               -
pulsed  open    open    sensed_open+c   sensed_open+c
pulsed  open    closed  sensed_closed+o changed_during_outage+o
jammed  unknown open    -               reachable
jammed  unknown closed  -               reachable
jammed  closed  open    sensed_open+c   changed_during_outage+c
jammed  closed  closed  -               -
jammed  open    open    -               -
jammed  open    closed  sensed_closed+o changed_during_outage+o
doubted unknown open    -               reachable
doubted unknown closed  -               reachable
doubted closed  open    sensed_open+c   changed_during_outage+c
doubted closed  closed  -               -
doubted open    open    -               -
doubted open    closed  sensed_closed+o changed_during_outage+o
"""
ROWS = [line.split() for line in SENSED.strip().splitlines()]


def door(phase: Phase = Phase.IDLE, state: DoorState = CLOSED, **more: object) -> Door:
    made = Door(
        cell=3,
        state=state,
        is_stale=state is UNKNOWN,
        phase=phase,
        command_id=None if phase is Phase.IDLE else "c1",
        phase_at=10.0,
        open_at=9.0 if state is OPEN else None,
        opened_by="c0" if state is OPEN else None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def told(facts: tuple[Fact, ...]) -> str:
    marks = {"c1": "+c", "c0": "+o", None: ""}
    return ",".join(f"{fact.kind}{marks[fact.command_id]}" for fact in facts) or "-"


def test_the_table_is_whole() -> None:
    assert {(row[0], row[1], row[2]) for row in ROWS} == {
        (p, s, r) for p in Phase for s in DoorState for r in (OPEN, CLOSED)
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row[:3]))
def test_a_reading_tells_what_the_table_says(row: list[str]) -> None:
    phase, was, reading, fresh, stale = row
    start = door(Phase(phase), DoorState(was))
    if start.state is not UNKNOWN:
        after, facts = doors.sensed(start, DoorState(reading), 11.0, 11.1, "ev")
        assert told(facts) == fresh
        assert after.state is DoorState(reading)
    after, facts = doors.sensed(replace(start, is_stale=True), DoorState(reading), 11.0, 11.1, "ev")
    assert told(facts) == stale
    assert after.state is DoorState(reading)
    assert not after.is_stale
    assert (after.open_at is not None) == (after.state is OPEN)
    assert all(fact.evidence == "ev" and fact.at == 11.1 for fact in facts)
    assert all(fact.source is EvidenceSource.POLL for fact in facts)


@pytest.mark.parametrize("phase", [Phase.SENT, Phase.PULSED])
def test_a_reading_asked_for_before_the_unlock_says_nothing(phase: Phase) -> None:
    start = door(phase, OPEN)
    assert doors.sensed(start, OPEN, 9.9, 10.1, "") == (start, ())


@pytest.mark.parametrize("phase", Phase)
def test_an_unknown_reading_changes_nothing(phase: Phase) -> None:
    start = door(phase)
    assert doors.sensed(start, UNKNOWN, 11.0, 11.0, "") == (start, ())


def test_one_open_from_asking_to_closing() -> None:
    now, facts = door(), []
    for step in (
        lambda d: doors.asked(d, "c9", 20.0),
        lambda d: doors.sent(d, 20.1, "8a"),
        lambda d: doors.pulsed(d, 20.2, "8b"),
        lambda d: doors.sensed(d, CLOSED, 20.3, 20.4, "80"),
        lambda d: doors.sensed(d, OPEN, 21.0, 21.1, "81"),
        lambda d: doors.sensed(d, OPEN, 22.0, 22.1, "81"),
        lambda d: doors.sensed(d, CLOSED, 23.0, 23.1, "82"),
    ):
        now, new = step(now)
        facts += new
    assert [(f.kind.value, f.command_id) for f in facts] == [
        (kind, "c9") for kind in ("asked", "sent", "pulsed", "sensed_open", "sensed_closed")
    ]
    assert now == replace(door(), phase_at=21.1)


def test_an_unlock_that_was_certainly_not_sent_is_refused() -> None:
    after, facts = doors.not_sent(door(Phase.ASKED), 11.0, "late")
    source = EvidenceSource.TIME
    assert facts == (Fact(DoorEventKind.REFUSED, 11.0, "c1", reason="late", source=source),)
    assert after.phase is Phase.IDLE
    assert not after.is_busy


@pytest.mark.parametrize("phase", Phase)
def test_only_a_sent_command_jams_and_only_when_its_time_is_up(phase: Phase) -> None:
    start = door(phase, read_at=15.0)
    assert doors.tick(start, 14.9, TIMES)[1] == ()
    after, facts = doors.tick(start, 15.0, TIMES)
    if phase in (Phase.SENT, Phase.PULSED):
        assert told(facts) == "jammed+c"
        assert after.phase is Phase.JAMMED
    else:
        assert facts == ()
        assert after.phase is (Phase.IDLE if phase is Phase.DOUBTED else phase)


def test_a_door_that_opens_after_the_jam_names_its_command_and_later_none() -> None:
    jammed = door(Phase.JAMMED)
    _, facts = doors.sensed(jammed, OPEN, 12.0, 12.0, "")
    assert (facts[0].kind, facts[0].reason) == (DoorEventKind.SENSED_OPEN, "after_jam")
    idle, _ = doors.tick(jammed, 10.0 + AFTER_JAM_SECONDS, TIMES)
    assert told(doors.sensed(idle, OPEN, 99.0, 99.0, "")[1]) == "tampered"


def test_left_open_is_told_once_and_again_after_the_next_opening() -> None:
    start = door(Phase.IDLE, OPEN)
    after, facts = doors.tick(start, 69.0, TIMES)
    assert told(facts) == "left_open+o"
    assert doors.tick(after, 500.0, TIMES) == (after, ())
    closed, _ = doors.sensed(after, CLOSED, 501.0, 501.0, "")
    tampered, _ = doors.sensed(closed, OPEN, 502.0, 502.0, "")
    assert told(doors.tick(tampered, 562.0, TIMES)[1]) == "left_open"


def test_silence_is_told_once_and_keeps_the_last_state_as_stale() -> None:
    after, facts = doors.silent(door(Phase.IDLE, OPEN), 12.0)
    assert told(facts) == "unreachable"
    assert (after.state, after.is_stale) == (OPEN, True)
    assert doors.silent(after, 13.0) == (after, ())
    back, facts = doors.sensed(after, OPEN, 14.0, 14.0, "")
    assert told(facts) == "reachable"
    assert not back.is_unreachable
    _, facts = doors.sensed(after, CLOSED, 14.0, 14.0, "")
    assert told(facts) == "reachable,changed_during_outage+o"


@pytest.mark.parametrize("phase", [Phase.SENT, Phase.PULSED])
def test_a_door_that_cannot_be_read_after_its_unlock_is_uncertain_and_not_jammed(
    phase: Phase,
) -> None:
    silent, _ = doors.silent(door(phase, read_at=14.0), 12.0)
    after, (fact,) = doors.tick(silent, 15.0, TIMES)
    assert (fact.kind, fact.reason, fact.command_id) == (DoorEventKind.UNCERTAIN, "unread", "c1")
    assert doors.tick(after, 15.0, TIMES) == (after, ())
    late, (_, fact) = doors.sensed(after, OPEN, 900.0, 900.1, "80")
    assert (fact.kind, fact.command_id) == (DoorEventKind.CHANGED_DURING_OUTAGE, "c1")
    assert late.opened_by == "c1"


def test_a_reading_of_before_the_time_was_over_proves_no_jam() -> None:
    start = door(Phase.PULSED, read_at=14.9)
    assert doors.tick(start, 16.0, TIMES) == (start, ())
    assert told(doors.tick(start, 20.0, TIMES)[1]) == "uncertain+c"
    read, _ = doors.sensed(start, CLOSED, 16.0, 16.1, "80")
    assert told(doors.tick(read, 16.1, TIMES)[1]) == "jammed+c"


def test_a_restart_doubts_its_command_for_as_long_as_a_door_may_take() -> None:
    start = doors.restored(3, CLOSED, 100.0, doubted="c1")
    same, facts = doors.sensed(start, CLOSED, 100.1, 100.2, "")
    assert facts == ()
    _, facts = doors.sensed(same, OPEN, 102.0, 102.0, "")
    assert (told(facts), facts[0].reason) == ("sensed_open+c", "after_restart")
    idle, _ = doors.tick(same, 105.0, TIMES)
    assert told(doors.sensed(idle, OPEN, 106.0, 106.0, "")[1]) == "tampered"


def test_a_restart_keeps_what_opened_the_door_and_invents_nothing() -> None:
    start = doors.restored(3, OPEN, 100.0, opened_by="c0", is_warned=True)
    same, facts = doors.sensed(start, OPEN, 100.1, 100.2, "")
    assert facts == ()
    assert doors.tick(same, 900.0, TIMES)[1] == ()
    assert told(doors.sensed(same, CLOSED, 901.0, 901.0, "")[1]) == "sensed_closed+o"
    assert told(doors.sensed(start, CLOSED, 100.1, 100.2, "")[1]) == "changed_during_outage+o"


def test_each_step_of_an_open_names_its_source_and_frame() -> None:
    now, told = door(), []
    for step in (
        lambda d: doors.asked(d, "c9", 20.0),
        lambda d: doors.sent(d, 20.1, "8a"),
        lambda d: doors.pulsed(d, 20.2, "8b"),
        lambda d: doors.sensed(d, OPEN, 21.0, 21.1, "81", item=True),
        lambda d: doors.tick(d, 90.0, TIMES),
        lambda d: doors.silent(d, 91.0),
        lambda d: doors.sensed(d, CLOSED, 93.0, 93.1, "82", item=False),
    ):
        now, new = step(now)
        told += [(f.kind.value, f.source and f.source.value, f.evidence, f.item) for f in new]
    assert told == [
        ("asked", "command", None, None),
        ("sent", "line", "8a", None),
        ("pulsed", "reply", "8b", None),
        ("sensed_open", "poll", "81", True),
        ("left_open", "time", None, None),
        ("unreachable", "time", None, None),
        ("reachable", "poll", "82", False),
        ("changed_during_outage", "poll", "82", False),
    ]
    assert now.item is False


@pytest.mark.parametrize(
    ("reason", "source"),
    [
        ("late", EvidenceSource.TIME),
        ("no_clock", EvidenceSource.TIME),
        ("unreachable", EvidenceSource.LINE),
        ("port_lost", EvidenceSource.LINE),
        ("busy", EvidenceSource.COMMAND),
        ("unknown_cell", EvidenceSource.COMMAND),
    ],
)
def test_a_refusal_names_what_refused(reason: str, source: EvidenceSource) -> None:
    assert doors.refused("c1", 1.0, reason).source is source


def test_a_command_cut_off_is_known_from_the_disk() -> None:
    fact = doors.cut_off("c1", 1.0)
    assert (fact.kind, fact.source) == (DoorEventKind.UNCERTAIN, EvidenceSource.DISK)


def test_a_board_s_refusal_ends_nothing_and_is_what_a_jam_has_to_show() -> None:
    refused, facts = doors.declined(door(Phase.SENT, read_at=15.0), "failed", "5701")
    assert facts == ()
    assert refused.is_busy
    jammed, (fact,) = doors.tick(refused, 15.0, TIMES)
    assert (fact.kind, fact.reason, fact.evidence) == (DoorEventKind.JAMMED, "failed", "5701")
    assert fact.source is EvidenceSource.REPLY
    assert jammed.declined is None
    opened, (fact,) = doors.sensed(refused, OPEN, 11.0, 11.1, "80")
    assert (fact.kind, fact.command_id) == (DoorEventKind.SENSED_OPEN, "c1")
    assert opened.declined is None
    _, (fact,) = doors.tick(door(Phase.SENT, read_at=15.0), 15.0, TIMES)
    assert (fact.reason, fact.evidence, fact.source) == (None, None, EvidenceSource.TIME)


def test_a_board_that_refuses_to_be_read_shows_its_frame() -> None:
    reads = ("illegal data address", "018302", EvidenceSource.POLL)
    _, (fact,) = doors.silent(door(), 12.0, *reads)
    assert (fact.reason, fact.evidence, fact.source) == reads


INPUTS = st.one_of(
    st.tuples(st.just("read"), st.sampled_from([OPEN, CLOSED])),
    st.tuples(
        st.sampled_from(["ask", "sent", "pulsed", "not_sent", "silent", "tick"]), st.just(CLOSED)
    ),
)


@given(inputs=st.lists(INPUTS, max_size=40))
def test_every_opening_is_told_and_open_and_closed_alternate(
    inputs: list[tuple[str, DoorState]],
) -> None:
    now, at, edges = door(), 100.0, []
    legal = {"sent": {Phase.ASKED}, "not_sent": {Phase.ASKED}, "pulsed": {Phase.SENT}}
    for number, (name, state) in enumerate(inputs):
        at += 1.0
        if (name == "ask" and now.is_busy) or now.phase not in legal.get(name, set(Phase)):
            continue
        steps = {
            "read": lambda d: doors.sensed(d, state, at, at, ""),  # noqa: B023
            "ask": lambda d: doors.asked(d, f"n{number}", at),  # noqa: B023
            "sent": lambda d: doors.sent(d, at, ""),  # noqa: B023
            "pulsed": lambda d: doors.pulsed(d, at, ""),  # noqa: B023
            "not_sent": lambda d: doors.not_sent(d, at, "late"),  # noqa: B023
            "silent": lambda d: doors.silent(d, at),  # noqa: B023
            "tick": lambda d: doors.tick(d, at, TIMES),  # noqa: B023
        }
        before = now
        now, facts = steps[name](now)
        assert (now.open_at is not None) == (now.state is OPEN)
        moved = [f for f in facts if f.kind in MOVES]
        assert len(moved) <= 1
        if name == "read" and state is not before.state:
            assert len(moved) == 1
        edges += moved
        if any(f.kind is DoorEventKind.TAMPERED for f in facts):
            assert before.phase in (Phase.IDLE, Phase.ASKED)


MOVES = {
    DoorEventKind.SENSED_OPEN,
    DoorEventKind.SENSED_CLOSED,
    DoorEventKind.TAMPERED,
    DoorEventKind.CHANGED_DURING_OUTAGE,
}
