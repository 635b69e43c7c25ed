"""Pages and their static files from `web/`; each page is whole in itself and speaks the API.

Nothing inline runs (CSP), nothing is cached without asking again, and no page tells the next
site where it came from: the scan page's URL holds a one-time code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any

from tornado.web import RequestHandler, StaticFileHandler

from handlers.base import log_fault
from handlers.offline_copy import VERSION_HEADER, OfflineCopy

#: Which file each page is. A scan leads to `visit`, which reads the code from its own URL.
PAGES = {
    r"/": "home.html",
    r"/customer": "customer.html",
    r"/courier": "courier.html",
    r"/staff": "staff.html",
    r"/login": "login.html",
    r"/me": "me.html",
    r"/book": "book.html",
    r"/v/(?P<code>[A-Za-z0-9._~-]{1,160})": "visit.html",
    r"/visit/(?P<code>[A-Z0-9]{1,64})": "visit.html",
    r"/pay/(?P<code>[A-Z0-9]{1,64})": "pay.html",
}


#: How files are named; nothing percent-encoded, so that no null byte reaches the file system.
FILE = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"


def policy(base_url: str, scripts: Iterable[str] = ()) -> str:
    """Write the content security policy; sockets of this site are named for older Safari.

    `scripts` are whole URLs of scripts of other hosts, if the settings name any.
    """
    sockets = "ws" + base_url.removeprefix("http")
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *scripts)),
            "style-src 'self'",
            "img-src 'self' data: blob:",
            f"connect-src 'self' {sockets}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class FileHandler(StaticFileHandler):
    """A file below one folder; browsers ask again each time and get 304 if it stands."""

    def initialize(self, path: str, copy: OfflineCopy) -> None:  # type: ignore[override]
        """Take the folder, and what its files are a part of."""
        super().initialize(path)
        self._copy = copy
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


class PageHandler(FileHandler):
    """One page."""

    def initialize(self, path: str, copy: OfflineCopy, page: str) -> None:  # type: ignore[override]
        """Serve one file of the pages' folder."""
        super().initialize(path, copy)
        self._page = page

    def get(self, code: str = "", include_body: bool = True) -> Awaitable[None]:  # type: ignore[override]
        """Send the page; a scan's code, or a visit's id, is for the page's own script."""
        return super().get(self._page, include_body)

    def head(self, code: str = "") -> Awaitable[None]:
        """Send the page's headers."""
        return super().get(self._page, include_body=False)


class WorkerHandler(FileHandler):
    """The worker that keeps the pages' files; at the root, so that it may serve all of them."""

    async def get(self, include_body: bool = True) -> None:  # type: ignore[override]
        """Send it; browsers ask again with each page."""
        self.set_header("Content-Type", "text/javascript")
        self.finish(self._copy.script)

    async def head(self) -> None:  # type: ignore[override]
        """Send its headers."""
        await self.get()

    def compute_etag(self) -> str | None:
        """Name the text that is sent; no file lies behind it."""
        return RequestHandler.compute_etag(self)


Route = tuple[str, type[StaticFileHandler], dict[str, Any]]


def routes(web: Path) -> list[Route]:
    """Serve `pages/` and `static/` of the web folder, and the worker that keeps them."""
    copy = OfflineCopy(web)
    pages: list[Route] = [
        (pattern, PageHandler, {"path": str(web / "pages"), "copy": copy, "page": page})
        for pattern, page in PAGES.items()
    ]
    static = {"path": str(web / "static"), "copy": copy}
    return [
        *pages,
        (r"/worker\.js", WorkerHandler, static),
        (rf"/static/({FILE})", FileHandler, static),
    ]
