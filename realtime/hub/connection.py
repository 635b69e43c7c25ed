"""One socket as the hub knows it: an outlet that takes frames, and what waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from realtime.hub.outbox import Outbox, OutboxFull
from realtime.wire.envelope import CloseCode

log = logging.getLogger(__name__)

#: Frames are joined up to this size into one send: a loopback or Ethernet socket takes it whole.
SEND_BYTES = 64 * 1024

#: Sockets served before the loop may do other work: bounds how long a broadcast delays a claim.
SLICE = 250


class Outlet(Protocol):
    """The transport of one socket. Calls after its end do nothing and do not raise."""

    def send(self, frames: bytes) -> bool:
        """Send whole frames; False when some of it waits, until `Connection.drained` is called."""

    def ping(self) -> None:
        """Send a ping frame."""

    def close(self, code: CloseCode, reason: str) -> None:
        """Send a close frame and end the socket soon, even when the peer says nothing."""


class Flusher:
    """Sends what all connections got in one tick of the loop, a slice of them at a time."""

    def __init__(self) -> None:
        self._waiting: deque[Connection] = deque()
        self._is_scheduled = False

    def add(self, connection: Connection) -> None:
        """Let this connection send at the end of the tick."""
        self._waiting.append(connection)
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        for _ in range(min(SLICE, len(self._waiting))):
            self._waiting.popleft().flush()
        self._is_scheduled = bool(self._waiting)
        if self._is_scheduled:
            asyncio.get_running_loop().call_soon(self._flush)


class Connection:
    """A bounded way to one peer. A slow reader costs itself: it is closed, never waited for."""

    __slots__ = (
        "_flusher",
        "_is_blocked",
        "_is_dirty",
        "_is_open",
        "_on_close",
        "_outbox",
        "_outlet",
        "heard_at",
        "pinged_at",
    )

    def __init__(
        self,
        outlet: Outlet,
        outbox: Outbox,
        flusher: Flusher,
        *,
        heard_at: float,
        on_close: Callable[[CloseCode], None] | None = None,
    ) -> None:
        self._outlet = outlet
        self._outbox = outbox
        self._flusher = flusher
        self._on_close = on_close
        self._is_open = True
        self._is_dirty = False  # waits for its turn in the flusher
        self._is_blocked = False  # the transport has not taken all of the last send
        #: Loop time of the peer's last sign of life; kept by the socket's handler.
        self.heard_at = heard_at
        #: Loop time of the last ping that was not yet answered, or 0.
        self.pinged_at = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether frames may still be put."""
        return self._is_open

    @property
    def waiting(self) -> int:
        """Count the frames that wait for the reader."""
        return len(self._outbox)

    @property
    def keeps_up(self) -> bool:
        """Tell whether the peer has taken everything; who sends states only may wait for it."""
        return self._is_open and not self._is_blocked and not len(self._outbox)

    def put(self, frame: bytes, key: str | None = None) -> bool:
        """Queue one encoded frame; closes a reader that is too far behind.

        Returns:
            Whether the connection is still open.
        """
        if not self._is_open:
            return False
        try:
            self._outbox.put(frame, key)
        except OutboxFull:
            log.info("slow reader closed", extra={"waiting": len(self._outbox)})
            self.close(CloseCode.SLOW, "too far behind")
            return False
        if not self._is_dirty and not self._is_blocked:
            self._is_dirty = True
            self._flusher.add(self)
        return True

    def flush(self) -> None:
        """Send what waits, as far as the transport takes it."""
        self._is_dirty = False
        while self._is_open and not self._is_blocked and len(self._outbox):
            self._is_blocked = not self._outlet.send(self._outbox.take(SEND_BYTES))

    def drained(self) -> None:
        """Hear that the transport has taken everything: send on."""
        self._is_blocked = False
        self.flush()

    def heard(self, now: float) -> None:
        """Note a sign of life of the peer."""
        self.heard_at = now
        self.pinged_at = 0.0

    def ping(self, now: float) -> None:
        """Ask the peer for a sign of life. A blocked transport is not made to hold more."""
        if not self._is_open or self.pinged_at:
            return
        self.pinged_at = now
        if not self._is_blocked:
            self._outlet.ping()

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Send what the transport still takes, then close. Closing twice changes nothing."""
        if not self._is_open:
            return
        if code is not CloseCode.SLOW:
            self.flush()
        self._is_open = False
        self._outbox.clear()
        self._outlet.close(code, reason)
        if self._on_close:
            self._on_close(code)

    def ended(self) -> None:
        """Hear that the socket is gone. Hearing it twice changes nothing."""
        self._is_open = False
        self._outbox.clear()
