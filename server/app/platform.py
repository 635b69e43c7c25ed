"""One `lanjian serve` process: its services, routes and sockets, its start and its clean end."""

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
from handlers.application import SERVER_OPTIONS, RunningRequests, application
from handlers.routes import Services, all_routes
from realtime.hub import Hub
from server.app.accounts import AccountRooms, build_accounts
from server.app.bases import Bases, opened, refusal_of
from server.app.stores import Stores, build_stores
from server.services.account_news import NewsListener
from server.services.health import Health
from server.settings import Settings
from server.store import connection

log = logging.getLogger(__name__)

#: Part of the drain's time in which sockets are sent away; the rest is for what still runs.
SOCKETS_PART = 0.5

#: How often a draining process looks whether it is done, seconds.
LOOK_SECONDS = 0.05


class Platform:
    """A server process. Built by `build`, started once, stopped once."""

    def __init__(
        self, *, bases: Bases, stores: Stores, rooms: AccountRooms, hub: Hub, news: NewsListener
    ) -> None:
        self._bases = bases
        self._stores = stores
        self._rooms = rooms
        self._hub = hub
        self._news = news
        self._running = RunningRequests()
        self._health = Health(
            mongo=lambda: connection.ping(bases.database),
            redis=bases.redis.ping,
            sockets=lambda: hub.sockets,
        )
        self._server: HTTPServer | None = None  # from start to stop
        self._bound = (bases.settings.http.address, bases.settings.http.port)

    @property
    def url(self) -> str:
        """Where this process listens; its port is known once it has started."""
        address, port = self._bound
        return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"

    async def start(self) -> None:
        """Make sure of the indexes, follow the news, then listen.

        Raises:
            OSError: the port is taken.
            DomainError: a database does not answer.
        """
        await self._stores.ensure_indexes()
        self._hub.start()
        await self._news.start()
        http = self._bases.settings.http
        sockets = bind_sockets(http.port, http.address)
        self._bound = (http.address, int(sockets[0].getsockname()[1]))
        self._server = HTTPServer(self._application(), **SERVER_OPTIONS)
        self._server.add_sockets(sockets)
        log.info("process %s listens on %s", self._bases.process, self.url)

    async def stop(self) -> None:
        """Drain: no new work, sockets sent away with jitter, requests ended, within the limit."""
        limit = self._bases.settings.http.drain_seconds
        self._health.drain()
        if self._server is None:
            return
        self._server.stop()
        try:
            async with asyncio.timeout(limit):
                await self._hub.drain(limit * SOCKETS_PART)
                while self._running.count or self._hub.sockets:  # noqa: ASYNC110 (two counts)
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            left = (self._running.count, self._hub.sockets)
            log.warning("drain ended with %d requests and %d sockets left", *left)
        await self._hub.close()
        await self._server.close_all_connections()
        self._server = None

    def _application(self) -> Application:
        settings = self._bases.settings
        services = Services(
            accounts=self._rooms.accounts,
            staffing=self._rooms.staffing,
            photos=self._rooms.photos,
            health=self._health,
        )
        return application(
            all_routes(services, Path(web.__file__).parent),
            gate=self._rooms.gate,
            repeats=self._rooms.repeats,
            running=self._running,
            base_url=settings.http.base_url,
            trusted_proxies=settings.http.trusted_proxies,
            refusal_of=refusal_of,
        )


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Platform]:
    """Build a platform on bases that are closed at the end of the block."""
    async with opened(settings, role="serve") as bases:
        stores = build_stores(bases)
        rooms = build_accounts(bases, stores)
        rules = settings.rules
        hub = Hub(
            outbox_frames=rules.outbox_frames,
            outbox_bytes=rules.outbox_bytes,
            ping_seconds=rules.ping_seconds,
        )
        news = NewsListener(
            feeds=bases.feeds,
            gate=rooms.gate,
            sockets=hub,
            sessions=stores.sessions,
            clock=bases.clock,
            tasks=bases.tasks,
        )
        yield Platform(bases=bases, stores=stores, rooms=rooms, hub=hub, news=news)
