"""An outlet's day over real HTTP: who may, what is answered, what refusals tell."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from handlers.application import RunningRequests, application
from handlers.bookings import day
from server.services.bookings.arrivals import Arrivals
from server.services.bookings.batteries import Batteries
from server.services.bookings.day import OutletDay
from server.services.repeats import Repeats
from server.store.repeats import MongoRepeats
from tests.integration.bookings.outlet_world import SEAL, OutletWorld, outlet_world
from tests.integration.bookings.slot_world import OUTLET
from tests.integration.services.serving import Caller, NamedAtTheGate

CLERK, FOREIGN, REVIEWER = "staff:outlet_staff", "foreign:outlet_staff", "rita:reviewer"
HERE = f"/v1/staff/outlets/{OUTLET}"
CAR = {"name": "李四", "phone": "13800000002", "plate": "粤BD12345", "request_id": "walk-in-1"}
PACK = {
    "version": 0,
    "model": "NCM811",
    "code": "08BPE1A00123",
    "count": 1,
    "weight_grams": 438_500,
    "condition": "intact",
}


@dataclass
class Services:
    day: OutletDay
    arrivals: Arrivals
    batteries: Batteries


@asynccontextmanager
async def served(w: OutletWorld) -> AsyncIterator[Caller]:
    services: Any = Services(w.day, w.arrivals, w.packs)
    app = application(
        day.routes(services),
        gate=NamedAtTheGate(),
        repeats=Repeats(store=MongoRepeats(w.db, seal=SEAL), clock=w.clock),
        running=RunningRequests(),
        base_url="https://lanjian.example",
    )
    sock, port = bind_unused_port()
    server, http = HTTPServer(app), AsyncHTTPClient(force_instance=True)
    server.add_sockets([sock])
    try:
        yield Caller(f"http://127.0.0.1:{port}", http)
    finally:
        server.stop()
        http.close()
        await server.close_all_connections()


async def test_a_walk_ins_way_from_the_door_to_the_label(mongo_uri, mongo_db_name, redis_url):
    async with (
        outlet_world(mongo_uri, mongo_db_name, redis_url, capacity=1) as w,
        served(w) as caller,
    ):
        bad = await caller.ask("POST", f"{HERE}/walk-ins", CAR | {"phone": "1"}, who=CLERK)
        assert bad.error == (400, "invalid_input", "phone")
        came = await caller.ask("POST", f"{HERE}/walk-ins", CAR, who=CLERK)
        assert (came.status, came.body["name"], came.body["plate"]) == (201, "李*", "粤B****45")
        another = CAR | {"plate": "粤B54321", "request_id": "walk-in-2"}
        full = await caller.ask("POST", f"{HERE}/walk-ins", another, who=CLERK)
        assert full.error == (409, "slot_full", "slot_id")
        assert full.body["error"]["details"]["next"]["starts_at"] > w.clock().isoformat()
        one = f"/v1/staff/bookings/{came.body['booking']['booking_id']}"
        early = await caller.ask("POST", f"{one}/finish", who=CLERK)
        assert early.error == (409, "conflict", "booking_id")
        wrong = await caller.ask("POST", f"{one}/battery", PACK | {"code": "?"}, who=CLERK)
        assert wrong.error == (400, "invalid_input", "code")
        made = await caller.ask("POST", f"{one}/battery", PACK, who=CLERK)
        assert [version["version"] for version in made.body["versions"]] == [1]
        request = HTTPRequest(
            f"{caller.url}{one}/battery.pdf", headers={"Authorization": f"Bearer {CLERK}"}
        )
        label = await caller.http.fetch(request)
        assert label.headers["Content-Type"] == "application/pdf"
        assert label.body.startswith(b"%PDF-")
        done = await caller.ask("POST", f"{one}/finish", who=CLERK)
        assert (done.body["booking"]["state"], done.body["battery"]) == ("done", 1)
        seen = await caller.ask("GET", f"{HERE}/day", who=CLERK)
        assert [row["plate"] for row in seen.body["rows"]] == ["粤B****45"]
        assert not any(text in str(seen.body) for text in ("李四", "13800000002", "粤BD12345"))


async def test_each_route_is_for_the_outlets_own_staff(mongo_uri, mongo_db_name, redis_url):
    async with outlet_world(mongo_uri, mongo_db_name, redis_url) as w, served(w) as caller:
        made = await w.booked(3)
        one = f"/v1/staff/bookings/{made.id}"
        asked: list[tuple[str, str, Any]] = [
            ("GET", f"{HERE}/day", None),
            ("POST", f"{HERE}/check-in", {"plate": "粤B12345"}),
            ("POST", f"{HERE}/walk-ins", CAR),
            ("GET", f"{one}/row", None),
            ("GET", f"{one}/person?purpose=call", None),
            ("POST", f"{one}/no-show", None),
            ("POST", f"{one}/reject", {"reason": "x"}),
            ("POST", f"{one}/finish", None),
            ("GET", f"{one}/battery", None),
            ("POST", f"{one}/battery", PACK),
            ("GET", f"{one}/battery.pdf", None),
            ("GET", f"{one}/battery/photos/F1?purpose=look", None),
        ]
        for method, path, body in asked:
            for who in (FOREIGN, REVIEWER, "p1"):
                answer = await caller.ask(method, path, body, who=who)
                assert answer.error[:2] == (403, "forbidden"), (method, path, who)
            assert (await caller.ask(method, path, body)).status == 401
        assert await w.bookings.get(made.id) == made
        shown = await caller.ask("GET", f"/v1/bookings/{made.id}/arrival", who="p1")
        assert shown.body["code"].startswith(f"{made.id}.")
        other = await caller.ask("GET", f"/v1/bookings/{made.id}/arrival", who=CLERK)
        assert other.status == 404, "not even the staff get somebody's code"
