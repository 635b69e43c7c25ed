"""Wiring of what happens at a terminal: cells, doors, visits, the kiosk, the agent's word."""

from __future__ import annotations

import random
from dataclasses import dataclass

from handlers.fleet import FleetServices
from realtime.limits import Limits
from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.fleet import build_fleet
from server.app.money import Money
from server.app.stores import Stores
from server.app.ways import Ways
from server.services.deposit.cells import Cells
from server.services.deposit.deposit import Deposit
from server.services.deposit.returns import Returns
from server.services.dispatch.pickup import Pickups
from server.services.dispatch.refusals import Refusals
from server.services.doors.doors import Doors
from server.services.doors.pulse_tests import PulseTests
from server.services.doors.sensing import Sensing, SensingStores
from server.services.grants.desk import GrantDesk
from server.services.grants.grants import Grants
from server.services.grants.keys import GrantKeys
from server.services.orders.views import OrderViews
from server.services.ports import Relay
from server.services.terminals.enrolment import Enrolment
from server.services.terminals.keys import TerminalKeys
from server.services.terminals.links import TerminalLinks
from server.services.terminals.terminals import Terminals, TerminalStores
from server.services.visits.acts import DoorWork, VisitActs
from server.services.visits.kiosk_input import KioskInputs
from server.services.visits.scenes import Scenes
from server.services.visits.screens import Screens
from server.services.visits.visits import Visits

#: The page that a kiosk's QR leads to; the code is appended.
SCAN_PATH = "/v/"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRooms:
    """The services around terminals and their doors."""

    cells: Cells
    doors: Doors
    grants: Grants
    grant_desk: GrantDesk
    fleet: FleetServices
    pulse_tests: PulseTests
    deposit: Deposit
    pickups: Pickups
    refusals: Refusals
    screens: Screens
    visits: Visits
    visit_acts: VisitActs
    sensing: Sensing
    terminals: Terminals
    terminal_links: TerminalLinks


def build_doors(
    bases: Bases,
    stores: Stores,
    ways: Ways,
    money: Money,
    accounts: AccountRooms,
    views: OrderViews,
    relay: Relay,
) -> DoorRooms:
    """Build them."""
    rules, clock, draw = bases.settings.rules, bases.clock, bases.draw
    cells = Cells(
        cells=stores.cells,
        orders=stores.orders,
        rules=rules,
        clock=clock,
        shuffle=random.SystemRandom().shuffle,
    )
    pulse_tests = PulseTests(cells=stores.cells, staff=ways.staff, clock=clock)
    doors = _doors(bases, stores, ways, pulse_tests, relay)
    fleet = build_fleet(bases, stores, ways)
    grants = _grants(bases, stores, accounts, doors, relay)
    grant_keys = GrantKeys(bases.settings.secrets.grant_keys)
    work = _door_work(bases, stores, cells, doors, grants, relay)
    keys = TerminalKeys(terminals=stores.terminals, seal=bases.seal)
    enrolment = _enrolment(bases, stores, ways)
    screens = _screens(bases, stores, ways, money, views)
    visits = Visits(
        visits=stores.visits,
        terminals=stores.terminals,
        screens=screens,
        keys=keys,
        people=stores.people,
        rules=rules,
        clock=clock,
        draw=draw,
    )
    acts = VisitActs(
        visits=visits,
        work=work,
        orders=stores.orders,
        terminals=stores.terminals,
        screens=screens,
        rules=rules,
        clock=clock,
    )
    sensing = Sensing(
        stores=_sensing_stores(stores),
        doors=doors,
        grants=grants,
        pulse_tests=pulse_tests,
        alerts=fleet.alerts,
        cells=cells,
        relay=relay,
        staff=ways.staff,
        rules=rules,
        clock=clock,
    )
    return DoorRooms(
        cells=cells,
        doors=doors,
        grants=grants,
        grant_desk=GrantDesk(
            grants=grants,
            store=stores.grants,
            keys=grant_keys,
            terminals=stores.terminals,
            views=views,
            audit=stores.audit,
            clock=clock,
        ),
        fleet=fleet,
        pulse_tests=pulse_tests,
        deposit=work.deposit,
        pickups=work.pickups,
        refusals=Refusals(
            orders=stores.orders,
            visits=stores.visits,
            doors=doors,
            grants=grants,
            photos=accounts.photos,
            relay=relay,
            rules=rules,
            clock=clock,
        ),
        screens=screens,
        visits=visits,
        visit_acts=acts,
        sensing=sensing,
        terminals=_terminals(bases, stores, keys, enrolment, doors),
        terminal_links=TerminalLinks(
            terminals=stores.terminals,
            cells=stores.cells,
            fleet=stores.fleet,
            keys=keys,
            enrolment=enrolment,
            doors=doors,
            grants=grants,
            grant_keys=grant_keys,
            sensing=sensing,
            kiosk=KioskInputs(store=stores.visits, orders=stores.orders, visits=visits, acts=acts),
            screens=screens,
            kiosk_url=bases.settings.http.base_url + SCAN_PATH,
            rules=rules,
            clock=clock,
        ),
    )


def _doors(
    bases: Bases, stores: Stores, ways: Ways, pulse_tests: PulseTests, relay: Relay
) -> Doors:
    return Doors(
        commands=stores.commands,
        cells=stores.cells,
        orders=stores.orders,
        routing=ways.routing,
        pulse_tests=pulse_tests,
        relay=relay,
        audit=stores.audit,
        rules=bases.settings.rules,
        clock=bases.clock,
        draw=bases.draw,
    )


def _grants(
    bases: Bases, stores: Stores, accounts: AccountRooms, doors: Doors, relay: Relay
) -> Grants:
    return Grants(
        orders=stores.orders,
        commands=stores.commands,
        cells=stores.cells,
        terminals=stores.terminals,
        recalls=accounts.recalls,
        doors=doors,
        relay=relay,
        rules=bases.settings.rules,
        clock=bases.clock,
    )


def _sensing_stores(stores: Stores) -> SensingStores:
    return SensingStores(
        events=stores.door_events,
        commands=stores.commands,
        cells=stores.cells,
        orders=stores.orders,
        terminals=stores.terminals,
    )


def _enrolment(bases: Bases, stores: Stores, ways: Ways) -> Enrolment:
    return Enrolment(
        agents=stores.agents,
        limits=Limits(bases.redis, clock=bases.clock),
        fence=ways.routing,
        staff=ways.staff,
        rules=bases.settings.rules,
        clock=bases.clock,
        draw=bases.draw,
    )


def _terminals(
    bases: Bases, stores: Stores, keys: TerminalKeys, enrolment: Enrolment, doors: Doors
) -> Terminals:
    return Terminals(
        stores=TerminalStores(
            terminals=stores.terminals, cells=stores.cells, transactions=stores.transactions
        ),
        keys=keys,
        enrolment=enrolment,
        doors=doors,
        audit=stores.audit,
        clock=bases.clock,
        draw=bases.draw,
    )


def _door_work(
    bases: Bases, stores: Stores, cells: Cells, doors: Doors, grants: Grants, relay: Relay
) -> DoorWork:
    rules, clock = bases.settings.rules, bases.clock
    return DoorWork(
        deposit=Deposit(
            orders=stores.orders,
            cell_store=stores.cells,
            terminals=stores.terminals,
            cells=cells,
            doors=doors,
            grants=grants,
            relay=relay,
            rules=rules,
            clock=clock,
        ),
        pickups=Pickups(
            orders=stores.orders,
            cell_store=stores.cells,
            cells=cells,
            doors=doors,
            grants=grants,
            relay=relay,
            rules=rules,
            clock=clock,
        ),
        returns=Returns(
            orders=stores.orders,
            cell_store=stores.cells,
            cells=cells,
            doors=doors,
            relay=relay,
            rules=rules,
            clock=clock,
        ),
    )


def _screens(bases: Bases, stores: Stores, ways: Ways, money: Money, views: OrderViews) -> Screens:
    scenes = Scenes(
        orders=stores.orders,
        commands=stores.commands,
        terminals=stores.terminals,
        people=stores.people,
        pay_desk=money.pay_codes,
        views=views,
        rules=bases.settings.rules,
        clock=bases.clock,
    )
    return Screens(
        visits=stores.visits,
        terminals=stores.terminals,
        scenes=scenes,
        routing=ways.routing,
        people=ways.people,
        clock=bases.clock,
    )
