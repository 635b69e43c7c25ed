"""The server's time on clocks that never jump, so that no local wall clock matters.

Measured when a connection boots and every few minutes from then on: the server's clock is taken
to have read `server_time` half a round trip before its answer arrived. A quartz drifts, so a
measure is the worse the older it is, and the surest one counts. Deadlines are turned into
monotonic instants by it; events are dated by it. Before the first boot, the machine's own clock
serves for dating and for the kiosk's code, and `deadline` is refused, since a deadline by an
unmeasured clock is no guard.

Two clocks: instants (of readings, deadlines, the line) are of the monotonic clock, which the
event loop runs on; the measure rests on the seconds since the machine booted, which also pass
while it is suspended. A measure may be kept on disk and taken up again by the next process of
the same boot of the machine; after a reboot it means nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

log = logging.getLogger(__name__)

#: How wrong a machine's quartz may run: 100 parts per million. Data sheets of crystals for clocks
#: give 20 to 50 as made, a tuning fork's 0.034 for each squared degree from 25 °C adds 42 at -10,
#: and ageing a few; an NTP client that steers the clock only brings it nearer.
DRIFT = 1e-4
#: From here on the machine's wall clock is wrong enough to be told: TLS and logs suffer.
WRONG_WALL_SECONDS = 60.0


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of the server's clock, within one boot of the machine."""

    server_time: datetime
    #: Seconds since the machine booted.
    at: float
    #: Half the round trip: the reading is wrong by no more.
    error_seconds: float

    def time_at(self, at: float) -> datetime:
        """Tell the server's time at an instant since the machine booted."""
        return self.server_time + timedelta(seconds=at - self.at)

    def error_at(self, at: float) -> float:
        """Tell by how much `time_at` may be wrong then."""
        return self.error_seconds + DRIFT * (at - self.at)


class KeptMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """A measure as the disk keeps it, with the boot of the machine that it belongs to."""

    boot_name: str
    measure: Measure


class ServerClock:
    """Converts between monotonic instants and the server's wall time."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        since_boot: Callable[[], float] | None = None,
    ) -> None:
        """Read these clocks; without `since_boot` the monotonic clock stands in for it."""
        self._monotonic = monotonic
        self._wall = wall
        self._since_boot = since_boot or monotonic
        self._measure: Measure | None = None

    @property
    def is_measured(self) -> bool:
        """Tell whether the server's clock was read in this boot of the machine."""
        return self._measure is not None

    def monotonic(self) -> float:
        """Read the monotonic clock, seconds."""
        return self._monotonic()

    def since_boot(self) -> float:
        """Read the clock that `measure` takes, seconds."""
        return self._since_boot()

    def measure(self, server_time: datetime, asked_at: float, answered_at: float) -> bool:
        """Take a reading of the server's clock, asked for and answered at these instants.

        Tells whether it counts from now on: one that is less sure than what is known already,
        since its answer was long on its way, changes nothing. One that contradicts what is known
        says that the server's clock was set: the newest word counts, as deadlines are by it.

        The instants are those of `since_boot`: an answer that lay in a buffer while the
        machine was suspended has a round trip as long as that.
        """
        reading = Measure(
            server_time=server_time.astimezone(UTC),
            at=(asked_at + answered_at) / 2,
            error_seconds=max(0.0, (answered_at - asked_at) / 2),
        )
        if not _counts(reading, self._measure, answered_at):
            return False
        self._measure = reading
        return True

    def kept(self, boot_name: str | None) -> KeptMeasure | None:
        """Give what the disk should keep; None without a measure or a name of the boot."""
        if self._measure is None or boot_name is None:
            return None
        return KeptMeasure(boot_name=boot_name, measure=self._measure)

    def restore(self, kept: KeptMeasure | None, boot_name: str | None) -> bool:
        """Take up a kept measure if it is of this boot of the machine; tell whether it was."""
        if kept is None or boot_name is None or kept.boot_name != boot_name:
            return False
        if not kept.measure.at <= self._since_boot():
            return False
        self._measure = kept.measure
        return True

    def now(self) -> datetime:
        """Tell the server's time now, as well as it is known."""
        measure = self._measure
        if measure is None:
            return datetime.fromtimestamp(self._wall(), UTC)
        return measure.time_at(self._since_boot())

    def error_seconds(self) -> float | None:
        """Tell by how much `now` may be wrong: the measure's error and drift; None unmeasured."""
        measure = self._measure
        if measure is None:
            return None
        return measure.error_at(self._since_boot())

    def wall_of(self, at: float) -> datetime:
        """Date a monotonic instant."""
        return self.now() + timedelta(seconds=at - self._monotonic())

    def deadline(self, instant: datetime) -> float | None:
        """Turn a deadline of the server into a monotonic instant; None while unmeasured."""
        if self._measure is None:
            return None
        return self._monotonic() + (instant - self.now()).total_seconds()

    def last_moment(self, instant: datetime) -> float | None:
        """Tell the last monotonic instant at which a deadline of the server is surely not over.

        None while unmeasured; in the past when it may be over.
        """
        deadline, error_seconds = self.deadline(instant), self.error_seconds()
        if deadline is None or error_seconds is None:
            return None
        ahead = max(0.0, deadline - self._monotonic())
        return deadline - error_seconds - DRIFT * ahead

    def wall_off_by_seconds(self) -> float | None:
        """Tell how far the machine's wall clock is ahead of the server's; None unmeasured."""
        if self._measure is None:
            return None
        return self._wall() - self.now().timestamp()


def _counts(reading: Measure, known: Measure | None, at: float) -> bool:
    """Tell whether a reading is to be believed instead of what is known, both as they are now."""
    if known is None:
        return True
    apart = (reading.time_at(at) - known.time_at(at)).total_seconds()
    if abs(apart) > reading.error_at(at) + known.error_at(at):
        log.warning("the server's clock was set", extra={"by_seconds": round(apart, 3)})
        return True
    return reading.error_at(at) < known.error_at(at)
