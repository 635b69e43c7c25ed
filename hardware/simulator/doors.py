"""The doors of a simulated cabinet: latches, springs, hands, contacts. Keeps what truly happened.

A door and its contact are two things: a contact may be stuck, flutter or bounce. What boards
tell, and what the history calls an edge, is the contact's.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Iterable

import msgspec

from hardware.simulator.knobs import Knobs, People

#: Looks at an open door until people believe that it was seen; one may come too late to count.
LOOKS_TO_SEE = 2
#: How often people look whether it was seen, seconds.
GLANCE_SECONDS = 0.1

#: Edges and pulses that are kept for comparing with what an agent told.
MAX_HISTORY = 100_000


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """Something that truly happened at a door; `at` is monotonic seconds."""

    at: float
    cell: int
    what: str  #: "pulse"; "open" or "closed", of its contact; "moved" with a stuck contact
    by: str = ""  #: "pulse", "hand", "latch", "people", "contact"


class Doors:
    """All doors, by cell number from 1."""

    def __init__(self, count: int, knobs: Knobs, rng: random.Random | None = None) -> None:
        #: Called with the cell on every edge of its contact.
        self.on_edge: Callable[[int], None] = lambda _cell: None
        self.history: deque[Happened] = deque(maxlen=MAX_HISTORY)
        self.pulses = dict.fromkeys(range(1, count + 1), 0)
        self.jammed: set[int] = set()
        #: Cells with something inside, as an infrared sensor would see it.
        self.items: set[int] = set()
        self._knobs = knobs
        self._rng = rng or random.Random(0)
        self._open = dict.fromkeys(range(1, count + 1), False)
        #: Contacts that say something of their own, by cell.
        self._overruled: dict[int, bool] = {}
        #: What each contact said last.
        self._told = dict(self._open)
        self._timers: dict[int, asyncio.TimerHandle] = {}
        #: How often each open door was told open since it opened.
        self._seen: Counter[int] = Counter()
        self._rattles: dict[int, asyncio.TimerHandle] = {}
        self._changed = asyncio.Event()

    def is_open(self, cell: int) -> bool:
        """Tell whether a door is open."""
        return self._open[cell]

    def reads_open(self, cell: int) -> bool:
        """Tell what a door's contact says."""
        return self._overruled.get(cell, self._open[cell])

    def knows(self, cell: int) -> bool:
        """Tell whether there is such a door."""
        return cell in self._open

    def states(self) -> dict[int, str]:
        """Tell all doors' states."""
        return {cell: _state(is_open) for cell, is_open in self._open.items()}

    def contacts(self) -> dict[int, str]:
        """Tell what all contacts say."""
        return {cell: _state(self.reads_open(cell)) for cell in self._open}

    # What happens to doors

    def pulse(self, cell: int) -> None:
        """Release the latch: the door springs open unless it is jammed."""
        self.pulses[cell] += 1
        self._note(cell, "pulse", "pulse")
        if cell not in self.jammed and not self._open[cell]:
            self._later(cell, self._knobs.open_after, True, "pulse")

    def move(self, cell: int, is_open: bool, by: str = "hand") -> None:
        """Open (by force, if need be) or close a door by hand."""
        self._cancel(cell)
        self._set(cell, is_open, by)

    def told_open(self, cells: Iterable[int]) -> None:
        """Note that a board's answer said so of these."""
        self._seen.update(cells)

    async def wait(self, cell: int, state: str) -> None:
        """Wait until a door is in this state."""
        while _state(self._open[cell]) != state:
            self._changed.clear()
            await self._changed.wait()

    async def wait_pulses(self, cell: int, count: int) -> None:
        """Wait until a lock got so many pulses in all."""
        while self.pulses[cell] < count:
            self._changed.clear()
            await self._changed.wait()

    # What happens to contacts

    def stick(self, cell: int, is_stuck: bool) -> None:
        """Leave a contact as it is, whatever its door does; or free it."""
        self._stop_rattle(cell)
        if is_stuck:
            self._overruled[cell] = self.reads_open(cell)
        else:
            self._settle(cell)

    def flutter(self, cell: int, is_fluttering: bool) -> None:
        """Let a contact open and close without end; or settle it."""
        self._stop_rattle(cell)
        if is_fluttering:
            self._turn_contact(cell, None)
        else:
            self._settle(cell)

    def stop(self) -> None:
        """Forget everything that was going to happen."""
        for cell in list(self._timers):
            self._cancel(cell)
        for cell in list(self._rattles):
            self._stop_rattle(cell)

    # Private methods

    def _set(self, cell: int, is_open: bool, by: str) -> None:
        self._timers.pop(cell, None)
        if self._open[cell] == is_open:
            return
        self._open[cell] = is_open
        if self.reads_open(cell) == self._told[cell]:
            self._note(cell, "moved", by)
        self._sense(cell, by)
        self._changed.set()
        if self._knobs.bounces and cell not in self._overruled:
            self._after_gap(cell, self._knobs.bounces * 2)
        if is_open and self._knobs.people is People.AUTO:
            loop = asyncio.get_running_loop()
            at_last = loop.time() + self._knobs.close_after + self._knobs.hold_unseen
            self._seen[cell] = 0
            self._cancel(cell)
            self._timers[cell] = loop.call_later(
                self._knobs.close_after, self._close_when_seen, cell, at_last
            )

    def _close_when_seen(self, cell: int, at_last: float) -> None:
        if self._knobs.people is not People.AUTO:
            self._timers.pop(cell, None)
            return
        loop = asyncio.get_running_loop()
        if self._seen[cell] >= LOOKS_TO_SEE or loop.time() >= at_last:
            self._set(cell, False, "people")
        else:
            self._timers[cell] = loop.call_later(
                GLANCE_SECONDS, self._close_when_seen, cell, at_last
            )

    def _sense(self, cell: int, by: str) -> None:
        """Note an edge if the contact says something new."""
        says = self.reads_open(cell)
        if says != self._told[cell]:
            self._told[cell] = says
            self._note(cell, _state(says), by)
            self.on_edge(cell)

    def _turn_contact(self, cell: int, left: int | None) -> None:
        """Turn a contact over; `left` turns are left, None without end."""
        self._overruled[cell] = not self.reads_open(cell)
        self._sense(cell, "contact")
        if left is None:
            gap = self._knobs.flutter_every * self._rng.uniform(0.5, 1.5)
            loop = asyncio.get_running_loop()
            self._rattles[cell] = loop.call_later(gap, self._turn_contact, cell, None)
        elif left:
            self._after_gap(cell, left)
        else:
            self._settle(cell)

    def _after_gap(self, cell: int, left: int) -> None:
        loop = asyncio.get_running_loop()
        gap = self._knobs.bounce_gap
        self._rattles[cell] = loop.call_later(gap, self._turn_contact, cell, left - 1)

    def _settle(self, cell: int) -> None:
        self._rattles.pop(cell, None)
        self._overruled.pop(cell, None)
        self._sense(cell, "contact")

    def _stop_rattle(self, cell: int) -> None:
        rattle = self._rattles.pop(cell, None)
        if rattle is not None:
            rattle.cancel()

    def _later(self, cell: int, seconds: float, is_open: bool, by: str) -> None:
        self._cancel(cell)
        loop = asyncio.get_running_loop()
        self._timers[cell] = loop.call_later(seconds, self._set, cell, is_open, by)

    def _cancel(self, cell: int) -> None:
        timer = self._timers.pop(cell, None)
        if timer is not None:
            timer.cancel()

    def _note(self, cell: int, what: str, by: str) -> None:
        now = asyncio.get_running_loop().time()
        self.history.append(Happened(at=now, cell=cell, what=what, by=by))
        if what == "pulse":
            self._changed.set()


def _state(is_open: bool) -> str:
    return "open" if is_open else "closed"
