"""The frame log of one port: a line a frame, with its time, direction, bytes and meaning.

    2026-05-01T04:00:00.123Z → 8a01031199 unlock board 1 channel 3
    2026-05-01T04:00:00.151Z ← 8a01030088 unlock answered, board 1 channel 3
    2026-05-01T04:00:00.160Z ≠ fafd9999 dropped: header fa, expected 80, 82 or 8a
    2026-05-01T04:00:00.171Z ! port lost: lost
    2026-05-01T04:01:00.000Z … 212 polls as before

Polls that ask and bring the same as the board's last one are only counted, so that unlocks
are found. It holds nothing of parcels or persons. The last lines stay in memory for the
agent's loopback page; all go to `frame_file`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hardware.codecs.driver import FaultAnswer, Frame, Request, RequestKind, StatusAnswer
from hardware.line import frame_words
from hardware.line.exchange import NotSent, Outcome
from realtime.wire.cabinets import MOST_LINES, MOST_WORDS, FrameLine, FrameWay

#: Lines that stay in memory.
KEPT_LINES = MOST_LINES
#: How often the counted polls are told while nothing else happens.
FOLD_SECONDS = 60.0
#: Bytes of one run that are written out; of a longer one only its length is told.
MAX_HEX = 64
#: Lines of dropped bytes within one second; what a noisy line brings above is counted.
MAX_DROPPED_LINES = 10

#: What notes of a port that is lost or cannot be opened begin with (see `openings`).
PORT_TROUBLE = "port "

SIGNS = {
    FrameWay.SENT: "→",
    FrameWay.HEARD: "←",
    FrameWay.DROPPED: "≠",
    FrameWay.NOTED: "!",
    FrameWay.FOLDED: "…",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log."""

    at: datetime
    way: FrameWay
    words: str
    hex: str = ""
    is_error: bool = False

    @property
    def text(self) -> str:
        """Write it as the files have it."""
        instant = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        parts = (f"{instant}Z", SIGNS[self.way], self.hex, self.words)
        return " ".join(part for part in parts if part)

    def told(self) -> FrameLine:
        """Write it as the server is told; very long words are cut."""
        words = self.words if len(self.words) <= MOST_WORDS else f"{self.words[: MOST_WORDS - 1]}…"
        return FrameLine(
            at=self.at, way=self.way, hex=self.hex, words=words, is_error=self.is_error
        )


class FrameLog:
    """What passes on one port; a `Tap` of its bus."""

    def __init__(
        self,
        now: Callable[[], datetime],
        read_dropped: Callable[[bytes], str],
        write: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._now = now
        self._read_dropped = read_dropped
        self._write = write
        self._lines: deque[Line] = deque(maxlen=KEPT_LINES)
        #: A poll on its way: written once its answer is news.
        self._poll: tuple[datetime, Request] | None = None
        #: What each board's last poll asked and brought.
        self._last: dict[int, tuple[bytes, bytes]] = {}
        #: Polls as before that are not told yet, and since when.
        self._equal = 0
        self._told_at = now()
        #: A run of dropped bytes that may go on, and when it began.
        self._dropped = bytearray()
        self._dropped_at = self._told_at
        #: Dropped bytes that are not told yet, and the lines of this second.
        self._unwritten = 0
        self._dropped_lines = 0
        self._second = self._told_at

    @property
    def lines(self) -> tuple[str, ...]:
        """Tell the last lines, the newest last."""
        return tuple(line.text for line in self._lines)

    def told(self) -> tuple[FrameLine, ...]:
        """Tell the last lines as the server is told, the newest last."""
        return tuple(line.told() for line in self._lines)

    # What the bus tells

    def sent(self, request: Request) -> None:
        """Note a request; a poll waits for its answer, and is left out if that is as before."""
        self._end_run()
        at = self._now()
        if request.kind is RequestKind.READ_ALL:
            self._poll = (at, request)
        else:
            self._put(at, FrameWay.SENT, request.frame, frame_words.of_request(request))

    def heard(self, frame: Frame) -> None:
        """Note a frame."""
        if isinstance(frame, StatusAnswer) and self._is_as_before(frame.board, frame.frame):
            return
        self._end_run()
        self._put_poll()
        is_error = isinstance(frame, FaultAnswer)
        words = frame_words.of_frame(frame)
        self._put(self._now(), FrameWay.HEARD, frame.frame, words, is_error=is_error)

    def dropped(self, data: bytes) -> None:
        """Note bytes that were thrown away; runs are told as one."""
        if not self._dropped:
            self._dropped_at = self._now()
        self._dropped += data
        if len(self._dropped) > 4 * MAX_HEX:
            self._end_run()

    def silent(self, request: Request, outcome: Outcome) -> None:
        """Note that no answer came."""
        if request.kind is RequestKind.READ_ALL and self._is_as_before(request.board, b""):
            return
        self._end_run()
        self._put_poll()
        why = getattr(outcome, "reason", "silent")
        asked = frame_words.of_request(request)
        if request.reply_seconds > 0 or why != "silent":
            text = "not sent" if isinstance(outcome, NotSent) else "no answer"
            words = f"{text} to {asked} ({why})"
            self._put(self._now(), FrameWay.NOTED, b"", words, is_error=True)

    def noted(self, text: str) -> None:
        """Note something else that happened to the port."""
        self._end_run()
        self._put_poll()
        is_error = text.startswith(PORT_TROUBLE)
        self._put(self._now(), FrameWay.NOTED, b"", text, is_error=is_error)

    # Lines

    def _is_as_before(self, board: int, answer: bytes) -> bool:
        """Count a poll that brought the same as the last one of its board; else remember it."""
        if self._poll is None or self._dropped:
            return False
        _, request = self._poll
        said = (request.frame, answer)
        if self._last.get(board) != said:
            self._last[board] = said
            return False
        self._poll = None
        self._equal += 1
        now = self._now()
        if now - self._told_at >= timedelta(seconds=FOLD_SECONDS):
            self._fold(now)
        return True

    def _put_poll(self) -> None:
        if self._poll is not None:
            (at, request), self._poll = self._poll, None
            self._put(at, FrameWay.SENT, request.frame, frame_words.of_request(request))

    def _end_run(self) -> None:
        """Tell a run of dropped bytes, or only count it when there were many just now."""
        if not self._dropped:
            return
        self._put_poll()
        data = bytes(self._dropped)
        self._dropped.clear()
        if self._dropped_at - self._second >= timedelta(seconds=1):
            self._second, self._dropped_lines = self._dropped_at, 0
        self._dropped_lines += 1
        if self._dropped_lines > MAX_DROPPED_LINES:
            self._unwritten += len(data)
            return
        words = self._read_dropped(data)
        self._put(self._dropped_at, FrameWay.DROPPED, data, words, is_error=True)

    def _fold(self, at: datetime) -> None:
        """Tell what was only counted."""
        parts = []
        if self._equal:
            parts.append(f"{self._equal} polls as before")
        if self._unwritten:
            parts.append(f"{self._unwritten} more bytes dropped")
        self._equal = self._unwritten = 0
        self._told_at = at
        if parts:
            self._line(Line(at, FrameWay.FOLDED, ", ".join(parts)))

    def _put(
        self, at: datetime, way: FrameWay, data: bytes, words: str, *, is_error: bool = False
    ) -> None:
        self._fold(at)
        shown = data[:MAX_HEX].hex() + ("…" if len(data) > MAX_HEX else "")
        self._line(Line(at, way, words, shown, is_error))

    def _line(self, line: Line) -> None:
        self._lines.append(line)
        self._write(line.text)
