"""Slots and who has them on real MongoDB and Redis: one "process", of which tests build several.

`later` moves the services' clock; Redis's own stays. A `Fuse` makes a process die between any
two of its steps.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from realtime.claims import Claims, ClaimSettings
from realtime.wire.bookings import BookingChanged, BookSlot, SlotCount
from server.domain.bookings.bookings import Booking, BookingEvent
from server.domain.bookings.calendar import day_of as day_in_china
from server.domain.bookings.calendar import slots_of
from server.domain.bookings.outlets import Outlet, Span
from server.domain.bookings.slots import KIND, Slot
from server.domain.geo import Place
from server.domain.ids import BookingId, EnterpriseId, OutletId, PersonId, SessionId, SlotId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.people import Actor, Role
from server.domain.rules import Rules
from server.services.bookings.bookings import Bookings
from server.services.bookings.counts import Counts
from server.services.bookings.judge import SlotJudge
from server.services.bookings.nearest import NearestSlots
from server.services.bookings.outlets_seen import OutletsSeen
from server.services.bookings.racing import SlotRace
from server.services.bookings.relay import BookingRelay, Kicks
from server.services.bookings.views import BookingViews
from server.services.bookings.waitlist import Waitlist
from server.store.bookings.bookings import MongoBookings
from server.store.bookings.holds import MongoHolds
from server.store.bookings.outlets import MongoOutlets
from server.store.bookings.seats import Holding, MongoSeats
from server.store.bookings.waits import MongoWaits
from server.store.connection import connect
from server.store.seal import BlindIndex, Seal
from server.store.transactions import Transactions

OUTLET = OutletId("O1")
DAYS_OF_NINE_TO_FIVE: tuple[tuple[Span, ...], ...] = ((Span(9 * 60, 17 * 60),),) * 7

SETTINGS = ClaimSettings(
    lease_seconds=20.0, award_seconds=10.0, read_seconds=10.0, reply_seconds=10.0, leases_of=KIND
)


class Crashed(Exception):
    """The process died here."""


@dataclass
class Fuse:
    """Burns after so many steps; None never does."""

    left: int | None = None
    steps: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        self.steps.append(name)
        if self.left is not None:
            if self.left == 0:
                raise Crashed(name)
            self.left -= 1


class Fused:
    """Whatever it stands before, a step before each of its coroutines, and after an award."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def fused(*unnamed: Any, **named: Any) -> Any:
            what = f"{type(self._inner).__name__}.{name}"
            self._fuse.step(f"before {what}")
            answer = await found(*unnamed, **named)
            if name == "award":  # the engine's own next step has no fuse
                self._fuse.step(f"after {what}")
            return answer

        return fused


@dataclass
class Heard:
    """Every channel: keeps what was published."""

    people: list[tuple[str, BookingChanged]] = field(default_factory=list)
    staff: list[BookingChanged] = field(default_factory=list)
    counts: dict[str, SlotCount] = field(default_factory=dict)
    followed: list[tuple[BookingId, int]] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)


@dataclass
class PeopleHeard:
    heard: Heard

    async def push(self, person: PersonId, event: Any) -> None:
        self.heard.people.append((person, event))


@dataclass
class StaffHeard:
    heard: Heard

    async def push(self, event: Any) -> None:
        self.heard.staff.append(event)


@dataclass
class CountsHeard:
    heard: Heard

    async def tell(self, outlet: OutletId, count: SlotCount) -> None:
        self.heard.counts[count.slot_id] = count

    async def changed(self, outlet: OutletId) -> None:
        self.heard.calendars.append(outlet)


@dataclass
class FollowerHeard:
    heard: Heard

    async def follow(self, booking: Booking, event: BookingEvent) -> None:
        self.heard.followed.append((booking.id, event.version))


@dataclass
class PhotosOfAnybody:
    """Photos that are always the asker's own; remembers which are in use."""

    used: dict[str, str] = field(default_factory=dict)

    async def attach(self, person, booking, papers, session) -> None:
        self.used |= dict.fromkeys((papers.id_photo, papers.licence_photo), booking)

    async def release(self, booking, session) -> None:
        for photo in (booking.id_photo, booking.licence_photo):
            self.used.pop(photo, None)


class SlotWorld:
    """One process's services; `db` and Redis are shared by all of a test's."""

    def __init__(self, db: Any, redis_url: str, rules: Rules, fuse: Fuse) -> None:
        self.db = db
        self.rules = rules
        self.fuse = fuse
        self.offset = timedelta()
        self.born = datetime.now(UTC)
        self.heard = Heard()
        self.photos = PhotosOfAnybody()
        keys = KeyRing((Key("k1", Secret(b"k" * 32)),))
        self.outlets = MongoOutlets(db)
        self.seats = MongoSeats(db)
        self.holds = MongoHolds(db)
        self.bookings = MongoBookings(db, seal=Seal(keys), index=BlindIndex(Secret(b"b" * 32)))
        self.kicks = Kicks()
        self._build(redis_url)

    def _build(self, redis_url: str) -> None:
        client, fuse, clock, rules = self.db.client, self.fuse, self.clock, self.rules
        seats, holds = Fused(self.seats, fuse), Fused(self.holds, fuse)
        bookings, kicks = Fused(self.bookings, fuse), Fused(self.kicks, fuse)
        self.transactions = Transactions(client)
        self.waits = MongoWaits(self.db)
        self.waitlist = Waitlist(
            waits=Fused(self.waits, fuse),
            outlets=self.outlets,
            seats=seats,
            bookings=bookings,
            transactions=self.transactions,
            relay=kicks,
            clock=clock,
            rules=rules,
        )
        self.judge = SlotJudge(
            outlets=self.outlets,
            seats=seats,
            bookings=bookings,
            holds=holds,
            waitlist=self.waitlist,
            transactions=self.transactions,
            relay=kicks,
            clock=clock,
            rules=rules,
            within_seconds=8.0,
        )
        self.claims = Claims.connect(redis_url, Fused(self.judge, fuse), SETTINGS)
        seen = OutletsSeen(self.outlets, timer=lambda: clock().timestamp())
        self.counts = Counts(
            seats=self.seats,
            outlets=self.outlets,
            feed=Fused(CountsHeard(self.heard), fuse),
            clock=clock,
            rules=rules,
        )
        timer = lambda: clock().timestamp()  # noqa: E731
        nearest = NearestSlots(counts=self.counts, clock=clock, rules=rules, timer=timer)
        self.views = BookingViews(outlets=seen, clock=clock)
        self.race = SlotRace(
            claims=self.claims, outlets=seen, nearest=nearest, clock=clock, rules=rules
        )
        self.life = Bookings(
            race=self.race,
            outlets=self.outlets,
            bookings=bookings,
            seats=seats,
            holds=holds,
            waitlist=self.waitlist,
            transactions=self.transactions,
            photos=self.photos,
            relay=kicks,
            clock=clock,
            rules=rules,
        )
        self.relay = BookingRelay(
            kicks=self.kicks,
            bookings=bookings,
            claims=Fused(self.claims, fuse),
            counts=self.counts,
            views=self.views,
            people=Fused(PeopleHeard(self.heard), fuse),
            staff=Fused(StaffHeard(self.heard), fuse),
            followers=[Fused(FollowerHeard(self.heard), fuse), *self.also_follow()],
            clock=clock,
        )

    def also_follow(self) -> list[Any]:
        """Who else follows bookings, in worlds with more in them."""
        return []

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def later(self, **delta: float) -> None:
        self.offset += timedelta(**delta)

    async def open(self, **fields: Any) -> Outlet:
        """Open the outlet; again with other fields edits it."""
        try:
            known = await self.outlets.get(OUTLET)
        except Exception:
            await self.outlets.insert(outlet(**fields))
            return await self.outlets.get(OUTLET)
        edited = replace(known, **fields)
        return await self.transactions.run(lambda session: self.outlets.change(edited, session))

    async def slots(self, *, days: int = 2) -> list[Slot]:
        """The outlet's slots of a day ahead, far beyond notice and cut-off."""
        found = await self.outlets.get(OUTLET)
        # Counted from one instant: a test that runs over midnight sees the same days.
        return list(slots_of(found, day_in_china(self.born) + timedelta(days=days)))

    async def holders(self, slot: SlotId) -> dict[int, Holding]:
        living = [one for one in await self.seats.of_slot(slot) if one.lives(self.clock())]
        return {one.place: one for one in living}

    async def publish(self) -> None:
        """Publish all that is left, as a worker does some time later."""
        for booking in await self.bookings.unpublished():
            await self.relay.publish(booking)


def outlet(**fields: Any) -> Outlet:
    defaults: dict[str, Any] = {
        "id": OUTLET,
        "enterprise": EnterpriseId("E1"),
        "name": "南山拆解点",
        "region": "440305",
        "address": "某路 1 号",
        "place": Place(lat=22.54, lon=114.05),
        "phone": "075500000000",
        "services": (),
        "week": DAYS_OF_NINE_TO_FIVE,
        "capacity": 2,
    }
    return Outlet(**(defaults | fields))


def actor(name: str = "p1", *roles: Role) -> Actor:
    return Actor(
        person=PersonId(name),
        session=SessionId(f"s-{name}"),
        roles=frozenset({Role.CUSTOMER, *roles}),
    )


def form(**fields: str) -> BookSlot:
    defaults = {
        "name": "张三",
        "phone": "13800000001",
        "plate": "粤B12345",
        "id_photo": "F1",
        "licence_photo": "F2",
        "consent_version": Rules().papers_consent_version,
    }
    return BookSlot(**(defaults | fields))


@asynccontextmanager
async def slot_world(
    mongo_uri: str,
    name: str,
    redis_url: str,
    *,
    rules: Rules | None = None,
    fuse: Fuse | None = None,
) -> AsyncIterator[SlotWorld]:
    """Build a process; the first one of a test also makes the indexes."""
    client = connect(mongo_uri)
    world = SlotWorld(client[name], redis_url, rules or Rules(), fuse or Fuse())
    try:
        for store in (world.outlets, world.seats, world.bookings, world.waits):
            await store.ensure_indexes()
        yield world
    finally:
        await world.claims.aclose()
        client.close()
