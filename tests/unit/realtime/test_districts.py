"""Geohash cells that a ring touches, against a plain scan."""

import math
import random

import pygeohash
import pytest

from realtime.districts import district_of, districts_in_ring, is_district
from server.domain.geo import Place


def around(place: Place, metres: float, bearing: float) -> Place:
    degrees = math.degrees(metres / 6_371_008.8)
    lat = place.lat + degrees * math.cos(bearing)
    return Place(
        lat=lat, lon=place.lon + degrees * math.sin(bearing) / math.cos(math.radians(place.lat))
    )


def test_the_cell_of_a_place_is_its_geohash():
    assert district_of(Place(lat=31.2304, lon=121.4737)) == pygeohash.encode(
        31.2304, 121.4737, precision=5
    )


def test_a_ring_of_nothing_is_one_district():
    place = Place(lat=31.2304, lon=121.4737)
    assert districts_in_ring(place, 0) == {district_of(place)}


@pytest.mark.parametrize("metres", [500, 1000, 3000, 6000, 20_000])
def test_every_place_within_the_ring_lies_in_a_named_district(metres):
    rng = random.Random(metres)
    for _ in range(60):
        place = Place(lat=rng.uniform(-55, 55), lon=rng.uniform(-175, 175))
        named = districts_in_ring(place, metres)
        for _ in range(40):
            inside = around(place, metres * 0.999 * math.sqrt(rng.random()), rng.uniform(0, 7))
            assert district_of(inside) in named


def test_no_district_is_named_that_is_out_of_reach():
    place = Place(lat=31.2304, lon=121.4737)
    assert len(districts_in_ring(place, 1000)) <= 4
    assert len(districts_in_ring(place, 6000)) <= 16
    for name in districts_in_ring(place, 6000):
        centre = pygeohash.decode(name)
        assert abs(centre.latitude - place.lat) < 0.08
        assert abs(centre.longitude - place.lon) < 0.09


def test_the_date_line_is_crossed():
    named = districts_in_ring(Place(lat=0.01, lon=179.999), 3000)
    assert district_of(Place(lat=0.01, lon=-179.999)) in named


@pytest.mark.parametrize("metres", [-1, 100_001, math.nan])
def test_a_senseless_ring_is_refused(metres):
    with pytest.raises(ValueError, match="a ring of"):
        districts_in_ring(Place(lat=0, lon=0), metres)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("wtw3s", True), ("wtw3", False), ("wtw3sj", False), ("wtw3a", False), ("WTW3S", False)],
)
def test_texts_from_outside_are_told_from_districts(text, is_one):
    assert is_district(text) is is_one
