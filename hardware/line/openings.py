"""What became of the openings of one port: whether it can be used, how long to rest, what to tell.

A port that cannot be opened is tried again soon, a bounded number of times, then it rests as
`unreachable` and is tried again from time to time: somebody may plug it in. One that another
process has, or that this one may not open, rests at once. An opening counts as good only
when a board answered: a port that opens and is lost at once, over and over, rests too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

from hardware.line.exchange import LineSettings

log = logging.getLogger(__name__)


class BusState(StrEnum):
    """Whether the port can be used."""

    OPENING = "opening"
    READY = "ready"
    UNREACHABLE = "unreachable"  #: cannot be opened for now; resting before the next try


class Openings:
    """The state of one port."""

    def __init__(self, settings: LineSettings, note: Callable[[str], None]) -> None:
        self.state = BusState.OPENING
        #: Why it is not ready, for people; None when it is, or nothing went wrong yet.
        self.why: str | None = None
        #: Openings since the start, and how many of them were lost.
        self.count = 0
        self.losses = 0
        self._settings = settings
        self._note = note
        #: In a row, failed or lost before an answer came.
        self._failures = 0
        #: An answer came since the last opening.
        self._is_proven = False
        #: What was told since the last answer, so that the same trouble is told once.
        self._told: set[str] = set()

    def begin(self) -> None:
        """Note that it is being opened."""
        if self.state is BusState.UNREACHABLE:
            self.state = BusState.OPENING
            self._failures = 0

    def opened(self) -> None:
        """Note that it is open."""
        self.state, self.why = BusState.READY, None
        self.count += 1
        self._is_proven = False
        log.info("port open", extra={"port": self._settings.url, "baud": self._settings.baud})
        self._note(f"open at {self._settings.baud} baud")

    def answered(self) -> None:
        """Note that a board answered: the port is well."""
        self._is_proven = True
        self._failures = 0
        self._told.clear()

    def lost(self, why: str) -> None:
        """Note that it is gone."""
        self.state, self.why = BusState.OPENING, why
        self.losses += 1
        self._tell(logging.WARNING, "port lost")

    def rest_after_loss(self) -> float:
        """Tell for how long to rest before it is opened again."""
        if self._is_proven:
            return self._settings.open_pause_seconds
        return self.rest_after(self.why or "lost", heals=True)

    def rest_after(self, why: str, *, heals: bool) -> float:
        """Note a failed opening; tell for how long to rest, and whether as `unreachable`."""
        self.why = why
        self._failures += 1
        if heals and self._failures < self._settings.open_attempts:
            self._tell(logging.WARNING, "port cannot be opened")
            return self._settings.open_pause_seconds
        self.state = BusState.UNREACHABLE
        self._tell(logging.ERROR, "port unreachable")
        return self._settings.cooldown_seconds

    def _tell(self, level: int, text: str) -> None:
        told = f"{text}: {self.why}"
        if told not in self._told:
            self._told.add(told)
            log.log(level, text, extra={"port": self._settings.url, "why": self.why})
            self._note(told)
