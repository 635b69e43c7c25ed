"""The pages' kept set in a real browser while servers of two versions answer: one or the other."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.netutil import bind_sockets
from tornado.routing import Router
from tornado.web import Application

import web
from handlers.application import RunningRequests, application
from handlers.offline_copy import PAGES, OfflineCopy
from handlers.pages import routes
from tests.e2e.chromium import Page, chromium
from tests.waiting import eventually

pytestmark = pytest.mark.slow

STATIC = Path(web.__file__).parent / "static"
UNTOUCHED: Any = object()

#: Long waits are short here, so that the page tries again while the test looks.
PAGE = "<!doctype html><script type=module src=/static/page.js></script>"
SCRIPT = """
const later = window.setTimeout;
window.setTimeout = (work, ms) => later(work, Math.min(ms, 200));
import("/static/offline.js").then(({ keepPages }) => keepPages());
"""

#: Every kept set: what the pages and scripts of it say of their version.
KEPT = """(async () => {
  const sets = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    const said = await Promise.all((await cache.keys()).map(async (request) => {
      const text = await (await cache.match(request)).text();
      return /version (one|two)/.exec(text)?.[1];
    }));
    sets[name] = [...new Set(said.filter(Boolean))];
  }
  return sets;
})()"""


def folder(at: Path, version: str) -> Path:
    """Write the pages' folder of one version; the worker and its page's part are the real ones."""
    for part in ("pages", "static"):
        (at / part).mkdir(parents=True)
    for page in PAGES.values():
        (at / "pages" / page).write_text(f"{PAGE}<p>version {version}</p>")
    for name in ("worker.js", "offline.js"):
        shutil.copy(STATIC / name, at / "static" / name)
    (at / "static" / "page.js").write_text(f"// version {version}\n{SCRIPT}")
    (at / "static" / "words.js").write_text(f"// version {version}")
    return at


class RollingDeploy(Router):
    """Servers of two versions behind one balancer: which one answers, a path decides."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self.sets = {name: f"lanjian.{OfflineCopy(at).version}" for name, at in folders.items()}
        self._servers = {name: server(at) for name, at in folders.items()}
        self.serving = "one"  #: every path but these
        self.apart: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        name = self.apart.get(request.path, self.serving)
        self.asked.append((request.path, name))
        return self._servers[name].find_handler(request, **kwargs)


def server(at: Path) -> Application:
    return application(
        routes(at),
        gate=UNTOUCHED,
        repeats=UNTOUCHED,
        running=RunningRequests(),
        base_url="http://127.0.0.1",
    )


@asynccontextmanager
async def served(deploy: RollingDeploy) -> AsyncIterator[str]:
    http = HTTPServer(deploy)
    sockets = bind_sockets(0, "127.0.0.1")
    http.add_sockets(sockets)
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        http.stop()
        await http.close_all_connections()


async def keeps(page: Page, sets: dict[str, list[str]]) -> None:
    """Wait until the browser keeps exactly this."""

    async def is_so() -> bool:
        seen = await page.js(KEPT)
        assert seen == sets, seen
        return True

    await eventually(is_so)


async def test_a_set_of_two_versions_is_not_kept(browser_url: str, tmp_path: Path) -> None:
    deploy = RollingDeploy({name: folder(tmp_path / name, name) for name in ("one", "two")})
    old, new = {deploy.sets["one"]: ["one"]}, {deploy.sets["two"]: ["two"]}
    async with served(deploy) as url, chromium(browser_url) as browser:
        page = await (await browser.person()).page(f"{url}/courier", hidden=True)
        await keeps(page, old)
        await page.until("navigator.serviceWorker.controller !== null")
        deploy.serving, deploy.apart = "two", {"/static/words.js": "one"}
        deploy.asked.clear()
        await page.call("Page.reload")
        # Twice at least: it was tried again, and again files of two versions came.
        await eventually(lambda: deploy.asked.count(("/worker.js", "two")) >= 3)
        assert await page.js(KEPT) == old
        deploy.apart = {}
        await keeps(page, new)


async def test_a_first_visit_amid_a_deploy_keeps_nothing_until_it_is_over(
    browser_url: str, tmp_path: Path
) -> None:
    deploy = RollingDeploy({name: folder(tmp_path / name, name) for name in ("one", "two")})
    deploy.serving, deploy.apart = "one", {"/worker.js": "two"}  # all files alike, and not its own
    async with served(deploy) as url, chromium(browser_url) as browser:
        page = await (await browser.person()).page(f"{url}/courier", hidden=True)
        await eventually(lambda: deploy.asked.count(("/static/words.js", "one")) >= 2)
        assert await page.js(KEPT) == {}
        deploy.serving, deploy.apart = "two", {}
        await keeps(page, {deploy.sets["two"]: ["two"]})
