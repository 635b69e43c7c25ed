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
from server.services.dispatch.assigning import Assigning
from server.services.dispatch.dispatch import Dispatch
from server.services.dispatch.eligibility import Eligibility
from server.services.dispatch.judge import OrderJudge
from server.services.dispatch.races import Races
from server.services.grants.issue import GrantIssue
from server.services.orders.labels import Labels
from server.services.orders.orders import Orders, OrderStores
from server.services.orders.price_lists import PriceLists
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
    prices: PriceLists
    races: Races
    relay: OrderRelay
    review: Review
    timers: Timers
    views: OrderViews
    waybills: Waybills
    assigning: Assigning


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the rooms below stand on."""

    bases: Bases
    stores: Stores
    kicks: Kicks
    views: OrderViews
    money: Money
    doors: DoorRooms
    eligibility: Eligibility
    judge: OrderJudge
    claims: Claims
    prices: PriceLists
    races: Races
    waybills: Waybills


def build_orders(
    bases: Bases, stores: Stores, ways: Ways, accounts: AccountRooms, wallets: Wallets
) -> OrderRooms:
    """Build them. Whatever changes an order kicks the relay, which knows all the others."""
    ground = _ground(bases, stores, ways, accounts, wallets)
    notices = build_notices(bases, stores, ways, accounts.texts, ground.views)
    dispatch = _dispatch(ground)
    reader = PhotoReader(photos=stores.photos, read_numbers=read_numbers)
    return OrderRooms(
        certification=build_certifications(
            bases,
            stores,
            ways,
            accounts,
            teller=notices.notices,
            eligibility=ground.eligibility,
        ),
        claims=ground.claims,
        dispatch=dispatch,
        doors=ground.doors,
        eligibility=ground.eligibility,
        finance=build_finance(bases, stores, ways, ground.kicks, ground.money),
        labels=Labels(orders=stores.orders, waybills=ground.waybills),
        money=ground.money,
        notices=notices,
        orders=_orders(ground),
        photo_reader=reader,
        prices=ground.prices,
        races=ground.races,
        relay=_relay(ground, ways, notices),
        review=_review(ground, accounts, reader),
        timers=_timers(ground, dispatch),
        views=ground.views,
        waybills=ground.waybills,
        assigning=_assigning(ground, dispatch),
    )


def _ground(
    bases: Bases, stores: Stores, ways: Ways, accounts: AccountRooms, wallets: Wallets
) -> _Ground:
    rules, clock = bases.settings.rules, bases.clock
    kicks = Kicks()
    views = OrderViews(details=stores.details, terminals=stores.terminals, rules=rules)
    money = build_money(bases, stores, wallets, kicks)
    judge = _judge(bases, stores, kicks)
    claims = _claims(bases, judge)
    return _Ground(
        bases=bases,
        stores=stores,
        kicks=kicks,
        views=views,
        money=money,
        doors=build_doors(bases, stores, ways, money, accounts, views, kicks),
        eligibility=Eligibility(couriers=stores.couriers, clock=clock, cap=rules.courier_cap),
        judge=judge,
        claims=claims,
        prices=PriceLists(store=stores.price_lists, rules=rules, clock=clock),
        races=Races(claims=claims, races=stores.races, orders=stores.orders, clock=clock),
        waybills=Waybills(orders=stores.orders, seal=bases.seal, audit=stores.audit, clock=clock),
    )


def _dispatch(ground: _Ground) -> Dispatch:
    return Dispatch(
        claims=ground.claims,
        orders=ground.stores.orders,
        couriers=ground.stores.couriers,
        transactions=ground.stores.transactions,
        eligibility=ground.eligibility,
        withdrawals=ground.doors.grants,
        clock=ground.bases.clock,
        rules=ground.bases.settings.rules,
        relay=ground.kicks,
    )


def _assigning(ground: _Ground, dispatch: Dispatch) -> Assigning:
    stores = ground.stores
    return Assigning(
        orders=stores.orders,
        couriers=stores.couriers,
        people=stores.people,
        transactions=stores.transactions,
        dispatch=dispatch,
        judge=ground.judge,
        claims=ground.claims,
        eligibility=ground.eligibility,
        withdrawals=ground.doors.grants,
        audit=stores.audit,
        relay=ground.kicks,
        rules=ground.bases.settings.rules,
        clock=ground.bases.clock,
        draw=ground.bases.draw,
    )


def _orders(ground: _Ground) -> Orders:
    stores, doors = ground.stores, ground.doors
    return Orders(
        stores=OrderStores(orders=stores.orders, cells=stores.cells),
        prices=ground.prices,
        waybills=ground.waybills,
        views=ground.views,
        cells=doors.cells,
        doors=doors.doors,
        withdrawals=doors.grants,
        relay=ground.kicks,
        audit=stores.audit,
        rules=ground.bases.settings.rules,
        clock=ground.bases.clock,
        draw=ground.bases.draw,
    )


def _relay(ground: _Ground, ways: Ways, notices: NoticeRooms) -> OrderRelay:
    return OrderRelay(
        kicks=ground.kicks,
        orders=ground.stores.orders,
        couriers=ground.stores.couriers,
        views=ground.views,
        claims=ground.claims,
        offers=notices.to_all,
        people=ways.people,
        staff=ways.staff,
        notices=notices.notices,
        races=ground.races,
        follower=ground.doors.screens,
        clock=ground.bases.clock,
    )


def _review(ground: _Ground, accounts: AccountRooms, reader: PhotoReader) -> Review:
    bases, stores = ground.bases, ground.stores
    return Review(
        orders=stores.orders,
        couriers=stores.couriers,
        transactions=stores.transactions,
        waybills=FinishedWaybills(
            orders=stores.orders, seal=bases.seal, audit=stores.audit, clock=bases.clock
        ),
        settlement=ground.money.settlement,
        eligibility=ground.eligibility,
        photos=accounts.photos,
        reader=reader,
        audit=stores.audit,
        clock=bases.clock,
        rules=bases.settings.rules,
        relay=ground.kicks,
    )


def _timers(ground: _Ground, dispatch: Dispatch) -> Timers:
    return Timers(
        orders=ground.stores.orders,
        dispatch=dispatch,
        refunds=ground.money.refunds,
        holds=ground.doors.deposit,
        windows=ground.doors.pickups,
        clock=ground.bases.clock,
        rules=ground.bases.settings.rules,
        relay=ground.kicks,
    )


def _judge(bases: Bases, stores: Stores, kicks: Kicks) -> OrderJudge:
    return OrderJudge(
        orders=stores.orders,
        couriers=stores.couriers,
        transactions=stores.transactions,
        issue=GrantIssue(terminals=stores.terminals, commands=stores.commands, draw=bases.draw),
        clock=bases.clock,
        rules=bases.settings.rules,
        relay=kicks,
        within_seconds=bases.settings.rules.claim_lease_seconds * TRANSACTION_PART,
    )


def _claims(bases: Bases, judge: OrderJudge) -> Claims:
    lease_seconds = bases.settings.rules.claim_lease_seconds
    settings = ClaimSettings(
        lease_seconds=lease_seconds,
        award_seconds=lease_seconds * AWARD_PART,
        read_seconds=lease_seconds * TRANSACTION_PART,
    )
    return Claims.connect(bases.settings.redis.url, judge, settings)
