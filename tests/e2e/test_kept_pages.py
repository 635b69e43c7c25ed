"""The pages' kept set in a real browser while servers of two versions answer: one or the other."""

import json
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
from handlers.built_pages import BuiltPages
from handlers.pages import KEPT as KEPT_PAGES
from handlers.pages import WorkerHandler, routes
from tests.e2e.chromium import Page, Person, chromium
from tests.waiting import eventually

pytestmark = pytest.mark.slow

STATIC = web.DIST.parent / "static"
UNTOUCHED: Any = object()

#: Long waits are short here, so that the page tries again while the test looks.
HASTE = """
const later = window.setTimeout;
window.setTimeout = (work, ms, ...given) => later(work, Math.min(ms, 200), ...given);
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
    """Write what `make web` built, as a version of its own; every kept page is the home page."""
    shutil.copytree(web.DIST, at / "dist")
    (at / "static").mkdir()
    shutil.copy(STATIC / "worker.js", at / "static")
    listed = at / "dist" / "manifest.json"
    chunks = json.loads(listed.read_text())
    home = at / "dist" / "faces" / "home.html"
    home.write_text(f"{home.read_text()}<!-- version {version} -->")
    for face in KEPT_PAGES.values():
        chunks[f"faces/{face}.html"] = chunks["faces/home.html"]
        shutil.copy(home, home.with_name(f"{face}.html"))
    listed.write_text(json.dumps(chunks))
    for path in assets(at):
        for packed in path.parent.glob(f"{path.name}.*"):
            packed.unlink()
        path.write_text(f"{path.read_text()}/* version {version} */")
    return at


def assets(at: Path) -> list[Path]:
    """List the files of the kept pages that are text."""
    files = BuiltPages(at / "dist").files_of("home")
    return [at / "dist" / url[1:] for url in files if url.endswith((".js", ".css"))]


class RollingDeploy(Router):
    """Servers of two versions behind one balancer: which one answers, a path decides."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self.sets = {name: f"lanjian.{version_of(at)}" for name, at in folders.items()}
        self._servers = {name: server(at) for name, at in folders.items()}
        self.serving = "one"  #: every path but these
        self.apart: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        name = self.apart.get(request.path, self.serving)
        self.asked.append((request.path, name))
        return self._servers[name].find_handler(request, **kwargs)


def version_of(at: Path) -> str:
    """Name the set that a server of this folder hands out."""
    given = next(r[2] for r in routes(at, BuiltPages(at / "dist")) if r[1] is WorkerHandler)
    return str(given["copy"].version)


def server(at: Path) -> Application:
    return application(
        routes(at, BuiltPages(at / "dist")),
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


async def hasty(person: Person, url: str) -> Page:
    """Open a page whose waits are short."""
    await person.context.add_init_script(HASTE)
    return await person.page(url)


async def keeps(page: Page, sets: dict[str, list[str]]) -> None:
    """Wait until the browser keeps exactly this."""

    async def is_so() -> bool:
        seen = await page.js(KEPT)
        assert seen == sets, seen
        return True

    await eventually(is_so)


async def test_a_set_of_two_versions_is_not_kept(browser_url: str, tmp_path: Path) -> None:
    deploy = RollingDeploy({name: folder(tmp_path / name, name) for name in ("one", "two")})
    asset = f"/assets/{assets(tmp_path / 'one')[0].name}"
    old, new = {deploy.sets["one"]: ["one"]}, {deploy.sets["two"]: ["two"]}
    async with served(deploy) as url, chromium(browser_url, keeps_pages=True) as browser:
        page = await hasty(await browser.person(), f"{url}/courier")
        await keeps(page, old)
        await page.until("navigator.serviceWorker.controller !== null")
        deploy.serving, deploy.apart = "two", {asset: "one"}
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
    asset = f"/assets/{assets(tmp_path / 'one')[0].name}"
    deploy.serving, deploy.apart = "one", {"/worker.js": "two"}  # all files alike, and not its own
    async with served(deploy) as url, chromium(browser_url, keeps_pages=True) as browser:
        page = await hasty(await browser.person(), f"{url}/courier")
        await eventually(lambda: deploy.asked.count((asset, "one")) >= 2)
        assert await page.js(KEPT) == {}
        deploy.serving, deploy.apart = "two", {}
        await keeps(page, {deploy.sets["two"]: ["two"]})
