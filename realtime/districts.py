"""Districts: the geohash cells of five characters (about 4.9 km each way) that feeds go by."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, cos, floor, radians

import pygeohash

from server.domain.geo import EARTH_METRES, Place, metres_between
from server.domain.ids import District

PRECISION = 5

#: A five-character geohash has 25 bits: 13 of longitude, 12 of latitude.
COLUMNS = 1 << 13
ROWS = 1 << 12
CELL_DEGREES = 360 / COLUMNS  # the same for latitude: 180 / ROWS

#: Rings beyond this are a mistake; they would name thousands of districts.
MOST_METRES = 100_000

METRES_PER_DEGREE = EARTH_METRES * radians(1)


def district_of(place: Place) -> District:
    """Give the district that a place lies in."""
    return District(pygeohash.encode(place.lat, place.lon, precision=PRECISION))


def districts_in_ring(place: Place, metres: float) -> frozenset[District]:
    """Give every district that a circle touches.

    Raises:
        ValueError: a radius that is negative or beyond any ring.
    """
    if not 0 <= metres <= MOST_METRES:
        raise ValueError(f"a ring of {metres} m")
    return frozenset({district_of(place), *_touched(place, metres)})


def is_district(text: str) -> bool:
    """Tell whether a text from outside names a district."""
    return len(text) == PRECISION and all(
        letter in "0123456789bcdefghjkmnpqrstuvwxyz" for letter in text
    )


def _touched(place: Place, metres: float) -> Iterator[District]:
    reach = metres / METRES_PER_DEGREE
    # Meridians close up towards the poles: the widest spread is at the far edge of the circle.
    far_lat = min(89.0, abs(place.lat) + reach)
    reach_lon = reach / cos(radians(far_lat))
    for row in range(_row(place.lat - reach), _row(place.lat + reach) + 1):
        for column in range(
            floor((place.lon - reach_lon + 180) / CELL_DEGREES),
            ceil((place.lon + reach_lon + 180) / CELL_DEGREES) + 1,
        ):
            if _nearest_metres(place, row, column) <= metres:
                yield _district(row, column)


def _row(lat: float) -> int:
    return min(ROWS - 1, max(0, floor((lat + 90) / CELL_DEGREES)))


def _district(row: int, column: int) -> District:
    lat = (row + 0.5) * CELL_DEGREES - 90
    lon = (column % COLUMNS + 0.5) * CELL_DEGREES - 180
    return district_of(Place(lat=lat, lon=lon))


def _nearest_metres(place: Place, row: int, column: int) -> float:
    south, west = row * CELL_DEGREES - 90, column * CELL_DEGREES - 180
    nearest = Place(
        lat=min(max(place.lat, south), south + CELL_DEGREES),
        lon=min(max(place.lon, west), west + CELL_DEGREES),
    )
    return metres_between(place, nearest)
