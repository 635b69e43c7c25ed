"""Wiring of orders: from the waybill through race and review to their timers and their telling."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.claims import Claims, ClaimSettings
from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.certifications import CertificationRooms, build_certifications
from server.app.doors import DoorRooms, build_doors
from server.app.finance import FinanceRooms, build_finance
from server.app.money import Money, build_money
from server.app.notices import NoticeRooms, build_notices
from server.app.stores import Stores
from server.app.wallets import Wallets
from server.app.ways import Ways
from server.providers.barcodes import read_numbers
from server.services.dispatch.dispatch import Dispatch
from server.services.dispatch.eligibility import Eligibility
from server.services.dispatch.judge import OrderJudge
from server.services.dispatch.races import Races
from server.services.grants.issue import GrantIssue
from server.services.orders.labels import Labels
from server.services.orders.orders import Orders, OrderStores
from server.services.orders.relay import Kicks, OrderRelay
from server.services.orders.views import OrderViews
from server.services.orders.waybills import Waybills
from server.services.review.finished import FinishedWaybills
from server.services.review.readings import PhotoReader
from server.services.review.review import Review
from server.services.timers import Timers

#: The judge's parts of the lease: for one award, and for its transaction within that.
AWARD_PART = 0.6
TRANSACTION_PART = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRooms:
    """The services around orders."""

    certification: CertificationRooms
    claims: Claims
    dispatch: Dispatch
    doors: DoorRooms
    eligibility: Eligibility
    finance: FinanceRooms
    labels: Labels
    money: Money
    notices: NoticeRooms
    orders: Orders
    photo_reader: PhotoReader
    races: Races
    relay: OrderRelay
    review: Review
    timers: Timers
    views: OrderViews
    waybills: Waybills


def build_orders(
    bases: Bases, stores: Stores, ways: Ways, accounts: AccountRooms, wallets: Wallets
) -> OrderRooms:
    """Build them. Whatever changes an order kicks the relay, which knows all the others."""
    rules, clock = bases.settings.rules, bases.clock
    kicks = Kicks()
    views = OrderViews(details=stores.details, terminals=stores.terminals, rules=rules)
    money = build_money(bases, stores, wallets, kicks)
    doors = build_doors(bases, stores, ways, money, accounts, views, kicks)
    eligibility = Eligibility(couriers=stores.couriers, clock=clock, cap=rules.courier_cap)
    claims = _claims(bases, stores, kicks)
    dispatch = Dispatch(
        claims=claims,
        orders=stores.orders,
        couriers=stores.couriers,
        transactions=stores.transactions,
        eligibility=eligibility,
        withdrawals=doors.grants,
        clock=clock,
        rules=rules,
        relay=kicks,
    )
    waybills = Waybills(orders=stores.orders, seal=bases.seal, audit=stores.audit, clock=clock)
    notices = build_notices(bases, stores, ways, accounts.texts, views)
    certification = build_certifications(
        bases, stores, ways, accounts, teller=notices.notices, eligibility=eligibility
    )
    reader = PhotoReader(photos=stores.photos, read_numbers=read_numbers)
    races = Races(claims=claims, races=stores.races, orders=stores.orders, clock=clock)
    return OrderRooms(
        certification=certification,
        claims=claims,
        dispatch=dispatch,
        doors=doors,
        eligibility=eligibility,
        finance=build_finance(bases, stores, ways, kicks, money),
        labels=Labels(orders=stores.orders, waybills=waybills),
        money=money,
        notices=notices,
        orders=Orders(
            stores=OrderStores(orders=stores.orders, cells=stores.cells),
            waybills=waybills,
            views=views,
            cells=doors.cells,
            doors=doors.doors,
            withdrawals=doors.grants,
            relay=kicks,
            audit=stores.audit,
            rules=rules,
            clock=clock,
            draw=bases.draw,
        ),
        photo_reader=reader,
        races=races,
        relay=OrderRelay(
            kicks=kicks,
            orders=stores.orders,
            couriers=stores.couriers,
            views=views,
            claims=claims,
            offers=notices.to_all,
            people=ways.people,
            staff=ways.staff,
            notices=notices.notices,
            races=races,
            follower=doors.screens,
            clock=bases.clock,
        ),
        review=Review(
            orders=stores.orders,
            couriers=stores.couriers,
            transactions=stores.transactions,
            settlement=money.settlement,
            eligibility=eligibility,
            photos=accounts.photos,
            reader=reader,
            waybills=FinishedWaybills(
                orders=stores.orders, seal=bases.seal, audit=stores.audit, clock=clock
            ),
            audit=stores.audit,
            clock=clock,
            rules=rules,
            relay=kicks,
        ),
        timers=Timers(
            orders=stores.orders,
            dispatch=dispatch,
            refunds=money.refunds,
            holds=doors.deposit,
            windows=doors.pickups,
            clock=clock,
            rules=rules,
            relay=kicks,
        ),
        views=views,
        waybills=waybills,
    )


def _claims(bases: Bases, stores: Stores, kicks: Kicks) -> Claims:
    lease_seconds = bases.settings.rules.claim_lease_seconds
    judge = OrderJudge(
        orders=stores.orders,
        couriers=stores.couriers,
        transactions=stores.transactions,
        issue=GrantIssue(terminals=stores.terminals, commands=stores.commands, draw=bases.draw),
        clock=bases.clock,
        rules=bases.settings.rules,
        relay=kicks,
        within_seconds=lease_seconds * TRANSACTION_PART,
    )
    settings = ClaimSettings(
        lease_seconds=lease_seconds,
        award_seconds=lease_seconds * AWARD_PART,
        read_seconds=lease_seconds * TRANSACTION_PART,
    )
    return Claims.connect(bases.settings.redis.url, judge, settings)
