"""Real browsers for tests of the pages: Debian's Chromium, driven by Playwright.

One browser for all tests of a process (the fixture `browser_url`), one profile for each person
(`Browser.person`), which ends with its test; real mouse and key events. Every error that a page
throws or logs is kept in `Page.errors`, for the test to insist on none.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser as Program_
from playwright.async_api import BrowserContext, CDPSession, ConsoleMessage, async_playwright
from playwright.async_api import Error as Failed
from playwright.async_api import Page as Tab

from server.local.child import Child
from tests.e2e.scripts import FIND, STANDS_STILL, TOO_WIDE, looking
from tests.waiting import PATIENCE_SECONDS, eventually

#: The shell draws the same pages without a window, at a fifth of the cost. Debian's command is a
#: script around it, which would leave it running when the tests are killed.
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
    "--use-fake-device-for-media-stream",
    "--remote-debugging-port=0",
)

#: The shell opens no camera. A whole Chromium does, and takes its pictures from a file.
WITH_CAMERA = ("/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome")
CAMERA_FLAGS = ("--headless=new", "--use-fake-ui-for-media-stream")
START_SECONDS = 60.0
STOP_SECONDS = 10.0

#: How often a page is looked at.
LOOK_SECONDS = 0.05

#: So long a page looks at itself for what is waited for, before it is asked again.
ITSELF_SECONDS = 2.0

#: How long one press may take: the thing has to stand still, with nothing over it.
PRESS_MS = 2000


class PageFailed(AssertionError):
    """The page, or what was asked of it, went wrong."""


class Page:
    """One tab."""

    def __init__(self, tab: Tab, devtools: CDPSession) -> None:
        self.tab = tab
        self._devtools = devtools
        self.errors: list[str] = []
        tab.on("pageerror", lambda error: self.errors.append(f"thrown: {error}"))
        tab.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call one DevTools method on this tab."""
        return await self._devtools.send(method, params)

    async def goto(self, url: str) -> None:
        """Open a URL and wait until the page has loaded."""
        try:
            await self.tab.goto(url, timeout=PATIENCE_SECONDS * 1000)
        except Failed as error:
            raise PageFailed(f"{url}: {error.message}") from error

    async def reload(self) -> None:
        """Load the page anew; what is looked for next is not found in the older one."""
        await self.js("globalThis.older = true, location.reload()")
        await self.until("!globalThis.older && document.body !== null")

    async def settled(self) -> None:
        """Wait until the page has asked for nothing for half a second."""
        await self.tab.wait_for_load_state("networkidle", timeout=PATIENCE_SECONDS * 1000)

    async def js(self, expression: str) -> Any:
        """Evaluate an expression; a promise is awaited."""
        # As it stands: Playwright's own evaluate would call what turns out to be a function.
        given = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        try:
            answer = await self.call("Runtime.evaluate", **given)
        except Failed as error:  # the page is between two documents
            raise PageFailed(f"{expression[:120]}: {error.message}") from error
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"].get("exception", {})
            raise PageFailed(f"{expression[:120]}: {thrown.get('description')}")
        return answer["result"].get("value")

    async def until(self, expression: str, deadline_seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait until an expression is true, and give its value."""
        look = looking(expression, min(ITSELF_SECONDS, deadline_seconds))
        try:
            return await eventually(
                lambda: self.js(look), deadline_seconds, every_seconds=LOOK_SECONDS
            )
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
        find = f"({FIND})({json.dumps(what)}, {json.dumps(within)})"
        await self.until(f"{find} !== null", deadline_seconds)
        tried = False

        async def pressed() -> bool:
            nonlocal tried
            # It may have moved or been drawn anew between the look and the press.
            found = (await self.tab.evaluate_handle(find)).as_element()
            if found is None and tried:
                return True  # the press led away, or took it away, before it was answered
            assert found is not None, f"gone again: {what}"
            # Only a try may be given up: a press that a busy machine answers late has happened.
            await found.click(timeout=PRESS_MS, trial=True)
            tried = True
            await found.click(timeout=PATIENCE_SECONDS * 1000)
            return True

        await self._tried(pressed, f"click {what}", deadline_seconds)

    async def _tried(self, act: Any, what: str, deadline_seconds: float) -> None:
        async def tried() -> bool:
            try:
                return bool(await act())
            except Failed as error:
                raise AssertionError(f"{what}: {error.message}") from error

        await eventually(tried, deadline_seconds, every_seconds=LOOK_SECONDS)

    async def fill(self, selector: str, text: str) -> None:
        """Type into a field in place of what is there."""
        field = self.tab.locator(selector).locator("visible=true").first
        await field.fill(text, timeout=PATIENCE_SECONDS * 1000)

    async def choose(self, selector: str, value: str) -> None:
        """Choose an option of a select, once it is there."""
        field = self.tab.locator(selector).first
        await field.select_option(value, timeout=PATIENCE_SECONDS * 1000)

    async def give_file(self, selector: str, path: Path) -> None:
        """Put a file into a file field."""
        await self.tab.locator(selector).first.set_input_files(
            path, timeout=PATIENCE_SECONDS * 1000
        )

    async def resize(self, width: int, height: int) -> None:
        """Set the size of the screen."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    async def slow_down(self, *, bytes_per_second: int, latency_ms: int) -> None:
        """Give the tab the network of a basement."""
        speed = {"downloadThroughput": bytes_per_second, "uploadThroughput": bytes_per_second}
        await self.call("Network.enable")
        await self.call(
            "Network.emulateNetworkConditions", offline=False, latency=latency_ms, **speed
        )

    async def darken(self, dark: bool = True) -> None:
        """Let the device want dark pages, or light ones."""
        await self.tab.emulate_media(color_scheme="dark" if dark else "light")

    async def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write a PNG of what is seen, or of the whole page."""
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        await self.tab.screenshot(path=path, full_page=whole)

    async def too_wide(self) -> list[str]:
        """Name what sticks out of the screen sideways, once everything stands still."""
        await self.until(STANDS_STILL)
        return await self.js(TOO_WIDE)


class Person:
    """A browser profile of its own: no cookie or storage shared with others."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self._known: set[Tab] = set()

    async def page(
        self,
        url: str = "about:blank",
        *,
        width: int = 360,
        height: int = 740,
    ) -> Page:
        """Open a tab."""
        return await self._attach(await self.context.new_page(), url, width, height)

    async def opened(self, fragment: str, *, width: int = 360, height: int = 740) -> Page:
        """Give the tab that a page opened just now, by a part of its URL."""

        async def found() -> Tab:
            tabs = [tab for tab in self.context.pages if tab not in self._known]
            for tab in tabs:
                if fragment in tab.url:
                    return tab
            raise AssertionError(f"no tab with {fragment}: {[tab.url for tab in tabs]}")

        tab = await eventually(found, every_seconds=LOOK_SECONDS)
        return await self._attach(tab, None, width, height)

    async def _attach(self, tab: Tab, url: str | None, width: int, height: int) -> Page:
        self._known.add(tab)
        page = Page(tab, await self.context.new_cdp_session(tab))
        await page.resize(width, height)
        if url:
            await page.goto(url)
        return page

    async def stands_at(self, origin: str, lat: float, lon: float, page: Page) -> None:
        """Allow a page to know the place, and say where that is."""
        await self.context.grant_permissions(["geolocation"], origin=origin)
        await self.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 5})

    async def offline(self, cut: bool = True) -> None:
        """Cut this person's network, or join it again; open sockets are not told."""
        await self.context.set_offline(cut)


class Browser:
    """A running Chromium, as one test sees it."""

    def __init__(self, program: Program_, *, keeps_pages: bool = False) -> None:
        self._program = program
        self._workers: Literal["allow", "block"] = "allow" if keeps_pages else "block"
        self._people: list[BrowserContext] = []

    async def person(self) -> Person:
        """Make a profile; its person asked for no motion, so nothing slides away under a press."""
        context = await self._program.new_context(
            no_viewport=True, service_workers=self._workers, reduced_motion="reduce"
        )
        self._people.append(context)
        return Person(context)

    async def forget(self) -> None:
        """Close every profile with its pages, workers and storage."""
        for context in self._people:
            await context.close()


class Program:
    """Chromium itself: started when first wanted, and again should it have died.

    With a `film` (tests/e2e/film.py) it is a whole one, whose camera looks at that.
    """

    def __init__(self, folder: Path, film: Path | None = None) -> None:
        self._folder = folder
        self._names, self._flags = NAMES, FLAGS
        if film:
            looks_at = f"--use-file-for-fake-video-capture={film}"
            self._names, self._flags = WITH_CAMERA, (*FLAGS, *CAMERA_FLAGS, looks_at)
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
        program = next(filter(None, map(shutil.which, self._names)), None)
        if program is None:
            sought = ", ".join(self._names)
            raise FileNotFoundError(f"install a browser: none of {sought} is on PATH")
        self._starts += 1
        profile = self._folder / f"profile-{self._starts}"
        self._child = Child(
            "chromium",
            [program, *self._flags, f"--user-data-dir={profile}", "about:blank"],
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
async def chromium(browser_url: str, *, keeps_pages: bool = False) -> AsyncIterator[Browser]:
    """Use the browser while the block runs; its profiles end with it.

    With `keeps_pages` each profile takes the pages' files for when there is no network, as phones
    do: a hundred requests each, so only where a test looks at pages without a network.
    """
    async with async_playwright() as playwright:
        program = await playwright.chromium.connect_over_cdp(browser_url)
        browser = Browser(program, keeps_pages=keeps_pages)
        try:
            yield browser
        finally:
            await browser.forget()
            await program.close()
