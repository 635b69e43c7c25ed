"""`lanjian bench map`: the staff map in a real browser, while so many couriers ride.

A real site (MongoDB, Redis, one server) and a Chromium from PATH, all on this machine. Each courier
rides a way of its own and is heard of every few seconds by `Positions.put`, the same write that a
courier's socket ends in; the sockets themselves are left out, since thousands of them and a browser
do not fit on two cores. From there all is real: the server's one look a tick, its frames on the
staff page's socket, the page's canvas. Measured over a window, after the page has settled:

    frames a second     in which the map brought its picture up to date, and in how many of them
                        a pixel changed; beside what the browser gives an empty page
    bytes a second      of frames on the socket, beside the bound `LANJIAN_MAP_BYTES_PER_SECOND`
    main thread         CPU time of tasks on the page's main thread, a second and a frame

Frames a second are of this machine at this moment: a second program on the same cores halves them.
CPU time of a thread does not count what others take, so it is the figure to compare between runs,
and it is checked as well: half of the thread stays free for whoever works with the page.

The headless shell gives real frames: its compositor ticks at 60 Hz whether or not anybody looks,
and `requestAnimationFrame` is held back when pages cost more, as on a screen. So there is no
begin-frame control (it would draw when told to, and measure the teller), no virtual time, and
no GPU (`--disable-gpu`: a server has none, and drawing in software is the harder case).
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import platform
import random
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from realtime.positions import Positions
from realtime.redis import connect
from server.domain.errors import Unavailable
from server.domain.geo import Place
from server.domain.ids import PersonId
from server.domain.rules import Rules
from server.local.site import Site, SitePlan
from server.proof import town
from server.proof.browser import JsonObject, Tab, find_browser, opened_tab
from server.proof.people import Visitor
from server.proof.report import Report, progress

#: Couriers of the three runs beside the one that is asked for.
OTHERS = (200, 1000, 5000)

WIDTH, HEIGHT = 1440, 900
ZOOM = 13

#: What the map shows of the town at this zoom and size, degrees from its middle.
REACH_LAT, REACH_LON = 0.055, 0.085

#: Metres a second of an electric bicycle in town.
SPEED = 6.0
DEGREE_METRES = 111_320.0

#: Writes on their way to Redis at once.
AT_ONCE = 32

SETTLE_SECONDS = 4.0

#: Promised with 1,000 couriers and fewer; with more it is told, and no run fails by it.
LEAST_FPS = 30.0
PROMISED_COURIERS = 1000

#: CPU time of the page's main thread.
MOST_MS_PER_SECOND = 500.0

#: What a rounding of the measured window may add to the bound.
SLACK = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPlan:
    """What to run; `couriers` 0 means 200, 1,000 and 5,000 one after the other."""

    couriers: int = 0
    seconds: float = 10.0
    report_seconds: float = 5.0
    seed: int = 1


@dataclass(slots=True)
class Heard:
    """What came over the page's sockets."""

    bytes: int = 0
    frames: int = 0
    largest: int = 0

    def __call__(self, method: str, params: JsonObject) -> None:
        """Count an event of the browser."""
        if method == "Network.webSocketFrameReceived":
            size = len(params["response"]["payloadData"].encode())
            self.bytes += size
            self.frames += 1
            self.largest = max(self.largest, size)


@dataclass(slots=True)
class Rider:
    """One courier on the way."""

    id: PersonId
    lat: float
    lon: float
    heading: float

    def ride(self, seconds: float, draw: random.Random) -> Place:
        """Ride on, and turn back at the edge of the town."""
        middle_lat, middle_lon = town.CENTRE
        self.heading += draw.uniform(-0.5, 0.5)
        if abs(self.lat - middle_lat) > REACH_LAT or abs(self.lon - middle_lon) > REACH_LON:
            self.heading = math.atan2(middle_lat - self.lat, middle_lon - self.lon)
        reach = SPEED * seconds / DEGREE_METRES
        self.lat += reach * math.sin(self.heading)
        self.lon += reach * math.cos(self.heading)
        return Place(lat=self.lat, lon=self.lon)


class Riders:
    """All couriers of one run: each is heard of once in so many seconds, spread evenly."""

    def __init__(self, positions: Positions, count: int, plan: MapPlan) -> None:
        self._positions = positions
        self._plan = plan
        self._draw = random.Random(plan.seed)
        lat, lon = town.CENTRE
        self._riders = [
            Rider(
                id=PersonId(f"BENCH{number:05}"),
                lat=lat + self._draw.uniform(-REACH_LAT, REACH_LAT),
                lon=lon + self._draw.uniform(-REACH_LON, REACH_LON),
                heading=self._draw.uniform(0, 2 * math.pi),
            )
            for number in range(count)
        ]
        self.reports = 0

    async def ride(self) -> None:
        """Ride until cancelled. One who is late reports late; the count says so."""
        for some in self._groups():
            await self._report(some, 0.0)
        turns = max(1, round(self._plan.report_seconds / 0.1))
        pause = self._plan.report_seconds / turns
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for turn in range(turns):
                due += pause
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._report(self._riders[turn::turns], self._plan.report_seconds)

    async def leave(self) -> None:
        """Take everybody off the map."""
        for rider in self._riders:
            await self._positions.forget(rider.id)

    def _groups(self) -> list[list[Rider]]:
        return [self._riders[at : at + AT_ONCE] for at in range(0, len(self._riders), AT_ONCE)]

    async def _report(self, riders: list[Rider], seconds: float) -> None:
        now = datetime.now(UTC)
        for at in range(0, len(riders), AT_ONCE):
            some = riders[at : at + AT_ONCE]
            kept = await asyncio.gather(*(self._put(one, seconds, now) for one in some))
            self.reports += sum(kept)

    async def _put(self, rider: Rider, seconds: float, now: datetime) -> bool:
        place = rider.ride(seconds, self._draw)
        with suppress(Unavailable):  # a busy machine: heard of again in some seconds
            return await self._positions.put(rider.id, place, now)
        return False


async def play(plan: MapPlan, scratch: Path, report: Report) -> None:
    """Run the site and the browser, and measure.

    Raises:
        MissingBrowser: before anything is started.
    """
    find_browser()
    runs = [plan.couriers] if plan.couriers else list(OTHERS)
    report.counts["machine"] = _machine()
    report.counts["how"] = "reports by Positions.put; server, socket, page and browser are real"
    site = Site(scratch / "site", SitePlan(worker=False, rules=town.LOCAL_RULES), progress)
    await site.start()
    heard = Heard()
    try:
        async with opened_tab(scratch, heard) as tab:
            await _sign_in(site, tab)
            idle = await _idle_fps(tab)
            redis = connect(site.environment["LANJIAN_REDIS_URL"])
            async with redis:
                positions = Positions(redis, clock=lambda: datetime.now(UTC))
                found = [
                    await _run(tab, heard, Riders(positions, count, plan), count, plan)
                    for count in runs
                ]
    finally:
        await site.stop()
    report.counts["empty_page_fps"] = idle
    report.counts["runs"] = found
    _judge(report, found)


async def _sign_in(site: Site, tab: Tab) -> None:
    await town.add_staff(site, town.STAFF_PHONE)
    staff = Visitor(site.base_url, site.sandbox_url, town.STAFF_PHONE)
    version = (await staff.ask("GET", "/v1/rules"))["agreement_version"]
    asked = {"phone": town.STAFF_PHONE, "device": "bench", "agreement_version": version}
    code = await staff.texted_code()
    session = await staff.ask("POST", "/v1/sessions", {**asked, "code": code})
    staff.token = session["access_token"]
    await town.register_terminal(staff, "T-BENCH", name="测试柜", place=town.CENTRE)
    staff.close()
    lat, lon = town.CENTRE
    await tab.call("Page.enable")
    await tab.call("Network.enable")
    await tab.call("Performance.enable", timeDomain="threadTicks")
    await tab.call(
        "Emulation.setDeviceMetricsOverride",
        width=WIDTH,
        height=HEIGHT,
        deviceScaleFactor=1,
        mobile=False,
    )
    await tab.call("Page.navigate", url=f"{site.base_url}/staff")
    await tab.until("document.readyState === 'complete' && location.pathname.startsWith('/staff')")
    await tab.js(
        _SIGN_IN % (json.dumps(session), json.dumps({"lat": lat, "lon": lon, "zoom": ZOOM}))
    )
    await tab.call("Page.navigate", url=f"{site.base_url}/staff/map")
    await tab.until("document.querySelector('canvas.map-things')?.dataset.frames > 0")
    await tab.until("document.querySelector('[data-link=live]') !== null")


_SIGN_IN = """(() => {
  const session = %s;
  const id = session.person.person_id;
  localStorage.setItem("lanjian.sessions", JSON.stringify({[id]: session}));
  localStorage.setItem("lanjian.account.staff", id);
  localStorage.setItem("lanjian.map.start", JSON.stringify(%s));
  return true;
})()"""

#: Frames that the browser gives this page in a second, whatever it draws.
_RAF = """new Promise((done) => {
  let frames = 0;
  const start = performance.now();
  const count = (now) => {
    frames += 1;
    if (now - start < 2000) requestAnimationFrame(count);
    else done(frames / ((now - start) / 1000));
  };
  requestAnimationFrame(count);
})"""

_DRAWN = """(() => {
  const {frames, painted, paintMs, at} = document.querySelector("canvas.map-things").dataset;
  const numbers = Object.entries({frames, painted, paintMs, at});
  return Object.fromEntries(numbers.map(([name, value]) => [name, Number(value)]));
})()"""


async def _idle_fps(tab: Tab) -> float:
    return round(float(await tab.js(_RAF)), 1)


async def _run(
    tab: Tab, heard: Heard, riders: Riders, count: int, plan: MapPlan
) -> dict[str, float]:
    progress(f"{count} couriers")
    riding = asyncio.create_task(riders.ride())
    try:
        # In view once the first reports are in and told; then everybody rides.
        await tab.until(_seen(min(count, 100)))
        await asyncio.sleep(SETTLE_SECONDS + plan.report_seconds)
        seen = await _measure(tab, heard, riders, plan.seconds)
        return {"couriers": count, **seen}
    finally:
        riding.cancel()
        await asyncio.gather(riding, return_exceptions=True)
        await riders.leave()


def _seen(least: int) -> str:
    words = "document.querySelector('[data-list=couriers]')?.closest('section').querySelector('h2')"
    return f"Number({words}?.innerText.match(/\\d+/)?.[0] ?? 0) >= {least}"


#: Chromium's counters of the main thread, and what they are called here.
_TIMES = {
    "TaskDuration": "main_thread",
    "ScriptDuration": "script",
    "LayoutDuration": "layout",
    "RecalcStyleDuration": "style",
}


async def _measure(tab: Tab, heard: Heard, riders: Riders, seconds: float) -> dict[str, float]:
    idle = await _idle_fps(tab)
    before, first = await tab.metrics(), await tab.js(_DRAWN)
    heard.bytes = heard.frames = heard.largest = 0
    reports = riders.reports
    await asyncio.sleep(seconds)
    size, frames, largest = heard.bytes, heard.frames, heard.largest
    reports = riders.reports - reports
    after, last = await tab.metrics(), await tab.js(_DRAWN)
    # The page notes its counts a few times a second, each with its instant.
    passed = max(0.001, (last["at"] - first["at"]) / 1000)
    drawn = last["frames"] - first["frames"]
    took = {name: (after[name] - before[name]) * 1000 for name in _TIMES}
    looked = max(0.001, after["Timestamp"] - before["Timestamp"])
    return {
        "fps": round(drawn / passed, 1),
        "painted_fps": round((last["painted"] - first["painted"]) / passed, 1),
        "paint_ms": round((last["paintMs"] - first["paintMs"]) / max(1, drawn), 2),
        "bytes_per_second": round(size / looked),
        "socket_frames_per_second": round(frames / looked, 2),
        "largest_frame_bytes": largest,
        "possible_fps": idle,
        **{f"{word}_ms_per_second": round(took[name] / looked, 1) for name, word in _TIMES.items()},
        "main_thread_ms_a_frame": round(
            took["TaskDuration"] / looked / max(0.1, drawn / passed), 2
        ),
        "reports_per_second": round(reports / looked, 1),
        "load_average": round(os.getloadavg()[0], 2),
    }


def _machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "load_average": [round(one, 2) for one in os.getloadavg()],
    }


def _judge(report: Report, found: list[dict[str, float]]) -> None:
    most = Rules().map_bytes_per_second
    for run in found:
        count = int(run["couriers"])
        fps = f"{run['fps']} frames a second, {run['main_thread_ms_a_frame']} ms of each"
        if count <= PROMISED_COURIERS:
            fast = run["fps"] >= LEAST_FPS
            report.check(f"{count} couriers at {LEAST_FPS:g} frames a second", fast, fps)
        else:
            run["reaches_promise"] = run["fps"] >= LEAST_FPS
        spent = run["main_thread_ms_per_second"]
        of = f"{spent} ms of {MOST_MS_PER_SECOND:g}"
        report.check(
            f"{count} couriers leave half of the main thread", spent <= MOST_MS_PER_SECOND, of
        )
        size = f"{run['bytes_per_second']} bytes a second of {most}"
        bounded = run["bytes_per_second"] <= most * SLACK
        report.check(f"{count} couriers stay within the bytes", bounded, size)


def counts_of(plan: MapPlan) -> dict[str, object]:
    """Say what was asked for."""
    asked = asdict(plan)
    asked["window_seconds"] = asked.pop("seconds")  # `seconds` is how long the run took
    return {"screen": f"{WIDTH}x{HEIGHT}", "zoom": ZOOM, **asked}
