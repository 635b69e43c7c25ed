"""Enterprises and outlets over real HTTP, on real MongoDB; a token is a name and its roles."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

import web
from handlers import pages
from handlers.application import RunningRequests, application
from handlers.bookings import enterprises, outlets, public_pages
from handlers.built_pages import BuiltPages
from server.domain.bookings.bookings import Booking
from server.domain.bookings.outlets import Outlet
from server.domain.bookings.slots import Slot
from server.domain.china import CHINA
from server.domain.errors import NotFound
from server.domain.ids import OutletId, SlotId
from server.domain.rules import Rules
from server.services.bookings.enterprises import Enterprises
from server.services.bookings.outlet_desk import DeskStores, OutletDesk
from server.services.bookings.outlet_months import MonthStores, OutletMonths
from server.services.bookings.outlets import Outlets
from server.services.bookings.pages import Pages
from server.services.bookings.pictures import Pictures
from server.services.bookings.rights import OutletRights
from server.services.centre.service_line import ServiceLines
from server.services.chance import draw
from server.services.repeats import Repeats
from server.store.audit import MongoAudit
from server.store.bookings.days import MongoDays
from server.store.bookings.enterprises import MongoEnterprises
from server.store.bookings.outlets import MongoOutlets
from server.store.bookings.pictures import MongoPictures
from server.store.centre.service_line import MongoServiceLine
from server.store.repeats import MongoRepeats
from server.store.seal import Seal
from server.store.transactions import Transactions
from tests.integration.services.serving import KEYS, Answer, Caller, NamedAtTheGate

WEB = Path(web.__file__).parent

#: A Monday morning in China.
NOW = datetime(2026, 9, 28, 8, 30, tzinfo=CHINA)

OPERATOR = "ops:operator"
ADMIN = "boss:admin"
CUSTOMER = "anna"

WEEK = [[{"opens": 540, "closes": 720}, {"opens": 840, "closes": 1080}]] * 7
DETAILS = {
    "name": "福田网点",
    "region": "440304",
    "address": "福华路 1 号",
    "lat": 22.54,
    "lon": 114.06,
    "phone": "0755-22223333",
    "services": ["动力电池拆卸"],
}


@dataclass
class NoBodyElse:
    """People: whoever is asked for is there, but for `nobody`."""

    async def get(self, person: str) -> str:
        if person == "NOBODY":
            raise NotFound(field="person_id", rule="exists")
        return person

    async def mark_standing(self, person: str, session: Any) -> None:
        """Nothing to mark."""


@dataclass
class StandingTold:
    """Remembers whose open pages are judged anew."""

    people: list[str] = field(default_factory=list)

    async def changed(self, person: str, standing: int | None = None) -> None:
        self.people.append(person)


@dataclass
class BookingsInHand:
    """The bookings that the test made."""

    bookings: list[Booking] = field(default_factory=list)

    async def of_outlet(
        self, outlet: OutletId, since: datetime, until: datetime, states: Any
    ) -> list[Booking]:
        return [
            one
            for one in self.bookings
            if one.outlet == outlet and since <= one.seat.starts_at < until and one.state in states
        ]


@dataclass
class Services:
    enterprises: Enterprises
    pages: Pages
    pictures: Pictures
    outlets: Outlets
    outlet_desk: OutletDesk
    outlet_months: OutletMonths
    service_line: ServiceLines


@dataclass
class Desk:
    """A running server, and short ways to ask it."""

    caller: Caller
    http: AsyncHTTPClient
    audit: MongoAudit
    bookings: BookingsInHand
    service_line: ServiceLines
    pages: "PagesTold" = field(default_factory=lambda: PagesTold())
    standing: "StandingTold" = field(default_factory=lambda: StandingTold())
    now: datetime = NOW

    async def ask(
        self, method: str, path: str, body: Any = None, *, who: str | None = None, **headers: str
    ) -> Answer:
        return await self.caller.ask(method, path, body, who=who, **headers)

    async def done(
        self, method: str, path: str, body: Any = None, *, who: str | None = None
    ) -> Any:
        answer = await self.ask(method, path, body, who=who)
        assert answer.status in (200, 201), answer.body
        return answer.body

    async def page(self, path: str, who: str | None = None, method: str = "GET") -> HTTPResponse:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        request = HTTPRequest(self.caller.url + path, method=method, headers=headers)
        return await self.http.fetch(request, raise_error=False)

    async def enterprise(self, name: str = "绿能拆解", region: str = "440304") -> str:
        made = await self.done(
            "POST", "/v1/staff/enterprises", {"name": name, "region": region}, who=OPERATOR
        )
        return made["enterprise_id"]

    async def outlet(
        self, enterprise: str, *, active: bool = True, calendar: Any = None, **details: Any
    ) -> Any:
        """Make an outlet with hours; answers it as staff see it."""
        asked = {**DETAILS, **details}
        new = {**asked, "enterprise_id": enterprise}
        made = await self.done("POST", "/v1/staff/outlets", new, who=OPERATOR)
        path = f"/v1/staff/outlets/{made['outlet_id']}"
        edit = {"version": 1, "week": WEEK, "capacity": 3, **(calendar or {})}
        made = await self.done("PUT", f"{path}/calendar", edit, who=OPERATOR)
        if active:
            edit = {**asked, "version": 2, "active": True}
            made = await self.done("PUT", f"{path}/details", edit, who=OPERATOR)
        return made


@dataclass
class PagesTold:
    """Remembers of which outlets open pages were told to fetch the slots again."""

    outlets: list[str] = field(default_factory=list)

    async def calendar_changed(self, outlet: OutletId) -> None:
        self.outlets.append(outlet)


@dataclass
class OneTaken:
    """Counts one place taken in every slot."""

    async def free(self, outlet: Outlet, slots: Sequence[Slot]) -> dict[SlotId, int]:
        return {slot.id: slot.capacity - 1 for slot in slots}


@asynccontextmanager
async def desk(mongo_uri: str, name: str) -> AsyncIterator[Desk]:
    mongo: AsyncIOMotorClient[Any] = AsyncIOMotorClient(mongo_uri, tz_aware=True)
    db = mongo[name]
    stores = MongoEnterprises(db), MongoOutlets(db), MongoAudit(db)
    for store in stores:
        await store.ensure_indexes()
    known, places, audit = stores
    bookings = BookingsInHand()
    sock, port = bind_unused_port()
    http = AsyncHTTPClient(force_instance=True)
    line = ServiceLines(lines=MongoServiceLine(db), audit=audit, clock=lambda: NOW)
    here = Desk(Caller(f"http://127.0.0.1:{port}", http), http, audit, bookings, line)
    services = _services(db, Transactions(mongo), here, known, places)
    given: Any = services
    app = application(
        [
            *enterprises.routes(given),
            *outlets.routes(given),
            *public_pages.routes(given, WEB),
            *pages.routes(WEB, BuiltPages(web.DIST)),
        ],
        gate=NamedAtTheGate(),
        repeats=Repeats(store=MongoRepeats(db, seal=Seal(KEYS)), clock=lambda: here.now),
        running=RunningRequests(),
        base_url="https://lanjian.example",
    )
    server = HTTPServer(app)
    server.add_sockets([sock])
    try:
        yield here
    finally:
        server.stop()
        http.close()
        await server.close_all_connections()
        mongo.close()


def _services(
    db: Any,
    transactions: Transactions,
    here: Desk,
    known: MongoEnterprises,
    outlets_: MongoOutlets,
) -> Services:
    def clock() -> datetime:
        return here.now

    pictures = MongoPictures(db)
    shared: dict[str, Any] = {"audit": here.audit, "clock": clock}
    people: Any = NoBodyElse()
    return Services(
        enterprises=Enterprises(
            enterprises=known, outlets=outlets_, transactions=transactions, draw=draw, **shared
        ),
        pages=Pages(enterprises=known, pictures=pictures, **shared),
        pictures=Pictures(pictures=pictures, clock=clock),
        outlets=Outlets(
            outlets=outlets_, enterprises=known, places=OneTaken(), rules=Rules(), clock=clock
        ),
        outlet_desk=OutletDesk(
            stores=DeskStores(
                outlets=outlets_,
                enterprises=known,
                people=people,
                transactions=transactions,
            ),
            rights=OutletRights(outlets_),
            pages=here.pages,
            news=here.standing,
            draw=draw,
            **shared,
        ),
        outlet_months=OutletMonths(
            stores=MonthStores(
                outlets=outlets_, bookings=here.bookings, days=MongoDays(db, seal=Seal(KEYS))
            ),
            rights=OutletRights(outlets_),
            rules=Rules(),
            clock=clock,
        ),
        service_line=here.service_line,
    )
