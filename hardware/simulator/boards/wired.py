"""All boards of one line: each hears every request, those that are meant act."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.simulator.boards.board import Board, Kind, Speech, Wiring
from hardware.simulator.boards.eight_a import EightA
from hardware.simulator.boards.kerong_cu12 import KerongCu12
from hardware.simulator.boards.kerong_cu16 import KerongCu16
from hardware.simulator.boards.kerong_cu48 import KerongCu48
from hardware.simulator.boards.modbus import Modbus
from hardware.simulator.boards.winnsen import Winnsen
from hardware.simulator.boards.wkly import Wkly
from hardware.simulator.doors import Doors

#: What a board hears that does not become a request is thrown away beyond this, bytes.
MAX_HEARD = 256

_SPEECHES: tuple[type[EightA | KerongCu16 | KerongCu48 | KerongCu12 | Wkly | Winnsen | Modbus], ...]
_SPEECHES = (EightA, KerongCu16, KerongCu48, KerongCu12, Wkly, Winnsen, Modbus)
#: Names of the protocols that boards can be told to speak.
PROTOCOLS = tuple(one.name for one in _SPEECHES)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a board says; `others` said something else at the same instant."""

    board: int
    kind: Kind
    frame: bytes
    others: tuple[bytes, ...] = ()


def speech(protocol: str, channels: int | None = None) -> Speech:
    """Make a protocol by name, for boards of so many channels.

    Raises:
        ValueError: no such protocol, or no such boards.
    """
    for one in _SPEECHES:
        if one.name == protocol:
            return one(channels or one.channels)
    raise ValueError(f"protocol: expected one of {', '.join(PROTOCOLS)}")


class Boards:
    """Boards on one line, `channels` doors each; cell = (board's number - 1) * channels + n."""

    def __init__(
        self,
        count: int,
        channels: int,
        doors: Doors,
        spoken: Speech | None = None,
        wiring: Wiring | None = None,
    ) -> None:
        self.speech = spoken or EightA(channels)
        self.channels = channels
        self.boards = tuple(
            Board(
                number=number,
                address=self.speech.first_address + number - 1,
                channels=channels,
                wiring=wiring or Wiring(),
                doors=doors,
                first_cell=(number - 1) * channels + 1,
            )
            for number in range(1, count + 1)
        )
        #: Boards without power: they neither hear nor act. By number.
        self.without_power: set[int] = set()
        self._heard = bytearray()

    def board(self, number: int) -> Board:
        """Find a board by its number, from 1.

        Raises:
            ValueError: there is none.
        """
        if not 1 <= number <= len(self.boards):
            raise ValueError(f"there is no board {number}")
        return self.boards[number - 1]

    def receive(self, data: bytes) -> list[tuple[int, bytes]]:
        """Do as `hear`, and give (board, frame) only."""
        return [(answer.board, answer.frame) for answer in self.hear(data)]

    def hear(self, data: bytes) -> list[Answer]:
        """Take request bytes; act, and tell the answers to each request that was whole."""
        self._heard += data
        answers: list[Answer] = []
        while self._heard:
            size = self.speech.size(bytes(self._heard))
            if size is None and len(self._heard) < MAX_HEARD:
                break
            if not size:
                del self._heard[0]
                continue
            answers += self._act(bytes(self._heard[:size]))
            del self._heard[:size]
        return answers

    def forget(self) -> None:
        """Drop a request that was begun: the line was silent for long."""
        self._heard.clear()

    def report(self, cell: int) -> bytes | None:
        """Make the unasked report of one door, where the protocol has one."""
        number, channel = divmod(cell - 1, self.channels)
        board = self.boards[number]
        if board.number in self.without_power:
            return None
        return self.speech.report(board, channel + 1)

    def _act(self, frame: bytes) -> list[Answer]:
        address = self.speech.addressee(frame)
        answers = []
        for board in self.boards:
            if board.number in self.without_power or address not in (None, board.address):
                continue
            said = self.speech.act(board, frame)
            if said is not None:
                answers.append(Answer(board.number, said.kind, said.frame))
        if address is None or len(answers) < 2:
            return answers  # to a broadcast they answer one after another
        first, *others = answers
        return [Answer(first.board, first.kind, first.frame, tuple(o.frame for o in others))]
