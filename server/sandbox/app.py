"""The sandbox as a program: its routes, and its life from listening to a clean end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

from server.sandbox import people_handlers as people
from server.sandbox.alipay import handlers as alipay
from server.sandbox.base import Missing
from server.sandbox.clock import Clock
from server.sandbox.draw import Draw
from server.sandbox.ocr import handlers as ocr
from server.sandbox.parts import Parts, Settings, build
from server.sandbox.sms import handlers as sms
from server.sandbox.wechat import routes as wechat
from server.sandbox.wechatpay import routes as wechatpay

NUMBER = r"([A-Za-z0-9_\-|*]{1,64})"
PHONE = r"(\d{5,15})"

#: Tornado hangs up on anything larger without a word; the typed 413 comes well before.
HARD_BODY_LIMIT = 12 * 1024 * 1024

log = logging.getLogger(__name__)


def make_app(parts: Parts) -> Application:
    """Lay out the routes."""
    given = {"parts": parts}
    return Application(
        [
            (rf"/pay/orders/{NUMBER}/tap-(pay)", people.TapHandler, given),
            (rf"/transfers/{NUMBER}/tap-(confirm|decline|expire)", people.TapHandler, given),
            (r"/", people.PageHandler, {**given, "page": "phone.html"}),
            (rf"/phone/{PHONE}", people.PageHandler, {**given, "page": "phone.html"}),
            (rf"/pay/{NUMBER}", people.PageHandler, {**given, "page": "bill.html"}),
            (rf"/confirm/{NUMBER}", people.PageHandler, {**given, "page": "bill.html"}),
            (rf"/phone/{PHONE}/state", people.PhoneStateHandler, given),
            (rf"/phone/{PHONE}/events", people.PhoneFeedHandler, given),
            (rf"/phone/{PHONE}/person", people.BindPersonHandler, given),
            (r"/inbox", people.InboxHandler, given),
            (rf"/bills/(pay|confirm)/{NUMBER}", people.BillHandler, given),
            (r"/kiosks", people.KiosksHandler, given),
            (r"/kiosks/(\d{1,4})/scan", people.ScanHandler, given),
            (r"/faults", people.FaultsHandler, given),
            (r"/notices", people.NoticesHandler, given),
            (r"/health", people.HealthHandler, given),
            *alipay.routes(parts),
            *wechatpay.routes(parts),
            *wechat.routes(parts),
            *sms.routes(parts),
            *ocr.routes(parts),
            (r"/static/(.*)", StaticFileHandler, {"path": str(people.PAGES)}),
        ],
        log_function=_log_fault,
        default_handler_class=Missing,
        default_handler_args=given,
    )


def _log_fault(handler: RequestHandler) -> None:
    """Log our own faults, without the path: it may hold a phone number."""
    if handler.get_status() >= 500:
        log.error("%s answered %d", type(handler).__name__, handler.get_status())


@asynccontextmanager
async def running(
    settings: Settings, *, port: int, clock: Clock, draw: Draw, host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """Serve while the block runs; gives the port listened on (port 0 takes a free one).

    An empty `public_url` becomes http://host:port.
    """
    async with running_parts(settings, port=port, clock=clock, draw=draw, host=host) as started:
        yield started[0]


@asynccontextmanager
async def running_parts(
    settings: Settings, *, port: int, clock: Clock, draw: Draw, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[int, Parts]]:
    """Do as `running`, for those who turn its clock: gives the parts too."""
    sockets = bind_sockets(port, host)
    bound = int(sockets[0].getsockname()[1])
    if not settings.public_url:
        settings = _with_public_url(settings, f"http://{host}:{bound}")
    parts = build(settings, clock=clock, draw=draw)
    server = HTTPServer(make_app(parts), max_body_size=HARD_BODY_LIMIT)
    server.add_sockets(sockets)
    sending = asyncio.create_task(parts.sender.run(), name="sandbox-notices")
    log.info("sandbox listens on %s:%s", host, bound)
    try:
        yield bound, parts
    finally:
        server.stop()
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        await server.close_all_connections()
        parts.store.close()


def _with_public_url(settings: Settings, url: str) -> Settings:
    return replace(settings, public_url=url)
