"""What happened at a cabinet's doors, what the server says of it, and how the two agree.

One board of one cabinet each; instants are monotonic seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from realtime.wire.terminal import DoorEventKind


@dataclass(frozen=True, slots=True)
class Look:
    """The board told of all its doors."""

    at: float
    told_at: float
    open: frozenset[int]


@dataclass(frozen=True, slots=True)
class Edge:
    """A contact opened or closed."""

    at: float
    cell: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """A lock was released."""

    at: float
    cell: int


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the agent."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What happened at one board."""

    cells: tuple[int, ...]
    lives: tuple[Life, ...]
    looks: tuple[Look, ...]
    edges: tuple[Edge, ...]
    pulses: tuple[Pulse, ...]
    #: Cells whose contacts say open at the end.
    open_at_end: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One applied event."""

    number: int
    cell: int
    kind: DoorEventKind
    is_open: bool
    at: float
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One command as the server wrote it."""

    id: str
    cell: int
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the server says of one board; `told` by number."""

    told: tuple[Told, ...]
    wishes: tuple[Wish, ...]
    open_at_end: frozenset[int]


@dataclass(slots=True, kw_only=True)
class Verdict:
    """Counts of what was and of what was wrong; `examples` say where."""

    edges_true: int = 0
    edges_counting: int = 0
    changes_during_outages: int = 0
    reported: int = 0
    pulses: int = 0
    missed: int = 0
    invented: int = 0
    doubled: int = 0
    disordered: int = 0
    #: The right edge under a wrong name: an outage's change told as an edge, or the reverse.
    misnamed: int = 0
    #: Doors that nobody looked at for long while the agent was up.
    unwatched: int = 0
    opened_without_command: int = 0
    opened_twice: int = 0
    #: Commands whose agent was killed before it could say whether they were sent: those whose
    #: lock was released, and those whose was not.
    cut_off_after_pulse: int = 0
    cut_off_before_pulse: int = 0
    #: Told to be sent, and no lock was released.
    sent_untruly: int = 0
    final_states_wrong: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        """Add another board's counts."""
        for name in self.__slots__:
            if name != "examples":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.examples += other.examples
