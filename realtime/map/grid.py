"""The map as whole numbers: Web Mercator of 30 bits, cells of clusters, and what is in view."""

from __future__ import annotations

from dataclasses import dataclass
from math import asinh, atan, degrees, pi, radians, sinh, tan

from realtime.wire.map import CELL_PIXELS, WatchMap
from server.domain.errors import InvalidInput
from server.domain.geo import Place

#: Bits of a coordinate: the world is a square of 2**30.
BITS = 30
WORLD = 1 << BITS

#: Web Mercator ends here, degrees.
MOST_LAT = 85.0511

TILE_BITS = 8  #: a tile is 256 pixels
CELL_BITS = CELL_PIXELS.bit_length() - 1

#: Most cells of one view, each way: screens of 8192 pixels.
MOST_CELLS = 128

#: Cells of one zoom by column and row.
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as the grid counts."""

    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewport:
    """What one socket looks at, in cells of its zoom, rounded outwards."""

    zoom: int
    first: Cell
    last: Cell

    def has(self, cell: Cell) -> bool:
        """Tell whether a cell is in view."""
        (column, row), (first, last) = cell, (self.first, self.last)
        return first[0] <= column <= last[0] and first[1] <= row <= last[1]


def spot_of(place: Place) -> Spot:
    """Give the spot of a place; beyond the map's edge it is the edge."""
    lat = radians(min(max(place.lat, -MOST_LAT), MOST_LAT))
    x = (place.lon + 180) / 360
    y = (1 - asinh(tan(lat)) / pi) / 2
    return Spot(_within(x), _within(y))


def place_of(x: float, y: float) -> Place:
    """Give the place of a spot."""
    return Place(lat=degrees(atan(sinh(pi * (1 - 2 * y / WORLD)))), lon=x / WORLD * 360 - 180)


def shift_of(zoom: int) -> int:
    """Tell how many bits of a coordinate lie within a cell of a zoom."""
    return BITS - zoom - (TILE_BITS - CELL_BITS)


def viewport_of(asked: WatchMap) -> Viewport:
    """Check what is asked for.

    Raises:
        InvalidInput: the sides are the wrong way round, or so much of the world is not seen at
            once at this zoom.
    """
    if asked.west >= asked.east:
        raise InvalidInput(field="east", rule="east_of_west")
    if asked.south >= asked.north:
        raise InvalidInput(field="north", rule="north_of_south")
    shift = shift_of(asked.zoom)
    corner = spot_of(Place(lat=asked.north, lon=asked.west))
    other = spot_of(Place(lat=asked.south, lon=asked.east))
    first, last = (corner.x >> shift, corner.y >> shift), (other.x >> shift, other.y >> shift)
    if max(last[0] - first[0], last[1] - first[1]) >= MOST_CELLS:
        raise InvalidInput(field="zoom", rule="fits_a_screen")
    return Viewport(zoom=asked.zoom, first=first, last=last)


def _within(part: float) -> int:
    return min(WORLD - 1, max(0, int(part * WORLD)))
