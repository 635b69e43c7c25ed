"""The simulated line: bytes take as long as on a real wire, both ways, and suffer what they suffer.

Under a wrong speed (the host's termios speed is not the line's) only garbage passes.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec

from hardware.simulator.boards import Answer, Boards, Kind
from hardware.simulator.doors import Doors
from hardware.simulator.ends import End
from hardware.simulator.knobs import Knobs
from hardware.simulator.spoiling import garbled, in_bursts, spoilt

#: Bits on the wire for one byte at 8N1.
BITS_PER_BYTE = 10
#: After so long a silence boards drop a request that was begun.
FORGET_SECONDS = 0.2
#: Looks that are kept for comparing with what an agent told.
MAX_LOOKS = 200_000


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A board answered a look at all its doors; instants are monotonic seconds.

    `open` is what its contacts said at `at`; the last byte was on its way until `told_at`.
    """

    at: float
    told_at: float
    board: int
    open: tuple[int, ...]


class Line:
    """Boards on one wire, between them and the host's end."""

    def __init__(
        self, boards: Boards, doors: Doors, knobs: Knobs, baud: int, rng: random.Random
    ) -> None:
        self._boards = boards
        self._doors = doors
        self._knobs = knobs
        self._rng = rng
        self._baud = baud
        self._byte_seconds = BITS_PER_BYTE / baud
        self._loop = asyncio.get_running_loop()
        #: Boards that are silent although the knob is off.
        self.silent_boards: set[int] = set()
        #: Every look that was answered, for judging what an agent could know.
        self.looks: deque[Looked] = deque(maxlen=MAX_LOOKS)
        self._end: End | None = None
        #: When boards last heard anything.
        self._used_at = 0.0
        #: When the host's last byte has passed the wire.
        self._heard_until = 0.0
        #: When the boards' last byte has passed the wire.
        self._said_until = 0.0
        #: Bytes on their way to the host, with the instant at which each arrives.
        self._saying: deque[tuple[float, int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        #: What is to be turned back on, by name.
        self._returns: dict[str, asyncio.TimerHandle] = {}
        self._plugging: set[asyncio.Task[None]] = set()
        doors.on_edge = self._edge

    @property
    def device(self) -> str:
        """What the agent opens."""
        assert self._end is not None
        return self._end.device

    async def plug(self, end: End) -> None:
        """Put the host's end on, which hands `host_sent` what the host sends."""
        self._end = end
        await end.plug()

    def close(self) -> None:
        """Take the device away for good."""
        for timer in (self._timer, *self._returns.values()):
            if timer is not None:
                timer.cancel()
        for task in self._plugging:
            task.cancel()
        if self._end is not None:
            self._end.unplug()
            self._end = None

    # Outages

    def power_off(self, seconds: float, board: int | None = None) -> None:
        """Take the power from one board, or all, for so long; the device stays."""
        numbers = [one.number for one in self._boards.boards] if board is None else [board]
        self._boards.without_power.update(numbers)
        for number in numbers:
            back = partial(self._boards.without_power.discard, number)
            self._return(f"power {number}", seconds, back)

    def unplug(self, seconds: float) -> None:
        """Take the device away for so long; it comes back under its lasting name."""
        end = self._end
        if end is None:
            return
        end.unplug()
        self._saying.clear()
        self._boards.forget()

        def back() -> None:
            task = self._loop.create_task(end.plug(), name="simulator plugging")
            self._plugging.add(task)
            task.add_done_callback(self._plugging.discard)

        self._return("plug", seconds, back)

    def _return(self, name: str, seconds: float, back: Callable[[], object]) -> None:
        before = self._returns.pop(name, None)
        if before is not None:
            before.cancel()
        self._returns[name] = self._loop.call_later(seconds, back)

    # Host to boards

    def host_sent(self, data: bytes) -> None:
        """Take what the host sent; it takes its time to the boards."""
        now = self._loop.time()
        gap = now - max(self._heard_until, self._said_until)
        is_deaf = self._knobs.needs_gap > 0 and gap < self._knobs.needs_gap
        begins = max(now, self._heard_until)
        self._heard_until = begins + len(data) * self._byte_seconds
        if self._knobs.echo:
            self._say([data[: self._knobs.echo_bytes or None]], begins)
        if not is_deaf:
            self._loop.call_at(self._heard_until, self._heard, self._garbled(data), begins)

    def _heard(self, data: bytes, began: float) -> None:
        if began - self._used_at > FORGET_SECONDS:
            self._boards.forget()
        self._used_at = self._loop.time()
        for answer in self._boards.hear(data):
            if not self._knobs.silence and answer.board not in self.silent_boards:
                self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        knobs, now = self._knobs, self._loop.time()
        after = knobs.turnaround + knobs.delay
        if answer.kind is Kind.UNLOCK:
            if knobs.mute_unlock:
                return
            after += knobs.ack_delay
        data = spoilt(answer, self._boards.speech, knobs, self._rng)
        if answer.kind is Kind.STATUS and knobs.report_in_poll:
            data = (self._boards.report(knobs.report_in_poll) or b"") + data
        cells = self._boards.board(answer.board).open_cells()
        self._say(in_bursts(data, knobs), now + after)
        if answer.kind is Kind.STATUS:
            told_at = self._said_until
            self.looks.append(Looked(at=now, told_at=told_at, board=answer.board, open=cells))
            self._doors.told_open(cells)

    def _edge(self, cell: int) -> None:
        report = self._boards.report(cell) if self._knobs.reports else None
        if report is not None and not self._knobs.silence:
            self._say([report], self._loop.time())

    # Boards to host

    def _say(self, bursts: list[bytes], at: float) -> None:
        begins = max(at, self._said_until)
        for number, burst in enumerate(bursts):
            begins += self._knobs.burst_pause if number else 0.0
            for place, byte in enumerate(self._garbled(burst), 1):
                self._saying.append((begins + place * self._byte_seconds, byte))
            begins += len(burst) * self._byte_seconds
        self._said_until = begins
        self._say_due()

    def _say_due(self) -> None:
        """Deliver what has arrived by now, and come back for the next byte."""
        if self._end is None:
            return
        now = self._loop.time()
        due = bytearray()
        while self._saying and self._saying[0][0] <= now:
            due.append(self._saying.popleft()[1])
        if due:
            self._end.deliver(bytes(due))
        if self._timer is not None:
            self._timer.cancel()
        if self._saying:
            self._timer = self._loop.call_at(self._saying[0][0], self._say_due)

    def _garbled(self, data: bytes) -> bytes:
        baud = self._end.host_baud() if self._end is not None else None
        is_wrong = baud is not None and baud != self._baud
        return garbled(data, self._rng) if is_wrong or self._knobs.swapped else data
