"""Find frames in what a line delivers: any chunk size, garbage, echoes, half frames.

Sans-I/O. The bus says what it sent and when the line went quiet; the receiver hands back
frames and counts what it dropped. Chunk borders never matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hardware.codecs.driver import (
    DoorReport,
    Driver,
    Frame,
    NoMatch,
    Request,
    RequestKind,
)

#: Bytes that are looked at together. Longer than every frame, so that a complete one always
#: fits, and short enough that endless noise costs nothing.
MAX_BUFFER = 256

#: Reads in a row without the expected echo, after which a line counts as not echoing.
ECHO_MISSES = 3


class EchoMode(StrEnum):
    """Whether the adapter hands back what is sent on a two-wire line."""

    AUTO = "auto"  #: learned from reads, whose echo cannot be taken for an answer
    ON = "on"
    OFF = "off"


@dataclass(slots=True)
class ReceiverCounts:
    """What was thrown away since the start."""

    dropped_bytes: int = 0
    checksum_errors: int = 0
    missing_echoes: int = 0


class Receiver:
    """Reassembles frames of one line."""

    def __init__(self, driver: Driver, echo: EchoMode = EchoMode.AUTO) -> None:
        self.counts = ReceiverCounts()
        #: Given all bytes that were thrown away, echoes of our own excepted.
        self.on_drop: Callable[[bytes], None] = lambda _data: None
        self._driver = driver
        self._mode = echo
        #: Whether echoes are stripped now; in AUTO mode the last verdict.
        self._echoing = echo is EchoMode.ON
        #: Reads in a row whose echo did not come, in AUTO mode.
        self._misses = 0
        #: The request whose answer is awaited; cleared by its answer or `finish`.
        self._pending: Request | None = None
        #: Whether further answers to the same request are taken, for the bus to choose.
        self._takes_more = False
        #: What is still to come of the echo of the last request; empty when not echoing.
        self._echo_left = b""
        #: The first raw bytes after the last read, for learning whether the line echoes.
        self._heard = bytearray()
        #: The last request sent, kept after its answer for learning.
        self._sent: Request | None = None
        #: Whether the last answer begins like its request, and so teaches nothing of echoes.
        self._ambiguous = False
        #: Bytes that may yet become a frame.
        self._buffer = bytearray()

    @property
    def echoing(self) -> bool:
        """Tell whether echoes are stripped now."""
        return self._echoing

    def sent(self, request: Request, *, takes_more: bool = False) -> None:
        """Expect the answer to `request`; what lay in the buffer before it is dropped.

        With `takes_more` every answer until `finish` is handed out: the first may be a late
        one to something else.
        """
        self._drop_all()
        self._takes_more = takes_more
        self._pending = self._sent = request
        self._heard.clear()
        self._ambiguous = False
        self._echo_left = request.frame if self._echoing else b""

    def feed(self, data: bytes) -> list[Frame]:
        """Take what the line delivered; return the frames that are complete now."""
        self._listen(data)
        frames: list[Frame] = []
        rest = self._strip_echo(data)
        for start in range(0, len(rest), MAX_BUFFER // 2):
            self._buffer += rest[start : start + MAX_BUFFER // 2]
            frames += self._take_frames()
        return frames

    def quiet(self) -> list[Frame]:
        """Look past a beginning that stays incomplete, now that the line went quiet.

        The beginning is kept when nothing complete follows it: adapters deliver one answer
        in bursts, and the rest may be late.
        """
        for start in range(1, len(self._buffer)):
            if not isinstance(self._match(start), NoMatch):
                self._drop(start)
                return self._take_frames()
        return []

    def finish(self) -> None:
        """End the exchange, answered or not: what comes later is no answer to it."""
        self._learn_echo()
        self._pending = None
        self._echo_left = b""
        self._drop_all()

    # Frames

    def _take_frames(self) -> list[Frame]:
        frames: list[Frame] = []
        while self._buffer:
            found = self._match(0)
            if found is NoMatch.NEED_MORE and len(self._buffer) < MAX_BUFFER:
                break
            if isinstance(found, NoMatch):
                self.counts.checksum_errors += found is NoMatch.BAD_CHECKSUM
                self._drop(1)
                continue
            del self._buffer[: len(found.frame)]
            self._answered_by(found)
            frames.append(found)
        return frames

    def _match(self, start: int) -> Frame | NoMatch:
        return self._driver.match(bytes(self._buffer[start:]), self._pending)

    def _answered_by(self, frame: Frame) -> None:
        if self._pending is None or isinstance(frame, DoorReport):
            return
        self._ambiguous = frame.frame.startswith(self._pending.frame)
        if not self._takes_more:
            self._pending = None

    def _drop(self, count: int) -> None:
        if not count:
            return
        self.counts.dropped_bytes += count
        self.on_drop(bytes(self._buffer[:count]))
        del self._buffer[:count]

    def _drop_all(self) -> None:
        self._drop(len(self._buffer))

    # Echoes

    def _strip_echo(self, data: bytes) -> bytes:
        """Take exactly the sent bytes off the front; give all back if they are not them."""
        if not self._echo_left:
            return data
        common = min(len(self._echo_left), len(data))
        if data[:common] == self._echo_left[:common]:
            self._echo_left = self._echo_left[common:]
            return data[common:]
        request = self._sent.frame if self._sent else b""
        held = request[: len(request) - len(self._echo_left)]
        self._echo_left = b""
        self.counts.missing_echoes += 1
        return held + data

    def _listen(self, data: bytes) -> None:
        if self._mode is EchoMode.AUTO and self._sent is not None:
            room = len(self._sent.frame) - len(self._heard)
            self._heard += data[: max(room, 0)]

    def _learn_echo(self) -> None:
        """Judge by the last read whether the line echoes.

        Only reads teach: the echo of a read is never a whole answer to it, that of an unlock
        may be. Silence teaches nothing, nor does an answer that begins like its request.
        """
        sent, self._sent = self._sent, None
        if self._mode is not EchoMode.AUTO or sent is None or sent.kind is not RequestKind.READ_ALL:
            return
        if not self._heard or self._ambiguous:
            return
        if bytes(self._heard) != sent.frame:
            self._misses += 1
            if self._misses >= ECHO_MISSES:
                self._echoing = False
            return
        self._misses = 0
        self._echoing = True
