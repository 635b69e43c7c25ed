"""The door machine against a door: long seeded walks with a hand, a lock, restarts and silence.

The walk has a true door that moves by pulses and by hands, a sensor that is read late or not
at all, and an agent that restarts. What the machine tells is held to the issue's rules.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from hardware.cabinet import doors
from hardware.cabinet.doors import Door, DoorTimes, Fact, Phase, Step
from realtime.wire.terminal import DoorEventKind, DoorState, EvidenceSource

K = DoorEventKind
OPEN, CLOSED = DoorState.OPEN, DoorState.CLOSED
TIMES = DoorTimes(open_within_seconds=5.0, left_open_warn_seconds=20.0)
STEPS = 4000
ENDS = {K.SENSED_OPEN, K.JAMMED, K.REFUSED, K.UNCERTAIN}
#: What may still be told of an ended command.
AFTER_END = {K.SENSED_OPEN, K.SENSED_CLOSED, K.LEFT_OPEN, K.CHANGED_DURING_OUTAGE}
EDGES = {K.SENSED_OPEN: OPEN, K.TAMPERED: OPEN, K.SENSED_CLOSED: CLOSED}


@dataclass
class Walk:
    """One door's life."""

    rng: random.Random
    door: Door = field(default_factory=lambda: Door(1))
    now: float = 100.0
    #: How the door truly stands.
    true: DoorState = CLOSED
    commands: int = 0
    #: When the unlock of the living command was sent.
    sent_at: float | None = None
    steps: Counter[str] = field(default_factory=Counter)
    told: Counter[K] = field(default_factory=Counter)
    ended: dict[str, K] = field(default_factory=dict)
    late: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        acts = [
            *(self.read,) * 6,
            *(self.hand, self.tick, self.tick, self.stale_read, self.silent, self.restart),
            *(self.ask, self.ask, self.send, self.send, self.pulse, self.decline),
        ]
        for _ in range(STEPS):
            self.now += self.rng.choice((0.05, 0.3, 1.0, 4.0))
            act = self.rng.choice(acts)
            self.steps[act.__name__] += 1
            act()

    # What happens

    def read(self) -> None:
        """Read the sensor as it is, then once more: nothing is told twice."""
        before, asked_at = self.door, self.now
        self.now += 0.01
        facts = self.take(doors.sensed(self.door, self.true, asked_at, self.now, "f"))
        self.judge_reading(before, facts)
        assert self.door.state is self.true
        again = self.take(doors.sensed(self.door, self.true, self.now, self.now, "f"))
        assert again == ()
        assert doors.sensed(self.door, DoorState.UNKNOWN, self.now, self.now, "f")[1] == ()

    def stale_read(self) -> None:
        """A reading asked for before the unlock went out comes after it."""
        if self.sent_at is not None and self.door.phase in (Phase.SENT, Phase.PULSED):
            state = self.rng.choice((OPEN, CLOSED))
            assert doors.sensed(self.door, state, self.sent_at - 0.01, self.now, "f") == (
                self.door,
                (),
            )

    def hand(self) -> None:
        self.true = CLOSED if self.true is OPEN else OPEN

    def tick(self) -> None:
        facts = self.take(doors.tick(self.door, self.now, TIMES))
        assert {fact.kind for fact in facts} <= {K.JAMMED, K.UNCERTAIN, K.LEFT_OPEN}
        assert self.take(doors.tick(self.door, self.now, TIMES)) == ()

    def silent(self) -> None:
        self.take(doors.silent(self.door, self.now))
        assert self.take(doors.silent(self.door, self.now)) == ()

    def ask(self) -> None:
        if not self.door.is_busy and not self.door.is_unreachable:
            self.commands += 1
            self.sent_at = None
            self.take(doors.asked(self.door, f"c{self.commands}", self.now))

    def send(self) -> None:
        if self.door.phase is Phase.ASKED:
            if self.rng.random() < 0.2:
                self.take(doors.not_sent(self.door, self.now, "late"))
                return
            self.sent_at = self.now
            self.take(doors.sent(self.door, self.now, "u"))
            if self.rng.random() < 0.7:
                self.true = OPEN  # the lock lets go

    def pulse(self) -> None:
        if self.door.phase is Phase.SENT:
            self.take(doors.pulsed(self.door, self.now, "a"))

    def decline(self) -> None:
        if self.door.phase is Phase.SENT:
            assert self.take(doors.declined(self.door, "failed", "n")) == ()

    def restart(self) -> None:
        """The agent ends and begins: the disk has the state, the cause, and what was cut off."""
        was = self.door
        doubted = was.command_id if was.is_busy else None
        if doubted is not None:
            self.account((doors.cut_off(doubted, self.now),))
        self.door = doors.restored(
            1,
            was.state,
            self.now,
            opened_by=was.opened_by,
            is_warned=was.is_warned,
            doubted=doubted,
        )
        for _ in range(3):  # the same reading as before invents nothing
            if was.state is not DoorState.UNKNOWN:
                assert doors.sensed(self.door, was.state, self.now, self.now, "f")[1] == ()

    # What must be so

    def take(self, step: Step) -> tuple[Fact, ...]:
        self.door, facts = step
        assert (self.door.open_at is not None) == (self.door.state is OPEN)
        assert (self.door.command_id is None) == (self.door.phase is Phase.IDLE)
        self.account(facts)
        return facts

    def account(self, facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            self.told[fact.kind] += 1
            assert fact.source is not None
            if fact.source in (EvidenceSource.LINE, EvidenceSource.REPLY, EvidenceSource.POLL):
                assert fact.evidence is not None
            name = fact.command_id
            if name in self.ended:
                assert fact.kind in AFTER_END
                if fact.kind is K.SENSED_OPEN:
                    assert fact.reason in ("after_jam", "after_restart")
                    assert self.ended[name] in (K.JAMMED, K.UNCERTAIN)
                    self.late[name] += 1
                    assert self.late[name] == 1
            elif name is not None and fact.kind in ENDS:
                self.ended[name] = fact.kind

    def judge_reading(self, before: Door, facts: tuple[Fact, ...]) -> None:
        moved = [f for f in facts if f.kind in EDGES or f.kind is K.CHANGED_DURING_OUTAGE]
        was_alive = before.phase in (Phase.SENT, Phase.PULSED)
        is_edge = before.state not in (DoorState.UNKNOWN, self.true)
        is_opened = was_alive and self.true is OPEN
        assert len(moved) == (1 if is_edge or is_opened else 0)
        for fact in moved:
            assert fact.source is EvidenceSource.POLL
            assert EDGES.get(fact.kind, self.true) is self.true
            if fact.kind is K.TAMPERED:
                assert fact.command_id is None
                assert before.phase in (Phase.IDLE, Phase.ASKED)
                assert not before.is_stale
            if fact.kind is K.SENSED_OPEN:
                assert fact.command_id == before.command_id
                # After a restart the disk cannot tell whether what was asked was sent.
                is_doubt = fact.reason == "after_restart"
                assert is_doubt or (self.sent_at is not None and self.sent_at < fact.at)
            if fact.kind is K.CHANGED_DURING_OUTAGE:
                assert before.is_stale


@pytest.mark.parametrize("seed", range(12))
def test_a_long_life_is_told_truly(seed: int) -> None:
    walk = Walk(random.Random(seed))
    walk.run()
    alive = {walk.door.command_id} if walk.door.is_busy else set()
    assert {f"c{n}" for n in range(1, walk.commands + 1)} - set(walk.ended) == alive
    told = set(K) - {K.REACHABLE, K.UNREACHABLE}
    assert {kind for kind in told if not walk.told[kind]} == set()
