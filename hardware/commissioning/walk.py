"""The machine of a commissioning walk: door by door, one pulse each, and what it showed.

Pure: frames, a person's lines and instants in; what to say, which door to pulse and when to
keep the findings out. Nothing is pulsed before the person said so, for each door anew.

    start ─yes─► ready ─Enter─► waiting ─edge─► naming ─cell─► closing ─closed─► ready ...
                   ▲               └─no edge─► unsensed ─┘
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from hardware.commissioning import walk_words as words
from hardware.commissioning.wiring import Wiring
from hardware.config.tables import CELLS

#: How long a person may take to pull the door after the pulse.
OPEN_WITHIN_SECONDS = 10.0


class Stage(StrEnum):
    """What is awaited."""

    START = "start"  #: the person's yes to the first pulse
    READY = "ready"  #: the person's word that the next door may open
    WAITING = "waiting"  #: the status' edge
    UNSENSED = "unsensed"  #: the person's word on a door without an edge
    NAMING = "naming"  #: the number on the door that opened
    CLOSING = "closing"  #: the door's closing
    DONE = "done"


#: Where a status frame of the door's board changes something.
_LOOKING = (Stage.WAITING, Stage.UNSENSED, Stage.CLOSING)


class Result(StrEnum):
    """What a door showed."""

    GOOD = "good"
    UNSENSED = "unsensed"  #: it opened, and no sensor told
    JAMMED = "jammed"  #: nothing opened


class Stop(msgspec.Struct, frozen=True):
    """One lock."""

    board: int
    channel: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one stop showed; frames in hex, so that it can be kept as JSON."""

    stop: Stop
    result: Result
    cell: int
    before: str = ""
    after: str = ""
    #: From pulse to edge.
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Say:
    """Tell the person."""

    text: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """Unlock one door, once."""

    stop: Stop


@dataclass(frozen=True, slots=True)
class Keep:
    """Write down what was found so far."""


Action = Say | Pulse | Keep


class Walk:
    """One walk over all doors of some boards; feed it, and do what it answers."""

    def __init__(
        self,
        wirings: Mapping[int, Wiring],
        *,
        first_cell: int = 1,
        found: Sequence[Found] = (),
        open_within_seconds: float = OPEN_WITHIN_SECONDS,
    ) -> None:
        """Make a walk over the boards in the order given; `found` is kept from an earlier one."""
        self.stage = Stage.START
        #: By stop, in the order of the walk.
        self.found = {entry.stop: entry for entry in found}
        self._wirings = wirings
        self._stops = [
            Stop(board, n)
            for board, wiring in wirings.items()
            for n in range(1, wiring.channels + 1)
        ]
        self._offset = first_cell
        self._open_within_seconds = open_within_seconds
        #: The last status of each board, and the one with all doors as they were at the start.
        self._frames: dict[int, bytes] = {}
        self._resting: dict[int, bytes] = {}
        self._at = self._next_untested(-1)
        #: Of the door under test: the status before its pulse and at its edge, and when.
        self._before = self._after = b""
        self._pulsed_at: float | None = None
        self._seconds = 0.0
        self._result = Result.GOOD

    @property
    def stop(self) -> Stop:
        """Tell which door is under test."""
        return self._stops[self._at]

    @property
    def question(self) -> str:
        """Tell what the person is asked now; empty while a door is awaited."""
        match self.stage:
            case Stage.START:
                return words.start(self._odd())
            case Stage.READY:
                return words.ready(
                    self.stop.board, self.stop.channel, self._at + 1, len(self._stops)
                )
            case Stage.UNSENSED:
                return words.unsensed(self.stop.channel)
            case Stage.NAMING:
                return words.naming(self.suggested_cell())
            case Stage.CLOSING:
                return words.CLOSING
            case _:
                return ""

    @property
    def stop_number(self) -> int:
        """Tell how far it has come, so that one question for two doors is asked twice."""
        return self._at

    @property
    def untested(self) -> int:
        """Count the doors that were not tested."""
        return sum(stop not in self.found for stop in self._stops)

    def boards_to_look_at(self) -> tuple[int, ...]:
        """List the boards whose status is of use now."""
        if self.stage is Stage.START or self._at >= len(self._stops):
            return tuple(self._wirings)
        return (self.stop.board,)

    # What comes in

    def read(self, board: int, frame: bytes, now: float) -> list[Action]:
        """Take a status frame."""
        self._frames[board] = frame
        if self.stage not in _LOOKING or board != self.stop.board:
            return []
        if self.stage is not Stage.CLOSING:
            return self._awaited(frame, now)
        return [Say(words.CLOSED), *self._advance()] if self._is_closed(frame) else []

    def tick(self, now: float) -> list[Action]:
        """Take the time: a door without an edge is asked about."""
        since = now - self._pulsed_at if self._pulsed_at is not None else 0.0
        if self.stage is Stage.WAITING and since > self._open_within_seconds:
            self.stage = Stage.UNSENSED
        return []

    def pulsed(self, now: float) -> list[Action]:
        """Take that the pulse left just now."""
        self._pulsed_at = now
        return []

    def refused(self, reason: str) -> list[Action]:
        """Take that the pulse did not leave, or that the board says no."""
        if self.stage is Stage.WAITING:
            self.stage = Stage.UNSENSED
        return [Say(words.refused(reason))]

    def answered(self, line: str) -> list[Action]:
        """Take a line that the person typed."""
        word = line.strip().lower()
        if word in ("q", "quit"):
            return self.quit()
        match self.stage:
            case Stage.START:
                return self._start(word)
            case Stage.READY:
                return self._ready(word)
            case Stage.UNSENSED:
                return self._judged(word)
            case Stage.NAMING:
                return self._named(word)
            case Stage.CLOSING if word == "g":
                self._resting[self.stop.board] = self._frames[self.stop.board]
                return self._advance()
            case _:
                return []

    def quit(self) -> list[Action]:
        """End here; what was found is kept."""
        self.stage = Stage.DONE
        return [Keep()]

    # Each stage

    def _start(self, word: str) -> list[Action]:
        if word != "yes":
            return [Say(words.NOT_YET)]
        if self._at >= len(self._stops):
            return self._finish()
        self._resting = dict(self._frames)
        self.stage = Stage.READY
        return []

    def _ready(self, word: str) -> list[Action]:
        if word == "s":
            return self._advance()
        if word == "b":
            self._at = max(self._at - 1, 0)
            return []
        if word:
            return [Say(words.NOT_UNDERSTOOD)]
        frame = self._frames.get(self.stop.board)
        if frame is None:
            return [Say(words.NO_STATUS)]
        ajar = self._wirings[self.stop.board].moved(
            self._resting.setdefault(self.stop.board, frame), frame
        )
        if ajar:
            # Its closing would be taken for the next door's opening.
            return [Say(words.ajar(ajar))]
        self._before = frame
        self.stage = Stage.WAITING
        return [Say(words.waiting(self.stop.channel)), Pulse(self.stop)]

    def _awaited(self, frame: bytes, now: float) -> list[Action]:
        if self._pulsed_at is None:
            return []  # no pulse left
        moved = self._wirings[self.stop.board].moved(self._before, frame)
        if not moved:
            return []
        self._after = frame
        self._seconds = round(now - self._pulsed_at, 2)
        self._result = Result.GOOD
        if len(moved) > 1:
            self.stage = Stage.READY
            self._pulsed_at = None
            return [Say(words.several(moved))]
        self.stage = Stage.NAMING
        return [Say(words.moved(self.stop.channel, moved[0], self._seconds))]

    def _judged(self, word: str) -> list[Action]:
        if word == "r":
            return self._again()
        if word == "s":
            return self._advance()
        if word not in ("o", "j"):
            return [Say(words.NOT_UNDERSTOOD)]
        self._result = Result.UNSENSED if word == "o" else Result.JAMMED
        self._after = b""
        self.stage = Stage.NAMING
        return []

    def _named(self, word: str) -> list[Action]:
        if word == "r":
            return self._again()
        if word == "s":
            return self._advance()
        if word and not (word.isascii() and word.isdecimal()):
            return [Say(words.NOT_UNDERSTOOD)]
        cell = int(word) if word else self.suggested_cell()
        other = next((e.stop for e in self.found.values() if e.cell == cell), self.stop)
        if cell not in CELLS:
            return [Say(words.NO_CELL)]
        if other != self.stop:
            return [Say(words.cell_taken(cell, other.board, other.channel))]
        return self._note(cell)

    def _note(self, cell: int) -> list[Action]:
        has_edge = self._result is Result.GOOD
        self.found[self.stop] = Found(
            stop=self.stop,
            result=self._result,
            cell=cell,
            before=self._before.hex() if has_edge else "",
            after=self._after.hex() if has_edge else "",
            seconds=self._seconds if has_edge else 0.0,
        )
        said = Say(words.noted(self.stop.channel, cell, self._result))
        if has_edge and not self._is_closed(self._frames[self.stop.board]):
            self.stage = Stage.CLOSING
            return [said, Keep()]
        return [said, Keep(), *self._advance()]

    def _is_closed(self, frame: bytes) -> bool:
        """Tell whether what moved at the opening is back."""
        return not self._wirings[self.stop.board].moved(self._before, frame)

    def _again(self) -> list[Action]:
        self.stage = Stage.READY
        self._pulsed_at = None
        return []

    def _advance(self) -> list[Action]:
        self._pulsed_at = None
        self._at = self._next_untested(self._at)
        if self._at >= len(self._stops):
            return self._finish()
        self.stage = Stage.READY
        return []

    def _finish(self) -> list[Action]:
        self.stage = Stage.DONE
        return [Keep(), Say(words.FINISHED)]

    # Looking around

    def _next_untested(self, after: int) -> int:
        for index in range(after + 1, len(self._stops)):
            if self._stops[index] not in self.found:
                return index
        return len(self._stops)

    def suggested_cell(self) -> int:
        """Guess the number on the door: counted on from the last one told."""
        told = [(self._stops.index(stop), entry.cell) for stop, entry in self.found.items()]
        before = [(index, cell) for index, cell in told if index < self._at]
        index, cell = max(before, default=(-1, self._offset - 1))
        taken = {entry.cell for stop, entry in self.found.items() if stop != self.stop}
        guess = cell + self._at - index
        while guess in taken:
            guess += 1
        return guess

    def _odd(self) -> list[tuple[int, tuple[int, ...]]]:
        """List per board the channels whose bit differs from most others'."""
        return [
            (board, odd)
            for board, frame in self._frames.items()
            if (odd := self._wirings[board].odd(frame))
        ]
