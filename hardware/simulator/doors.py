"""The doors of a simulated cabinet: latches, springs, hands. Keeps what truly happened."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from hardware.simulator.knobs import Knobs, People

#: Edges and pulses that are kept for comparing with what an agent told.
MAX_HISTORY = 100_000


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """Something that truly happened at a door; `at` is monotonic seconds."""

    at: float
    cell: int
    what: str  #: "pulse", "open" or "closed"


class Doors:
    """All doors, by cell number from 1."""

    def __init__(self, count: int, knobs: Knobs) -> None:
        #: Called with the cell on every edge.
        self.on_edge: Callable[[int], None] = lambda _cell: None
        self.history: deque[Happened] = deque(maxlen=MAX_HISTORY)
        self.pulses = dict.fromkeys(range(1, count + 1), 0)
        self.jammed: set[int] = set()
        self._knobs = knobs
        self._open = dict.fromkeys(range(1, count + 1), False)
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._changed = asyncio.Event()

    def is_open(self, cell: int) -> bool:
        """Tell whether a door is open."""
        return self._open[cell]

    def knows(self, cell: int) -> bool:
        """Tell whether there is such a door."""
        return cell in self._open

    def states(self) -> dict[int, str]:
        """Tell all doors' states."""
        return {cell: _state(is_open) for cell, is_open in self._open.items()}

    def pulse(self, cell: int) -> None:
        """Release the latch: the door springs open unless it is jammed."""
        self.pulses[cell] += 1
        self._note(cell, "pulse")
        if cell not in self.jammed and not self._open[cell]:
            self._later(cell, self._knobs.open_after, True)

    def move(self, cell: int, is_open: bool) -> None:
        """Open (by force, if need be) or close a door by hand."""
        self._cancel(cell)
        self._set(cell, is_open)

    async def wait(self, cell: int, state: str) -> None:
        """Wait until a door is in this state."""
        while _state(self._open[cell]) != state:
            self._changed.clear()
            await self._changed.wait()

    def stop(self) -> None:
        """Forget everything that was going to happen."""
        for cell in list(self._timers):
            self._cancel(cell)

    def _set(self, cell: int, is_open: bool) -> None:
        self._timers.pop(cell, None)
        if self._open[cell] == is_open:
            return
        self._open[cell] = is_open
        self._note(cell, _state(is_open))
        self._changed.set()
        self.on_edge(cell)
        if is_open and self._knobs.people is People.AUTO:
            self._later(cell, self._knobs.close_after, False)

    def _later(self, cell: int, seconds: float, is_open: bool) -> None:
        self._cancel(cell)
        loop = asyncio.get_running_loop()
        self._timers[cell] = loop.call_later(seconds, self._set, cell, is_open)

    def _cancel(self, cell: int) -> None:
        timer = self._timers.pop(cell, None)
        if timer is not None:
            timer.cancel()

    def _note(self, cell: int, what: str) -> None:
        now = asyncio.get_running_loop().time()
        self.history.append(Happened(at=now, cell=cell, what=what))


def _state(is_open: bool) -> str:
    return "open" if is_open else "closed"
