"""Every route says who may use it; pages are served with their policy; nothing is listed twice."""

import gzip
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
from handlers.built_pages import BuiltPages
from handlers.pages import PAGES, FileHandler, WorkerHandler, routes
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


#: What the build makes of all faces, and of one that has a style and a part of its own.
GZIPPED = gzip.compress(b"smaller")
PART, SCRIPT, STYLE = "assets/part-1.js", "assets/courier-1.js", "assets/courier-1.css"


def build(dist: Path) -> None:
    """Write what Vite would: a page a face, and for the courier's a script with its parts."""
    for folder in (dist / "faces", dist / "assets"):
        folder.mkdir(parents=True)
    chunks: dict[str, Any] = {
        f"faces/{face}.html": {"file": f"assets/{face}-1.js"} for face in set(PAGES.values())
    }
    for face in PAGES.values():
        (dist / "faces" / f"{face}.html").write_text(f"<!doctype html><title>{face}</title>")
        (dist / "assets" / f"{face}-1.js").write_text("export {};")
    chunks["faces/courier.html"] |= {"css": [STYLE], "dynamicImports": ["src/part.ts"]}
    chunks["src/part.ts"] = {"file": PART, "imports": ["faces/courier.html"]}
    (dist / PART).write_text("export const whole = 1;")
    (dist / f"{PART}.br").write_bytes(b"small")
    (dist / f"{PART}.gz").write_bytes(GZIPPED)
    (dist / STYLE).write_text("a{}")
    (dist / "manifest.json").write_text(json.dumps(chunks))


@pytest.fixture
def app(tmp_path) -> Application:
    (tmp_path / "static").mkdir()
    build(tmp_path / "dist")
    (tmp_path / "static" / "api.js").write_text("export {};")
    (tmp_path / "static" / "worker.js").write_text("const CACHE = VERSION;")
    (tmp_path / "secret.txt").write_text("not for anybody")
    return application(
        routes(tmp_path, BuiltPages(tmp_path / "dist")),
        gate=UNTOUCHED,
        repeats=UNTOUCHED,
        running=RunningRequests(),
        base_url="https://lanjian.example",
    )


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", "home"),
        ("/customer", "customer"),
        ("/customer/orders/LJ1", "customer"),
        ("/courier", "courier"),
        ("/staff", "staff"),
        ("/v/T-1.58000000.abcDEF_-", "visit"),
    ],
)
async def test_pages_are_served_with_their_policy(http_client, base_url, path, page) -> None:
    response = await http_client.fetch(base_url + path)
    assert f"<title>{page}</title>".encode() in response.body
    assert response.headers["Content-Type"] == "text/html"
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
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
    version, header, files, rest = worker.body.decode().split("\n", 3)
    assert rest == "const CACHE = VERSION;"
    assert header == 'const VERSION_HEADER = "X-Pages-Version";'
    kept = json.loads(files.removeprefix("const FILES = ").rstrip(";"))
    built = [PART, STYLE, SCRIPT, "assets/customer-1.js", "assets/visit-1.js"]
    assert kept == sorted([*(f"/{name}" for name in built), "/courier", "/customer", "/v/_"])
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
    assert script_of(tmp_path) == worker.body, "two servers of the same files say the same"
    (tmp_path / "dist" / "faces" / "courier.html").write_text("changed")
    assert script_of(tmp_path) != worker.body


def script_of(at: Path) -> bytes:
    """What a server of these files sends as the worker."""
    given = next(r[2] for r in routes(at, BuiltPages(at / "dist")) if r[1] is WorkerHandler)
    return given["copy"].script


@pytest.mark.gen_test
async def test_hashed_files_are_kept_for_good_and_sent_compressed(http_client, base_url) -> None:
    async def got(coding: str, name: str = PART) -> tuple[bytes, str | None, str]:
        response = await http_client.fetch(
            f"{base_url}/{name}", headers={"Accept-Encoding": coding}, decompress_response=False
        )
        headers = response.headers
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert headers["Vary"] == "Accept-Encoding"
        return response.body, headers.get("Content-Encoding"), headers["Content-Type"]

    script = "text/javascript"
    assert await got("gzip, deflate, br") == (b"small", "br", script)
    assert await got("gzip") == (GZIPPED, "gzip", script)
    assert await got("identity") == (b"export const whole = 1;", None, script)
    assert await got("br", STYLE) == (b"a{}", None, "text/css")
    gone = await http_client.fetch(f"{base_url}/assets/older-1.js", raise_error=False)
    assert (gone.code, gone.headers["Cache-Control"]) == (404, "no-cache")


def test_pages_that_were_not_built_are_missed_at_the_start(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="make web"):
        BuiltPages(tmp_path)


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
