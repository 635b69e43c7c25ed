"""The staff map's tiles as settings: none, a known source by name, or a template of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from server.settings_reader import Reader

WGS84, GCJ02 = "wgs84", "gcj02"


@dataclass(frozen=True, slots=True, kw_only=True)
class TileSettings:
    """Where tiles come from. `urls` are layers from the lowest up, of {z}, {x} and {y}."""

    urls: tuple[str, ...] = ()
    attribution: str = ""
    datum: str = WGS84
    most_zoom: int = 18

    @property
    def origins(self) -> tuple[str, ...]:
        """Name the hosts that pages may load pictures from: these and no others."""
        parts = [urlsplit(url) for url in self.urls]
        return tuple(dict.fromkeys(f"{one.scheme}://{one.netloc}" for one in parts))


#: Known sources by name; {key} is the site's own.
AMAP = "https://webrd01.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8"
TIANDITU = (
    "https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}"
    "&TILECOL={{x}}&tk={{key}}"
)
KNOWN = {
    "none": TileSettings(),
    "osm": TileSettings(
        urls=("https://tile.openstreetmap.org/{z}/{x}/{y}.png",),
        attribution="© OpenStreetMap contributors",
        most_zoom=19,
    ),
    "amap": TileSettings(
        urls=(AMAP + "&x={x}&y={y}&z={z}",), attribution="© 高德地图 AutoNavi", datum=GCJ02
    ),
    "tianditu": TileSettings(
        urls=(TIANDITU.format(layer="vec"), TIANDITU.format(layer="cva")),
        attribution="© 天地图 国家地理信息公共服务平台",
    ),
}


def read(reader: Reader) -> TileSettings:
    """Read the tile source."""
    source = reader.text("MAP_TILES", "none")
    key = reader.text("MAP_KEY", "")
    attribution = reader.text("MAP_ATTRIBUTION", "")
    datum = reader.text("MAP_DATUM", "")
    if datum not in ("", WGS84, GCJ02):
        reader.problem("MAP_DATUM", f"must be {WGS84} or {GCJ02}")
    known = KNOWN.get(source)
    if known is None:
        _check_template(reader, source)
        known = TileSettings(urls=(source,))
    if any("{key}" in url for url in known.urls) and not key:
        reader.problem("MAP_KEY", "is required by this source of tiles")
    return TileSettings(
        urls=tuple(url.replace("{key}", key) for url in known.urls),
        attribution=attribution or known.attribution,
        datum=datum or known.datum,
        most_zoom=known.most_zoom,
    )


def _check_template(reader: Reader, source: str) -> None:
    parts = urlsplit(source)
    if parts.scheme not in ("https", "http") or not parts.netloc or "{" in parts.netloc:
        names = ", ".join(KNOWN)
        reader.problem("MAP_TILES", f"must be one of {names}, or an http(s) URL of one host")
    elif not all(part in source for part in ("{z}", "{x}", "{y}")):
        reader.problem("MAP_TILES", "must have {z}, {x} and {y}")
    elif any(character in source for character in " ;,'\""):
        reader.problem("MAP_TILES", "must be a URL without spaces, quotes, commas or semicolons")
