"""The keys that every protocol shares; each protocol's own are its `ProtocolSpec.options`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from hardware.codecs.receiver import EchoMode

#: Speeds seen on lock boards.
BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
#: Cell numbers that the wire can carry.
CELLS = range(1, 1000)
#: Stands in a column for a place without a door.
NO_DOOR = 0


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TOML table: a misspelt key is a fault, not a default."""


class PortTable(Table, frozen=True, kw_only=True):
    """One `[[port]]`; durations in seconds."""

    device: Annotated[str, msgspec.Meta(min_length=1)]
    protocol: str = "8a"
    #: None is the protocol's usual speed.
    baud: int | None = None
    local_echo: EchoMode = EchoMode.AUTO
    poll_seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.2
    open_attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    open_pause_seconds: Annotated[float, msgspec.Meta(ge=0.01, le=600)] = 1.0
    cooldown_seconds: Annotated[float, msgspec.Meta(ge=0.01, le=3600)] = 30.0
    board: Any


class PlacesTable(Table, frozen=True, kw_only=True):
    """The part of a `[[port.board]]` that says where it is and which cells it serves."""

    address: int
    first_cell: int | None = None
    #: Cell → channel; TOML's keys are text.
    cells: dict[str, Any] = {}
    disabled: tuple[int, ...] = ()


class ColumnTable(Table, frozen=True, kw_only=True):
    """One `[[column]]` of doors, from the left as one stands before the cabinet."""

    #: From top to bottom; `NO_DOOR` is a place without one: the screen, a blank panel.
    cells: Annotated[tuple[int, ...], msgspec.Meta(min_length=1, max_length=200)]
    #: How high each is, relative to the others of the cabinet; all alike unless told.
    heights: tuple[Annotated[float, msgspec.Meta(ge=0.1, le=20)], ...] = ()


class FileTable(Table, frozen=True, kw_only=True):
    """The whole file."""

    port: Any
    column: Any = None


#: Keys of a board that are not its protocol's.
PLACE_KEYS = frozenset(PlacesTable.__struct_fields__)
