"""One simulated board, and what a protocol must say for it to be spoken to.

The boards are written from the protocols' descriptions, byte by byte, and on purpose without
the agent's codecs: a fault there must not be mirrored here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from hardware.simulator.doors import Doors


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """How boards are built and wired; the agent's configuration says the same."""

    #: A contact that is closed reads 1, unless this.
    one_is_open: bool = False
    #: 8A: the first status byte carries channels 1-8, not the last one.
    low_first: bool = False
    #: 8A: status bytes of an answer, where they are not those of the channel count.
    status_bytes: int | None = None
    #: Whether unlocks are answered, where firmwares differ; None is the protocol's usual.
    answers_unlock: bool | None = None


class Kind(StrEnum):
    """What an answer is an answer to."""

    UNLOCK = "unlock"
    STATUS = "status"  #: a look at all doors of the board
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Said:
    """What one board says to one request."""

    kind: Kind
    frame: bytes


@dataclass(slots=True)
class Board:
    """One board: its address switch, its wires, its doors."""

    number: int
    address: int
    channels: int
    wiring: Wiring
    doors: Doors
    #: The cell behind channel 1.
    first_cell: int
    #: A fault: the contacts are wired the other way than the configuration says.
    is_reversed: bool = False

    def has(self, channel: int) -> bool:
        """Tell whether there is such a channel."""
        return 1 <= channel <= self.channels

    def cell(self, channel: int) -> int:
        """Tell the cell behind a channel."""
        return self.first_cell + channel - 1

    def pulse(self, channel: int) -> None:
        """Release one latch."""
        self.doors.pulse(self.cell(channel))

    def pulse_all(self) -> None:
        """Release all latches."""
        for channel in range(1, self.channels + 1):
            self.pulse(channel)

    def bit(self, channel: int, *, one_is_open: bool = False) -> int:
        """Read one contact as the wire tells it; a protocol may have its own usual sense."""
        says_one = self.doors.reads_open(self.cell(channel)) == one_is_open
        return int(says_one != (self.wiring.one_is_open != self.is_reversed))

    def bits(self, *, one_is_open: bool = False) -> int:
        """Read all contacts, channel 1 as bit 0."""
        ones = (
            self.bit(channel, one_is_open=one_is_open) << (channel - 1)
            for channel in range(1, self.channels + 1)
        )
        return sum(ones)

    def item_bits(self) -> int:
        """Tell which cells hold something, channel 1 as bit 0."""
        held = self.doors.items
        return sum(1 << n for n in range(self.channels) if self.first_cell + n in held)

    def open_cells(self) -> tuple[int, ...]:
        """List the cells whose contacts say open."""
        cells = range(self.first_cell, self.first_cell + self.channels)
        return tuple(cell for cell in cells if self.doors.reads_open(cell))


class Speech(ABC):
    """A protocol as boards hear and speak it; keeps no state."""

    name: ClassVar[str]
    baud: ClassVar[int]
    #: How many channels such a board has, unless told.
    channels: ClassVar[int]
    first_address: ClassVar[int]

    @abstractmethod
    def size(self, heard: bytes) -> int | None:
        """Size the whole request that `heard` begins with; 0: none; None: more is needed."""

    @abstractmethod
    def addressee(self, frame: bytes) -> int | None:
        """Read which address a request is for; None is all boards."""

    @abstractmethod
    def act(self, board: Board, frame: bytes) -> Said | None:
        """Carry a request out on one board it is for."""

    @abstractmethod
    def readdressed(self, frame: bytes, address: int) -> bytes:
        """Make the same answer of another board, check byte and all."""

    def report(self, board: Board, channel: int) -> bytes | None:
        """Make the unasked report of one door; None where the protocol has none."""
        return None

    def unchecked(self, frame: bytes) -> bytes:
        """Make the same answer with a wrong check byte."""
        return frame[:-1] + bytes([frame[-1] ^ 0xFF])

    def config(self, wiring: Wiring) -> dict[str, str | int]:
        """List what the agent must be told of the wiring, as TOML keys."""
        return {"polarity": "one_is_open" if wiring.one_is_open else "one_is_closed"}


def xor(data: bytes) -> int:
    """Add bytes without carry."""
    check = 0
    for byte in data:
        check ^= byte
    return check


def low_sum(data: bytes) -> int:
    """Add bytes up, the low byte of it."""
    return sum(data) & 0xFF
