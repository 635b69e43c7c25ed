"""The staff map's tiles in a real browser: from the host that is set and no other, or without."""

import asyncio
import json
import re
import threading
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from math import asinh, pi, radians, tan

import pytest
from PIL import Image

from server.local.directory import LOOPBACK, free_port
from server.proof import town
from tests.e2e.chromium import chromium
from tests.e2e.pages import hand, unexpected
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(570)]

STAFF = "13900507777"
ZOOM = 18

#: `town.CENTRE`, and the same in GCJ-02 as China's maps count: some 600 metres to the south-east.
PLAIN = (22.5431, 114.0579)
SHIFTED = (22.540383, 114.063014)


class TileHost(ThreadingHTTPServer):
    """Gives the same picture for every tile, or none while it fails; keeps what was asked for."""

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), TileRequest)
        picture = BytesIO()
        Image.new("RGB", (256, 256), "steelblue").save(picture, "PNG")
        self.picture = picture.getvalue()
        self.fails = False
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def tiles(self) -> list[tuple[int, int]]:
        """List the columns and rows that were asked for."""
        found = [re.fullmatch(r"/tiles/(\d+)/(\d+)/(\d+)\.png\?k=k1", one) for one in self.asked]
        assert all(found), self.asked
        assert {int(one[1]) for one in found} <= {ZOOM, ZOOM - 1}
        return [(int(one[2]), int(one[3])) for one in found if int(one[1]) == ZOOM]


class TileRequest(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(404 if self.server.fails else 200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(b"" if self.server.fails else self.server.picture)

    def log_message(self, *_) -> None: ...


@asynccontextmanager
async def tile_host():
    host = TileHost()
    serving = threading.Thread(target=host.serve_forever, daemon=True)
    serving.start()
    try:
        yield host
    finally:
        await asyncio.to_thread(host.shutdown)
        host.server_close()


@asynccontextmanager
async def server_with(site, **settings):
    """Run one more server of the site, with settings of its own."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    own = {"LANJIAN_PORT": str(port), "LANJIAN_PROCESS": "serve-tiles", "LANJIAN_BASE_URL": url}
    child = site._program("serve-tiles", ["serve"], {**own, **settings})
    child.start()
    try:
        await site._answers(child, f"{url}/v1/health")
        yield url
    finally:
        await asyncio.to_thread(child.stop)


def tile_of(place) -> tuple[float, float]:
    """Give the column and row of a place, with what lies behind the point."""
    lat, lon = place
    y = (1 - asinh(tan(radians(lat))) / pi) / 2
    return (lon + 180) / 360 * 2**ZOOM, y * 2**ZOOM


def are_round(tiles, place) -> bool:
    """Tell whether tiles lie evenly round a place: half a tile off is the screen's edge."""
    column, row = tile_of(place)
    middle = [(min(of) + max(of) + 1) / 2 for of in zip(*tiles, strict=True)]
    return abs(middle[0] - column) <= 1 and abs(middle[1] - row) <= 1


async def test_tiles_come_from_the_host_that_is_set_or_there_are_districts(browser_url, city):
    async with city.whole() as site, tile_host() as host:
        await town.add_staff(site, STAFF)
        template = f"{host.url}/tiles/{{z}}/{{x}}/{{y}}.png?k={{key}}"
        given = {"LANJIAN_MAP_TILES": template, "LANJIAN_MAP_KEY": "k1"}
        given |= {"LANJIAN_MAP_DATUM": "gcj02", "LANJIAN_MAP_ATTRIBUTION": "© 试验底图"}
        async with server_with(site, **given) as url, chromium(browser_url) as browser:
            staff = await hand(browser, site, STAFF)
            await staff.opens("/staff/map", width=1280)
            page = staff.page
            await page.goto(f"{url}/staff/map")
            start = json.dumps({"lat": PLAIN[0], "lon": PLAIN[1], "zoom": ZOOM})
            await page.js(f"localStorage.setItem('lanjian.map.start', {json.dumps(start)})")
            await staff.logs_in()

            # In the datum that the source counts in, named, and allowed by the policy as it is.
            loaded = "document.querySelectorAll('.leaflet-tile-loaded').length"
            await page.until(f"{loaded} >= 4")
            await page.sees("© 试验底图")
            assert are_round(host.tiles(), SHIFTED)
            assert not are_round(host.tiles(), PLAIN)
            policy = await page.js(
                "fetch(location.href).then((answer) =>"
                " answer.headers.get('content-security-policy'))"
            )
            assert f"img-src 'self' data: blob: {host.url}" in policy.split("; ")
            assert unexpected(page) == []

            # The same host counts as phones do.
            async def plain(route) -> None:
                answer = await route.fetch()
                told = await answer.json()
                told["tiles"]["datum"] = "wgs84"
                await route.fulfill(response=answer, json=told)

            await page.tab.route("**/v1/staff/map", plain)
            host.asked.clear()
            await page.tab.reload()
            await page.until(f"{loaded} >= 4")
            assert are_round(host.tiles(), PLAIN)

            # It fails: districts and a grid instead, said once, until pictures come again.
            host.fails = True
            await page.tab.reload()
            await page.sees("底图载入失败：显示区域与网格")
            said = "[...document.querySelectorAll('[role=status]')]"
            said += ".filter((one) => one.innerText.includes('底图载入失败')).length"
            assert await page.js(said) == 1
            drawn = "document.querySelector('canvas.map-ground').getContext('2d')"
            await page.until(f"{drawn}.getImageData(200, 200, 1, 1).data[3] === 255")
            host.fails = False

            async def back() -> bool:
                await page.click("[name=zoom-out]")
                await page.click("[name=zoom-in]")
                return await page.js("!document.querySelector('#map-tiles-fail')")

            await eventually(back, every_seconds=0.5)
            assert unexpected(page, "404") == []
