"""Kerong CU16: five-byte requests 02 ADDR CMD 03 SUM, board and lock in ADDR's two nibbles.

30 tells one board (answer 35), 32 all boards (36), 31 unlocks one lock and 33 all, unanswered;
37 sets or asks the unlock time (38), 39 unlocks after a delay. Answers carry a hook bit and an
infrared bit for each lock.
"""

from __future__ import annotations

from hardware.simulator.boards.board import Board, Kind, Said, Speech, low_sum

_ALL = 0xF
#: Requests by command: how long they are.
_SIZES = {0x30: (5,), 0x31: (5,), 0x32: (5,), 0x33: (5,), 0x37: (5, 7), 0x39: (6,)}
#: The unlock time that every board of ours has, in units of 10 ms.
_UNLOCK_TIME = 55


def _seal(*body: int) -> bytes:
    return bytes([*body, low_sum(bytes(body))])


class KerongCu16(Speech):
    """Sixteen locks, each with an item sensor."""

    name = "kerong-cu16"
    baud = 19200
    channels = 16
    first_address = 0

    def __init__(self, channels: int) -> None:
        if channels > self.channels:
            raise ValueError("a CU16 has 16 channels")

    def size(self, heard: bytes) -> int | None:
        """Size a request by its command; 03 and the sum end it."""
        if heard[0] != 0x02:
            return 0
        if len(heard) < 3:
            return None
        for size in _SIZES.get(heard[2], ()):
            if len(heard) < size:
                return None
            if heard[size - 2] == 0x03 and low_sum(heard[: size - 1]) == heard[size - 1]:
                return size
        return 0

    def addressee(self, frame: bytes) -> int | None:
        """Read the high nibble."""
        address = frame[1] >> 4
        return None if address == _ALL else address

    def act(self, board: Board, frame: bytes) -> Said | None:
        """Tell, or unlock without a word."""
        command, channel = frame[2], (frame[1] & 0x0F) + 1
        if command in (0x30, 0x32):
            return Said(Kind.STATUS, self._status(board, command))
        if command in (0x31, 0x39) and board.has(channel):
            board.pulse(channel)
            return self._acknowledged(board, frame)
        if command == 0x33:
            board.pulse_all()
            return self._acknowledged(board, frame)
        if command == 0x37:
            return Said(Kind.OTHER, _seal(0x02, board.address << 4, 0x38, 0, _UNLOCK_TIME, 0x03))
        return None

    def readdressed(self, frame: bytes, address: int) -> bytes:
        """Put another board's nibble in."""
        return _seal(0x02, (address & 0xF) << 4, *frame[2:-1])

    def _acknowledged(self, board: Board, frame: bytes) -> Said | None:
        if not board.wiring.answers_unlock:
            return None  # the usual
        return Said(Kind.UNLOCK, self._status(board, 0x30))

    def _status(self, board: Board, command: int) -> bytes:
        hooks = board.bits().to_bytes(2, "little")
        items = board.item_bits().to_bytes(2, "little")
        answer = 0x35 if command == 0x30 else 0x36
        return _seal(0x02, board.address << 4, answer, *hooks, *items, 0x03)
