"""From a configuration's text to the layout of a cabinet: ports, boards, places of cells."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hardware.codecs.driver import Driver
from hardware.codecs.protocol import BoardOptions, ProtocolSpec
from hardware.codecs.registry import PROTOCOLS
from hardware.config.document import Document, unknown_rule
from hardware.config.errors import ConfigError
from hardware.config.lines import KeyPath
from hardware.config.tables import (
    BAUDS,
    CELLS,
    NO_DOOR,
    PLACE_KEYS,
    ColumnTable,
    FileTable,
    PlacesTable,
    PortTable,
)
from hardware.line.exchange import LineSettings
from hardware.line.port import PortDenied, bridge_address

log = logging.getLogger(__name__)


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
    spec: ProtocolSpec

    def driver(self) -> Driver:
        """Make the driver of this port's protocol."""
        return self.spec.driver(self.options)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a cell's door lies, from the left and from the top, and how high it is."""

    column: int
    row: int
    height: float = 1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole cabinet: its ports, the place of each cell, and where its doors lie, if told."""

    ports: tuple[PortLayout, ...]
    places: dict[int, Place]
    #: Of all cells, or empty.
    spots: dict[int, Spot] = field(default_factory=dict)


def read_layout(path: Path) -> Layout:
    """Read and check a configuration file; says in the log which protocols are experimental.

    Raises:
        ConfigError: it cannot be read, or a key is wrong.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError("", error.strerror or "cannot be read", file=str(path)) from error
    layout = parse_layout(text, path.name)
    for port in layout.ports:
        if port.spec.is_experimental:
            log.warning(
                "experimental protocol: no capture of a real board confirms it",
                extra={"port": port.line.url, "protocol": port.spec.name},
            )
    return layout


def parse_layout(text: bytes, file: str = "boards.toml") -> Layout:
    """Check a configuration; `file` is what its errors call it.

    Symbolic links of device paths are followed, so that one device is not opened twice.

    Raises:
        ConfigError: a key is wrong.
    """
    return _Reader(Document(text, file)).read()


class _Reader:
    """Goes through one document from its top, and stops at the first fault."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._ports: list[PortLayout] = []
        self._places: dict[int, Place] = {}
        #: Where each cell was placed, and each device was named, for telling both lines.
        self._cell_paths: dict[int, KeyPath] = {}
        self._device_paths: dict[str, KeyPath] = {}

    def read(self) -> Layout:
        file = self._document.convert(self._document.tables, (), FileTable)
        for path, table in self._tables(file.port, ("port",), "[[port]]"):
            self._ports.append(self._port(path, table))
        spots = {} if file.column is None else self._spots(file.column)
        return Layout(tuple(self._ports), self._places, spots)

    def _tables(self, value: object, path: KeyPath, form: str) -> list[tuple[KeyPath, Any]]:
        """Take an array of tables apart."""
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            raise self._document.fault(path, f"expected tables written {form}")
        if not value:
            raise self._document.fault(path, f"at least one {form} is needed")
        return [((*path, number), table) for number, table in enumerate(value)]

    # Ports

    def _port(self, path: KeyPath, value: object) -> PortLayout:
        table = self._document.convert(value, path, PortTable)
        spec = PROTOCOLS.get(table.protocol)
        if spec is None:
            rule = f"{table.protocol!r} is not known; expected one of {', '.join(PROTOCOLS)}"
            raise self._document.fault((*path, "protocol"), rule)
        if table.baud is not None and table.baud not in BAUDS:
            rule = f"expected one of {', '.join(map(str, BAUDS))}"
            raise self._document.fault((*path, "baud"), rule)
        self._check_device(path, table)
        options = self._boards(path, spec, table)
        line = LineSettings(
            url=table.device,
            baud=table.baud or spec.bauds[0],
            echo=table.local_echo,
            open_attempts=table.open_attempts,
            open_pause_seconds=table.open_pause_seconds,
            cooldown_seconds=table.cooldown_seconds,
        )
        return PortLayout(line, tuple(options), table.poll_seconds, options, spec)

    def _check_device(self, path: KeyPath, table: PortTable) -> None:
        key: KeyPath = (*path, "device")
        try:
            name = _true_name(table.device)
        except PortDenied as error:
            raise self._document.fault(key, str(error)) from error
        first = self._device_paths.setdefault(name, key)
        if first == key:
            return
        rule = f"the same line as port[{first[1]}] (line {self._document.line(first)})"
        other = self._ports[int(first[1])].spec.name
        if other == table.protocol:
            raise self._document.fault(key, f"{rule}; put all its boards under one [[port]]")
        raise self._document.fault(key, f"{rule}, which speaks {other}: one line, one protocol")

    # Boards

    def _boards(
        self, path: KeyPath, spec: ProtocolSpec, table: PortTable
    ) -> dict[int, BoardOptions]:
        options: dict[int, BoardOptions] = {}
        first_uses: dict[int, KeyPath] = {}
        for key, value in self._tables(table.board, (*path, "board"), "[[port.board]]"):
            own = self._options(key, spec, value)
            placing = {name: value[name] for name in value if name in PLACE_KEYS}
            places = self._document.convert(placing, key, PlacesTable)
            self._check_address((*key, "address"), spec, places.address, first_uses)
            options[places.address] = own
            self._place_cells(key, places, own)
        return options

    def _options(self, path: KeyPath, spec: ProtocolSpec, value: dict[str, Any]) -> BoardOptions:
        """Read the keys that are the protocol's own."""
        own = {name: value[name] for name in value if name not in PLACE_KEYS}
        known = spec.options.__struct_fields__
        for name in own:
            if name not in known:
                rule = unknown_rule(name, {*known, *PLACE_KEYS})
                raise self._document.fault((*path, name), f"{rule} (protocol {spec.name})")
        return self._document.convert(own, path, spec.options)

    def _check_address(
        self, path: KeyPath, spec: ProtocolSpec, address: int, first_uses: dict[int, KeyPath]
    ) -> None:
        known = spec.addresses
        if address not in known:
            rule = f"expected {known[0]} to {known[-1]} with protocol {spec.name}"
            raise self._document.fault(path, rule)
        first = first_uses.setdefault(address, path)
        if first != path:
            rule = f"{address} is used twice on this port (first on line "
            raise self._document.fault(path, f"{rule}{self._document.line(first)})")

    # Cells

    def _place_cells(self, path: KeyPath, table: PlacesTable, options: BoardOptions) -> None:
        channels: dict[int, int] = {}
        for key, cell, channel in self._cell_map(path, table, options):
            if cell not in CELLS:
                rule = f"cell {cell} is outside {CELLS[0]} to {CELLS[-1]}"
                raise self._document.fault(key, rule)
            first = self._cell_paths.setdefault(cell, key)
            if cell in self._places:
                rule = f"cell {cell} is placed twice (first on line {self._document.line(first)})"
                raise self._document.fault(key, rule)
            if not 1 <= channel <= options.channels:
                rule = f"cell {cell}: there is no channel {channel}, only 1 to {options.channels}"
                raise self._document.fault(key, rule)
            if channel in channels:
                rule = f"cells {channels[channel]} and {cell} have the same channel {channel}"
                raise self._document.fault(key, rule)
            channels[channel] = cell
            is_disabled = cell in table.disabled
            self._places[cell] = Place(len(self._ports), table.address, channel, is_disabled)
        for number, cell in enumerate(table.disabled):
            if cell not in channels.values():
                rule = f"cell {cell} is not on this board"
                raise self._document.fault((*path, "disabled", number), rule)

    def _cell_map(
        self, path: KeyPath, table: PlacesTable, options: BoardOptions
    ) -> list[tuple[KeyPath, int, int]]:
        """List cells and channels from either way of writing them, each with its key."""
        if table.cells and table.first_cell is not None:
            raise self._document.fault((*path, "first_cell"), "give either first_cell or cells")
        if table.first_cell is not None:
            key: KeyPath = (*path, "first_cell")
            return [(key, table.first_cell + n, n + 1) for n in range(options.channels)]
        if not table.cells:
            raise self._document.fault((*path, "cells"), "give first_cell or cells")
        return [self._cell((*path, "cells", name), name, table.cells[name]) for name in table.cells]

    def _cell(self, key: KeyPath, name: str, channel: object) -> tuple[KeyPath, int, int]:
        if not (name.isascii() and name.isdecimal()):
            raise self._document.fault(key, "expected a cell number before the equals sign")
        if not isinstance(channel, int) or isinstance(channel, bool):
            raise self._document.fault(key, "expected a channel number after the equals sign")
        return key, int(name), channel

    # Columns

    def _spots(self, value: object) -> dict[int, Spot]:
        spots: dict[int, Spot] = {}
        paths: dict[int, KeyPath] = {}
        for path, entry in self._tables(value, ("column",), "[[column]]"):
            column = self._document.convert(entry, path, ColumnTable)
            if column.heights and len(column.heights) != len(column.cells):
                rule = f"{len(column.heights)} heights for {len(column.cells)} cells"
                raise self._document.fault((*path, "heights"), rule)
            for row, cell in enumerate(column.cells):
                if cell == NO_DOOR:
                    continue
                self._check_spot((*path, "cells", row), cell, paths)
                height = column.heights[row] if column.heights else 1.0
                spots[cell] = Spot(int(path[1]), row, height)
        missing = sorted(self._places.keys() - spots.keys())
        if missing:
            rule = f"cell {missing[0]} is in no column; name all cells, or none"
            raise self._document.fault(("column",), rule)
        return spots

    def _check_spot(self, path: KeyPath, cell: int, paths: dict[int, KeyPath]) -> None:
        if cell not in self._places:
            raise self._document.fault(path, f"cell {cell} is on no board")
        first = paths.setdefault(cell, path)
        if first != path:
            rule = f"cell {cell} lies twice (first on line {self._document.line(first)})"
            raise self._document.fault(path, rule)


def _true_name(device: str) -> str:
    """Name a line so that two ways of writing it are the same.

    Raises:
        PortDenied: it is a bridge without host or port.
    """
    if device.startswith("socket://"):
        host, port = bridge_address(device)
        return f"socket://{host}:{port}"
    return os.path.realpath(device)
