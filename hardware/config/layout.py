"""The board configuration: a TOML file that says which cell is which channel of which board.

    [[port]]
    device = "/dev/ttyUSB0"        # or "socket://192.0.2.7:4001"
    baud = 9600
    protocol = "8a"
    local_echo = "auto"            # auto | on | off
    poll_seconds = 0.2             # pause between two looks at the same board

    [[port.board]]
    address = 1
    channels = 24
    polarity = "one_is_closed"     # one_is_closed | one_is_open
    status_order = "high_first"    # high_first | low_first
    first_cell = 1                 # channel 1 is cell 1, channel 2 is cell 2, ...
    # cells = { 1 = 3, 2 = 4 }     # or name them: cell = channel
    disabled = [5]                 # cells that are never opened

Every fault is a `ConfigError` that names the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from hardware.codecs.driver import Driver
from hardware.codecs.eight_a import BOARDS, PULSES, BoardOptions, EightA, Polarity, StatusOrder
from hardware.codecs.receiver import EchoMode
from hardware.exchange import LineSettings
from hardware.port import PortDenied, bridge_address

#: Cell numbers that the wire can carry.
CELLS = range(1, 1000)
#: Channel counts of the boards that are made: 8 to 24, or 50.
CHANNELS = (*range(1, 33), 50)
#: Speeds seen on lock boards.
BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)


class ConfigError(Exception):
    """The board configuration is wrong; the message names the key."""

    def __init__(self, key: str, rule: str) -> None:
        super().__init__(f"{key}: {rule}")
        self.key = key
        self.rule = rule


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TOML table: a misspelt key is a fault, not a default."""


class BoardTable(_Table, frozen=True, kw_only=True):
    """One `[[port.board]]`."""

    address: int
    channels: int = 24
    polarity: Polarity = Polarity.ONE_IS_CLOSED
    status_order: StatusOrder = StatusOrder.HIGH_FIRST
    status_bytes: Annotated[int, msgspec.Meta(ge=3, le=7)] | None = None
    pulse_seconds: int | None = None
    first_cell: int | None = None
    cells: dict[str, int] = {}
    disabled: tuple[int, ...] = ()


class PortTable(_Table, frozen=True, kw_only=True):
    """One `[[port]]`."""

    device: Annotated[str, msgspec.Meta(min_length=1)]
    baud: int = 9600
    protocol: str = "8a"
    local_echo: EchoMode = EchoMode.AUTO
    poll_seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.2
    open_attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    open_pause_seconds: Annotated[float, msgspec.Meta(ge=0.01, le=600)] = 1.0
    cooldown_seconds: Annotated[float, msgspec.Meta(ge=0.01, le=3600)] = 30.0
    board: tuple[BoardTable, ...]


class _File(_Table, frozen=True, kw_only=True):
    port: tuple[PortTable, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell's lock and sensor are."""

    port: int
    board: int
    channel: int
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class PortLayout:
    """One port: its line, its boards' addresses, and how often they are looked at."""

    line: LineSettings
    boards: tuple[int, ...]
    poll_seconds: float
    options: dict[int, BoardOptions]

    def driver(self) -> Driver:
        """Make the driver of this port's protocol."""
        return EightA(self.options)


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole cabinet: its ports, and the place of each cell."""

    ports: tuple[PortLayout, ...]
    places: dict[int, Place]


def read_layout(path: Path) -> Layout:
    """Read and check a configuration file.

    Raises:
        ConfigError: it cannot be read, or a key is wrong.
    """
    try:
        return parse_layout(path.read_bytes())
    except OSError as error:
        raise ConfigError(str(path), error.strerror or "cannot be read") from error


def parse_layout(text: bytes) -> Layout:
    """Check a configuration.

    Raises:
        ConfigError: a key is wrong.
    """
    try:
        tables = msgspec.toml.decode(text, type=_File).port
    except msgspec.ValidationError as error:
        rule, _, key = str(error).partition(" - at ")
        raise ConfigError(key.strip("`").removeprefix("$.") or "file", rule) from error
    except msgspec.DecodeError as error:
        raise ConfigError("file", str(error)) from error
    if not tables:
        raise ConfigError("port", "at least one is needed")
    places: dict[int, Place] = {}
    ports = []
    for index, table in enumerate(tables):
        ports.append(_port(f"port[{index}]", table))
        if any(p.line.url == table.device for p in ports[:-1]):
            raise ConfigError(f"port[{index}].device", "another port has the same device")
        for number, board in enumerate(table.board):
            _place_cells(f"port[{index}].board[{number}]", index, board, places)
    return Layout(tuple(ports), places)


def _port(key: str, table: PortTable) -> PortLayout:
    if table.protocol != "8a":
        raise ConfigError(f"{key}.protocol", f"{table.protocol!r} is not known; expected '8a'")
    if table.baud not in BAUDS:
        raise ConfigError(f"{key}.baud", f"expected one of {', '.join(map(str, BAUDS))}")
    if table.device.startswith("socket://"):
        try:
            bridge_address(table.device)
        except PortDenied as error:
            raise ConfigError(f"{key}.device", str(error)) from error
    if not table.board:
        raise ConfigError(f"{key}.board", "at least one is needed")
    options: dict[int, BoardOptions] = {}
    for number, board in enumerate(table.board):
        if board.address in options:
            raise ConfigError(
                f"{key}.board[{number}].address", f"{board.address} is used twice on this port"
            )
        options[board.address] = _options(f"{key}.board[{number}]", board)
    line = LineSettings(
        url=table.device,
        baud=table.baud,
        echo=table.local_echo,
        open_attempts=table.open_attempts,
        open_pause_seconds=table.open_pause_seconds,
        cooldown_seconds=table.cooldown_seconds,
    )
    return PortLayout(line, tuple(options), table.poll_seconds, options)


def _options(key: str, board: BoardTable) -> BoardOptions:
    if board.address not in BOARDS:
        raise ConfigError(f"{key}.address", f"expected 1 to {BOARDS.stop - 1}")
    if board.channels not in CHANNELS:
        raise ConfigError(f"{key}.channels", "expected 1 to 32, or 50")
    if board.status_bytes is not None and board.status_bytes * 8 < board.channels:
        raise ConfigError(f"{key}.status_bytes", f"too few for {board.channels} channels")
    if board.pulse_seconds is not None and board.pulse_seconds not in PULSES:
        raise ConfigError(f"{key}.pulse_seconds", "expected 1 to 9")
    return BoardOptions(
        channels=board.channels,
        polarity=board.polarity,
        status_order=board.status_order,
        status_bytes=board.status_bytes,
        pulse_seconds=board.pulse_seconds,
    )


def _place_cells(key: str, port: int, board: BoardTable, places: dict[int, Place]) -> None:
    cells = _cell_map(key, board)
    for cell, channel in cells.items():
        if cell not in CELLS:
            raise ConfigError(f"{key}.cells", f"cell {cell} is outside 1 to {CELLS.stop - 1}")
        if cell in places:
            raise ConfigError(f"{key}.cells", f"cell {cell} is placed twice")
        if not 1 <= channel <= board.channels:
            raise ConfigError(f"{key}.cells", f"cell {cell}: no channel {channel}")
        places[cell] = Place(port, board.address, channel, cell in board.disabled)
    for cell in board.disabled:
        if cell not in cells:
            raise ConfigError(f"{key}.disabled", f"cell {cell} is not on this board")
    if len(set(cells.values())) != len(cells):
        raise ConfigError(f"{key}.cells", "two cells have the same channel")


def _cell_map(key: str, board: BoardTable) -> dict[int, int]:
    """Make cell → channel from either way of writing it."""
    if board.cells and board.first_cell is not None:
        raise ConfigError(f"{key}.first_cell", "give either first_cell or cells")
    if board.first_cell is not None:
        return {board.first_cell + n: n + 1 for n in range(board.channels)}
    if not board.cells:
        raise ConfigError(f"{key}.cells", "give first_cell or cells")
    try:
        return {int(cell): channel for cell, channel in board.cells.items()}
    except ValueError:
        raise ConfigError(f"{key}.cells", "its keys are cell numbers") from None
