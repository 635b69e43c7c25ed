"""Slots with real photos and papers: one "process" that takes, reads, corrects and decides."""

import asyncio
import io
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageDraw

from realtime.wire.papers import CorrectPaper
from server.domain.bookings.bookings import Booking
from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence
from server.domain.errors import ProviderFailed, WrongCode
from server.domain.ids import ALPHABET
from server.domain.keys import Key, KeyRing, Secret
from server.domain.people import Role
from server.domain.rules import Rules
from server.providers.ocr_ports import Read
from server.services.bookings.paper_desk import PaperDesk
from server.services.bookings.paper_keeping import PaperKeeping
from server.services.bookings.paper_links import PaperLinks
from server.services.bookings.paper_photos import BookingPhotos
from server.services.bookings.paper_reading import PaperReading, ReadingKicks
from server.services.bookings.paper_views import PaperViews
from server.services.bookings.papers import Papers, PaperStores
from server.services.photos.photos import Photos
from server.store.audit import MongoAudit
from server.store.bookings.paper_consents import MongoPaperConsents
from server.store.bookings.paper_links import MongoPaperLinks
from server.store.bookings.paper_unlocks import MongoPaperUnlocks
from server.store.bookings.papers import MongoPapers
from server.store.bookings.papers_queue import MongoPapersQueue
from server.store.centre.vehicles import MongoVehicles
from server.store.connection import connect
from server.store.photos import MongoPhotos
from server.store.seal import BlindIndex, Seal
from server.store.transactions import Transactions
from tests.integration.bookings.slot_world import Fuse, SlotWorld, actor, form

ID, LICENCE = PaperKind.ID_CARD, PaperKind.VEHICLE_LICENCE

CARD = IdCard(
    name="张三",
    sex="男",
    ethnicity="汉",
    birth="1990-03-07",
    address="广东省深圳市南山区某路 1 号",
    number="44030519900307009X",
)
VEHICLE = VehicleLicence(
    plate="粤B12345",
    type="小型轿车",
    owner="张三",
    address="广东省深圳市南山区某路 1 号",
    use="非营运",
    model="比亚迪牌BYD7000",
    vin="LSVAU033972020001",
    engine="TZ200XS",
    registered="2020-01-05",
    issued="2020-01-06",
)

CODE = "123456"

REVIEWER = actor("rita", Role.REVIEWER)
OWN_STAFF = actor("otto", Role.OUTLET_STAFF)


def photo(seed: int = 1, kind: str = "JPEG", **options: Any) -> bytes:
    """A picture that looks like no other seed's."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (640, 400), "white")
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y = chance.randrange(640), chance.randrange(400)
        colour = tuple(chance.randrange(256) for _ in range(3))
        draw.rectangle((x, y, x + chance.randrange(20, 160), y + chance.randrange(20, 120)), colour)
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@dataclass
class ReadsByKind:
    """Reads the same off every photo of a kind; fails by the rules that are left in `fails`."""

    papers: dict[PaperKind, Any] = field(default_factory=lambda: {ID: CARD, LICENCE: VEHICLE})
    fails: list[str] = field(default_factory=list)
    silent: bool = False
    asked: int = 0

    async def ask(self, kind: PaperKind, photo: bytes) -> Read:
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        if self.fails:
            raise ProviderFailed(rule=self.fails.pop(0))
        return Read(paper=self.papers[kind], by="local")


class OneCode:
    """Takes one code for a person's own, and refuses all others."""

    async def prove_holder(self, person: Any, code: str, purpose: Any, caller: Any) -> None:
        if (code, purpose) != (CODE, "look"):
            raise WrongCode(field="code", rule="right")


@dataclass
class PaperPushes:
    """What went to people's open pages about papers."""

    pushed: list[tuple[str, Any]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def push(self, person: Any, event: Any) -> None:
        self.pushed.append((person, event))
        self.heard.set()


class PaperWorld(SlotWorld):
    """One process; a second one on the same database is another process."""

    def _build(self, redis_url: str) -> None:
        keys = KeyRing((Key("k1", Secret(b"k" * 32)),))
        seal, index = Seal(keys), BlindIndex(Secret(b"b" * 32))
        chance = random.Random(3)

        def draw(count: int) -> str:
            return "".join(chance.choice(ALPHABET) for _ in range(count))

        self.audit = MongoAudit(self.db)
        self.photo_store = MongoPhotos(self.db, seal=seal)
        self.vehicles = MongoVehicles(self.db, seal=seal, index=index)
        self.paper_store = MongoPapers(self.db, seal=seal, index=index)
        self.consents = MongoPaperConsents(self.db)
        self.link_store = MongoPaperLinks(self.db)
        self.queue = MongoPapersQueue(self.db)
        transactions = Transactions(self.db.client)
        timed: dict[str, Any] = {"clock": self.clock, "rules": self.rules}
        self.pictures = Photos(
            store=self.photo_store, transactions=transactions, audit=self.audit, draw=draw, **timed
        )
        self.photos = BookingPhotos(
            self.pictures, papers=self.paper_store, consents=self.consents, clock=self.clock
        )
        self.keeping = PaperKeeping(
            photos=self.photos, papers=self.paper_store, transactions=transactions, **timed
        )
        super()._build(redis_url)
        stores = PaperStores(
            papers=self.paper_store,
            queue=self.queue,
            bookings=self.bookings,
            consents=self.consents,
            unlocks=MongoPaperUnlocks(self.db),
            transactions=transactions,
            audit=self.audit,
        )
        self.paper_views = PaperViews(
            papers=self.paper_store,
            bookings=self.bookings,
            consents=self.consents,
            vehicles=self.vehicles,
            **timed,
        )
        self.links = PaperLinks(
            papers=self.paper_store,
            links=self.link_store,
            photos=self.pictures,
            audit=self.audit,
            index=index,
            draw=draw,
            **timed,
        )
        self.reading_kicks = ReadingKicks()
        self.papers = Papers(
            stores=stores,
            photos=self.pictures,
            views=self.paper_views,
            links=self.links,
            holders=OneCode(),
            reading=self.reading_kicks,
            relay=self.kicks,
            **timed,
        )
        self.desk = PaperDesk(
            stores=stores,
            outlets=self.outlets,
            views=self.paper_views,
            bookings=self.views,
            links=self.links,
            relay=self.kicks,
            **timed,
        )
        self.recogniser = ReadsByKind()
        self.pushes = PaperPushes()
        self.reading = PaperReading(
            kicks=self.reading_kicks,
            papers=self.paper_store,
            photos=self.photo_store,
            recognisers=self.recogniser,
            people=self.pushes,
            clock=self.clock,
            read_seconds=0.2,
        )

    def also_follow(self) -> list[Any]:
        return [self.keeping]

    async def held(self, person: str = "p1", *, slot: int = 0, wish: str = "wish-0001") -> Booking:
        """A hold of a person who agreed to photos of their papers."""
        await self.papers.agree(actor(person), self.rules.papers_consent_version)
        return await self.life.hold(actor(person), (await self.slots(days=3))[slot].id, wish)

    async def with_photos(self, held: Booking, *, seed: int = 1) -> Booking:
        """Both photos of a hold taken, and read."""
        who = actor(held.person)
        await self.papers.take(who, held.id, ID, photo(seed))
        await self.papers.take(who, held.id, LICENCE, photo(seed + 1000))
        await self.read_all()
        return held

    async def booked(
        self, person: str = "p1", *, slot: int = 0, seed: int = 1, wish: str = "wish-0001", **more
    ) -> Booking:
        """A booking whose papers were read while it was held."""
        held = await self.with_photos(await self.held(person, slot=slot, wish=wish), seed=seed)
        ids = {one.kind: one.photo for one in await self.paper_store.of(held.id)}
        filled = form(id_photo=ids[ID], licence_photo=ids[LICENCE], **more)
        return await self.life.book(actor(person), held.id, filled)

    async def read_all(self) -> None:
        """What every worker does a while later."""
        self.later(seconds=10)
        while await self.reading.sweep():
            self.later(seconds=20)

    async def view(self, booking: Booking):
        return await self.papers.show(actor(booking.person), booking.id)

    async def correct(self, booking: Booking, kind: PaperKind, **fields: str):
        sheet = await self.paper_store.find(booking.id, kind)
        asked = CorrectPaper(version=sheet.version, fields=fields)
        return await self.papers.correct(actor(booking.person), booking.id, kind, asked)

    async def actions(self, action: str) -> list[dict[str, Any]]:
        return [one async for one in self.db["audit"].find({"action": action})]


@asynccontextmanager
async def paper_world(
    mongo_uri: str, name: str, redis_url: str, *, rules: Rules | None = None
) -> AsyncIterator[PaperWorld]:
    """Build a process; the first one of a test also makes the indexes and opens the outlet."""
    client = connect(mongo_uri)
    world = PaperWorld(client[name], redis_url, rules or Rules(), Fuse())
    stores = (
        *(world.outlets, world.seats, world.bookings, world.waits, world.photo_store),
        *(world.paper_store, world.consents, world.link_store, world.queue, world.vehicles),
    )
    try:
        for store in stores:
            await store.ensure_indexes()
        await world.open(capacity=8)
        yield world
    finally:
        await world.claims.aclose()
        client.close()
