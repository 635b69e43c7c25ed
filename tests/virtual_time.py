"""A loop whose time jumps over all waiting: a second of timers passes in no time, repeatably.

For tests whose parts all live on the loop: with a socket, a thread or a process on the other
side nothing would wait for it. Mark them `@pytest.mark.virtual_time`.
"""

import asyncio
import selectors
from typing import Any


class _Jumping(selectors.DefaultSelector):
    """A selector that does not wait, but has the time that was to be waited pass."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("nothing will ever happen: no timer, and nobody outside")
        if ready or timeout is None:
            return ready
        self.now += max(timeout, 0.0)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The loop: its `time` is the selector's."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def busy_for(self, seconds: float) -> None:
        """Let so much time pass in one callback: on a busy machine all that was due comes after."""
        self._jumping.now += seconds
