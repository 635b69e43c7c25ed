"""Staff's desk of orders over real HTTP: its routes, on the stores and services of a house."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from handlers import staff_money, staff_orders
from handlers.application import RunningRequests, application
from handlers.staff_orders import StaffOrderServices
from realtime.positions import Positions
from realtime.presence import Presence
from realtime.redis import connect
from server.domain.stuck import Kind
from server.services.dispatch.candidates import Candidates
from server.services.orders.acting import DeskActs
from server.services.orders.replays import Replays
from server.services.orders.story import Stories
from server.services.orders.stuck import Stuck
from server.services.repeats import Repeats
from server.store.door_events import MongoDoorEvents
from server.store.people import MongoPeople
from server.store.repeats import MongoRepeats
from server.store.seal import BlindIndex, Seal
from server.store.stuck import MongoStuck
from tests.integration.services.house import KEY, House, house
from tests.integration.services.serving import KEYS, Caller, NamedAtTheGate
from tests.integration.services.test_assigning import assigning
from tests.waiting import eventually

OPERATOR, REVIEWER, FINANCE = "op:operator", "rev:reviewer", "fin:finance"
WHY = "客户来电"


@dataclass
class Desk:
    h: House
    caller: Caller
    presence: Presence
    positions: Positions

    async def get(self, path: str, who: str = OPERATOR) -> Any:
        answer = await self.caller.ask("GET", path, who=who)
        assert answer.status == 200, answer
        return answer.body

    async def stuck(self, kind: Kind, who: str = OPERATOR) -> list[dict[str, Any]]:
        return (await self.get(f"/v1/staff/stuck?kind={kind.value}", who))["stuck"]

    async def fix(self, one: dict[str, Any], name: str, who: str, **asked: Any) -> Any:
        """Do an act as the list tells it, with what staff fill in."""
        (told,) = (fix for fix in one["fixes"] if fix["name"] == name)
        assert set(told["asks"]) == {"reason", *asked}
        body = {**told["body"], "reason": WHY, **asked}
        return await self.caller.ask(told["method"], told["path"], body, who=who)


@asynccontextmanager
async def desk(mongo_uri: str, name: str, redis_url: str) -> AsyncIterator[Desk]:
    async with house(mongo_uri, name, redis_url) as h:
        redis = connect(redis_url)
        presence = Presence(redis, process=name, clock=h.clock)
        positions = Positions(redis, clock=h.clock)
        http = AsyncHTTPClient(force_instance=True)
        running, sock = RunningRequests(), bind_unused_port()[0]
        app = application(
            [
                *staff_orders.routes(_services(h, presence, positions)),
                *staff_money.routes(h.refund_desk, h.payout_desk, h.suspense),
            ],
            gate=NamedAtTheGate(),
            repeats=Repeats(store=MongoRepeats(h.db, seal=Seal(KEYS)), clock=h.clock),
            running=running,
            base_url="https://lanjian.example",
        )
        server = HTTPServer(app)
        server.add_sockets([sock])
        try:
            caller = Caller(f"http://127.0.0.1:{sock.getsockname()[1]}", http)
            yield Desk(h, caller, presence, positions)
        finally:
            server.stop()
            await eventually(lambda: running.count == 0)
            await server.close_all_connections()
            http.close()
            await redis.aclose()


def _services(h: House, presence: Presence, positions: Positions) -> StaffOrderServices:
    h.people = MongoPeople(h.db, seal=Seal(KEYS), index=BlindIndex(KEY))
    h.door_events = MongoDoorEvents(h.db)
    return StaffOrderServices(
        acts=DeskActs(
            assigning=assigning(h),
            timers=h.timers,
            orders=h.orders,
            views=h.relay._views,
            audit=h.audit,
            clock=h.clock,
        ),
        candidates=Candidates(
            orders=h.orders,
            people=h.people,
            couriers=h.couriers,
            terminals=h.terminals,
            duty=presence,
            whereabouts=positions,
            rules=h.rules,
            clock=h.clock,
        ),
        replays=Replays(
            orders=h.orders,
            terminals=h.terminals,
            cells=h.cells,
            events=h.door_events,
            commands=h.commands,
            clock=h.clock,
        ),
        stories=Stories(
            orders=h.orders,
            commands=h.commands,
            doors=h.door_events,
            ledger=h.ledger,
            notices=h.notices_store,
            audit=h.audit,
        ),
        stuck=Stuck(store=MongoStuck(h.db), rules=h.rules, clock=h.clock),
    )
