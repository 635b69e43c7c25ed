"""Offers in WeChat to couriers whose pages sleep: merged, paced, and true when they are sent."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from realtime.districts import district_of
from realtime.offers import OfferFeed
from server.app.live import build_live
from server.domain.custody import Custody
from server.domain.geo import Place
from server.domain.ids import OrderId, PersonId, TerminalId
from server.domain.notice_kinds import OFFERS_NEAR
from server.domain.notices import State, StoredNotice
from server.domain.orders import Offer, Placement
from tests import builders
from tests.integration.wechat.test_notices import ANNA, BO, Town, town
from tests.integration.wechat.world import TERMINAL
from tests.waiting import eventually

NEAR, FAR = Place(lat=22.541, lon=114.051), Place(lat=22.70, lon=114.05)
GAP_SECONDS = 0.4


@dataclass
class Street:
    """A town with a cabinet, and couriers around it."""

    t: Town
    feed: OfferFeed
    placed: int = 0

    @property
    def rooms(self) -> Any:
        return self.t.rooms

    async def courier(self, phone: str, place: Place | None = None) -> tuple[str, PersonId]:
        """Have a certified courier on duty, whose page is closed."""
        openid, person = await self.t.person(phone)
        await self.t.w.certified(person)
        feed = self.feed
        await feed.set_duty(person, on=True)
        if place is not None:
            await feed.report(person, place, datetime.now(UTC))
        return openid, person

    async def offer(self, **fields: Any) -> OrderId:
        """Open an offer at the cabinet, as the relay tells of it."""
        self.placed += 1
        now = datetime.now(UTC)
        order = builders.order(
            id=OrderId(f"LJ2611220000000{self.placed}"),
            custody=Custody.OPEN,
            placement=Placement(
                terminal=TerminalId(TERMINAL), cell=self.placed, opened=True, closed=True, opens=1
            ),
            offer=Offer(version=1, ring=fields.pop("ring", 0), opened_at=now),
            created_at=now,
        )
        stores = self.t.w.stores
        await stores.orders.insert(order, builders.placed_event(order), {})
        await self.opened(order.id)
        return order.id

    async def opened(self, order: OrderId) -> None:
        found = await self.t.w.stores.orders.get(order)
        views = self.t.w.process.orders.views
        await self.rooms.to_all.opened(await views.offer(found))

    async def gone(self, order: OrderId) -> None:
        await self.t.w.database.orders.update_one({"_id": order}, {"$set": {"custody": "claimed"}})

    async def notices(self, person: PersonId) -> list[StoredNotice]:
        found = await self.t.w.stores.notices.of_kind(
            person, OFFERS_NEAR, datetime.now(UTC) - timedelta(hours=1), 50
        )
        return list(reversed(found))

    async def told(self, person: PersonId, count: int) -> list[StoredNotice]:
        """Look at who is due until somebody was told so often."""

        async def there() -> bool:
            await self.rooms.near.sweep()
            return len(await self.notices(person)) >= count

        await eventually(there, every_seconds=0.05)
        return await self.notices(person)

    async def looked_at_once(self, person: PersonId) -> None:
        """Look at who is due until this one has been, who may be due again later."""

        async def seen() -> bool:
            await self.rooms.near.sweep()
            due = await self.t.w.process.bases.redis.zscore("{asleep}:due", person)
            return due is None or due / 1000 > datetime.now(UTC).timestamp() + 10

        await eventually(seen, every_seconds=0.05)

    async def looked_at(self, person: PersonId) -> None:
        """Look at who is due until nobody waits."""

        async def nobody() -> bool:
            await self.rooms.near.sweep()
            return not await self.t.w.process.bases.redis.zcard("{asleep}:due")

        await eventually(nobody, every_seconds=0.05)


@asynccontextmanager
async def street(given, **more: str):
    rules = {
        "LANJIAN_NEAR_MERGE_SECONDS": "0.1",
        "LANJIAN_NEAR_GAP_SECONDS": str(GAP_SECONDS),
        **more,
    }
    async with town(given, **rules) as t:
        await t.w.process.bases.redis.flushdb()
        await t.w.terminal()
        yield Street(t, build_live(t.w.process).feed)


async def test_offers_near_a_sleeping_page_are_one_message_and_then_one_a_gap(given):
    async with street(given) as s:
        openid, person = await s.courier(ANNA, NEAR)
        _, far = await s.courier(BO, FAR)
        for _ in range(3):
            await s.offer()
        # Four workers look at once: one writes.
        await asyncio.gather(*(s.told(person, 1) for _ in range(4)))
        (first,) = await s.notices(person)
        assert len(first.offers) == 3
        await s.rooms.delivery.sweep()
        ((how, what),) = await s.t.chat(openid)
        assert how == "template" and "附近3单" in what and "一号柜" in what
        await s.offer()
        _, second = await s.told(person, 2)
        assert len(second.offers) == 1, "what was told is not told again"
        assert (second.at - first.at).total_seconds() >= GAP_SECONDS * 0.99
        await s.looked_at(far)
        assert await s.notices(far) == []
        assert not await s.t.texts(ANNA), "never by SMS"


async def test_what_is_gone_when_it_is_sent_is_not_told(given):
    async with street(given) as s:
        openid, person = await s.courier(ANNA, NEAR)
        orders = [await s.offer() for _ in range(3)]
        await s.told(person, 1)
        await s.gone(orders[0])
        await s.rooms.delivery.sweep()
        assert "附近2单" in (await s.t.chat(openid))[0][1]
        last = await s.offer()
        _, notice = await s.told(person, 2)
        await s.gone(last)
        await s.rooms.delivery.sweep()
        assert (await s.t.now(notice)).state is State.GONE
        assert len(await s.t.chat(openid)) == 1


async def test_nobody_is_told_who_may_not_claim_or_looks_at_the_page(given):
    async with street(given, LANJIAN_COURIER_CAP="1") as s:
        _, person = await s.courier(ANNA)
        feed, people = s.feed, s.t.w.database.people
        here = district_of(NEAR)
        await feed.set_duty(person, on=True, chosen=[here])
        order = await s.offer(ring=2)

        async def nothing(**fields: Any) -> None:
            await people.update_one({"_id": person}, {"$set": fields})
            await s.opened(order)
            await s.looked_at(person)
            assert await s.notices(person) == []

        await nothing(active_orders=1)
        await nothing(active_orders=0, certification="suspended")
        await people.update_one({"_id": person}, {"$set": {"certification": "certified"}})
        await s.rooms.presence.beat([person])  # a live page
        await s.opened(order)
        await s.looked_at_once(person)
        assert await s.notices(person) == []
        await s.rooms.presence.leave(person)
        await s.t.w.process.bases.redis.delete("{asleep}:due")
        await feed.set_duty(person, on=False)
        await nothing()
        await feed.set_duty(person, on=True, chosen=[here])
        await s.opened(order)
        (notice,) = await s.told(person, 1)  # by the district they chose: no place is known
        assert notice.offers == (f"{order}:1",)


async def test_a_worker_killed_while_it_looked_leaves_the_courier_to_another(given):
    async with street(given) as s:
        _, person = await s.courier(ANNA, NEAR)
        await s.offer()
        taken: list[PersonId] = []

        async def is_taken() -> bool:
            taken.extend(await s.rooms.asleep.take(10))
            return bool(taken)

        await eventually(is_taken)
        assert taken == [person] and await s.rooms.near.sweep() == 0
        await s.offer()  # called again meanwhile: kept for later
        await s.t.w.process.bases.redis.zadd("{asleep}:taken", {person: 1})  # its lease ended
        (notice,) = await s.told(person, 1)
        assert len(notice.offers) == 2
