"""Wiring of telling people: what is written, how it goes out, and offers to who sleeps."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.offers import AsleepCouriers
from realtime.open_pages import OpenPages
from realtime.positions import Positions
from realtime.presence import Presence
from server.app.bases import Bases
from server.app.stores import Stores
from server.app.ways import Ways
from server.app.wechat import build_wechat
from server.providers.ports import SmsSender
from server.services.dispatch.nearby_offers import NearbyOffers, OffersToAll
from server.services.dispatch.offers import Offers
from server.services.notices.delivery import NoticeDelivery
from server.services.notices.desk import NoticeDesk
from server.services.notices.notices import Notices
from server.services.notices.of_bookings import BookingNotices, Reminders
from server.services.notices.ways import NoticeWays
from server.services.orders.views import OrderViews


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRooms:
    """The services that tell people, and where couriers are."""

    notices: Notices
    of_bookings: BookingNotices
    reminders: Reminders
    delivery: NoticeDelivery
    desk: NoticeDesk
    pages: OpenPages
    presence: Presence
    positions: Positions
    asleep: AsleepCouriers
    offers: Offers
    near: NearbyOffers
    to_all: OffersToAll


def build_notices(
    bases: Bases, stores: Stores, ways: Ways, sms: SmsSender, views: OrderViews
) -> NoticeRooms:
    """Build them; nothing runs yet."""
    rules, clock = bases.settings.rules, bases.clock
    presence = Presence(bases.redis, process=bases.process, clock=clock)
    positions = Positions(bases.redis, clock=clock)
    asleep = AsleepCouriers(
        bases.redis,
        clock=clock,
        merge_seconds=rules.near_merge_seconds,
        gap_seconds=rules.near_gap_seconds,
    )
    offers = Offers(
        search=stores.search,
        terminals=stores.terminals,
        views=views,
        duty=presence,
        whereabouts=positions,
        clock=clock,
        rules=rules,
    )
    near = NearbyOffers(
        asleep=asleep,
        offers=offers,
        sockets=presence,
        couriers=stores.couriers,
        notices=stores.notices,
        rules=rules,
        clock=clock,
    )
    pages = OpenPages(bases.redis, people=lambda: ways.hub.people, clock=clock)
    notices = Notices(notices=stores.notices, people=ways.people)
    of_bookings = BookingNotices(
        notices=notices,
        bookings=stores.bookings.bookings,
        outlets=stores.bookings.outlets,
        clock=clock,
    )
    return NoticeRooms(
        notices=notices,
        of_bookings=of_bookings,
        reminders=Reminders(
            told=of_bookings,
            bookings=stores.bookings.bookings,
            days=stores.bookings.days,
            clock=clock,
            rules=rules,
        ),
        delivery=NoticeDelivery(
            notices=stores.notices,
            rests=stores.notice_rests,
            deliveries=stores.wechat_deliveries,
            ways=_ways(bases, stores, sms, pages),
            terminals=stores.terminals,
            near=near,
            bookings=of_bookings,
            base_url=bases.settings.http.base_url,
            clock=clock,
        ),
        desk=NoticeDesk(
            notices=stores.notices,
            rests=stores.notice_rests,
            people=stores.people,
            orders=stores.orders,
            clock=clock,
        ),
        pages=pages,
        presence=presence,
        positions=positions,
        asleep=asleep,
        offers=offers,
        near=near,
        to_all=OffersToAll(feeds=ways.offers, asleep=asleep),
    )


def _ways(bases: Bases, stores: Stores, sms: SmsSender, pages: OpenPages) -> NoticeWays:
    clients = build_wechat(
        bases.settings.providers,
        redis=bases.redis,
        http=bases.http,
        clock=bases.clock,
        draw=bases.draw,
    )
    return NoticeWays(
        service=clients.client,
        mini=clients.mini,
        sms=sms,
        accounts=stores.wechat_accounts,
        windows=stores.wechat_windows,
        notices=stores.notices,
        texts=stores.notice_texts,
        phones=stores.people,
        pages=pages,
        rules=bases.settings.rules,
        clock=bases.clock,
    )
