"""This room's routes over real HTTP; a token is the person's name and what they are."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from handlers import courier, payments, reviews, staff, staff_money
from handlers.application import RunningRequests, application
from realtime.positions import Positions
from realtime.presence import Presence
from realtime.redis import connect
from server.domain.errors import NotAuthenticated
from server.domain.ids import PersonId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.people import Actor, Certification, Role
from server.services.dispatch.couriers import Couriers
from server.services.dispatch.feed_check import FeedCheck
from server.services.dispatch.offers import Offers
from server.services.map.history import PositionHistory
from server.services.orders.desk import Desk
from server.services.ports import Clock
from server.services.repeats import Repeats
from server.store.order_search import MongoOrderSearch
from server.store.position_history import MongoPositionHistory
from server.store.repeats import MongoRepeats
from server.store.seal import Seal
from server.store.standings import MongoStandings
from tests.integration.services.house import House, actor
from tests.waiting import eventually


class NamedAtTheGate:
    """Lets everybody in as who they say they are: `name` or `name:role,role`."""

    async def admit(self, access_token: str) -> Actor:
        name, _, roles = access_token.partition(":")
        if name == "nobody":
            raise NotAuthenticated
        return actor(name, *(Role(role) for role in roles.split(",") if role))

    admit_afresh = admit


@dataclass
class DutyWithoutSockets:
    presence: Presence
    positions: Positions

    async def set_duty(self, courier: Any, *, on: bool, chosen: Any = ()) -> None:
        await (self.presence.begin_duty(courier, chosen) if on else self.presence.end_duty(courier))

    async def report(self, courier: Any, place: Any, at: Any) -> bool:
        if await self.presence.duty(courier) is None:
            return False
        return await self.positions.put(courier, place, at) or True


@dataclass
class CertifiedNow:
    """Certifications as they count by the house's clock."""

    standings: MongoStandings
    clock: Clock

    async def certification(self, person: PersonId) -> Certification:
        return await self.standings.certification(person, self.clock())


class QuietGauges:
    async def sockets(self) -> int:
        return 3

    async def events_per_second(self) -> float:
        return 0.5

    async def terminals_online(self) -> int:
        return 1

    async def couriers_on_duty(self) -> int:
        return 2


@dataclass
class Answer:
    status: int
    body: Any

    @property
    def error(self) -> tuple[int, str, str | None]:
        error = self.body["error"]
        return self.status, error["code"], error.get("field")


@dataclass
class Caller:
    url: str
    http: AsyncHTTPClient

    async def ask(
        self, method: str, path: str, body: Any = None, *, who: str | None = None, **headers: str
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            named["Authorization"] = f"Bearer {who}"
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if raw is not None:
            named.setdefault("Content-Type", "application/json")
        request = HTTPRequest(
            self.url + path,
            method=method,
            headers=named,
            body=raw,
            allow_nonstandard_methods=True,
            decompress_response=False,
        )
        response = await self.http.fetch(request, raise_error=False)
        return Answer(response.code, json.loads(response.body))


KEYS = KeyRing((Key("t", Secret(b"t" * 32)),))


@asynccontextmanager
async def serving(
    h: House, redis_url: str, sock: socket.socket | None = None
) -> AsyncIterator[Caller]:
    redis = connect(redis_url)
    presence = Presence(redis, process="test", clock=h.clock)
    positions = Positions(redis, clock=h.clock)
    search = MongoOrderSearch(h.db)
    await search.ensure_indexes()
    h.offers = Offers(
        search=search,
        terminals=h.terminals,
        views=h.relay._views,
        duty=presence,
        whereabouts=positions,
        clock=h.clock,
        rules=h.rules,
    )
    couriers = Couriers(
        dispatch=h.dispatch,
        offers=h.offers,
        review=h.review,
        settlement=h.settlement,
        views=h.relay._views,
        duty=DutyWithoutSockets(presence, positions),
        history=PositionHistory(
            points=MongoPositionHistory(h.db, keep_seconds=h.rules.position_keep_seconds),
            rules=h.rules,
            clock=h.clock,
        ),
        certifications=CertifiedNow(MongoStandings(h.db), h.clock),
        feed_check=FeedCheck(
            offers=h.offers, eligibility=h.eligibility, sockets=presence, rules=h.rules
        ),
    )
    desk = Desk(
        orders=h.orders,
        search=search,
        ledger=h.ledger,
        review=h.review,
        races=h.races,
        views=h.relay._views,
        gauges=QuietGauges(),
        rules=h.rules,
    )
    routes = [
        *payments.routes(h.payments, h.provider_notices),
        *courier.routes(couriers),
        *reviews.routes(desk),
        *staff.routes(desk),
        *staff_money.routes(h.refund_desk, h.payout_desk, h.suspense),
    ]
    running = RunningRequests()
    app = application(
        routes,
        gate=NamedAtTheGate(),
        repeats=Repeats(store=MongoRepeats(h.db, seal=Seal(KEYS)), clock=h.clock),
        running=running,
        base_url="https://lanjian.example",
    )
    sock = sock or bind_unused_port()[0]
    port = sock.getsockname()[1]
    server = HTTPServer(app)
    server.add_sockets([sock])
    http = AsyncHTTPClient(force_instance=True)
    try:
        yield Caller(f"http://127.0.0.1:{port}", http)
    finally:
        server.stop()
        await eventually(lambda: running.count == 0)
        await server.close_all_connections()
        http.close()
        await redis.aclose()
