"""The deposit side's services on a real MongoDB, one cabinet, and a clock that tests move."""

import base64
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec

from handlers.fleet import FleetServices
from realtime.wire.people import Fact, PushEvent
from realtime.wire.requests import CellPlan, PlaceOrder, Recipient, RegisterTerminal
from realtime.wire.views import OrderView, VisitView
from server.domain.certifications import Step as Certified
from server.domain.certifications import moved
from server.domain.changes import Context, charge, move, then
from server.domain.custody import Step
from server.domain.errors import NotFound
from server.domain.ids import ALPHABET, OrderId, PersonId, PhotoId, SessionId, VisitId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.money import Charge
from server.domain.orders import Offer, Order, Pickup
from server.domain.payments import Wallet
from server.domain.people import SYSTEM, Actor, Role
from server.domain.prices import FIRST_TABLE, Size, zone_between
from server.domain.rules import Rules
from server.domain.visits import VisitRole
from server.services.deposit.cells import Cells
from server.services.deposit.deposit import Deposit
from server.services.deposit.returns import Returns
from server.services.dispatch.dispatch import Dispatch
from server.services.dispatch.eligibility import Eligibility
from server.services.dispatch.pickup import Pickups
from server.services.dispatch.refusals import Refusals
from server.services.doors.doors import Doors
from server.services.doors.history import DoorHistory
from server.services.doors.pulse_tests import PulseTests
from server.services.doors.sensing import Sensing, SensingStores
from server.services.grants.desk import GrantDesk
from server.services.grants.grants import Grants
from server.services.grants.issue import GrantIssue
from server.services.grants.keys import GrantKeys
from server.services.grants.recalls import Recalls
from server.services.money.pay_codes import PayCodes
from server.services.money.payment_outcomes import PaymentOutcomes
from server.services.money.payments import Payments
from server.services.money.refunds import Refunds
from server.services.orders.labels import Labels
from server.services.orders.orders import Orders, OrderStores
from server.services.orders.price_desk import PriceDesk
from server.services.orders.price_lists import PriceLists
from server.services.orders.views import OrderViews
from server.services.orders.waybills import Waybills
from server.services.terminals.alerts import Alerts
from server.services.terminals.enrolment import Enrolment
from server.services.terminals.fleet import Fleet
from server.services.terminals.frame_logs import FrameLogs
from server.services.terminals.keys import TerminalKeys
from server.services.terminals.links import TerminalLinks
from server.services.terminals.terminals import Terminals, TerminalStores
from server.services.timers import Timers
from server.services.visits.acts import DoorWork, VisitActs
from server.services.visits.kiosk_input import KioskInputs
from server.services.visits.scenes import Scenes
from server.services.visits.screens import Screens
from server.services.visits.visits import Visits
from server.store.agents import MongoAgents
from server.store.alerts import MongoAlerts
from server.store.audit import MongoAudit
from server.store.cells import MongoCells
from server.store.commands import MongoCommands
from server.store.connection import connect
from server.store.couriers import MongoCouriers
from server.store.door_events import MongoDoorEvents
from server.store.fleet import MongoFleet
from server.store.frame_logs import MongoFrameLogs
from server.store.grants import MongoGrants
from server.store.ledger import MongoLedger
from server.store.order_details import MongoOrderDetails
from server.store.orders import MongoOrders
from server.store.pay_codes import MongoPayCodes
from server.store.payments import MongoPayments, MongoRefunds
from server.store.people import MongoPeople
from server.store.price_lists import MongoPriceLists
from server.store.seal import BlindIndex, Seal
from server.store.standings import MongoStandings
from server.store.terminals import MongoTerminals
from server.store.transactions import Session, Transactions
from server.store.visits import MongoVisits
from tests import builders
from tests.integration.deposit.cabinet import Cabinet
from tests.integration.services.provider_world import ForgetfulProvider

SECRET = Secret(b"k" * 32)
SECRET_TEXTS = ("张三", "李四", "13800000002", "某路 1 号 2 单元")


@dataclass
class PromptRelay:
    """Implements Relay: whoever follows orders hears at once."""

    follower: Any = None
    kicked: list[OrderId] = field(default_factory=list)

    async def kick(self, order: OrderId) -> None:
        self.kicked.append(order)
        await self.follower.order_changed(order)


@dataclass
class Heard:
    """Implements the feeds: keeps what was pushed."""

    people: list[tuple[str, PushEvent]] = field(default_factory=list)
    staff: list[Any] = field(default_factory=list)


@dataclass
class PeopleHeard:
    heard: Heard

    async def push(self, person: PersonId, event: PushEvent) -> None:
        self.heard.people.append((person, event))


@dataclass
class StaffHeard:
    heard: Heard

    async def push(self, event: PushEvent) -> None:
        self.heard.staff.append(event)

    async def tell(self, fact: Fact) -> None:
        self.heard.staff.append(fact)


class LenientLimits:
    """Implements Limits: everything is in time. The real ones have tests of their own."""

    async def hit(self, key: str, limits: Sequence[tuple[int, float]]) -> float | None:
        return None


@dataclass
class OwnedPhotos:
    """Implements Photos: who owns which."""

    owners: dict[str, str] = field(default_factory=dict)

    async def require_own(self, person: PersonId, photo: PhotoId) -> None:
        if self.owners.get(photo) != person:
            raise NotFound(field="photo_id", rule="exists")

    async def use(self, person, photo, use, session=None, *, until=None) -> None:
        await self.require_own(person, photo)

    async def release(self, photo, use, session, *, until=None) -> None:
        return None


class NoRaces:
    """The race, which these tests do not run: `World.win` writes what the judge writes."""


class World(SimpleNamespace):
    """All stores and services of this side; `now` is the clock."""

    now: datetime
    cabinet: Cabinet

    def clock(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def draw(self, n: int) -> str:
        return "".join(self.dice.choices(ALPHABET, k=n))

    async def person(self, *roles: Role, certified: bool = False) -> Actor:
        self.phones += 1
        made = await self.people.make(
            PersonId(f"P{self.phones}"),
            phone=str(13800000100 + self.phones),
            roles=[Role.CUSTOMER, *roles],
            agreement_version="1",
            now=self.now,
        )
        if certified:
            current = await self.standings.get(made.id)
            after = moved(current, Certified.CERTIFY, now=self.now)
            await self.standings.write(current, after, Certified.CERTIFY, self.now)
        return Actor(person=made.id, session=SessionId(f"s{made.id}"), roles=made.roles)

    async def placed(self, customer: Actor, **fields: Any) -> OrderView:
        return await self.orders_service.place(customer.person, place_order(**fields))

    async def scan(self, who: Actor | None = None) -> VisitView:
        """Let somebody scan the kiosk's present code; each scan has a step of its own."""
        self.later(seconds=self.rules.kiosk_step_seconds)
        return await self.visits.start(self.cabinet.code(self.now), who.person if who else None)

    async def deposit(self, customer: Actor, order: str) -> VisitView:
        """Go the straight way from the scan to the parcel inside."""
        visit = await self.scan(customer)
        if visit.role is None:
            await self.visits.choose_role(
                VisitId(visit.visit_id), customer.person, VisitRole.DEPOSIT
            )
        await self.acts.choose_order(VisitId(visit.visit_id), customer.person, OrderId(order))
        await self.cabinet.opens_and_closes()
        return await self.acts.confirm(VisitId(visit.visit_id), customer.person)

    async def pay(self, order: str) -> Order:
        """Let the money come, as the payments room writes it."""
        context = Context(actor=SYSTEM, at=self.now, rules=self.rules)
        offer = Offer(version=1, ring=0, opened_at=self.now)

        def decide(known: Order) -> Any:
            paid = charge(known, Charge.PAID, context)
            return then(paid, move(paid.after, Step.OFFER, context, offer=offer))

        change = await self.orders.change(OrderId(order), decide)
        await self.relay.kick(OrderId(order))
        return change.after

    async def win(self, order: str, courier: Actor) -> Order:
        """Let a courier win, as the judge writes it."""
        context = Context(actor=courier.person, at=self.now, rules=self.rules)
        until = self.now + timedelta(seconds=self.rules.pickup_within_seconds)
        won = Pickup(courier=courier.person, claimed_at=self.now, until=until)

        async def write(session: Session) -> Order:
            known = await self.orders.get(OrderId(order), session)
            grant = await self.issue.for_win(known, courier.person, self.now, until, session)
            change = move(known, Step.CLAIM, context, pickup=won, grant=grant)
            assert await self.orders.write(change, session)
            return change.after

        return await self.transactions.run(write)

    async def order(self, order: str) -> Order:
        return await self.orders.get(OrderId(order))

    async def at_door(self, courier: Actor, order: str) -> VisitId:
        """Let the winner scan and choose."""
        visit = VisitId((await self.scan(courier)).visit_id)
        await self.visits.choose_role(visit, courier.person, VisitRole.PICKUP)
        await self.acts.choose_order(visit, courier.person, OrderId(order))
        return visit


def place_order(**fields: Any) -> PlaceOrder:
    given: dict[str, Any] = {
        "sender_name": "张三",
        "recipient": Recipient(
            name="李四", phone="13800000002", region="110105", address="某路 1 号 2 单元"
        ),
        "description": "书",
        "size": "M",
        "origin_region": "440305",
        "price_fen": 0,
        "no_prohibited_goods": True,
        "consent_version": Rules().consent_version,
    }
    placed = PlaceOrder(**(given | fields))
    if "price_fen" in fields:
        return placed
    zone = zone_between(placed.origin_region, placed.recipient.region)
    price = FIRST_TABLE[Size(placed.size)][zone]
    return msgspec.structs.replace(placed, price_fen=price)


@asynccontextmanager
async def world(
    mongo_uri: str, name: str, *, sizes: str = "MMMMM", seed: int = 1, rules: Rules | None = None
) -> AsyncIterator[World]:
    client = connect(mongo_uri)
    dice = random.Random(seed)
    made = World(client=client, db=client[name], dice=dice, now=builders.NOON, phones=0)
    made.rules = rules or Rules()
    made.cabinet = Cabinet()
    try:
        _stores(made)
        _services(made)
        for store in made.stores:
            await store.ensure_indexes()
        await _register(made, sizes)
        yield made
    finally:
        client.close()


async def _register(w: World, sizes: str) -> None:
    w.operator = await w.person(Role.OPERATOR)
    registered = await w.terminals_service.register(
        w.operator.person,
        RegisterTerminal(
            terminal_id=w.cabinet.terminal,
            name="南山一号柜",
            lat=22.54,
            lon=114.05,
            region="440305",
            cells=tuple(CellPlan(cell=n, size=size) for n, size in enumerate(sizes, 1)),  # type: ignore[arg-type]
        ),
    )
    w.cabinet.token = registered.token
    w.cabinet.links = w.links
    await w.cabinet.enrol()
    accepted = await w.cabinet.boot(len(sizes))
    w.cabinet.key = base64.urlsafe_b64decode(accepted.config.kiosk_key)


def _stores(w: World) -> None:
    db = w.db
    w.seal = Seal(KeyRing((Key("s1", SECRET),)))
    w.orders, w.details, w.audit = MongoOrders(db), MongoOrderDetails(db), MongoAudit(db)
    w.cell_store = MongoCells(db, fault_window_seconds=w.rules.fault_window_seconds)
    w.commands, w.events = MongoCommands(db), MongoDoorEvents(db)
    w.fleet_store, w.alert_store = MongoFleet(db), MongoAlerts(db)
    w.agents, w.grant_store = MongoAgents(db), MongoGrants(db)
    w.terminals, w.visit_store = MongoTerminals(db), MongoVisits(db)
    w.standings = MongoStandings(db)
    w.people = MongoPeople(db, seal=w.seal, index=BlindIndex(SECRET))
    w.transactions = Transactions(w.client)
    w.ledger, w.payment_store, w.refund_store = (
        MongoLedger(db),
        MongoPayments(db),
        MongoRefunds(db),
    )
    w.pay_code_store = MongoPayCodes(db)
    w.stores = [
        *(w.orders, w.audit, w.cell_store, w.commands, w.events, w.terminals, w.visit_store),
        *(w.people, w.ledger, w.payment_store, w.refund_store, w.grant_store, w.alert_store),
        w.pay_code_store,
    ]


def _services(w: World) -> None:
    w.relay, w.heard, w.photos = PromptRelay(), Heard(), OwnedPhotos()
    w.views = OrderViews(details=w.details, terminals=w.terminals, rules=w.rules)
    w.keys = TerminalKeys(terminals=w.terminals, seal=w.seal)
    w.enrolment = _enrolment(w)
    time: dict[str, Any] = {"rules": w.rules, "clock": w.clock}
    w.provider = ForgetfulProvider(w.dice)
    money: dict[str, Any] = {
        "orders": w.orders,
        "ledger": w.ledger,
        "transactions": w.transactions,
        "wallets": dict.fromkeys(Wallet, w.provider),
        "relay": w.relay,
        **time,
    }
    w.refunds = Refunds(refunds=w.refund_store, payments=w.payment_store, **money)
    outcomes = PaymentOutcomes(payments=w.payment_store, refunds=w.refunds, **money)
    asking = {name: part for name, part in money.items() if name != "ledger"}
    w.payments = Payments(payments=w.payment_store, outcomes=outcomes, draw=w.draw, **asking)
    w.pay_codes = PayCodes(
        codes=w.pay_code_store,
        orders=w.orders,
        base_url="https://lanjian.test",
        draw=w.draw,
        **time,
    )
    w.cells = Cells(cells=w.cell_store, orders=w.orders, shuffle=w.dice.shuffle, **time)
    w.pulse_tests = PulseTests(cells=w.cell_store, staff=StaffHeard(w.heard), clock=w.clock)
    w.doors = Doors(
        commands=w.commands,
        cells=w.cell_store,
        orders=w.orders,
        routing=w.cabinet,
        pulse_tests=w.pulse_tests,
        relay=w.relay,
        staff=StaffHeard(w.heard),
        audit=w.audit,
        draw=w.draw,
        **time,
    )
    w.grant_keys = GrantKeys(KeyRing((Key("g1", SECRET),)))
    w.recalls = Recalls(grants=w.grant_store, routing=w.cabinet, clock=w.clock)
    w.issue = GrantIssue(terminals=w.terminals, commands=w.commands, draw=w.draw)
    w.grants = Grants(
        orders=w.orders,
        commands=w.commands,
        cells=w.cell_store,
        terminals=w.terminals,
        recalls=w.recalls,
        doors=w.doors,
        relay=w.relay,
        **time,
    )
    w.grant_desk = GrantDesk(
        grants=w.grants,
        store=w.grant_store,
        keys=w.grant_keys,
        terminals=w.terminals,
        views=w.views,
        audit=w.audit,
        clock=w.clock,
    )
    _door_services(w, time)
    _visit_services(w, time)
    _order_services(w, time)
    w.waybills = Waybills(orders=w.orders, seal=w.seal, audit=w.audit, clock=w.clock)
    w.price_store = MongoPriceLists(w.db)
    w.prices = PriceLists(store=w.price_store, rules=w.rules, clock=w.clock)
    w.price_desk = PriceDesk(
        lists=w.prices,
        store=w.price_store,
        transactions=w.transactions,
        audit=w.audit,
        clock=w.clock,
    )
    w.orders_service = Orders(
        stores=OrderStores(orders=w.orders, cells=w.cell_store),
        prices=w.prices,
        waybills=w.waybills,
        views=w.views,
        cells=w.cells,
        doors=w.doors,
        withdrawals=w.grants,
        relay=w.relay,
        audit=w.audit,
        draw=w.draw,
        **time,
    )
    w.labels = Labels(orders=w.orders, waybills=w.waybills)
    w.terminals_service = Terminals(
        stores=TerminalStores(
            terminals=w.terminals, cells=w.cell_store, transactions=w.transactions
        ),
        keys=w.keys,
        enrolment=w.enrolment,
        doors=w.doors,
        audit=w.audit,
        staff=StaffHeard(w.heard),
        clock=w.clock,
        draw=w.draw,
    )


def _order_services(w: World, time: dict[str, Any]) -> None:
    couriers = MongoCouriers(w.db)
    w.dispatch = Dispatch(
        claims=NoRaces(),  # type: ignore[arg-type]
        orders=w.orders,
        couriers=couriers,
        transactions=w.transactions,
        eligibility=Eligibility(couriers=couriers, clock=w.clock, cap=w.rules.courier_cap),
        withdrawals=w.grants,
        relay=w.relay,
        **time,
    )
    w.timers = Timers(
        orders=w.orders,
        dispatch=w.dispatch,
        refunds=w.refunds,
        holds=w.deposit_service,
        windows=w.pickups,
        relay=w.relay,
        **time,
    )


def _enrolment(w: World) -> Enrolment:
    return Enrolment(
        agents=w.agents,
        limits=LenientLimits(),
        fence=w.cabinet,
        staff=StaffHeard(w.heard),
        rules=w.rules,
        clock=w.clock,
        draw=w.draw,
    )


def fleet_of(w: World) -> FleetServices:
    """Build a server's or worker's look over the fleet; each call is a process of its own."""
    fleet = Fleet(fleet=w.fleet_store, routing=w.cabinet, rules=w.rules, clock=w.clock)
    return FleetServices(
        fleet=fleet,
        history=DoorHistory(terminals=w.terminals, events=w.events, commands=w.commands),
        frames=FrameLogs(
            logs=MongoFrameLogs(w.db),
            terminals=w.terminals,
            routing=w.cabinet,
            staff=StaffHeard(w.heard),
            audit=w.audit,
            clock=w.clock,
            draw=w.draw,
        ),
        alerts=Alerts(
            alerts=w.alert_store,
            marks=w.fleet_store,
            fleet=fleet,
            staff=StaffHeard(w.heard),
            audit=w.audit,
            rules=w.rules,
            clock=w.clock,
        ),
    )


def _door_services(w: World, time: dict[str, Any]) -> None:
    w.fleet = fleet_of(w)
    w.sensing = Sensing(
        stores=SensingStores(
            events=w.events,
            commands=w.commands,
            cells=w.cell_store,
            orders=w.orders,
            terminals=w.terminals,
        ),
        doors=w.doors,
        grants=w.grants,
        pulse_tests=w.pulse_tests,
        alerts=w.fleet.alerts,
        cells=w.cells,
        relay=w.relay,
        staff=StaffHeard(w.heard),
        **time,
    )
    at_doors: dict[str, Any] = {
        "orders": w.orders,
        "cell_store": w.cell_store,
        "cells": w.cells,
        "doors": w.doors,
        "relay": w.relay,
        **time,
    }
    w.returns = Returns(**at_doors)
    w.deposit_service = Deposit(terminals=w.terminals, grants=w.grants, **at_doors)
    w.pickups = Pickups(grants=w.grants, **at_doors)
    w.refusals = Refusals(
        orders=w.orders,
        visits=w.visit_store,
        doors=w.doors,
        grants=w.grants,
        photos=w.photos,
        relay=w.relay,
        **time,
    )


def _visit_services(w: World, time: dict[str, Any]) -> None:
    scenes = Scenes(
        orders=w.orders,
        commands=w.commands,
        terminals=w.terminals,
        people=w.people,
        pay_desk=w.pay_codes,
        views=w.views,
        **time,
    )
    w.screens = Screens(
        visits=w.visit_store,
        terminals=w.terminals,
        scenes=scenes,
        routing=w.cabinet,
        people=PeopleHeard(w.heard),
        clock=w.clock,
    )
    w.relay.follower = w.screens
    w.visits = Visits(
        visits=w.visit_store,
        terminals=w.terminals,
        screens=w.screens,
        keys=w.keys,
        people=w.people,
        draw=w.draw,
        **time,
    )
    w.acts = VisitActs(
        visits=w.visits,
        work=DoorWork(deposit=w.deposit_service, pickups=w.pickups, returns=w.returns),
        orders=w.orders,
        terminals=w.terminals,
        screens=w.screens,
        **time,
    )
    w.kiosk = KioskInputs(store=w.visit_store, orders=w.orders, visits=w.visits, acts=w.acts)
    w.links = TerminalLinks(
        terminals=w.terminals,
        cells=w.cell_store,
        fleet=w.fleet_store,
        keys=w.keys,
        enrolment=w.enrolment,
        doors=w.doors,
        grants=w.grants,
        grant_keys=w.grant_keys,
        sensing=w.sensing,
        kiosk=w.kiosk,
        screens=w.screens,
        frames=w.fleet.frames,
        staff=StaffHeard(w.heard),
        kiosk_url="https://lanjian.test/v/",
        **time,
    )
