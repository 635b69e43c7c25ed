"""Kerong CU48, vendor's document v2.1: 02 ADDR LOCK CMD 03 SUM; 50 tells, 51 unlocks unanswered.

Address 0A is all boards, lock 30 (hex) all locks. A telling answer is 12 bytes with six status
bytes, locks 1-8 first; its LOCK byte means nothing.
"""

from __future__ import annotations

from hardware.simulator.boards.board import Board, Kind, Said, Speech, low_sum

_ALL_BOARDS = 0x0A
_ALL_LOCKS = 0x30
_SIZE = 6


def _seal(*body: int) -> bytes:
    return bytes([*body, low_sum(bytes(body))])


class KerongCu48(Speech):
    """Forty-eight locks."""

    name = "kerong-cu48"
    baud = 19200
    channels = 48
    first_address = 0

    def __init__(self, channels: int) -> None:
        if channels > self.channels:
            raise ValueError("a CU48 has 48 channels")

    def size(self, heard: bytes) -> int | None:
        """Size a request: six bytes, ended by 03 and the sum."""
        if heard[0] != 0x02:
            return 0
        if len(heard) < _SIZE:
            return None
        return _SIZE if heard[4] == 0x03 and low_sum(heard[:5]) == heard[5] else 0

    def addressee(self, frame: bytes) -> int | None:
        """Read the board's address."""
        return None if frame[1] == _ALL_BOARDS else frame[1]

    def act(self, board: Board, frame: bytes) -> Said | None:
        """Tell, or unlock without a word."""
        lock, command = frame[2], frame[3]
        if command == 0x50:
            status = board.bits().to_bytes(6, "little")
            return Said(Kind.STATUS, _seal(0x02, board.address, lock, 0x65, *status, 0x03))
        if command == 0x51 and lock == _ALL_LOCKS:
            board.pulse_all()
        elif command == 0x51 and board.has(lock + 1):
            board.pulse(lock + 1)
        return None

    def readdressed(self, frame: bytes, address: int) -> bytes:
        """Put another address in."""
        return _seal(0x02, address, *frame[2:-1])
