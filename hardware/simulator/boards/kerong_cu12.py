"""Kerong CU12: 02 ADDR LOCK CMD ASK DATALEN 03 SUM, and data after the sum.

80 tells (two data bytes, locks 1-8 and 9-12), 81 unlocks and is answered. The sum covers the
eight-byte head only. Answer codes were never captured: 10 (hex) for done is hearsay.
"""

from __future__ import annotations

from hardware.simulator.boards.board import Board, Kind, Said, Speech, low_sum

_SIZE = 8
_DONE = 0x10


def _seal(*body: int) -> bytes:
    return bytes([*body, low_sum(bytes(body))])


class KerongCu12(Speech):
    """Twelve locks; experimental, as nobody has shown a capture."""

    name = "kerong-cu12"
    baud = 19200
    channels = 12
    first_address = 0

    def __init__(self, channels: int) -> None:
        if channels > self.channels:
            raise ValueError("a CU12 has 12 channels")

    def size(self, heard: bytes) -> int | None:
        """Size a request: eight bytes, without data."""
        if heard[0] != 0x02:
            return 0
        if len(heard) < _SIZE:
            return None
        is_whole = heard[5] == 0 and heard[6] == 0x03 and low_sum(heard[:7]) == heard[7]
        return _SIZE if is_whole else 0

    def addressee(self, frame: bytes) -> int | None:
        """Read the board's address."""
        return frame[1]

    def act(self, board: Board, frame: bytes) -> Said | None:
        """Tell, or unlock and say so."""
        lock, command = frame[2], frame[3]
        if command == 0x80:
            head = _seal(0x02, board.address, lock, 0x80, _DONE, 2, 0x03)
            return Said(Kind.STATUS, head + board.bits().to_bytes(2, "little"))
        if command == 0x81 and board.has(lock + 1):
            board.pulse(lock + 1)
            return Said(Kind.UNLOCK, _seal(0x02, board.address, lock, 0x81, _DONE, 0, 0x03))
        return None

    def readdressed(self, frame: bytes, address: int) -> bytes:
        """Put another address in; the data after the sum stay."""
        return _seal(0x02, address, *frame[2:7]) + frame[_SIZE:]

    def unchecked(self, frame: bytes) -> bytes:
        """Spoil the sum, which is not the last byte."""
        return frame[:7] + bytes([frame[7] ^ 0xFF]) + frame[_SIZE:]
