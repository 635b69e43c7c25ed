"""The 8A boards of a simulated cabinet: request bytes in, answer bytes out.

Written from the protocol's description, byte by byte, and on purpose without the agent's
codec: a fault there must not be mirrored here.
"""

from __future__ import annotations

from hardware.simulator.doors import Doors

#: Longest request a board understands; what does not become one is thrown away.
_LONGEST = 6


def _seal(frame: list[int]) -> bytes:
    check = 0
    for byte in frame:
        check ^= byte
    return bytes([*frame, check])


class Boards:
    """Boards 1 to `count` on one line, `channels` doors each; cell = (board - 1) * channels + n."""

    def __init__(self, count: int, channels: int, doors: Doors) -> None:
        self._count = count
        self._channels = channels
        self._doors = doors
        self._heard = bytearray()

    def receive(self, data: bytes) -> list[tuple[int, bytes]]:
        """Take request bytes; act, and return (board, answer) for each request that was whole."""
        self._heard += data
        answers = []
        while len(self._heard) >= 5:
            size = self._whole_request()
            if size == 0:
                if len(self._heard) < _LONGEST:
                    break  # it may be the longer form
                del self._heard[0]
                continue
            answer = self._act(bytes(self._heard[:size]))
            del self._heard[:size]
            if answer is not None:
                answers.append(answer)
        return answers

    def report(self, cell: int) -> bytes:
        """Make the unasked report of one door."""
        board, channel = divmod(cell - 1, self._channels)
        return _seal([0x82, board + 1, channel + 1, self._status(cell)])

    def _whole_request(self) -> int:
        if self._heard[0] not in (0x8A, 0x80):
            return 0
        for size in (5, 6):
            frame = self._heard[:size]
            if len(frame) == size and _seal(list(frame[:-1])) == bytes(frame):
                return size
        return 0

    def _act(self, frame: bytes) -> tuple[int, bytes] | None:
        header, board, channel, function = frame[:4]
        if not 1 <= board <= self._count:
            return None
        if header == 0x8A and function == 0x11 and 1 <= channel <= self._channels:
            cell = self._cell(board, channel)
            self._doors.pulse(cell)
            return board, _seal([0x8A, board, channel, self._status(cell)])
        if header == 0x80 and function == 0x33 and channel == 0:
            return board, self._status_of_all(board)
        if header == 0x80 and function == 0x33 and channel <= self._channels:
            return board, _seal([0x80, board, channel, self._status(self._cell(board, channel))])
        return None

    def _status_of_all(self, board: int) -> bytes:
        bits = 0
        for channel in range(1, self._channels + 1):
            if not self._doors.is_open(self._cell(board, channel)):
                bits |= 1 << (channel - 1)  # 1 is closed
        size = 3 if self._channels <= 24 else 7
        return _seal([0x80, board, *bits.to_bytes(size, "big"), 0x33])

    def _status(self, cell: int) -> int:
        return 0x00 if self._doors.is_open(cell) else 0x11

    def _cell(self, board: int, channel: int) -> int:
        return (board - 1) * self._channels + channel
