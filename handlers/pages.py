"""Pages and their files: each face's page, built from `web/src`, and what it asks for.

Nothing inline runs (CSP), and no page tells the next site where it came from: the scan page's URL
holds a one-time code. Pages are asked for again each time; files whose names carry a hash of their
contents are kept for good. What was compressed at the build is sent as it lies there.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tornado.web import RequestHandler, StaticFileHandler

from handlers.base import log_fault
from handlers.built_pages import ASSETS, BuiltPages
from handlers.offline_copy import VERSION_HEADER, WORKER, OfflineCopy

#: A page's own paths below its first; the page reads them, the server does not.
BELOW = r"(?:/[A-Za-z0-9._~/-]{0,200})?"

#: Which face each path is. A scan leads to `visit`, which reads the code from its own URL.
PAGES = {
    r"/": "home",
    rf"/customer{BELOW}": "customer",
    rf"/courier{BELOW}": "courier",
    rf"/staff{BELOW}": "staff",
    r"/login": "login",
    rf"/me{BELOW}": "me",
    rf"/book{BELOW}": "book",
    r"/v/(?P<code>[A-Za-z0-9._~-]{1,160})": "visit",
    r"/visit/(?P<code>[A-Z0-9]{1,64})": "visit",
    r"/pay/(?P<code>[A-Z0-9]{1,64})": "pay",
}

#: Faces that people need where there is no network, by the path they are kept under.
KEPT = {"/courier": "courier", "/customer": "customer", "/v/_": "visit"}

#: What phones are not made to keep: the barcode reader's megabyte; without it numbers are typed.
LEFT_OUT = ".wasm"

#: How files are named; nothing percent-encoded, so that no null byte reaches the file system.
FILE = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"

#: The forms in which a file may lie there, best first: (suffix, content coding).
CODINGS = ((".br", "br"), (".gz", "gzip"))
FOR_GOOD = "public, max-age=31536000, immutable"


def policy(base_url: str, scripts: Iterable[str] = (), images: Iterable[str] = ()) -> str:
    """Write the content security policy; sockets of this site are named for older Safari.

    `scripts` and `images` are whole URLs or origins of other hosts, if the settings name any.
    WebAssembly is for the barcode reader; the icons' font lies in the style sheet as data.
    """
    sockets = "ws" + base_url.removeprefix("http")
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self' 'wasm-unsafe-eval'", *scripts)),
            "style-src 'self'",
            "font-src 'self' data:",
            " ".join(("img-src 'self' data: blob:", *images)),
            "media-src 'self'",
            "worker-src 'self'",
            f"connect-src 'self' {sockets}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class FileHandler(StaticFileHandler):
    """A file below one folder; browsers ask again each time and get 304 if it stands."""

    def initialize(self, path: str, copy: OfflineCopy | None = None) -> None:  # type: ignore[override]
        """Take the folder, and what its files are a part of, if phones keep them."""
        super().initialize(path)
        self._copy = copy
        if copy is not None:
            self.set_header(VERSION_HEADER, copy.version)

    def set_default_headers(self) -> None:
        """Say what the page may do, also on errors."""
        self.clear_header("Server")
        self.set_header("Content-Security-Policy", self.settings["content_policy"])
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-cache")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log faults without the URL: the scan page's holds a code."""
        log_fault(self, typ, value, tb)

    def get_cache_time(self, path: str, modified: object, mime_type: str) -> int:
        """Let nothing be kept unasked, not even with a version in the URL."""
        return 0


class BuiltHandler(FileHandler):
    """A file that the build may have compressed."""

    async def get(self, path: str, include_body: bool = True) -> None:
        """Send the smallest form that the browser takes."""
        self.set_header("Vary", "Accept-Encoding")
        await super().get(path + self._suffix(path), include_body)

    def _suffix(self, path: str) -> str:
        taken = self.request.headers.get("Accept-Encoding", "")
        for suffix, coding in CODINGS:
            if coding in taken and Path(self.root, path + suffix).is_file():
                self.set_header("Content-Encoding", coding)
                return suffix
        return ""

    def get_content_type(self) -> str:
        """Name the type of what was compressed."""
        whole = self.absolute_path
        assert whole is not None
        for suffix, _ in CODINGS:
            self.absolute_path = self.absolute_path and self.absolute_path.removesuffix(suffix)
        try:
            return super().get_content_type()
        finally:
            self.absolute_path = whole


class AssetHandler(BuiltHandler):
    """A file whose name changes with its contents."""

    def set_extra_headers(self, path: str) -> None:
        """Let it be kept for good; errors are not."""
        self.set_header("Cache-Control", FOR_GOOD)


class PageHandler(BuiltHandler):
    """One page."""

    def initialize(self, path: str, copy: OfflineCopy, page: str) -> None:  # type: ignore[override]
        """Serve one file of the pages' folder."""
        super().initialize(path, copy)
        self._page = page

    async def get(self, code: str = "", include_body: bool = True) -> None:
        """Send the page; a scan's code, or a visit's id, is for the page's own script."""
        await super().get(self._page, include_body)

    async def head(self, code: str = "") -> None:
        """Send the page's headers."""
        await super().get(self._page, include_body=False)


class WorkerHandler(FileHandler):
    """The worker that keeps the pages' files; at the root, so that it may serve all of them."""

    async def get(self, include_body: bool = True) -> None:  # type: ignore[override]
        """Send it; browsers ask again with each page."""
        assert self._copy is not None
        self.set_header("Content-Type", "text/javascript")
        self.finish(self._copy.script)

    async def head(self) -> None:  # type: ignore[override]
        """Send its headers."""
        await self.get()

    def compute_etag(self) -> str | None:
        """Name the text that is sent; no file lies behind it."""
        return RequestHandler.compute_etag(self)


Route = tuple[str, type[StaticFileHandler], dict[str, Any]]


def routes(web: Path, built: BuiltPages) -> list[Route]:
    """Serve what was built, `static/` of the web folder, and the worker that keeps pages."""
    copy = OfflineCopy(web / "static" / WORKER, _kept(built))
    pages: list[Route] = [
        (pattern, PageHandler, {"path": str(page.parent), "page": page.name, "copy": copy})
        for pattern, page in ((pattern, built.page(face)) for pattern, face in PAGES.items())
    ]
    static = {"path": str(web / "static"), "copy": copy}
    assets = {"path": str(built.folder / ASSETS), "copy": copy}
    return [
        *pages,
        (r"/worker\.js", WorkerHandler, static),
        (rf"/static/({FILE})", FileHandler, static),
        (rf"/{ASSETS}/({FILE})", AssetHandler, assets),
    ]


def _kept(built: BuiltPages) -> list[tuple[str, Path]]:
    kept = {url: built.page(face) for url, face in KEPT.items()}
    for face in KEPT.values():
        files = (asset for asset in built.files_of(face) if not asset.endswith(LEFT_OUT))
        kept.update((asset, built.folder / asset[1:]) for asset in files)
    return sorted(kept.items())
