"""What one run of chaos in money did and what was found wrong, and what all runs come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Run:
    """One run: what happened, and what was found wrong."""

    number: int
    events: list[str] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def note(self, name: str, outcome: str) -> None:
        """Note an act and what came of it."""
        self.events.append(f"{name}: {outcome}")
        self.acts[name] += 1

    def blame(self, check: str, found: Sequence[str]) -> None:
        """Note what breaks a promise."""
        if found:
            self.wrong.setdefault(check, []).extend(found)


@dataclass(slots=True)
class Sums:
    """What all runs come to."""

    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)  #: that truly happened
    bad: list[Run] = field(default_factory=list)
    runs: int = 0
    late: int = 0  #: payouts that were paid after they had ended as not paid
    by_bills: int = 0  #: postings of what only the last bills told of

    def add(self, other: Sums) -> None:
        """Add what another process played."""
        self.acts += other.acts
        self.refused += other.refused
        self.ends += other.ends
        self.faults += other.faults
        self.bad += other.bad
        self.runs += other.runs
        self.late += other.late
        self.by_bills += other.by_bills
