"""Check bytes of lock board frames: XOR, sum and CRC-16, and how each is written.

A *seal* makes the check bytes of what stands before them, as they go over the line.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import xor

Seal = Callable[[bytes], bytes]

#: Start and reversed polynomial of the CRC-16 of Modbus RTU.
_CRC_START = 0xFFFF
_CRC_POLYNOMIAL = 0xA001


def xor_of(data: bytes) -> int:
    """Make the XOR of all bytes (8A, where it is called BCC; WKLY)."""
    return reduce(xor, data, 0)


def sum_of(data: bytes) -> int:
    """Make the low byte of the sum of all bytes (Kerong)."""
    return sum(data) & 0xFF


def crc16_modbus(data: bytes) -> int:
    """Make the CRC-16 of Modbus RTU; it is sent low byte first."""
    crc = _CRC_START
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ _CRC_POLYNOMIAL if crc & 1 else crc >> 1
    return crc


def by_xor(body: bytes) -> bytes:
    """Seal with one byte of XOR."""
    return bytes((xor_of(body),))


def by_sum(body: bytes) -> bytes:
    """Seal with one byte of sum."""
    return bytes((sum_of(body),))


def by_crc16(body: bytes) -> bytes:
    """Seal with the CRC-16 of Modbus RTU, low byte first."""
    return crc16_modbus(body).to_bytes(2, "little")


def unsealed(body: bytes) -> bytes:
    """Seal with nothing, as Winnsen boards do."""
    del body
    return b""
