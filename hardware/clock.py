"""The server's time on the agent's monotonic clock, so that no local clock jump matters.

Measured at boot: the server's clock is taken to have read `server_time` half a round trip
before its answer arrived. Deadlines are turned into monotonic instants by it; events are
dated by it. Before the first boot, the machine's own clock serves for dating and for the
kiosk's code, and `deadline` is refused, since a deadline by an unmeasured clock is no guard.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class _Measure:
    """One reading of the server's clock."""

    server_time: datetime
    at: float


class ServerClock:
    """Converts between monotonic instants and the server's wall time."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._measure: _Measure | None = None

    @property
    def is_measured(self) -> bool:
        """Tell whether the server's clock has been read since the start."""
        return self._measure is not None

    def monotonic(self) -> float:
        """Read the monotonic clock, seconds."""
        return self._monotonic()

    def measure(self, server_time: datetime, asked_at: float, answered_at: float) -> None:
        """Take a reading of the server's clock, asked for and answered at these instants."""
        self._measure = _Measure(server_time, (asked_at + answered_at) / 2)

    def now(self) -> datetime:
        """Tell the server's time now, as well as it is known."""
        return self.wall_of(self._monotonic())

    def wall_of(self, at: float) -> datetime:
        """Date a monotonic instant."""
        measure = self._measure
        if measure is None:
            local = datetime.fromtimestamp(self._wall(), UTC)
            return local + timedelta(seconds=at - self._monotonic())
        return measure.server_time.astimezone(UTC) + timedelta(seconds=at - measure.at)

    def deadline(self, instant: datetime) -> float | None:
        """Turn a deadline of the server into a monotonic instant; None while unmeasured."""
        if self._measure is None:
            return None
        return self._measure.at + (instant - self._measure.server_time).total_seconds()
