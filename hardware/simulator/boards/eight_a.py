"""8A boards: 8A unlock, 90 unlock many, 80 read, 82 unasked report; the last byte XORs the rest."""

from __future__ import annotations

from hardware.simulator.boards.board import Board, Kind, Said, Speech, Wiring, xor

#: Channels up to which a mask or a status has three bytes; larger boards have seven.
_SMALL = 24


def _seal(*body: int) -> bytes:
    return bytes([*body, xor(bytes(body))])


class EightA(Speech):
    """Widespread boards of 8 to 24, or 50, channels."""

    name = "8a"
    baud = 9600
    channels = 24
    first_address = 1

    def __init__(self, channels: int) -> None:
        self._mask_bytes = 3 if channels <= _SMALL else 7

    def size(self, heard: bytes) -> int | None:
        """Size a request: 5 bytes, 6 with a pulse time, and the mask's for many."""
        sizes = {0x8A: (5, 6), 0x80: (5,), 0x90: (self._mask_bytes + 3,)}
        for size in sizes.get(heard[0], ()):
            if len(heard) < size:
                return None
            if xor(heard[: size - 1]) == heard[size - 1]:
                return size
        return 0

    def addressee(self, frame: bytes) -> int | None:
        """Read the board's address."""
        return frame[1]

    def act(self, board: Board, frame: bytes) -> Said | None:
        """Unlock one, some or all; tell one or all."""
        if frame[0] == 0x90:
            return self._unlock_many(board, frame)
        channel, function = frame[2], frame[3]
        if frame[0] == 0x8A and function == 0x11:
            return self._unlock(board, channel)
        if frame[0] == 0x80 and function == 0x33:
            return self._tell(board, channel)
        return None

    def report(self, board: Board, channel: int) -> bytes:
        """Make an 82 frame, whose layout is by analogy: no capture of one is public."""
        return _seal(0x82, board.address, channel, _status(board, channel))

    def readdressed(self, frame: bytes, address: int) -> bytes:
        """Put another address in."""
        return _seal(frame[0], address, *frame[2:-1])

    def config(self, wiring: Wiring) -> dict[str, str | int]:
        """Tell the byte order and count, too."""
        keys = super().config(wiring)
        keys["status_order"] = "low_first" if wiring.low_first else "high_first"
        if wiring.status_bytes is not None:
            keys["status_bytes"] = wiring.status_bytes
        return keys

    def _unlock(self, board: Board, channel: int) -> Said | None:
        if channel == 0:
            board.pulse_all()
            return Said(Kind.UNLOCK, _seal(0x8A, board.address, 0, 0x00))
        if not board.has(channel):
            return None
        board.pulse(channel)
        return Said(Kind.UNLOCK, _seal(0x8A, board.address, channel, _status(board, channel)))

    def _unlock_many(self, board: Board, frame: bytes) -> Said | None:
        mask = int.from_bytes(frame[2:-1], "little")
        for channel in range(1, board.channels + 1):
            if mask >> (channel - 1) & 1:
                board.pulse(channel)
        # Its answer is known to begin with 90 and no more: the request's own bytes.
        return Said(Kind.UNLOCK, frame)

    def _tell(self, board: Board, channel: int) -> Said | None:
        if channel == 0:
            size = board.wiring.status_bytes or (3 if board.channels <= _SMALL else 7)
            order = "little" if board.wiring.low_first else "big"
            status = board.bits().to_bytes(size, order)  # type: ignore[arg-type]
            return Said(Kind.STATUS, _seal(0x80, board.address, *status, 0x33))
        if not board.has(channel):
            return None
        return Said(Kind.OTHER, _seal(0x80, board.address, channel, _status(board, channel)))


def _status(board: Board, channel: int) -> int:
    return 0x11 if board.bit(channel) else 0x00
