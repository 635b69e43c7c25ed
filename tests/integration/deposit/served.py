"""The deposit side's routes over real HTTP; a token is the name of somebody in the world."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from handlers import fleet, grants, orders, prices, terminals, visits
from handlers.application import SERVER_OPTIONS, RunningRequests, application
from handlers.orders import OrderServices
from handlers.visits import VisitServices
from server.domain.errors import NotAuthenticated, TokenExpired
from server.domain.keys import Key, KeyRing, Secret
from server.domain.people import Actor
from server.services.published import Published
from server.services.repeats import Repeats
from server.store.repeats import MongoRepeats
from server.store.seal import Seal
from tests.integration.deposit.world import World

SEAL = Seal(KeyRing((Key("s1", Secret(b"s" * 32)),)))


@dataclass
class NamedGate:
    """Implements Gate: whoever was named is let in; `late` comes too late."""

    people: dict[str, Actor] = field(default_factory=dict)

    async def admit(self, access_token: str) -> Actor:
        if access_token == "late":
            raise TokenExpired
        if access_token not in self.people:
            raise NotAuthenticated
        return self.people[access_token]

    admit_afresh = admit


@dataclass
class Served:
    """A running server and a client to it."""

    world: World
    gate: NamedGate
    url: str

    async def ask(
        self, method: str, path: str, body: Any = None, *, who: str | None = None, **headers: str
    ) -> HTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            named["Authorization"] = f"Bearer {who}"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if content is not None:
            named.setdefault("Content-Type", "application/json")
        request = HTTPRequest(
            self.url + path,
            method=method,
            headers=named,
            body=content,
            allow_nonstandard_methods=True,
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Ask and insist on a good answer."""
        response = await self.ask(method, path, body, **more)
        assert response.code in {200, 201}, (response.code, response.body)
        return json.loads(response.body)

    async def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple:
        """Ask and insist on a refusal; give status, code, field and rule."""
        response = await self.ask(method, path, body, **more)
        assert response.code >= 400, (response.code, response.body)
        found = json.loads(response.body)["error"]
        assert " / " in found["message"]
        return response.code, found["code"], found.get("field"), found.get("rule")


@asynccontextmanager
async def served(w: World) -> AsyncIterator[Served]:
    repeats = MongoRepeats(w.db, seal=SEAL)
    await repeats.ensure_indexes()
    gate = NamedGate()
    routes = [
        *orders.routes(
            OrderServices(
                orders=w.orders_service,
                waybills=w.waybills,
                labels=w.labels,
                acts=w.acts,
                refusals=w.refusals,
                published=Published(terminals=w.terminals_service, prices=w.prices, rules=w.rules),
            )
        ),
        *prices.routes(w.price_desk),
        *visits.routes(VisitServices(visits=w.visits, acts=w.acts)),
        *terminals.routes(w.terminals_service),
        *grants.routes(w.grant_desk),
        *fleet.routes(w.fleet),
    ]
    app = application(
        routes,
        gate=gate,
        repeats=Repeats(store=repeats, clock=w.clock),
        running=RunningRequests(),
        base_url="https://lanjian.test",
    )
    server = HTTPServer(app, **SERVER_OPTIONS)
    socket, port = bind_unused_port()
    server.add_socket(socket)
    try:
        yield Served(world=w, gate=gate, url=f"http://127.0.0.1:{port}")
    finally:
        AsyncHTTPClient().close()
        server.stop()
        await server.close_all_connections()
