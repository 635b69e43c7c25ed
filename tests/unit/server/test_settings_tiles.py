"""Where the staff map's tiles come from: pages may load from that host and from no other."""

import pytest

from handlers.pages import policy
from server.settings_providers.tiles import TileSettings, read
from server.settings_reader import Reader, SettingsError


def tiles(**given: str) -> TileSettings:
    reader = Reader({f"LANJIAN_{name}": value for name, value in given.items()})
    found = read(reader)
    reader.raise_problems()
    return found


def test_without_tiles_pages_load_from_no_other_host() -> None:
    assert tiles().urls == ()
    pictures = policy("https://site.example.test", (), tiles().origins).split("; ")
    assert "img-src 'self' data: blob:" in pictures


@pytest.mark.parametrize(
    ("given", "origin", "datum"),
    [
        ({"MAP_TILES": "osm"}, "https://tile.openstreetmap.org", "wgs84"),
        ({"MAP_TILES": "amap"}, "https://webrd01.is.autonavi.com", "gcj02"),
        ({"MAP_TILES": "tianditu", "MAP_KEY": "k1"}, "https://t0.tianditu.gov.cn", "wgs84"),
        (
            {"MAP_TILES": "http://127.0.0.1:9/{z}/{x}/{y}.png?k={key}", "MAP_DATUM": "gcj02"}
            | {"MAP_KEY": "k2"},
            "http://127.0.0.1:9",
            "gcj02",
        ),
    ],
)
def test_a_source_is_one_host_and_the_policy_names_exactly_it(
    given: dict[str, str], origin: str, datum: str
) -> None:
    found = tiles(**given)
    assert found.origins == (origin,)
    assert found.datum == datum
    assert all("{z}" in url and "{x}" in url and "{y}" in url for url in found.urls)
    assert not any("{key}" in url or "{layer}" in url for url in found.urls)
    pictures = policy("https://site.example.test", (), found.origins).split("; ")
    assert f"img-src 'self' data: blob: {origin}" in pictures


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"MAP_TILES": "bing"}, "MAP_TILES"),
        ({"MAP_TILES": "ftp://tiles.example.test/{z}/{x}/{y}"}, "MAP_TILES"),
        ({"MAP_TILES": "https://{s}.example.test/{z}/{x}/{y}"}, "MAP_TILES"),
        ({"MAP_TILES": "https://tiles.example.test/{z}/{x}"}, "MAP_TILES"),
        ({"MAP_TILES": "https://tiles.example.test;x/{z}/{x}/{y}"}, "MAP_TILES"),
        ({"MAP_TILES": "tianditu"}, "MAP_KEY"),
        ({"MAP_TILES": "osm", "MAP_DATUM": "bd09"}, "MAP_DATUM"),
    ],
)
def test_a_source_that_cannot_be_is_a_problem_by_its_name(given: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        tiles(**given)
    assert name in str(refusal.value)
