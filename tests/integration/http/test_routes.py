"""Every route says who may use it; pages are served with their policy; nothing is listed twice."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

import web
from handlers.access import METHODS, Access, access_of
from handlers.application import RunningRequests, application
from handlers.base import ApiHandler
from handlers.offline_copy import OfflineCopy
from handlers.pages import PAGES, FileHandler, routes
from handlers.routes import Services, all_routes
from handlers.sockets import PersonSocket, TerminalSocket

#: Services are handed through to handlers and not touched while routes are listed.
UNTOUCHED: Any = object()
SERVICES = Services(**{field.name: UNTOUCHED for field in fields(Services)})
ROUTES = all_routes(SERVICES, Path(web.__file__).parent)


def test_no_path_is_listed_twice() -> None:
    patterns = [route[0] for route in ROUTES]
    assert len(patterns) == len(set(patterns))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route[0])
def test_each_method_of_each_route_is_declared(route) -> None:
    pattern, handler = route[0], route[1]
    if issubclass(handler, FileHandler):
        assert not pattern.startswith("/v1/")
        return
    if issubclass(handler, WebSocketHandler):
        assert handler in {PersonSocket, TerminalSocket}, "whose first frame must authenticate"
        return
    assert issubclass(handler, ApiHandler)
    own = [name for name in METHODS if getattr(handler, name) is not getattr(RequestHandler, name)]
    assert own, "a route without methods"
    for name in own:
        assert isinstance(access_of(getattr(handler, name)), Access), (handler, name)
        assert cast(Any, getattr(handler, name)).__doc__, "the docstring is the route's contract"


def test_paths_have_one_form() -> None:
    for pattern, handler, *_ in ROUTES:
        if issubclass(handler, FileHandler):
            continue
        plain = pattern.replace(r"\.", ".")
        bare = re.sub(r"\(\?P<\w+>(\[[^]]*\](\{[\d,]+\}|\+)|[^)]*)\)", "x", plain)
        assert re.fullmatch(r"/v1(/[a-z0-9.-]+)+|/e(/x)?|/pictures/x\.jpg", bare), bare


@pytest.fixture
def app(tmp_path) -> Application:
    for folder in ("pages", "static"):
        (tmp_path / folder).mkdir()
    for page in PAGES.values():
        (tmp_path / "pages" / page).write_text(f"<!doctype html><title>{page}</title>")
    (tmp_path / "static" / "api.js").write_text("export {};")
    (tmp_path / "static" / "worker.js").write_text("const CACHE = VERSION;")
    (tmp_path / "secret.txt").write_text("not for anybody")
    return application(
        routes(tmp_path),
        gate=UNTOUCHED,
        repeats=UNTOUCHED,
        running=RunningRequests(),
        base_url="https://lanjian.example",
    )


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", "home.html"),
        ("/customer", "customer.html"),
        ("/courier", "courier.html"),
        ("/staff", "staff.html"),
        ("/v/T-1.58000000.abcDEF_-", "visit.html"),
    ],
)
async def test_pages_are_served_with_their_policy(http_client, base_url, path, page) -> None:
    response = await http_client.fetch(base_url + path)
    assert page.encode() in response.body
    assert response.headers["Content-Type"] == "text/html"
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "connect-src 'self' wss://lanjian.example" in policy
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-cache"
    again = await http_client.fetch(
        base_url + path, headers={"If-None-Match": response.headers["Etag"]}, raise_error=False
    )
    assert again.code == 304
    head = await http_client.fetch(base_url + path, method="HEAD")
    assert head.body == b""


@pytest.mark.gen_test
async def test_the_worker_names_the_pages_files_and_a_version_of_them(
    http_client, base_url, tmp_path
) -> None:
    worker = await http_client.fetch(f"{base_url}/worker.js")
    assert worker.headers["Content-Type"] == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "unsafe" not in worker.headers["Content-Security-Policy"]
    version, header, files, rest = worker.body.decode().split("\n", 3)
    assert rest == "const CACHE = VERSION;"
    assert header == 'const VERSION_HEADER = "X-Pages-Version";'
    kept = json.loads(files.removeprefix("const FILES = ").rstrip(";"))
    assert kept == ["/courier", "/customer", "/v/_", "/static/api.js"]
    for path in (*kept, "/worker.js", "/staff"):
        got = await http_client.fetch(base_url + path)
        assert version == f'const VERSION = "{got.headers["X-Pages-Version"]}";'
        named = {"If-None-Match": got.headers["Etag"]}
        same = await http_client.fetch(base_url + path, headers=named, raise_error=False)
        assert (same.code, same.headers["X-Pages-Version"]) == (304, got.headers["X-Pages-Version"])
    again = await http_client.fetch(
        f"{base_url}/worker.js",
        headers={"If-None-Match": worker.headers["Etag"]},
        raise_error=False,
    )
    assert again.code == 304
    assert (await http_client.fetch(f"{base_url}/worker.js", method="HEAD")).body == b""
    alike = OfflineCopy(tmp_path)
    assert alike.script == worker.body, "two servers of the same files say the same"
    (tmp_path / "pages" / "courier.html").write_text("changed")
    assert OfflineCopy(tmp_path).version != alike.version


@pytest.mark.gen_test
async def test_only_what_is_to_be_served_is(http_client, base_url) -> None:
    script = await http_client.fetch(f"{base_url}/static/api.js?v=1")
    assert script.headers["Content-Type"] in {"text/javascript", "application/javascript"}
    assert script.headers["Cache-Control"] == "no-cache"
    paths = ("../secret.txt", "%2e%2e/secret.txt", "none.js", "%00", "api.js%00", "%2fetc/passwd")
    for path in (f"/static/{name}" for name in paths):
        response = await http_client.fetch(base_url + path, raise_error=False)
        assert response.code in {403, 404}
        assert b"not for anybody" not in response.body
        assert b"Traceback" not in response.body
