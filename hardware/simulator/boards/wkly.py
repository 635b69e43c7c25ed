"""WKLY: 57 4B 4C 59 LEN BD CMD DATA CK; CK XORs every byte before it, header and LEN too.

80 opens several at once, 82 one, 86 all, 87 all one by one, 88 and 89 hold a channel on and
off, 81 blinks, 83 tells one, 84 all; 85 is the board's own report. Lock state 00 is open.
"""

from __future__ import annotations

from hardware.simulator.boards.board import Board, Kind, Said, Speech, xor

_HEADER = b"WKLY"
#: Header, length, board, command, check.
_OVERHEAD = 8
_LONGEST = 64
_OK, _FAILED = 0x00, 0xFF


def _frame(address: int, command: int, *data: int) -> bytes:
    body = _HEADER + bytes([_OVERHEAD + len(data), address, command, *data])
    return body + bytes([xor(body)])


class Wkly(Speech):
    """Boards that tell of their doors unasked; any channel count that a byte can say."""

    name = "wkly"
    baud = 9600
    channels = 24
    first_address = 0

    def __init__(self, channels: int) -> None:
        if channels > 50:
            raise ValueError("more than 50 channels are not made")

    def size(self, heard: bytes) -> int | None:
        """Size a request by its own length byte."""
        if not _HEADER.startswith(heard[:4]):
            return 0
        if len(heard) < 5:
            return None
        size = heard[4]
        if not _OVERHEAD <= size <= _LONGEST:
            return 0
        if len(heard) < size:
            return None
        return size if xor(heard[: size - 1]) == heard[size - 1] else 0

    def addressee(self, frame: bytes) -> int | None:
        """Read the board's address."""
        return frame[5]

    def act(self, board: Board, frame: bytes) -> Said | None:
        """Carry one command out."""
        command, data = frame[6], frame[7:-1]
        if command in (0x80, 0x87):
            return self._open_some(board, command, data)
        if command == 0x86 and not data:
            board.pulse_all()
            return self._unlocked(board, command, _OK)
        if command == 0x84 and not data:
            states = [board.bit(n) for n in range(1, board.channels + 1)]
            return Said(Kind.STATUS, _frame(board.address, command, _OK, board.channels, *states))
        if len(data) == 1:
            return self._one(board, command, data[0])
        return None

    def report(self, board: Board, channel: int) -> bytes:
        """Make an 85 frame."""
        return _frame(board.address, 0x85, channel, board.bit(channel))

    def readdressed(self, frame: bytes, address: int) -> bytes:
        """Put another address in."""
        return _frame(address, frame[6], *frame[7:-1])

    def _open_some(self, board: Board, command: int, data: bytes) -> Said | None:
        if not data or data[0] != len(data) - 1:
            return None
        known = [channel for channel in data[1:] if board.has(channel)]
        for channel in known:
            board.pulse(channel)
        return self._unlocked(board, command, _OK if len(known) == data[0] else _FAILED)

    def _one(self, board: Board, command: int, channel: int) -> Said | None:
        if command not in (0x81, 0x82, 0x83, 0x88, 0x89):
            return None
        if not board.has(channel):
            return Said(Kind.OTHER, _frame(board.address, command, _FAILED, channel))
        if command in (0x82, 0x88):
            board.pulse(channel)
        if command == 0x82:
            return self._unlocked(board, command, _OK, channel, board.bit(channel))
        if command == 0x83:
            state = board.bit(channel)
            return Said(Kind.OTHER, _frame(board.address, command, _OK, channel, state))
        return Said(Kind.OTHER, _frame(board.address, command, _OK, channel))

    def _unlocked(self, board: Board, command: int, *data: int) -> Said | None:
        if board.wiring.answers_unlock is False:
            return None  # one maker's boards never answer an 82
        return Said(Kind.UNLOCK, _frame(board.address, command, *data))
