"""A small driver of a real Chromium over its DevTools protocol, for tests of the pages.

One browser for all tests of a process (the fixture `browser_url`), one profile for each person
(`Browser.person`), which ends with its test; real mouse and key events. Every
error that a page throws or logs is kept in `Page.errors`, for the test to insist on none.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.local.child import Child
from tests.e2e.scripts import AIM, TOO_WIDE
from tests.waiting import PATIENCE_SECONDS, eventually

NAMES = ("chromium", "chromium-browser", "google-chrome")
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
    "--disable-features=SpareRendererForSitePerProcess",
    "--remote-debugging-port=0",
)
START_SECONDS = 60.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 60.0

#: How often a page is looked at: each look lays it out anew, which is most of what it costs.
LOOK_SECONDS = 0.05


class PageFailed(AssertionError):
    """The page, or what was asked of it, went wrong."""


class Link:
    """The DevTools socket: numbered calls, and events by session."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.pages: dict[str, Page] = {}  # by session id

    async def read(self) -> None:
        """Hand out answers and events until the browser goes."""
        with contextlib.suppress(ConnectionClosed):
            async for text in self._socket:
                told = json.loads(text)
                if "id" in told:
                    waiter = self._waiting.pop(told["id"], None)
                    if waiter and not waiter.done():
                        waiter.set_result(told)
                elif page := self.pages.get(told.get("sessionId", "")):
                    page.heard(told["method"], told["params"])

    async def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Call one method and give its result."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        told = {"id": number, "method": method, "params": params}
        await self._socket.send(json.dumps(told | ({"sessionId": session} if session else {})))
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await self._waiting[number]
        if "error" in answer:
            raise PageFailed(f"{method}: {answer['error']['message']}")
        return answer["result"]


class Page:
    """One tab."""

    def __init__(self, link: Link, session: str, target: str) -> None:
        self._link = link
        self._session = session
        self.target = target
        self.errors: list[str] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call one DevTools method on this tab."""
        return await self._link.call(method, self._session, **params)

    def heard(self, method: str, params: dict[str, Any]) -> None:
        """Keep what went wrong."""
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            thrown = details.get("exception", {}).get("description") or details["text"]
            self.errors.append(f"thrown: {thrown}")
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and params["type"] == "error":
            self.errors.append(str([arg.get("value") for arg in params["args"]]))

    async def goto(self, url: str) -> None:
        """Open a URL and wait until the page has loaded."""
        answer = await self.call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise PageFailed(f"{url}: {answer['errorText']}")
        await self.until("document.readyState === 'complete'")

    async def js(self, expression: str) -> Any:
        """Evaluate an expression; a promise is awaited."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"].get("exception", {})
            raise PageFailed(f"{expression[:120]}: {thrown.get('description')}")
        return answer["result"].get("value")

    async def until(self, expression: str, deadline_seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait until an expression is true, and give its value."""

        async def holds() -> Any:
            try:
                return await self.js(expression)
            except PageFailed as error:  # the page may be between two documents
                raise AssertionError(str(error)) from error

        try:
            return await eventually(holds, deadline_seconds, every_seconds=LOOK_SECONDS)
        except AssertionError as error:
            text = await self.js("location.href + '\\n' + document.body?.innerText")
            raise PageFailed(
                f"never so: {expression}\nerrors: {self.errors}\nthe page says:\n{text}"
            ) from error

    async def sees(self, text: str, deadline_seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until a text is on the page."""
        await self.until(f"document.body.innerText.includes({json.dumps(text)})", deadline_seconds)

    async def click(
        self, what: str, deadline_seconds: float = PATIENCE_SECONDS, *, within: str = "body"
    ) -> None:
        """Click the first enabled, visible thing with this text, or of this selector (#, ., [)."""
        while not await self._press(what, within, deadline_seconds):
            pass  # it moved or was drawn anew between the aim and the press

    async def _press(self, what: str, within: str, deadline_seconds: float) -> bool:
        aim = f"({AIM})({json.dumps(what)}, {json.dumps(within)})"
        point = await self.until(aim, deadline_seconds)
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, **point, button="left", clickCount=1
            )
        try:
            return bool(
                await self.js("window.aimedAt === undefined || window.aimedAt.hit === true")
            )
        except PageFailed:
            return True  # the click led away from this document

    async def fill(self, selector: str, text: str) -> None:
        """Type into a field in place of what is there."""
        quoted = json.dumps(selector)
        await self.until(f"(document.querySelector({quoted})?.offsetParent ?? null) !== null")
        await self.js(
            f"(() => {{ const it = document.querySelector({quoted});"
            " it.focus(); it.select?.(); })()"
        )
        await self.call("Input.insertText", text=text)

    async def choose(self, selector: str, value: str) -> None:
        """Choose an option of a select."""
        await self.js(
            f"(() => {{ const it = document.querySelector({json.dumps(selector)});"
            f" it.value = {json.dumps(value)};"
            " it.dispatchEvent(new Event('input', {bubbles: true}));"
            " it.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )

    async def give_file(self, selector: str, path: Path) -> None:
        """Put a file into a file field."""
        root = (await self.call("DOM.getDocument"))["root"]["nodeId"]
        node = await self.call("DOM.querySelector", nodeId=root, selector=selector)
        await self.call("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(path)])

    async def resize(self, width: int, height: int) -> None:
        """Set the size of the screen."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    async def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write a PNG of what is seen, or of the whole page."""
        shot = await self.call(
            "Page.captureScreenshot",
            format="png",
            captureBeyondViewport=whole,
            **await self._clip(whole),
        )
        await asyncio.to_thread(_write, path, base64.b64decode(shot["data"]))

    async def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = (await self.call("Page.getLayoutMetrics"))["cssContentSize"]
        return {
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        }

    async def too_wide(self) -> list[str]:
        """Name what sticks out of the screen sideways."""
        return await self.js(TOO_WIDE)


class Person:
    """A browser profile of its own: no cookie or storage shared with others."""

    def __init__(self, link: Link, context: str) -> None:
        self._link = link
        self._context = context

    async def page(
        self,
        url: str = "about:blank",
        *,
        width: int = 360,
        height: int = 740,
        hidden: bool = False,
    ) -> Page:
        """Open a tab. A hidden one has no window, which costs ten times as much as its page.

        It draws no frames, so dialogs do not end in it, and links open no other tab.
        """
        made = await self._link.call(
            "Target.createTarget", url="about:blank", browserContextId=self._context, hidden=hidden
        )
        return await self._attach(made["targetId"], url, width, height)

    async def opened(self, fragment: str, *, width: int = 360, height: int = 740) -> Page:
        """Give the tab that a page opened just now, by a part of its URL."""
        target = await eventually(lambda: self._find(fragment), every_seconds=LOOK_SECONDS)
        return await self._attach(target, None, width, height)

    async def _find(self, fragment: str) -> str:
        targets = (await self._link.call("Target.getTargets"))["targetInfos"]
        for target in targets:
            mine = target.get("browserContextId") == self._context
            known = target["targetId"] in (page.target for page in self._link.pages.values())
            if mine and not known and target["type"] == "page" and fragment in target["url"]:
                return str(target["targetId"])
        raise AssertionError(f"no tab with {fragment}: {[each['url'] for each in targets]}")

    async def _attach(self, target: str, url: str | None, width: int, height: int) -> Page:
        attached = await self._link.call("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self._link, attached["sessionId"], target)
        self._link.pages[attached["sessionId"]] = page
        for domain in ("Page", "Runtime", "Log", "DOM"):
            await page.call(f"{domain}.enable")
        await page.resize(width, height)
        if url:
            await page.goto(url)
        return page

    async def stands_at(self, origin: str, lat: float, lon: float, page: Page) -> None:
        """Allow a page to know the place, and say where that is."""
        await self._link.call(
            "Browser.grantPermissions",
            origin=origin,
            permissions=["geolocation"],
            browserContextId=self._context,
        )
        await page.call("Emulation.setGeolocationOverride", latitude=lat, longitude=lon, accuracy=5)


class Browser:
    """A running Chromium, as one test sees it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._contexts: list[str] = []

    async def person(self) -> Person:
        """Make a profile."""
        made = await self._link.call("Target.createBrowserContext")
        self._contexts.append(made["browserContextId"])
        return Person(self._link, made["browserContextId"])

    async def forget(self) -> None:
        """Close every profile with its pages, workers and storage."""
        for context in self._contexts:
            await self._link.call("Target.disposeBrowserContext", browserContextId=context)


class Program:
    """Chromium itself: started when first wanted, and again should it have died."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starts = 0
        self._child: Child | None = None
        self._url = ""

    def url(self) -> str:
        """Give where its DevTools answer.

        Raises:
            FileNotFoundError: there is none on this machine.
        """
        if self._child is None or not self._child.running:
            self._start()
        return self._url

    def _start(self) -> None:
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if program is None:
            raise FileNotFoundError(f"install a browser: none of {', '.join(NAMES)} is on PATH")
        self._starts += 1
        profile = self._folder / f"profile-{self._starts}"
        self._child = Child(
            "chromium",
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            log_path=self._folder / "chromium.log",
        )
        self._child.start()
        told = profile / "DevToolsActivePort"
        self._child.wait_ready(
            lambda: told.exists() and len(told.read_text().splitlines()) > 1,
            deadline_seconds=START_SECONDS,
        )
        port, path = told.read_text().splitlines()[:2]
        self._url = f"ws://127.0.0.1:{port}{path}"

    def stop(self) -> None:
        """End it, if it was started."""
        if self._child:
            self._child.stop(limit_seconds=STOP_SECONDS)


@asynccontextmanager
async def chromium(browser_url: str) -> AsyncIterator[Browser]:
    """Use the browser while the block runs; its profiles end with it."""
    async with connect(browser_url, max_size=None, proxy=None) as socket:
        link = Link(socket)
        reading = asyncio.create_task(link.read())
        browser = Browser(link)
        try:
            yield browser
        finally:
            with contextlib.suppress(ConnectionClosed, TimeoutError, PageFailed):
                await browser.forget()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
