"""Wiring of what only a server process has: sockets, offers as they change, staff's gauges."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.sockets import PersonSockets, SocketSettings, TerminalSockets
from realtime.gauges import Gauges
from realtime.hub import Rooms
from realtime.offers import OfferFeed
from realtime.post import Post
from server.app.map import MapRooms, build_map
from server.app.process import Process
from server.services.dispatch.couriers import Couriers
from server.services.dispatch.feed_check import FeedCheck
from server.services.live import Live
from server.services.orders.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRooms:
    """The services behind sockets, and what runs while they are open."""

    process: Process
    feed: OfferFeed
    post: Post
    gauges: Gauges
    couriers: Couriers
    desk: Desk
    map: MapRooms
    person_sockets: PersonSockets
    terminal_sockets: TerminalSockets

    async def start(self) -> None:
        """Follow the news, open the inbox, begin to beat.

        Raises:
            Unavailable: Redis does not answer.
        """
        ways = self.process.ways
        ways.hub.start()
        await self.process.accounts.revocations.start()
        self.feed.start()
        self.process.orders.notices.pages.start()
        ways.inbox.start(self.post.receive)
        self.gauges.start()
        self.map.history.start()

    async def close(self) -> None:
        """Stop all of it."""
        await self.gauges.close()
        await self.process.orders.notices.pages.close()
        await self.process.ways.hub.close()
        await self.map.feed.close()
        await self.feed.close()
        await self.map.history.close()
        await self.process.ways.inbox.close()


def build_live(process: Process) -> LiveRooms:
    """Build them; nothing runs yet."""
    bases, ways, orders = process.bases, process.ways, process.orders
    notices = orders.notices
    feed = OfferFeed(
        feeds=bases.feeds,
        presence=notices.presence,
        positions=notices.positions,
        inbox=ways.inbox,
        open_offers=notices.offers.in_district,
        clock=bases.clock,
        fresh_seconds=bases.settings.rules.position_fresh_seconds,
        epoch=f"{bases.clock():%Y%m%d%H%M%S%f}",
        asleep=notices.asleep,
        asleep_seconds=bases.settings.rules.near_place_seconds,
    )
    staff_map = build_map(process)
    couriers = Couriers(
        dispatch=orders.dispatch,
        offers=notices.offers,
        review=orders.review,
        settlement=orders.money.settlement,
        views=orders.views,
        duty=feed,
        history=staff_map.history,
        certifications=orders.certification.certifications,
        feed_check=FeedCheck(
            offers=notices.offers,
            eligibility=orders.eligibility,
            sockets=notices.presence,
            rules=bases.settings.rules,
        ),
    )
    gauges = Gauges(
        bases.redis,
        process=bases.process,
        feeds=bases.feeds,
        presence=notices.presence,
        sockets=lambda: ways.hub.sockets,
        terminals=lambda: len(ways.links),
        clock=bases.clock,
    )
    return LiveRooms(
        process=process,
        feed=feed,
        post=Post(offers=feed, routing=ways.routing),
        gauges=gauges,
        couriers=couriers,
        desk=_desk(process, gauges),
        map=staff_map,
        person_sockets=_person_sockets(process, feed, couriers, staff_map),
        terminal_sockets=_terminal_sockets(process),
    )


def _desk(process: Process, gauges: Gauges) -> Desk:
    return Desk(
        orders=process.stores.orders,
        search=process.stores.search,
        ledger=process.stores.ledger,
        review=process.orders.review,
        races=process.orders.races,
        views=process.orders.views,
        gauges=gauges,
        rules=process.bases.settings.rules,
    )


def _person_sockets(
    process: Process, feed: OfferFeed, couriers: Couriers, staff_map: MapRooms
) -> PersonSockets:
    people = Live(
        couriers=couriers,
        dispatch=process.orders.dispatch,
        orders=process.stores.orders,
        search=process.stores.search,
        visits=process.stores.visits,
        screens=process.orders.doors.screens,
        views=process.orders.views,
        counts=process.bookings.slots.counts,
        day=process.bookings.day.day,
        map_desk=staff_map.desk,
        clock=process.bases.clock,
    )
    return PersonSockets(
        hub=process.ways.hub,
        rooms=Rooms(process.bases.feeds),
        offers=feed,
        map=staff_map.feed,
        authenticator=process.accounts.gate,
        people=people,
        tasks=process.bases.tasks,
        clock=process.bases.clock,
        settings=_socket_settings(process),
    )


def _terminal_sockets(process: Process) -> TerminalSockets:
    return TerminalSockets(
        hub=process.ways.hub,
        links=process.ways.links,
        routing=process.ways.routing,
        service=process.orders.doors.terminal_links,
        tasks=process.bases.tasks,
        settings=_socket_settings(process),
    )


def _socket_settings(process: Process) -> SocketSettings:
    settings = process.bases.settings
    return SocketSettings(
        hello_seconds=settings.rules.hello_seconds,
        ping_seconds=settings.rules.ping_seconds,
        origins=frozenset(settings.http.allowed_origins),
    )
