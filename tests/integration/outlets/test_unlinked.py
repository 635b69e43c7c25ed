"""Who works at an outlet no more: their open pages are sent away at once, on every process."""

from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from realtime.channels import DayChannels
from realtime.redis import connect as redis_connect
from realtime.wire.bookings import BookingChanged
from realtime.wire.envelope import CloseCode
from server.domain.ids import OutletId, PersonId
from server.domain.people import Role
from server.services.accounts.announcements import Announcements
from server.services.bookings.outlet_desk import DeskStores, OutletDesk
from server.services.bookings.rights import OutletRights
from server.services.chance import draw
from server.store.audit import MongoAudit
from server.store.bookings.outlets import MongoOutlets
from server.store.connection import connect
from server.store.transactions import Transactions
from tests.integration.accounts.harness import Rooms
from tests.integration.bookings.slot_world import actor, outlet
from tests.integration.sockets.harness import serving
from tests.integration.sockets.test_outlet_channel import view

OUTLET = OutletId("O1")
BOSS = actor("boss", Role.ADMIN)
CLERK = Role.OUTLET_STAFF.value


@asynccontextmanager
async def a_desk(mongo_uri, name, redis_url):
    """Yield the first process's desk, the second one's server, and two clerks of the outlet."""
    client, redis = connect(mongo_uri), redis_connect(redis_url)
    rooms, outlets = Rooms(client[name], redis), MongoOutlets(client[name])
    async with AsyncExitStack() as stack:
        stack.callback(client.close)
        stack.push_async_callback(redis.aclose)
        here, there = [
            await stack.enter_async_context(serving(redis_url, one)) for one in ("p1", "p2")
        ]
        told = Announcements(
            people=rooms.people,
            sessions=rooms.sessions,
            grants=rooms.recalls,
            gate=rooms.gate,
            news=here.revocations,
        )
        nobody: Any = None
        desk = OutletDesk(
            stores=DeskStores(
                outlets=outlets,
                enterprises=nobody,
                people=rooms.people,
                transactions=Transactions(client),
            ),
            rights=OutletRights(outlets),
            pages=nobody,
            news=told,
            audit=MongoAudit(client[name]),
            clock=rooms.clock,
            draw=draw,
        )
        await outlets.insert(outlet())
        for number, clerk in enumerate(("olga", "otto")):
            await rooms.people.make(
                PersonId(clerk),
                phone=f"1380000000{number}",
                roles=[Role.OUTLET_STAFF],
                agreement_version="",
                now=rooms.clock(),
            )
            await desk.link(BOSS, OUTLET, PersonId(clerk))
        there.people.may_follow = lambda who, channel: OutletRights(outlets).require(
            who, OutletId(channel.partition(":")[2])
        )
        yield desk, there, rooms


async def test_who_is_unlinked_is_sent_away_at_once_and_not_let_back(
    mongo_uri, mongo_db_name, redis_url
):
    """The desk's write, the mark in the same transaction, the news to all processes, the close."""
    async with a_desk(mongo_uri, mongo_db_name, redis_url) as (desk, there, rooms):
        channel = {"type": "subscribe", "channel": f"outlet:{OUTLET}"}
        async with there.client() as olga, there.client() as phone, there.client() as otto:
            for page, name in ((olga, "olga"), (phone, "olga"), (otto, "otto")):
                await page.hello(name, CLERK)
                assert (await page.ask(**channel))["type"] == "subscribed"
            await desk.unlink(BOSS, OUTLET, PersonId("olga"))
            assert await olga.closed() == await phone.closed() == CloseCode.TOKEN_EXPIRED
            assert await rooms.people.unannounced(10) == [], "told, so no worker tells it again"
            await DayChannels(there.feeds).push(
                OUTLET, BookingChanged(booking=view(2), step="checked_in")
            )
            assert (await otto.next())["event"]["step"] == "checked_in", "the others stay"
        async with there.client() as back:
            await back.hello("olga", CLERK)
            refused = await back.ask(**channel)
            assert (refused["code"], refused["rule"]) == ("forbidden", "own_outlet")
