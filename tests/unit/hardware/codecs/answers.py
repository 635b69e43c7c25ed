"""What real boards of every protocol would send, made byte by byte from their descriptions.

Nothing here comes from the codecs, checksums included: a fault there must not be mirrored.
A protocol of the registry without an entry fails the conformance suite.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field


def xor_sealed(*body: int) -> bytes:
    check = 0
    for byte in body:
        check ^= byte
    return bytes((*body, check))


def sum_sealed(*body: int) -> bytes:
    return bytes((*body, sum(body) % 256))


def crc_sealed(*body: int) -> bytes:
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc, low = crc >> 1, crc & 1
            if low:
                crc ^= 0xA001
    return bytes((*body, crc % 256, crc // 256))


def mask_bytes(channels: Collection[int], size: int) -> list[int]:
    """Eight channels a byte, the lowest first, channel 1 in bit 0."""
    return [sum(1 << n for n in range(8) if 8 * k + n + 1 in channels) for k in range(size)]


def _never(_board: int, _channel: int) -> list[bytes]:
    return []


@dataclass(frozen=True)
class Boards:
    """Boards of one protocol, wired in one way, on one line."""

    name: str
    protocol: str
    channels: int
    #: Answers a read; the channels named are open, all others closed.
    status: Callable[[int, Collection[int]], bytes]
    #: All answers that mean that an unlock was done.
    unlocked: Callable[[int, int], list[bytes]] = _never
    #: All answers that mean that an unlock was refused.
    refused: Callable[[int, int], list[bytes]] = _never
    #: Tells of a door unasked.
    report: Callable[[int, int, bool], bytes] | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    address: int = 1
    other: int = 2
    #: Which bytes of a frame a receiver can know to be wrong when one bit flips.
    guarded: Callable[[bytes], Collection[int]] = lambda frame: range(len(frame))
    #: Where the check bytes stand; None where there are none, or no single right ones.
    check: Callable[[bytes], slice] | None = lambda _frame: slice(-1, None)

    def all_channels(self) -> range:
        return range(1, self.channels + 1)

    def closed(self, opened: Collection[int]) -> list[int]:
        return [n for n in self.all_channels() if n not in opened]


# 8A: 1 is closed, the last status byte has channels 1-8; and the other way round.


def eight_a_status(board: int, opened: Collection[int]) -> bytes:
    closed = [n for n in range(1, 25) if n not in opened]
    return xor_sealed(0x80, board, *reversed(mask_bytes(closed, 3)), 0x33)


def eight_a_status_50(board: int, opened: Collection[int]) -> bytes:
    return xor_sealed(0x80, board, *mask_bytes(opened, 7), 0x33)


def eight_a_unlocked(board: int, channel: int) -> list[bytes]:
    return [xor_sealed(0x8A, board, channel, st) for st in (0x00, 0x11)]


def eight_a_report(board: int, channel: int, is_open: bool) -> bytes:
    return xor_sealed(0x82, board, channel, 0x00 if is_open else 0x11)


def eight_a_report_50(board: int, channel: int, is_open: bool) -> bytes:
    return xor_sealed(0x82, board, channel, 0x11 if is_open else 0x00)


# Kerong: the hook's bit is 1 while locked.


def cu48_status(board: int, opened: Collection[int]) -> bytes:
    closed = [n for n in range(1, 49) if n not in opened]
    return sum_sealed(0x02, board, 0x00, 0x65, *mask_bytes(closed, 6), 0x03)


def cu16_status(board: int, opened: Collection[int]) -> bytes:
    closed = [n for n in range(1, 17) if n not in opened]
    items = [1, 16]
    hooks_and_items = (*mask_bytes(closed, 2), *mask_bytes(items, 2))
    return sum_sealed(0x02, board * 16, 0x35, *hooks_and_items, 0x03)


def cu12_status(board: int, opened: Collection[int]) -> bytes:
    closed = [n for n in range(1, 13) if n not in opened]
    head = sum_sealed(0x02, board, 0x00, 0x80, 0x10, 0x02, 0x03)
    return head + bytes(mask_bytes(closed, 2))


def cu12_unlocked(board: int, channel: int) -> list[bytes]:
    return [sum_sealed(0x02, board, channel - 1, 0x81, 0x10, 0x00, 0x03)]


# WKLY: 01 is closed; LEN counts everything.


def wkly(first: int, *rest: int) -> bytes:
    return xor_sealed(first, 0x4B, 0x4C, 0x59, len(rest) + 6, *rest)


def wkly_status(board: int, opened: Collection[int], first: int = 0x57) -> bytes:
    states = [0 if n in opened else 1 for n in range(1, 25)]
    return wkly(first, board, 0x84, 0x00, 24, *states)


def wkly_unlocked(board: int, channel: int, first: int = 0x57) -> list[bytes]:
    return [wkly(first, board, 0x82, 0x00, channel, state) for state in (0, 1)]


def wkly_refused(board: int, channel: int, first: int = 0x57) -> list[bytes]:
    return [wkly(first, board, 0x82, 0xFF, channel, state) for state in (0, 1)]


def wkly_report(board: int, channel: int, is_open: bool, first: int = 0x57) -> bytes:
    return wkly(first, board, 0x85, channel, 0 if is_open else 1)


def meant(frame: bytes) -> bytes:
    """Seal a frame of header 53 as though 57 had been sent."""
    return frame[:-1] + bytes([frame[-1] ^ 0x53 ^ 0x57])


# Winnsen: 1 is open; no check bytes, so status bits and an unlock's result are unguarded.


def winnsen_status(board: int, opened: Collection[int]) -> bytes:
    return bytes((0x90, 0x07, 0x82, board, *mask_bytes(opened, 2), 0x03))


def winnsen_unlock_reply(board: int, channel: int, result: int) -> list[bytes]:
    return [bytes((0x90, 0x07, 0x85, board, channel, result, 0x03))]


def winnsen_guarded(frame: bytes) -> Collection[int]:
    return (0, 1, 2, 3, 6) if frame[2] == 0x82 else (0, 1, 2, 3, 4, 6)


# Modbus: eight inputs, 1 is closed; a write's answer is its request, half a second of pulse.


def modbus_status(board: int, opened: Collection[int]) -> bytes:
    closed = [n for n in range(1, 9) if n not in opened]
    return crc_sealed(board, 0x02, 0x01, *mask_bytes(closed, 1))


def modbus_unlocked(board: int, channel: int) -> list[bytes]:
    return [crc_sealed(board, 0x05, 0x02, channel - 1, 0x00, 0x05)]


def modbus_refused(board: int, _channel: int) -> list[bytes]:
    return [crc_sealed(board, 0x85, code) for code in (0x02, 0x06)]


EVERY_BOARD = (
    Boards("8a", "8a", 24, eight_a_status, eight_a_unlocked, report=eight_a_report),
    Boards(
        "8a-50",
        "8a",
        50,
        eight_a_status_50,
        eight_a_unlocked,
        report=eight_a_report_50,
        options={"channels": 50, "status_order": "low_first", "polarity": "one_is_open"},
    ),
    Boards("kerong-cu48", "kerong-cu48", 48, cu48_status),
    Boards("kerong-cu16", "kerong-cu16", 16, cu16_status),
    Boards(
        "kerong-cu12",
        "kerong-cu12",
        12,
        cu12_status,
        cu12_unlocked,
        guarded=lambda frame: range(min(len(frame), 8)),
        check=lambda _frame: slice(7, 8),
    ),
    Boards("wkly", "wkly", 24, wkly_status, wkly_unlocked, wkly_refused, wkly_report, address=0),
    Boards(
        "wkly-53",
        "wkly",
        24,
        lambda board, opened: wkly_status(board, opened, 0x53),
        lambda board, channel: wkly_unlocked(board, channel, 0x53),
        lambda board, channel: wkly_refused(board, channel, 0x53),
        lambda board, channel, is_open: wkly_report(board, channel, is_open, 0x53),
    ),
    Boards(
        "wkly-53-meant",
        "wkly",
        24,
        lambda board, opened: meant(wkly_status(board, opened, 0x53)),
        lambda board, channel: [meant(f) for f in wkly_unlocked(board, channel, 0x53)],
        lambda board, channel: [meant(f) for f in wkly_refused(board, channel, 0x53)],
        check=None,  # two are right; the one of the bytes received is what is named
    ),
    Boards(
        "winnsen",
        "winnsen",
        16,
        winnsen_status,
        lambda board, channel: winnsen_unlock_reply(board, channel, 0x01),
        lambda board, channel: winnsen_unlock_reply(board, channel, 0x00),
        guarded=winnsen_guarded,
        check=None,
    ),
    Boards(
        "modbus",
        "modbus",
        8,
        modbus_status,
        modbus_unlocked,
        modbus_refused,
        check=lambda _frame: slice(-2, None),
    ),
)
