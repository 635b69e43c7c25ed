"""Winnsen V202104: 90 LEN FC STATION .. 03, without a checksum.

05 opens one lock (answer 85), 02 tells the locks of a mask (answer 82); bit 1 is OPEN. Masks
come low byte first.
"""

from __future__ import annotations

from hardware.simulator.boards.board import Board, Kind, Said, Speech, Wiring

_OPENED, _FAILED = 0x01, 0x00
_SIZES = {0x05: 6, 0x02: 7}


class Winnsen(Speech):
    """Sixteen locks a station."""

    name = "winnsen"
    baud = 9600
    channels = 16
    first_address = 1

    def __init__(self, channels: int) -> None:
        if channels > self.channels:
            raise ValueError("a Winnsen station has 16 locks")

    def size(self, heard: bytes) -> int | None:
        """Size a request by its function; length and end must agree."""
        if heard[0] != 0x90:
            return 0
        if len(heard) < 3:
            return None
        size = _SIZES.get(heard[2], 0)
        if size == 0 or heard[1] != size:
            return 0
        if len(heard) < size:
            return None
        return size if heard[size - 1] == 0x03 else 0

    def addressee(self, frame: bytes) -> int | None:
        """Read the station."""
        return frame[3]

    def act(self, board: Board, frame: bytes) -> Said | None:
        """Open one lock, or tell the locks that were asked for."""
        if frame[2] == 0x05:
            lock = frame[4]
            done = _OPENED if board.has(lock) else _FAILED
            if done == _OPENED:
                board.pulse(lock)
            answer = bytes([0x90, 7, 0x85, board.address, lock, done, 0x03])
            return Said(Kind.UNLOCK, answer)
        mask = int.from_bytes(frame[4:6], "little")
        states = (board.bits(one_is_open=True) & mask).to_bytes(2, "little")
        return Said(Kind.STATUS, bytes([0x90, 7, 0x82, board.address, *states, 0x03]))

    def readdressed(self, frame: bytes, address: int) -> bytes:
        """Put another station in."""
        return frame[:3] + bytes([address]) + frame[4:]

    def config(self, wiring: Wiring) -> dict[str, str | int]:
        """Tell the polarity by its own words: here a 1 usually is an open door."""
        return {"polarity": "one_is_closed" if wiring.one_is_open else "one_is_open"}
