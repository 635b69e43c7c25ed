"""A cabinet's layout as the server and the screens are told it; pure.

Where the configuration has no `[[column]]`, doors are put in the order of the boards' channels,
a board after another, cut into columns of a usual height: a guess, and told as one.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardware.config.layout import Layout, PortLayout, Spot
from realtime.wire.cabinets import BoardPlace, CabinetLayout, CellPlace, PortPlace

#: Doors of a column that is only guessed.
USUAL_ROWS = 8


def drawing(layout: Layout) -> CabinetLayout:
    """Tell a layout."""
    spots = layout.spots or dict(_guessed(layout))
    return CabinetLayout(
        ports=tuple(_port(port) for port in layout.ports),
        cells=tuple(_cell(layout, cell, spots[cell]) for cell in sorted(layout.places)),
        is_drawn=bool(layout.spots),
    )


def _port(port: PortLayout) -> PortPlace:
    return PortPlace(
        device=port.line.url[:256],
        protocol=port.spec.name,
        baud=port.line.baud,
        boards=tuple(
            BoardPlace(address=address, channels=port.options[address].channels)
            for address in port.boards
        ),
    )


def _cell(layout: Layout, cell: int, spot: Spot) -> CellPlace:
    place = layout.places[cell]
    return CellPlace(
        cell=cell,
        column=spot.column,
        row=spot.row,
        height=spot.height,
        port=place.port,
        board=place.board,
        channel=place.channel,
        is_disabled=place.is_disabled,
    )


def _guessed(layout: Layout) -> Iterator[tuple[int, Spot]]:
    """Put doors where they usually lie."""
    column = -1
    for index, port in enumerate(layout.ports):
        for board in port.boards:
            mine = sorted(
                (place.channel, cell)
                for cell, place in layout.places.items()
                if (place.port, place.board) == (index, board)
            )
            for number, (_, cell) in enumerate(mine):
                row = number % USUAL_ROWS
                column += row == 0
                yield cell, Spot(column, row)
