"""One exchange on a line: the line's own numbers, and how an exchange may end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from hardware.codecs.driver import Answer, Frame, Request
from hardware.codecs.receiver import EchoMode
from hardware.line.bridge import SCHEME

#: Bits on the wire for one byte at 8N1: start, eight, stop.
BITS_PER_BYTE = 10
#: Characters of silence that end a frame, and the margin that was measured to work.
GAP_CHARACTERS = 3.5
GAP_MARGIN_SECONDS = 0.001
#: After an unlock that is not answered by design, how long the line listens all the same.
SETTLE_SECONDS = 0.05
#: After a time-out, how long a late answer may still come.
LATE_REPLY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LineSettings:
    """One port and how it is treated; durations in seconds."""

    url: str
    baud: int = 9600
    echo: EchoMode = EchoMode.AUTO
    #: Openings in a row before the port counts as unreachable, and the pause between them.
    open_attempts: int = 5
    open_pause_seconds: float = 1.0
    #: How long an unreachable port rests.
    cooldown_seconds: float = 30.0
    late_reply_seconds: float = LATE_REPLY_SECONDS
    settle_seconds: float = SETTLE_SECONDS

    @property
    def is_bridge(self) -> bool:
        """Tell whether this is a TCP bridge, whose connection may be open on one side only."""
        return self.url.startswith(SCHEME)

    @property
    def byte_seconds(self) -> float:
        """How long one byte takes on the wire."""
        return BITS_PER_BYTE / self.baud

    @property
    def gap_seconds(self) -> float:
        """Silence between frames: 3.5 characters + 1 ms, in whole milliseconds."""
        gap = GAP_CHARACTERS * self.byte_seconds + GAP_MARGIN_SECONDS
        return math.ceil(gap * 1000) / 1000


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly no byte of the request was sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The board answered; instants are of the monotonic clock."""

    sent_at: float
    at: float
    answer: Answer


@dataclass(frozen=True, slots=True)
class Silent:
    """The request was sent, or may have been, and no answer came."""

    sent_at: float
    reason: str = "silent"


Outcome = NotSent | Answered | Silent


class Tap(Protocol):
    """Who is told what passes on a line: its frame log."""

    def sent(self, request: Request) -> None:
        """A request was handed to the line."""

    def heard(self, frame: Frame) -> None:
        """A whole frame came."""

    def dropped(self, data: bytes) -> None:
        """Bytes were thrown away."""

    def silent(self, request: Request, outcome: Outcome) -> None:
        """A request ended without an answer."""

    def noted(self, text: str) -> None:
        """Something else happened to the line."""
