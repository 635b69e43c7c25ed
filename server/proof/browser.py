"""One tab of a Chromium from PATH, driven by DevTools: what a proof needs of a browser.

https://chromedevtools.github.io/devtools-protocol/ . The browser has a profile of its own in a
scratch folder, and ends with the block.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.local.child import Child
from server.local.errors import LocalError

#: Looked for on PATH, in this order; the shell draws the same pages without a window.
NAMES = (
    "/usr/lib/chromium/chromium-headless-shell",
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "about:blank",
)

#: Chromium writes its port there.
PORT_FILE = "DevToolsActivePort"

START_SECONDS = 60.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 60.0
LOOK_SECONDS = 0.1

#: A whole page's screenshot is one message.
MOST_BYTES = 64 * 1024 * 1024

JsonObject = dict[str, Any]


class MissingBrowser(LocalError):
    """There is no Chromium on PATH; says what to install."""

    def __init__(self) -> None:
        super().__init__(
            f"no browser on PATH (looked for {', '.join(NAMES)}); this measures a page in a "
            "real one: apt-get install chromium-headless-shell, or chromium"
        )


class PageBroken(Exception):
    """The page threw, or the browser refused."""


class Tab:
    """One tab. `heard` is called with each event's method and parameters."""

    def __init__(self, socket: ClientConnection, heard: Callable[[str, JsonObject], None]) -> None:
        self._socket = socket
        self._heard = heard
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[JsonObject]] = {}
        self._session: str | None = None

    async def open(self) -> None:
        """Make the tab and attach to it."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = attached["sessionId"]

    async def read(self) -> None:
        """Take answers and events in until the browser ends."""
        try:
            async for raw in self._socket:
                frame = json.loads(raw)
                asked = self._asked.pop(frame.get("id", 0), None)
                if asked is None:
                    self._heard(frame.get("method", ""), frame.get("params", {}))
                elif not asked.done():
                    asked.set_result(frame)
        except ConnectionClosed:
            return

    async def call(self, method: str, **params: Any) -> JsonObject:
        """Call a method and give its result.

        Raises:
            PageBroken: the browser refused.
        """
        number = next(self._numbers)
        asked: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._asked[number] = asked
        frame: JsonObject = {"id": number, "method": method, "params": params}
        if self._session is not None:
            frame["sessionId"] = self._session
        await self._socket.send(json.dumps(frame))
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await asked
        if "error" in answer:
            raise PageBroken(f"{method}: {answer['error'].get('message')}")
        result: JsonObject = answer["result"]
        return result

    async def js(self, expression: str) -> Any:
        """Evaluate an expression; a promise is awaited.

        Raises:
            PageBroken: it threw.
        """
        given = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = await self.call("Runtime.evaluate", **given)
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"].get("exception", {})
            raise PageBroken(f"{expression[:80]}: {thrown.get('description')}")
        return answer["result"].get("value")

    async def until(self, expression: str, within_seconds: float = ANSWER_SECONDS) -> Any:
        """Wait until an expression is true and give its value.

        Raises:
            PageBroken: it never was; with what the page says.
        """
        ends = asyncio.get_running_loop().time() + within_seconds
        while not (seen := await self.js(expression)):
            if asyncio.get_running_loop().time() > ends:
                text = await self.js("document.body?.innerText ?? ''")
                raise PageBroken(f"never so: {expression}; the page says: {text[:500]}")
            await asyncio.sleep(LOOK_SECONDS)
        return seen

    async def metrics(self) -> dict[str, float]:
        """Give Chromium's own counters, times in seconds; needs `Performance.enable`."""
        found = await self.call("Performance.getMetrics")
        return {one["name"]: one["value"] for one in found["metrics"]}


def find_browser() -> str:
    """Find a Chromium.

    Raises:
        MissingBrowser: there is none.
    """
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise MissingBrowser


@asynccontextmanager
async def opened_tab(
    scratch: Path, heard: Callable[[str, JsonObject], None] = lambda _method, _params: None
) -> AsyncIterator[Tab]:
    """Start a browser and open a tab for the length of the block.

    Raises:
        MissingBrowser: there is none. ChildFailed: it did not come up.
    """
    profile = scratch / "profile"
    command = [find_browser(), f"--user-data-dir={profile}", *FLAGS]
    child = Child("chromium", command, log_path=scratch / "chromium.log")
    child.start()
    try:
        url = await _devtools_url(child, profile / PORT_FILE)
        async with connect(url, proxy=None, max_size=MOST_BYTES) as socket:
            tab = Tab(socket, heard)
            reading = asyncio.create_task(tab.read())
            try:
                await tab.open()
                yield tab
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
    finally:
        await asyncio.to_thread(child.stop, limit_seconds=STOP_SECONDS)


async def _devtools_url(child: Child, port_file: Path) -> str:
    async with asyncio.timeout(START_SECONDS):
        while True:
            lines = await asyncio.to_thread(_lines, port_file)
            if len(lines) >= 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            if not child.running:
                raise LocalError(f"the browser ended at once; see {child.log.path}")
            await asyncio.sleep(LOOK_SECONDS)


def _lines(file: Path) -> list[str]:
    return file.read_text().split("\n") if file.exists() else []
