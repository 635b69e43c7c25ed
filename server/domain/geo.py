"""Places on the map, WGS-84 degrees, and distances in metres."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

#: Mean radius (IUGG), metres; the error of the sphere is far below a phone's.
EARTH_METRES = 6_371_008.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point."""

    lat: float
    lon: float


def metres_between(one: Place, other: Place) -> float:
    """Measure the great-circle distance (haversine)."""
    lat1, lat2 = radians(one.lat), radians(other.lat)
    half_lat = sin((lat2 - lat1) / 2)
    half_lon = sin(radians(other.lon - one.lon) / 2)
    chord = half_lat**2 + cos(lat1) * cos(lat2) * half_lon**2
    return 2 * EARTH_METRES * asin(sqrt(min(1.0, chord)))
