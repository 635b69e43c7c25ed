"""What a watcher has seen of its boards, and how it is drawn. Pure: time is passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from hardware.codecs.driver import FaultAnswer, StatusAnswer
from hardware.line.exchange import Answered, Outcome, Silent
from realtime.wire.terminal import DoorState

#: Changes that are kept to be shown.
KEPT_CHANGES = 10

_LETTERS = {DoorState.OPEN: "O", DoorState.CLOSED: "c", DoorState.UNKNOWN: "?"}
_COLOURS = {
    DoorState.OPEN: "\x1b[1;33m",
    DoorState.CLOSED: "\x1b[32m",
    DoorState.UNKNOWN: "\x1b[2m",
}
_PLAIN, _BOLD, _DIM, _RED = "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m"
#: Columns that one door takes: label, letter, item, blanks.
_DOOR_WIDTH = 8


@dataclass(slots=True)
class BoardSeen:
    """One board."""

    address: int
    #: Channel → what a person calls the door: its cell, or the channel itself.
    labels: Mapping[int, int]
    answers: int = 0
    silences: int = 0
    #: Why the last query has no status; empty when it has.
    trouble: str = ""
    states: tuple[DoorState, ...] = ()
    items: tuple[bool, ...] | None = None

    def note(self, outcome: Outcome) -> list[str]:
        """Take the end of one query; tell in words what changed by it."""
        if isinstance(outcome, Answered) and isinstance(outcome.answer, StatusAnswer):
            return self._answered(outcome.answer)
        if isinstance(outcome, Answered) and isinstance(outcome.answer, FaultAnswer):
            self.answers += 1
            return self._troubled(f"says no: {outcome.answer.reason}")
        if isinstance(outcome, Silent):
            self.silences += 1
            return self._troubled("silent")
        return self._troubled("not asked: the port is not open")

    def _answered(self, answer: StatusAnswer) -> list[str]:
        self.answers += 1
        is_first = not self.states
        told = ["answers again"] if self.trouble and not is_first else []
        self.trouble = ""
        if is_first:
            self.states, self.items = answer.states, answer.items
            return [self._summary()]
        for channel, label in self.labels.items():
            before, after = self._at(channel, self.states), self._at(channel, answer.states)
            if after is not before:
                told.append(f"door {label} {after.value}")
            had, has = self._has_item(channel), _item(channel, answer.items)
            if has != had and has is not None:
                told.append(f"door {label} {'has an item' if has else 'is empty'}")
        self.states, self.items = answer.states, answer.items
        return told

    def _summary(self) -> str:
        """Tell the first reading in one line."""
        doors = self.doors()
        odd = [
            f"door {label} {state.value}"
            for label, state, _ in doors
            if state is not DoorState.CLOSED
        ]
        full = [f"door {label} has an item" for label, _, item in doors if item]
        closed = f"answers: {len(doors) - len(odd)} closed"
        return ", ".join([closed, *odd, *full])

    def _troubled(self, why: str) -> list[str]:
        told = [why] if why != self.trouble else []
        self.trouble = why
        return told

    def _at(self, channel: int, states: tuple[DoorState, ...]) -> DoorState:
        return states[channel - 1] if channel <= len(states) else DoorState.UNKNOWN

    def _has_item(self, channel: int) -> bool | None:
        return _item(channel, self.items)

    def doors(self) -> list[tuple[int, DoorState, bool | None]]:
        """List label, state and item of every door, in the order of the channels."""
        return [
            (label, self._at(channel, self.states), self._has_item(channel))
            for channel, label in self.labels.items()
        ]


def _item(channel: int, items: tuple[bool, ...] | None) -> bool | None:
    return items[channel - 1] if items is not None and channel <= len(items) else None


@dataclass(slots=True)
class PortSeen:
    """One port with its boards; the counts are its bus's own."""

    url: str
    protocol: str
    baud: int
    boards: list[BoardSeen]
    state: str = "opening"
    is_echoing: bool = False
    checksum_errors: int = 0
    dropped_bytes: int = 0


@dataclass(slots=True)
class Picture:
    """Everything that is shown."""

    ports: list[PortSeen]
    changes: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_CHANGES))


def drawn(picture: Picture, width: int, height: int) -> list[str]:
    """Draw the picture for a terminal: no line is wider, and no more lines than it has."""
    lines = []
    for port in picture.ports:
        lines += [*_port_lines(port, width), ""]
        for board in port.boards:
            lines += [_board_line(board, width), *_door_lines(board, width), ""]
    room = height - len(lines) - 2
    if room > 1 and picture.changes:
        lines.append(f"{_BOLD}变化 Changes{_PLAIN}")
        lines += [change[:width] for change in list(picture.changes)[: room - 1]]
    legend = " O open  c closed  ? unknown  * item   Ctrl-C 结束 ends"
    return [*lines[: max(height - 1, 1)], f"{_DIM}{legend[: width - 2]}{_PLAIN}"]


def _port_lines(port: PortSeen, width: int) -> list[str]:
    """Draw a port; its name alone, since names by id are long."""
    echo = "  echo" if port.is_echoing else ""
    about = (
        f" {port.protocol}  {port.baud}  {port.state}{echo}  "
        f"checksum errors {port.checksum_errors}  dropped bytes {port.dropped_bytes}"
    )
    return [f"{_BOLD}{port.url[:width]}{_PLAIN}", about[:width]]


def _board_line(board: BoardSeen, width: int) -> str:
    text = f" board {board.address}  answers {board.answers}  silences {board.silences}"
    if not board.trouble:
        return text[:width]
    return f"{text[:width]}{_RED}{f'  {board.trouble}'[: max(width - len(text), 0)]}{_PLAIN}"


def _door_lines(board: BoardSeen, width: int) -> list[str]:
    doors = [_door(board, *door) for door in board.doors()]
    columns = max(1, (width - 1) // _DOOR_WIDTH)
    # Eight or a multiple of it where there is room: the boards' own rows.
    columns = columns // 8 * 8 or columns
    return [" " + "".join(doors[at : at + columns]) for at in range(0, len(doors), columns)]


def _door(board: BoardSeen, label: int, state: DoorState, item: bool | None) -> str:
    colour = _DIM if board.trouble else _COLOURS[state]
    text = f"{label:>4} {_LETTERS[state]}{'*' if item else ' '}"
    return f"{colour}{text}{_PLAIN} "
