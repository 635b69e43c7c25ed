"""Modbus RTU relays with door inputs, Waveshare's layout: FC05 flashes a relay, FC02 tells.

The flash address is 0200 + relay, its value the time in units of 100 ms; the board itself ends
the pulse. 00FF is all relays, 0400 ends a flash. The CRC has polynomial A001, low byte first.
"""

from __future__ import annotations

from hardware.simulator.boards.board import Board, Kind, Said, Speech

_COILS, _INPUTS, _WRITE_COIL, _WRITE_COILS = 0x01, 0x02, 0x05, 0x0F
_FLASH_ON, _FLASH_OFF = 0x0200, 0x0400
_ALL_RELAYS = 0x00FF
_ON, _OFF = 0xFF00, 0x0000
_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS, _ILLEGAL_VALUE = 1, 2, 3
_LONGEST_FLASH = 0x7FFF


def crc(data: bytes) -> bytes:
    """Make the two check bytes."""
    check = 0xFFFF
    for byte in data:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ 0xA001 if check & 1 else check >> 1
    return bytes([check & 0xFF, check >> 8])


def _seal(*body: int) -> bytes:
    return bytes(body) + crc(bytes(body))


class Modbus(Speech):
    """A relay and an input for each channel."""

    name = "modbus"
    baud = 9600
    channels = 8
    first_address = 1

    def __init__(self, channels: int) -> None:
        if channels > 32:
            raise ValueError("more than 32 relays are not made")

    def size(self, heard: bytes) -> int | None:
        """Size a request by its function; the CRC ends it."""
        if len(heard) < 2:
            return None
        if not 1 <= heard[1] <= 0x10:
            return 0
        if heard[1] in (_WRITE_COILS, 0x10):
            if len(heard) < 7:
                return None
            size = 9 + heard[6]
        else:
            size = 8
        if len(heard) < size:
            return None
        return size if crc(heard[: size - 2]) == heard[size - 2 : size] else 0

    def addressee(self, frame: bytes) -> int | None:
        """Read the unit; 0 is all of them."""
        return frame[0] or None

    def act(self, board: Board, frame: bytes) -> Said | None:
        """Tell inputs, flash relays, or say what is illegal about it."""
        said = self._act(board, frame)
        return None if frame[0] == 0 else said  # a broadcast is not answered

    def _act(self, board: Board, frame: bytes) -> Said:
        function = frame[1]
        where, value = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
        if function in (_COILS, _INPUTS):
            return self._tell(board, function, where, value)
        if function == _WRITE_COIL:
            return self._write(board, frame, where, value)
        return self._illegal(board, function, _ILLEGAL_FUNCTION)

    def _tell(self, board: Board, function: int, first: int, count: int) -> Said:
        if count < 1 or first + count > board.channels:
            return self._illegal(board, function, _ILLEGAL_ADDRESS)
        bits = board.bits() if function == _INPUTS else 0  # a flash is over when asked
        wanted = bits >> first & ((1 << count) - 1)
        size = (count + 7) // 8
        data = wanted.to_bytes(size, "little")
        kind = Kind.STATUS if function == _INPUTS else Kind.OTHER
        return Said(kind, _seal(board.address, function, size, *data))

    def _write(self, board: Board, frame: bytes, where: int, value: int) -> Said:
        echo = Said(Kind.UNLOCK, _seal(board.address, *frame[1:6]))
        if where == _ALL_RELAYS:
            if value == _ON:
                board.pulse_all()
            return echo
        relay = where & 0xFF
        if not board.has(relay + 1) or where - relay not in (0, _FLASH_ON, _FLASH_OFF, 0x1000):
            return self._illegal(board, _WRITE_COIL, _ILLEGAL_ADDRESS)
        if where - relay == _FLASH_ON:
            if not 1 <= value <= _LONGEST_FLASH:
                return self._illegal(board, _WRITE_COIL, _ILLEGAL_VALUE)
            board.pulse(relay + 1)
        elif where == relay and value == _ON:
            board.pulse(relay + 1)
        elif where == relay and value != _OFF:
            return self._illegal(board, _WRITE_COIL, _ILLEGAL_VALUE)
        return echo

    def _illegal(self, board: Board, function: int, why: int) -> Said:
        return Said(Kind.OTHER, _seal(board.address, function | 0x80, why))

    def readdressed(self, frame: bytes, address: int) -> bytes:
        """Put another unit in."""
        return _seal(address, *frame[1:-2])
