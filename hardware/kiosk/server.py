"""Serves the kiosk page, its socket, GET /state, /frames and /cabinet, on loopback.

The page may only be reached under a loopback name (against DNS rebinding), and its socket
only from the page itself (against other pages in the same browser): Host and Origin are
checked on every request.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from importlib.resources import files
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from hardware.clock import ServerClock
from hardware.kiosk.frames import (
    DrawnCabinet,
    Frames,
    FromPage,
    PageAnswer,
    PageInput,
    PageScan,
    PageWish,
    State,
    page_answer,
    page_screen,
)
from hardware.kiosk.screen import Screen
from realtime.wire.envelope import Failure, Reply
from realtime.wire.terminal import KioskAction, KioskStep

log = logging.getLogger(__name__)

#: Largest frame that the page may send, bytes.
MAX_PAGE_FRAME = 4096
#: Pages open at once; one is the rule, a second one is a technician's.
MAX_PAGES = 8
#: Names under which this server may be reached.
LOOPBACK_NAMES = frozenset(("127.0.0.1", "localhost", "::1"))

_PAGES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/kiosk.css": ("kiosk.css", "text/css; charset=utf-8"),
    **{
        f"/{name}.js": (f"{name}.js", "text/javascript; charset=utf-8")
        for name in ("scanner", "texts", "cabinet", "idle", "drawing", "kiosk")
    },
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_decoder: msgspec.json.Decoder[FromPage] = msgspec.json.Decoder(FromPage)

Ask = Callable[[str, KioskAction, str | None], Awaitable[Reply | Failure]]
#: Takes a scanned text and the visit that was showing.
Scan = Callable[[str, str | None], Awaitable[Failure | None]]


class StateSource(Protocol):
    """Who can tell GET /state and GET /frames."""

    async def state(self) -> State:
        """Tell how things stand now."""

    def frames(self, port: int) -> Frames | None:
        """Tell what passed last on a port; None if there is no such port."""


class KioskServer:
    """The page's server."""

    def __init__(
        self,
        screen: Screen,
        clock: ServerClock,
        ask: Ask,
        scan: Scan,
        source: StateSource,
        cabinet: DrawnCabinet,
        allow_origins: tuple[str, ...] = (),
    ) -> None:
        self._screen = screen
        self._clock = clock
        self._ask = ask
        self._scan = scan
        self._source = source
        self._allow_origins = frozenset(allow_origins)
        self._pages = 0
        self._files = {
            path: (files("hardware.kiosk").joinpath(name).read_bytes(), kind)
            for path, (name, kind) in _PAGES.items()
        }
        self._files["/cabinet"] = (msgspec.json.encode(cabinet), "application/json")

    @contextlib.asynccontextmanager
    async def serving(self, port: int) -> AsyncIterator[int]:
        """Serve on loopback while the block runs; give the port (0 asks for a free one).

        Raises:
            OSError: the port is taken.
        """
        async with serve(
            self._talk,
            "127.0.0.1",
            port,
            process_request=self._answer_request,
            max_size=MAX_PAGE_FRAME,
            close_timeout=1.0,
            compression=None,
            server_header=None,
        ) as server:
            yield server.sockets[0].getsockname()[1]

    # HTTP

    async def _answer_request(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        path = urlsplit(request.path).path
        host = request.headers.get("Host", "")
        origin = request.headers.get("Origin")
        if not _is_loopback(host):
            return _response(HTTPStatus.MISDIRECTED_REQUEST, b"not a loopback name\n")
        if path == "/socket":
            if origin is not None and origin != f"http://{host}":
                return _response(HTTPStatus.FORBIDDEN, b"foreign origin\n")
            if self._pages >= MAX_PAGES:
                return _response(HTTPStatus.SERVICE_UNAVAILABLE, b"too many pages\n")
            return None
        if path == "/state":
            body = msgspec.json.encode(await self._source.state())
            return _response(HTTPStatus.OK, body, "application/json", self._cors(origin))
        if path == "/frames":
            return self._frames(request, self._cors(origin))
        if path in self._files:
            body, kind = self._files[path]
            return _response(HTTPStatus.OK, body, kind, {"Content-Security-Policy": _POLICY})
        return _response(HTTPStatus.NOT_FOUND, b"not found\n")

    def _frames(self, request: Request, cors: dict[str, str]) -> Response:
        asked = parse_qs(urlsplit(request.path).query).get("port", ["0"])[0]
        frames = self._source.frames(int(asked)) if asked.isdecimal() else None
        if frames is None:
            return _response(HTTPStatus.NOT_FOUND, b"port: there is no such port\n", extra=cors)
        return _response(HTTPStatus.OK, msgspec.json.encode(frames), "application/json", cors)

    def _cors(self, origin: str | None) -> dict[str, str]:
        if origin is None or origin not in self._allow_origins:
            return {}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}

    # The page's socket

    async def _talk(self, connection: ServerConnection) -> None:
        self._pages += 1
        showing = asyncio.create_task(self._show(connection), name="kiosk page")
        try:
            async for text in connection:
                answer = await self._take(text)
                await connection.send(msgspec.json.encode(answer).decode())
        except ConnectionClosed:
            pass
        finally:
            self._pages -= 1
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _show(self, connection: ServerConnection) -> None:
        """Send the screen whenever it changed; a slow page gets the latest only."""
        with self._screen.watched() as changed, contextlib.suppress(ConnectionClosed):
            while True:
                changed.clear()
                frame = page_screen(self._screen, self._clock.now())
                await connection.send(msgspec.json.encode(frame).decode())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._screen.seconds_to_change()):
                        await changed.wait()

    async def _take(self, text: str | bytes) -> PageAnswer:
        try:
            frame = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return PageAnswer(ok=False, code="bad_frame", message=str(error))
        if isinstance(frame, PageWish):
            return self._wish(frame)
        if isinstance(frame, PageScan):
            return page_answer(await self._scan(frame.value, frame.visit_id))
        return await self._input(frame)

    def _wish(self, frame: PageWish) -> PageAnswer:
        if self._screen.view().step is not KioskStep.WELCOME:
            return PageAnswer(ok=False, code="visit_running", message="请先完成当前操作")
        self._screen.want(frame.role)
        return PageAnswer(ok=True)

    async def _input(self, frame: PageInput) -> PageAnswer:
        view = self._screen.view()
        if frame.visit_id != view.visit_id or frame.action not in view.actions:
            # The screen changed under the finger: never carry an act over to another visit.
            return PageAnswer(
                ok=False, code="stale", message="画面已更新，请再看一眼 Screen changed"
            )
        answer = await self._ask(frame.visit_id, frame.action, frame.value)
        return page_answer(answer if isinstance(answer, Failure) else None)


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK_NAMES
    except ValueError:
        return False


def _response(
    status: HTTPStatus,
    body: bytes,
    kind: str = "text/plain; charset=utf-8",
    extra: dict[str, str] | None = None,
) -> Response:
    headers = Headers(
        {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Connection": "close",
            **(extra or {}),
        }
    )
    return Response(status.value, status.phrase, headers, body)
