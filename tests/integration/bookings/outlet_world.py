"""An outlet at work, over `SlotWorld`: its clock stands ten minutes into an hour until moved.

The outlet is open all day, so that there is always a slot under way.
"""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from realtime.wire.outlet_day import RecordBattery, WalkIn
from server.domain.bookings.bookings import Booking
from server.domain.bookings.calendar import day_of as day_in_china
from server.domain.bookings.calendar import slots_of
from server.domain.bookings.outlets import Span
from server.domain.bookings.slots import Slot
from server.domain.ids import OutletId, PersonId, SlotId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.people import Role
from server.domain.rules import Rules
from server.services.bookings.arrivals import Arrivals, ArrivalStores
from server.services.bookings.batteries import Batteries, BatteryStores
from server.services.bookings.battery_photos import BatteryPhotos
from server.services.bookings.day import DayNews, DayStores, OutletDay
from server.services.bookings.rights import OutletRights
from server.services.bookings.seating import PresentSeats
from server.services.chance import draw
from server.services.notices.delivery import NoticeDelivery
from server.services.notices.notices import Notices
from server.services.notices.of_bookings import BookingNotices, Reminders
from server.services.notices.ways import NoticeWays
from server.services.photos.photos import Photos
from server.store.audit import MongoAudit
from server.store.bookings.batteries import MongoBatteries
from server.store.bookings.days import MongoDays
from server.store.connection import connect
from server.store.notice_rests import MongoNoticeRests
from server.store.notice_texts import MongoNoticeTexts
from server.store.notices import MongoNotices
from server.store.photos import MongoPhotos
from server.store.seal import BlindIndex, Seal
from server.store.wechat_accounts import MongoWeChatAccounts
from server.store.wechat_deliveries import MongoWeChatDeliveries
from server.store.wechat_windows import MongoWeChatWindows
from tests.integration.bookings.slot_world import (
    OUTLET,
    Fuse,
    PeopleHeard,
    SlotWorld,
    actor,
    form,
    outlet,
)

SEAL = Seal(KeyRing((Key("k1", Secret(b"k" * 32)),)))
INDEX = BlindIndex(Secret(b"b" * 32))

OTHER = OutletId("O2")
ALWAYS = ((Span(0, 1440),),) * 7

STAFF = actor("staff", Role.OUTLET_STAFF)
FOREIGN = actor("foreign", Role.OUTLET_STAFF)
OPERATOR = actor("ops", Role.OPERATOR)


@dataclass
class DayHeard:
    """The outlets' channels: keeps what was published."""

    told: list[tuple[str, str, str]] = field(default_factory=list)

    async def push(self, outlet: OutletId, event: Any) -> None:
        self.told.append((outlet, event.booking.booking_id, event.step))


class NoFindings:
    async def counts(self, bookings: Any) -> dict[Any, int]:
        return {}


@dataclass
class TextsHeard:
    """The SMS vendor: takes everything."""

    sent: list[Any] = field(default_factory=list)

    async def send(self, message: Any) -> None:
        self.sent.append(message)


class EverybodyReached:
    """Phones by person, and no page open."""

    async def phone(self, person: PersonId) -> str:
        return "13800000001"

    async def is_open(self, person: PersonId) -> bool:
        return False


class OutletWorld(SlotWorld):
    """One process's services at the outlet."""

    def clock(self) -> datetime:
        return self.born.replace(minute=10, second=0, microsecond=0) + self.offset

    def also_follow(self) -> list[Any]:
        self.day_heard, self.notices = DayHeard(), MongoNotices(self.db)
        self.days = MongoDays(self.db, seal=SEAL)
        self.told = BookingNotices(
            notices=Notices(notices=self.notices, people=PeopleHeard(self.heard)),
            bookings=self.bookings,
            outlets=self.outlets,
            clock=self.clock,
        )
        return [self.told, DayNews(feed=self.day_heard, views=self.views)]

    def _build(self, redis_url: str) -> None:
        super()._build(redis_url)
        self.audit, self.batteries = MongoAudit(self.db), MongoBatteries(self.db, seal=SEAL)
        self.texts = TextsHeard()
        self.photo_room = Photos(
            store=MongoPhotos(self.db, seal=SEAL),
            transactions=self.transactions,
            audit=self.audit,
            rules=self.rules,
            clock=self.clock,
            draw=draw,
        )
        self._build_outlet()
        self.reminders = Reminders(
            told=self.told,
            bookings=self.bookings,
            days=self.days,
            clock=self.clock,
            rules=self.rules,
        )
        self.delivery = self._delivery()

    def _build_outlet(self) -> None:
        shared: dict[str, Any] = {
            "outlets": self.outlets,
            "rights": OutletRights(self.outlets),
            "clock": self.clock,
        }
        places = PresentSeats(outlets=self.outlets, seats=self.seats, counts=self.counts)
        photos = BatteryPhotos(photos=self.photo_room, batteries=self.batteries)
        self.arrivals = Arrivals(
            stores=ArrivalStores(
                batteries=self.batteries,
                bookings=self.bookings,
                days=self.days,
                seats=self.seats,
                transactions=self.transactions,
                audit=self.audit,
            ),
            places=places,
            waitlist=self.waitlist,
            photos=self.photos,
            battery_photos=photos,
            relay=self.kicks,
            sign=sign,
            rules=self.rules,
            **shared,
        )
        self.packs = Batteries(
            stores=BatteryStores(
                batteries=self.batteries,
                bookings=self.bookings,
                transactions=self.transactions,
                audit=self.audit,
            ),
            photos=self.photo_room,
            used=photos,
            relay=self.kicks,
            **shared,
        )
        self.day = OutletDay(
            stores=DayStores(
                bookings=self.bookings,
                days=self.days,
                batteries=self.batteries,
                audit=self.audit,
            ),
            places=places,
            views=self.views,
            findings=NoFindings(),
            sign=sign,
            **shared,
        )

    def _delivery(self) -> NoticeDelivery:
        nobody: Any = None
        ways = NoticeWays(
            service=None,
            mini=None,
            sms=self.texts,
            accounts=MongoWeChatAccounts(self.db, seal=SEAL, index=INDEX),
            windows=MongoWeChatWindows(self.db),
            notices=self.notices,
            texts=MongoNoticeTexts(self.db),
            phones=EverybodyReached(),
            pages=EverybodyReached(),
            rules=self.rules,
            clock=self.clock,
        )
        return NoticeDelivery(
            notices=self.notices,
            rests=MongoNoticeRests(self.db),
            deliveries=MongoWeChatDeliveries(self.db),
            ways=ways,
            terminals=nobody,
            near=nobody,
            bookings=self.told,
            base_url="https://lanjian.example",
            clock=self.clock,
        )

    async def slot_in(self, hours: int) -> Slot:
        """The slot under way so many hours from now."""
        at = self.clock() + timedelta(hours=hours)
        found = slots_of(await self.outlets.get(OUTLET), day_in_china(at))
        return next(one for one in found if one.starts_at <= at < one.ends_at)

    async def booked(self, hours: int, *, person: str = "p1", **fields: str) -> Booking:
        """A booking of a slot so many hours from now."""
        slot: SlotId = (await self.slot_in(hours)).id
        held = await self.life.hold(actor(person), slot, f"wish-{person}-{slot[-8:]}")
        fields = {"id_photo": f"I{held.id}", "licence_photo": f"L{held.id}"} | fields
        return await self.life.book(actor(person), held.id, form(**fields))

    async def photo(self, owner: str = "staff") -> str:
        drawn = io.BytesIO()
        Image.new("RGB", (40, 30), "green").save(drawn, "JPEG")
        return (await self.photo_room.take(actor(owner), drawn.getvalue())).photo_id

    async def heard_kinds(self) -> list[str]:
        """The kinds of notices there are, as written, with how far their telling is."""
        found = self.db["notices"].find().sort([("at", 1), ("_id", 1)])
        return [f"{one['kind'].removeprefix('booking_')} {one['state']}" async for one in found]


def sign(text: str) -> str:
    return INDEX.digest("arrival", text)


def walk_in(number: int = 1, **fields: str) -> WalkIn:
    defaults = {
        "name": "李四",
        "phone": "13800000002",
        "plate": f"粤B6789{number}",
        "request_id": f"walk-in-{number:04d}",
    }
    return WalkIn(**(defaults | fields))


def pack(**fields: Any) -> RecordBattery:
    defaults: dict[str, Any] = {
        "version": 0,
        "model": "NCM811 75kWh",
        "code": "08bpe1a00123abc5d0000017",
        "count": 1,
        "weight_grams": 438_500,
        "condition": "intact",
    }
    return RecordBattery(**(defaults | fields))


@asynccontextmanager
async def outlet_world(
    mongo_uri: str, name: str, redis_url: str, *, rules: Rules | None = None, **fields: Any
) -> AsyncIterator[OutletWorld]:
    """Build it with two outlets, `STAFF` at the first and `FOREIGN` at the other."""
    client = connect(mongo_uri)
    world = OutletWorld(client[name], redis_url, rules or Rules(), Fuse())
    try:
        stores = (world.outlets, world.seats, world.bookings, world.waits, world.batteries)
        for store in (*stores, world.notices, world.audit):
            await store.ensure_indexes()
        await world.outlets.insert(outlet(week=ALWAYS, **fields))
        await world.outlets.insert(outlet(id=OTHER, week=ALWAYS))
        now = world.clock()
        await world.outlets.link(OUTLET, STAFF.person, PersonId("boss"), now)
        await world.outlets.link(OTHER, FOREIGN.person, PersonId("boss"), now)
        yield world
    finally:
        await world.claims.aclose()
        client.close()
