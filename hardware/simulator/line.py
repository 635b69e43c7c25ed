"""The simulated line: a pty whose bytes take as long as on a real wire, both ways."""

from __future__ import annotations

import asyncio
import os
import random
import tty
from collections import deque

from hardware.simulator.boards import Boards
from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs

#: Bits on the wire for one byte at 8N1.
BITS_PER_BYTE = 10


class Line:
    """One pty with boards on its other end."""

    def __init__(
        self, boards: Boards, doors: Doors, knobs: Knobs, baud: int, rng: random.Random
    ) -> None:
        self._boards = boards
        self._knobs = knobs
        self._rng = rng
        self._byte_seconds = BITS_PER_BYTE / baud
        self._loop = asyncio.get_running_loop()
        self._master, self._slave = os.openpty()
        # Before any byte: a cooked tty would echo, and eat 03 as an interrupt.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        #: Path of the device that the agent opens.
        self.device = os.ttyname(self._slave)
        #: Boards that are silent although the knob is off.
        self.silent_boards: set[int] = set()
        #: When the host's last byte has passed the wire.
        self._heard_until = 0.0
        #: When the boards' last byte has passed the wire.
        self._said_until = 0.0
        #: Bytes on their way to the host, with the instant at which each arrives.
        self._saying: deque[tuple[float, int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._is_open = True
        self._loop.add_reader(self._master, self._readable)
        doors.on_edge = self._edge

    def close(self) -> None:
        """Take the device away."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._master)
        if self._timer is not None:
            self._timer.cancel()
        os.close(self._slave)
        os.close(self._master)

    # Host to boards

    def _readable(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except OSError:
            return
        begins = max(self._loop.time(), self._heard_until)
        self._heard_until = begins + len(data) * self._byte_seconds
        if self._knobs.echo:
            self._say(data, begins)
        self._loop.call_at(self._heard_until, self._heard, data)

    def _heard(self, data: bytes) -> None:
        for board, answer in self._boards.receive(data):
            if not self._knobs.silence and board not in self.silent_boards:
                after = self._knobs.turnaround + self._knobs.delay
                self._say(self._spoil(answer), self._loop.time() + after)

    def _edge(self, cell: int) -> None:
        if self._knobs.reports and not self._knobs.silence:
            self._say(self._boards.report(cell), self._loop.time())

    # Boards to host

    def _spoil(self, answer: bytes) -> bytes:
        knobs, rng = self._knobs, self._rng
        spoilt = bytearray(answer)
        if knobs.wrong_board:
            spoilt[1] ^= 0x01
            spoilt[-1] ^= 0x01
        if knobs.bad_checksum:
            spoilt[-1] ^= 0xFF
        kept = (byte for byte in spoilt if rng.random() >= knobs.drop)
        noisy = (rng.randrange(256) if rng.random() < knobs.noise else byte for byte in kept)
        return bytes.fromhex(knobs.garbage) + bytes(noisy)

    def _say(self, data: bytes, at: float) -> None:
        begins = max(at, self._said_until)
        for number, byte in enumerate(data, 1):
            self._saying.append((begins + number * self._byte_seconds, byte))
        self._said_until = begins + len(data) * self._byte_seconds
        self._say_due()

    def _say_due(self) -> None:
        """Deliver what has arrived by now, and come back for the next byte."""
        if not self._is_open:
            return
        now = self._loop.time()
        due = bytearray()
        while self._saying and self._saying[0][0] <= now:
            due.append(self._saying.popleft()[1])
        if due:
            self._deliver(bytes(due))
        if self._timer is not None:
            self._timer.cancel()
        if self._saying:
            self._timer = self._loop.call_at(self._saying[0][0], self._say_due)

    def _deliver(self, data: bytes) -> None:
        try:
            os.write(self._master, data)
        except BlockingIOError:
            return  # nobody reads: on a wire, such bytes are gone
