"""The personal centre on real MongoDB and Redis, beside the accounts' rooms."""

import random
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from tornado.web import Application

from handlers import addresses, centre
from handlers.centre import CentreServices
from server.domain.ids import ALPHABET
from server.domain.keys import Secret
from server.services.centre.addresses import Addresses
from server.services.centre.calendars import Calendars, CalendarStores
from server.services.centre.details import Details
from server.services.centre.erasure import Erasures, ErasureStores
from server.services.centre.exports import Exports, ExportStores
from server.services.centre.phones import Phones
from server.services.centre.service_line import ServiceLines
from server.services.centre.sessions import OwnSessions
from server.services.centre.vehicles import Vehicles
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.outlets import MongoOutlets
from server.store.centre.addresses import MongoAddresses
from server.store.centre.calendar_links import MongoCalendarLinks
from server.store.centre.exports import MongoExports
from server.store.centre.open_matters import MongoOpenMatters
from server.store.centre.own_details import MongoOwnDetails
from server.store.centre.records import MongoRecords
from server.store.centre.service_line import MongoServiceLine
from server.store.centre.vehicles import MongoVehicles
from server.store.seal import BlindIndex, Seal
from tests.integration.accounts.harness import BASE_URL, Client, Rooms, ring


class CentreRooms(Rooms):
    """One server process's accounts and centre; its sweeps are called by hand."""

    def __init__(self, database: AsyncIOMotorDatabase, redis: Any, **more: Any) -> None:
        super().__init__(database, redis, **more)
        self.database = database
        seal, index = Seal(ring("s")), BlindIndex(Secret(b"b" * 32))
        self.addresses = MongoAddresses(database, seal=seal, index=index)
        self.vehicles = MongoVehicles(database, seal=seal, index=index)
        self.details = MongoOwnDetails(database, seal=seal, index=index)
        self.exports = MongoExports(database, seal=seal)
        self.records = MongoRecords(database, seal=seal)
        self.lines = MongoServiceLine(database)
        self.links = MongoCalendarLinks(database)
        self.bookings = MongoBookings(database, seal=seal, index=index)
        self.outlets = MongoOutlets(database)
        self.centre = self._centre(index, MongoOpenMatters(database))

    def _centre(self, index: BlindIndex, open_matters: MongoOpenMatters) -> CentreServices:
        chance = random.Random(11)

        def draw(count: int) -> str:
            return "".join(chance.choice(ALPHABET) for _ in range(count))

        sessions = OwnSessions(
            sessions=self.sessions, announcements=self.announcements, clock=self.clock
        )
        timed = {"rules": self.rules, "clock": self.clock}
        return CentreServices(
            addresses=Addresses(
                addresses=self.addresses, audit=self.audit, clock=self.clock, draw=draw
            ),
            calendars=Calendars(
                stores=CalendarStores(
                    bookings=self.bookings, outlets=self.outlets, links=self.links
                ),
                index=index,
                base_url=BASE_URL,
                draw=draw,
                **timed,
            ),
            details=Details(
                details=self.details,
                vehicles=self.vehicles,
                erasures=self.erasures,
                accounts=self.accounts,
                audit=self.audit,
                clock=self.clock,
            ),
            erasures=Erasures(
                stores=ErasureStores(
                    people=self.people,
                    erasures=self.erasures,
                    open_matters=open_matters,
                    records=self.records,
                    audit=self.audit,
                ),
                accounts=self.accounts,
                sessions=sessions,
                sms=self.phones,
                **timed,
            ),
            exports=Exports(
                stores=ExportStores(
                    exports=self.exports,
                    records=self.records,
                    photos=self.photo_store,
                    audit=self.audit,
                ),
                accounts=self.accounts,
                index=index,
                draw=draw,
                **timed,
            ),
            phones=Phones(
                people=self.people,
                details=self.details,
                codes=self.sms_codes,
                sessions=sessions,
                sms=self.phones,
                audit=self.audit,
                clock=self.clock,
            ),
            service_line=ServiceLines(lines=self.lines, audit=self.audit, clock=self.clock),
            vehicles=Vehicles(vehicles=self.vehicles, clock=self.clock, draw=draw),
        )

    async def ensure_indexes(self) -> None:
        await super().ensure_indexes()
        for store in (
            self.addresses,
            self.vehicles,
            self.details,
            self.exports,
            self.links,
            self.erasures,
        ):
            await store.ensure_indexes()

    def app(self, *more: Any) -> Application:
        return super().app(*addresses.routes(self.centre), *centre.routes(self.centre), *more)

    async def own_code(self, client: Client, purpose: str) -> str:
        """Have a code of an act sent, and read it off the phone."""
        self.clock.turn(60)
        body = {"purpose": purpose, "device": client.device}
        await client.call("POST", "/v1/me/codes", body)
        return self.last_code()

    async def new_code(self, client: Client, phone: str) -> str:
        """Have a code sent to a number that an account shall have."""
        self.clock.turn(60)
        body = {"phone": phone, "device": client.device}
        await client.call("POST", "/v1/me/phone/code", body)
        return self.last_code()

    def last_code(self) -> str:
        return self.phones.received[-1].params["code"]

    async def audited(self, action: str) -> list[dict[str, Any]]:
        return [one async for one in self.database["audit"].find({"action": action})]
