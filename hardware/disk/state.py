"""How the agent's disk stands: takes facts, is nearly full, or refuses. No I/O of its own.

What the disk refuses is never dropped: opens are not begun, what was done already is owed, and
sensors are read again. So a full disk means: no new opens, and doors shown as stale.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

log = logging.getLogger(__name__)

#: The spool's size at which nothing more is written, bytes. A door's opening leaves five events
#: of some 400 bytes: at 500 openings a day these are 200 days without the server.
SPOOL_BYTES = 200_000_000
#: Share of it from which people are warned, and from which no new open is begun: what a running
#: one still has to tell must find room.
WARN_SHARE = 0.8
STOP_SHARE = 0.9
#: Free bytes of the file system below which people are warned.
WARN_FREE_BYTES = 64_000_000


class DiskState(StrEnum):
    """What the disk does."""

    READY = "ready"
    LOW = "low"  #: takes everything, not for long
    SPOOL_FULL = "spool_full"  #: kept for what is running: no new opens
    FULL = "full"  #: refuses: no room
    FAULT = "fault"  #: refuses: rights, a broken disk


TEXTS: dict[DiskState, str] = {
    DiskState.LOW: "磁盘将满 / Disk nearly full",
    DiskState.SPOOL_FULL: "离线记录已满，暂停服务 / Too much unsent: out of service",
    DiskState.FULL: "磁盘已满，暂停服务 / Disk full: out of service",
    DiskState.FAULT: "磁盘故障，暂停服务 / Disk fault: out of service",
}


class Disk:
    """What is known of the disk; `on_change` is called when its state became another."""

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self._refusal: DiskState | None = None
        self._share = 0.0
        self._free_bytes: int | None = None
        self._told = DiskState.READY

    @property
    def state(self) -> DiskState:
        """Tell the worst that is so."""
        if self._refusal is not None:
            return self._refusal
        if self._share >= STOP_SHARE:
            return DiskState.SPOOL_FULL
        is_low = self._free_bytes is not None and self._free_bytes < WARN_FREE_BYTES
        return DiskState.LOW if is_low or self._share >= WARN_SHARE else DiskState.READY

    @property
    def takes_opens(self) -> bool:
        """Tell whether an open may be begun: all that it will tell finds room."""
        return self.state in (DiskState.READY, DiskState.LOW)

    @property
    def refuses(self) -> bool:
        """Tell whether facts cannot be written now: what is known of doors is stale."""
        return self._refusal is not None

    def refused(self, why: str, *, is_full: bool) -> None:
        """Hear that a write was refused."""
        self._refusal = DiskState.FULL if is_full else DiskState.FAULT
        self._tell(why)

    def took(self) -> None:
        """Hear that there is room again: a write of some size was taken."""
        self._refusal = None
        self._tell("")

    def filled(self, share: float, free_bytes: int | None) -> None:
        """Hear how much of the spool's size is used, and what its file system has left."""
        self._share, self._free_bytes = share, free_bytes
        self._tell("")

    def _tell(self, why: str) -> None:
        state = self.state
        if state is self._told:
            return
        self._told = state
        level = logging.INFO if state is DiskState.READY else logging.ERROR
        log.log(level, "disk", extra={"state": state, "why": why, "spool_share": self._share})
        self.on_change()
