"""One `lanjian serve` process: its routes and sockets, its start and its clean end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

import web
from handlers import pages
from handlers.agreements import require_text
from handlers.application import SERVER_OPTIONS, RunningRequests, application
from handlers.built_pages import BuiltPages
from handlers.orders import OrderServices
from handlers.payees import PayeeServices
from handlers.routes import Services, all_routes
from handlers.visits import VisitServices
from handlers.wechat import WeChatServices
from server.app.desk import (
    build_complaint_photos,
    build_complaints,
    build_desk,
    build_price_desk,
)
from server.app.live import build_live
from server.app.pay_pages import build_pay_pages
from server.app.payees import build_payees
from server.app.process import Process, built
from server.app.wechat_rooms import build_wechat_rooms
from server.services.health import Health
from server.services.published import Published
from server.settings import Settings
from server.store import connection

log = logging.getLogger(__name__)

WEB = Path(web.__file__).parent

#: Part of the drain's time in which sockets are sent away; the rest is for what still runs.
SOCKETS_PART = 0.5

#: How often a draining process looks whether it is done, seconds.
LOOK_SECONDS = 0.05


class Platform:
    """A server process: started once, stopped once."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._live = build_live(process)
        self._wechat = build_wechat_rooms(process, self._live.feed)
        self._hub = process.ways.hub
        self._running = RunningRequests()
        self._health = Health(
            mongo=lambda: connection.ping(process.bases.database),
            redis=process.bases.redis.ping,
            sockets=lambda: process.ways.hub.sockets,
        )
        self._server: HTTPServer | None = None  # from start to stop
        http = process.bases.settings.http
        self._bound = (http.address, http.port)  # the port that was given, once started

    @property
    def url(self) -> str:
        """Where this process listens; its port is known once it has started."""
        address, port = self._bound
        return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"

    async def start(self) -> None:
        """Make sure of the indexes, follow the news, then listen.

        Raises:
            OSError: the port is taken, the pages are not built, or a text to agree to is missing.
            Unavailable: Redis does not answer.
        """
        process = self._process
        rules = process.bases.settings.rules
        require_text(WEB, rules.agreement_version)
        require_text(WEB, rules.papers_consent_version, "papers-consent")
        await process.stores.ensure_indexes()
        await process.orders.prices.certain()  # a new site's first list is there from now on
        await self._live.start()
        process.bases.tasks.keep(process.orders.relay.run, name="relay")
        process.bases.tasks.keep(process.bookings.slots.relay.run, name="bookings-relay")
        process.bases.tasks.keep(process.bookings.papers.reading.run, name="reading")
        http = process.bases.settings.http
        sockets = bind_sockets(http.port, http.address)
        self._bound = (http.address, int(sockets[0].getsockname()[1]))
        self._server = HTTPServer(self._application(), **SERVER_OPTIONS)
        self._server.add_sockets(sockets)
        log.info("process %s listens on %s", process.bases.process, self.url)

    async def stop(self) -> None:
        """Drain: no new work, sockets sent away with jitter, requests ended, within the limit."""
        self._health.drain()
        if self._server is None:
            return
        self._server.stop()
        try:
            await self._drain(self._process.bases.settings.http.drain_seconds)
        except TimeoutError:
            left = (self._running.count, self._hub.sockets)
            log.warning("drain ended with %d requests and %d sockets left", *left)
        await self._live.close()
        await self._server.close_all_connections()
        self._server = None

    async def _drain(self, limit_seconds: float) -> None:
        async with asyncio.timeout(limit_seconds):
            await self._hub.drain(limit_seconds * SOCKETS_PART)
            while self._running.count or self._hub.sockets:  # noqa: ASYNC110 (two counts)
                await asyncio.sleep(LOOK_SECONDS)

    def _application(self) -> Application:
        settings, accounts = self._process.bases.settings, self._process.accounts
        wechat = settings.providers.wechat
        return application(
            [*all_routes(self._services(), WEB), *pages.routes(WEB, self._built())],
            gate=accounts.gate,
            repeats=accounts.repeats,
            running=self._running,
            base_url=settings.http.base_url,
            images=settings.tiles.origins,
            scripts=() if wechat is None or not wechat.jssdk_url else (wechat.jssdk_url,),
            trusted_proxies=settings.http.trusted_proxies,
            refusal_of=connection.refusal_of,
            agreement_version=settings.rules.agreement_version,
        )

    def _built(self) -> BuiltPages:
        return BuiltPages(Path(self._process.bases.settings.http.web_dist or web.DIST))

    def _services(self) -> Services:
        """Hand each room of handlers what it calls."""
        accounts, live, orders = self._process.accounts, self._live, self._process.orders
        doors, rules = orders.doors, self._process.bases.settings.rules
        return Services(
            accounts=accounts.accounts,
            bookings=self._process.bookings.services,
            centre=self._process.centre,
            certification_desk=orders.certification.desk,
            certifications=orders.certification.certifications,
            complaint_photos=build_complaint_photos(self._process),
            complaints=build_complaints(self._process),
            couriers=live.couriers,
            desk=live.desk,
            finance=orders.finance.services,
            fleet=doors.fleet,
            grants=doors.grant_desk,
            health=self._health,
            map=live.map.desk,
            orders=OrderServices(
                orders=orders.orders,
                waybills=orders.waybills,
                labels=orders.labels,
                acts=doors.visit_acts,
                refusals=doors.refusals,
                published=Published(terminals=doors.terminals, prices=orders.prices, rules=rules),
            ),
            pay=build_pay_pages(self._process, self._wechat.handles),
            payees=PayeeServices(desk=build_payees(self._process).desk),
            notices=orders.notices.desk,
            payments=orders.money.payments,
            payout_desk=orders.money.payout_desk,
            suspense=orders.money.suspense,
            person_sockets=live.person_sockets,
            photos=accounts.photos,
            prices=build_price_desk(self._process),
            provider_notices=orders.money.provider_notices,
            refund_desk=orders.money.refund_desk,
            staff_orders=build_desk(self._process),
            staffing=accounts.staffing,
            audit_log=accounts.audit_log,
            queues=accounts.queues,
            terminal_sockets=live.terminal_sockets,
            terminals=doors.terminals,
            texts=accounts.texts,
            visits=VisitServices(visits=doors.visits, acts=doors.visit_acts),
            wechat=WeChatServices(
                inbox=self._wechat.inbox,
                log_ins=self._wechat.log_ins,
                links=self._wechat.links,
                pages=self._wechat.pages,
                refused=self._wechat.refused,
            ),
        )


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Platform]:
    """Build a server; its connections are closed at the end of the block."""
    async with built(settings, role="serve") as process:
        yield Platform(process)
