"""What a socket is shown of the map: what is in view, in its latest form, within its bytes."""

import random
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.map.grid import WORLD, Spot, place_of, shift_of, spot_of, viewport_of
from realtime.map.layers import Layer, Mark, middle
from realtime.map.watching import BURST_SECONDS, Budget, Watching, watched
from realtime.wire.map import MapChanged, MapWatched, WatchMap
from realtime.wire.people import ToPerson
from server.domain.errors import InvalidInput
from server.domain.geo import Place
from tests.unit.realtime.builders import LAT, LON, NOON

ZOOM = 14
RATE = 10_000.0


def view(lat=LAT, lon=LON, size=0.05, zoom=ZOOM):
    sides = {"west": lon - size, "east": lon + size, "south": lat - size, "north": lat + size}
    return viewport_of(WatchMap(id="1", zoom=zoom, **sides))


def summary(name, marks):
    return msgspec.json.encode((name, 1, 2, len(marks), "", 0))


def couriers(most=24) -> Layer:
    return Layer("couriers", most_in_cell=most, summary=summary)


def put(layer, number, version, lat=LAT, lon=LON, *, made=None, name=None):
    name = name or f"c{number}"
    at = round(lat * 1e5), round(lon * 1e5)
    layer.put(
        Mark(
            name=name,
            number=number,
            spot=spot_of(Place(lat=lat, lon=lon)),
            version=version,
            made=version if made is None else made,
            whole=msgspec.json.encode((number, name, *at, 0, 0)),
            moved=msgspec.json.encode((number, *at, 0)),
        )
    )


class Page:
    """What a page would hold after each frame, as the protocol says to do it."""

    def __init__(self, watching) -> None:
        self.watching = watching
        self.couriers: dict[int, tuple] = {}
        self.clusters: dict[str, tuple] = {}
        self.bytes = 0

    def look(self, layer, now=0.0) -> MapChanged:
        frame = self.watching.next([layer], now)
        self.bytes += len(frame)
        told = msgspec.json.decode(frame or b'{"type":"map_changed"}', type=MapChanged)
        for number in told.gone:
            del self.couriers[number]
        for name in told.cleared:
            del self.clusters[name]
        for number, name, lat, lon, _, _ in told.couriers:
            self.couriers[number] = (name, lat, lon)
        for number, lat, lon, _ in told.moves:
            self.couriers[number] = (self.couriers[number][0], lat, lon)
        for name, _, _, count, _, _ in told.clusters:
            self.clusters[name] = count
        return told


def page(rate=RATE, **where) -> Page:
    return Page(Watching(view(**where), Budget(rate, 0.0), numbered=frozenset({"couriers"})))


def test_the_first_look_is_whole_and_then_only_moves():
    layer, here = couriers(), page()
    put(layer, 1, 1)
    put(layer, 2, 1, lat=LAT + 0.01)
    assert {one[1] for one in here.look(layer).couriers} == {"c1", "c2"}
    assert here.look(layer) == MapChanged()
    put(layer, 1, 2, lat=LAT + 0.001, made=1)
    told = here.look(layer)
    assert told.couriers == ()
    assert told.moves == ((1, round((LAT + 0.001) * 1e5), round(LON * 1e5), 0),)


def test_only_what_is_in_view_is_told_and_what_leaves_is_told_gone():
    layer, here = couriers(), page(size=0.01)
    put(layer, 1, 1)
    put(layer, 2, 1, lat=LAT + 1)
    here.look(layer)
    assert set(here.couriers) == {1}
    put(layer, 1, 2, lat=LAT + 1, made=1)
    assert here.look(layer).gone == (1,)
    put(layer, 1, 3, made=1)
    assert [one[0] for one in here.look(layer).couriers] == [1]  # whole again: it was forgotten
    layer.drop(["c1"])
    assert here.look(layer).gone == (1,)


def test_another_viewport_brings_the_difference_only():
    layer, here = couriers(), page(size=0.02)
    for number in range(9):
        put(layer, number, 1, lon=LON + 0.01 * number)
    here.look(layer)
    before = set(here.couriers)
    here.watching.viewport = view(lon=LON + 0.04, size=0.02)
    told = here.look(layer)
    assert before - set(here.couriers) == set(told.gone)
    assert {one[0] for one in told.couriers} == set(here.couriers) - before
    assert set(here.couriers) & before


def test_moves_between_two_looks_are_one_move():
    layer, here = couriers(), page()
    put(layer, 1, 1)
    here.look(layer)
    for version in range(2, 50):
        put(layer, 1, version, lat=LAT + version / 1e5, made=1)
    assert here.look(layer).moves == ((1, round((LAT + 49 / 1e5) * 1e5), round(LON * 1e5), 0),)


def test_a_crowded_cell_is_one_cluster_and_opens_up_again_later_than_it_closed():
    layer, here = couriers(most=4), page(rate=1e6)
    for number in range(5):
        put(layer, number, 1)
    here.look(layer)
    assert here.couriers == {}
    assert list(here.clusters.values()) == [5]
    layer.drop(["c0"])
    here.look(layer)
    assert list(here.clusters.values()) == [4]  # four would not have closed it
    layer.drop(["c1"])
    here.look(layer)
    assert here.clusters == {}
    assert set(here.couriers) == {2, 3, 4}


def test_one_who_went_and_came_back_between_two_looks_has_no_double():
    layer, here = couriers(), page()
    put(layer, 1, 1, name="ann")
    here.look(layer)
    layer.drop(["ann"])
    put(layer, 7, 2, name="ann")
    here.look(layer)
    assert here.couriers == {7: ("ann", round(LAT * 1e5), round(LON * 1e5))}


def test_bytes_stay_in_bounds_and_everybody_has_a_turn():
    draw = random.Random(4)
    layer, here = couriers(most=10_000), page(rate=1500.0, size=0.5, zoom=10)
    where = dict.fromkeys(range(300), (LAT, LON))
    for number, (lat, lon) in where.items():
        put(layer, number, 1, lat=lat, lon=lon)
    told: dict[int, int] = {}
    for second in range(1, 40):
        for number in where:
            where[number] = (LAT + draw.uniform(-0.4, 0.4), LON + draw.uniform(-0.4, 0.4))
            put(layer, number, second + 1, *where[number], made=1)
        for one in here.look(layer, float(second)).moves:
            told[one[0]] = second
    assert here.bytes <= 1500 * (BURST_SECONDS + 39)
    assert set(here.couriers) == set(where)
    assert len(told) == len(where)
    assert min(told.values()) > 39 - 20
    for second in range(60, 100):  # nobody moves any more: the page comes to the truth
        here.look(layer, float(second))
    now = {n: (round(lat * 1e5), round(lon * 1e5)) for n, (lat, lon) in where.items()}
    assert {number: place[1:] for number, place in here.couriers.items()} == now


@settings(max_examples=40)
@given(st.data())
def test_whatever_happens_the_page_comes_to_hold_what_is_in_view(data):
    layer, here = couriers(most=3), page(rate=1e6)
    numbers = st.integers(0, 8)
    steps = st.sampled_from([-0.09, -0.03, -0.001, 0.0, 0.002, 0.02, 0.1])
    for version in range(1, data.draw(st.integers(1, 6)) + 1):
        for number in data.draw(st.sets(numbers)):
            lat, lon = LAT + data.draw(steps), LON + data.draw(steps)
            put(layer, number, version, lat=lat, lon=lon)
        layer.drop(f"c{number}" for number in data.draw(st.sets(numbers, max_size=3)))
        if data.draw(st.booleans()):
            here.watching.viewport = view(lat=LAT + data.draw(steps), zoom=data.draw(zooms()))
        here.look(layer, float(version))
        seen = here.watching.viewport
        arranged = layer.arranged(seen.zoom)
        marks = {
            mark.number for cell, of in arranged.marks.items() if seen.has(cell) for mark in of
        }
        clusters = {name for cell, (name, _) in arranged.clusters.items() if seen.has(cell)}
        assert set(here.couriers) == marks
        assert set(here.clusters) == clusters


def zooms():
    return st.integers(ZOOM - 2, ZOOM)


def test_the_answer_decodes_as_the_wire_says():
    layer, here = couriers(), page()
    put(layer, 1, 1)
    raw = watched('a"b', NOON, here.watching.next([layer], 0.0), whole=True)
    answer = msgspec.json.decode(raw, type=ToPerson)
    assert isinstance(answer, MapWatched)
    assert (answer.id, answer.whole, answer.server_time) == ('a"b', True, NOON)
    assert answer.changes.couriers[0][1] == "c1"


@given(st.floats(-85, 85), st.floats(-180, 179.999))
def test_a_spot_is_where_its_place_is(lat, lon):
    spot = spot_of(Place(lat=lat, lon=lon))
    back = place_of(spot.x, spot.y)
    assert abs(back.lat - lat) < 1e-5
    assert abs(back.lon - lon) < 1e-5


def test_the_ends_of_the_world_are_on_the_map():
    for lat, lon in ((90, 180), (-90, -180), (90, -180)):
        spot = spot_of(Place(lat=lat, lon=lon))
        assert 0 <= spot.x < WORLD
        assert 0 <= spot.y < WORLD


def test_cells_are_of_64_pixels():
    assert WORLD >> shift_of(0) == 4  # one tile of 256 pixels
    assert WORLD >> shift_of(3) == 32


@pytest.mark.parametrize(
    ("sides", "field"),
    [
        ({"west": 121.5, "east": 121.4, "south": 31.2, "north": 31.3}, "east"),
        ({"west": 121.4, "east": 121.4, "south": 31.2, "north": 31.3}, "east"),
        ({"west": 121.4, "east": 121.5, "south": 31.3, "north": 31.2}, "north"),
        ({"west": 73.0, "east": 135.0, "south": 18.0, "north": 53.0}, "zoom"),
    ],
)
def test_a_view_that_is_none_names_its_field(sides, field):
    with pytest.raises(InvalidInput) as refusal:
        viewport_of(WatchMap(id="1", zoom=ZOOM, **sides))
    assert refusal.value.field == field


def test_the_middle_of_a_cluster():
    marks = [SimpleNamespace(spot=Spot(0, 10)), SimpleNamespace(spot=Spot(4, 20))]
    assert middle(marks) == (2, 15)
