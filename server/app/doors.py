"""Wiring of what happens at a terminal: cells, doors, visits, the kiosk, the agent's word."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.fleet import FleetServices
from server.app.accounts import AccountRooms
from server.app.bases import Bases
from server.app.door_ground import DoorGround, build_door_ground
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
from server.services.orders.views import OrderViews
from server.services.ports import Relay
from server.services.terminals.links import TerminalLinks
from server.services.terminals.terminals import Terminals, TerminalStores
from server.services.visits.acts import DoorWork, VisitActs
from server.services.visits.kiosk_input import KioskInputs
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
    ground = build_door_ground(bases, stores, ways, money, accounts, views, relay)
    work = _door_work(bases, stores, ground.cells, ground.doors, ground.grants, relay)
    visits = _visits(ground)
    acts = _acts(ground, visits, work)
    sensing = _sensing(ground)
    return DoorRooms(
        cells=ground.cells,
        doors=ground.doors,
        grants=ground.grants,
        grant_desk=_grant_desk(ground, views),
        fleet=ground.fleet,
        pulse_tests=ground.pulse_tests,
        deposit=work.deposit,
        pickups=work.pickups,
        refusals=_refusals(ground, accounts),
        screens=ground.screens,
        visits=visits,
        visit_acts=acts,
        sensing=sensing,
        terminals=_terminals(ground),
        terminal_links=_links(ground, sensing, visits, acts),
    )


def _visits(ground: DoorGround) -> Visits:
    return Visits(
        visits=ground.stores.visits,
        terminals=ground.stores.terminals,
        screens=ground.screens,
        keys=ground.keys,
        people=ground.stores.people,
        rules=ground.bases.settings.rules,
        clock=ground.bases.clock,
        draw=ground.bases.draw,
    )


def _acts(ground: DoorGround, visits: Visits, work: DoorWork) -> VisitActs:
    return VisitActs(
        visits=visits,
        work=work,
        orders=ground.stores.orders,
        terminals=ground.stores.terminals,
        screens=ground.screens,
        rules=ground.bases.settings.rules,
        clock=ground.bases.clock,
    )


def _sensing(ground: DoorGround) -> Sensing:
    return Sensing(
        stores=_sensing_stores(ground.stores),
        doors=ground.doors,
        grants=ground.grants,
        pulse_tests=ground.pulse_tests,
        alerts=ground.fleet.alerts,
        cells=ground.cells,
        relay=ground.relay,
        staff=ground.ways.staff,
        rules=ground.bases.settings.rules,
        clock=ground.bases.clock,
    )


def _grant_desk(ground: DoorGround, views: OrderViews) -> GrantDesk:
    return GrantDesk(
        grants=ground.grants,
        store=ground.stores.grants,
        keys=ground.grant_keys,
        terminals=ground.stores.terminals,
        views=views,
        audit=ground.stores.audit,
        clock=ground.bases.clock,
    )


def _refusals(ground: DoorGround, accounts: AccountRooms) -> Refusals:
    return Refusals(
        orders=ground.stores.orders,
        visits=ground.stores.visits,
        doors=ground.doors,
        grants=ground.grants,
        photos=accounts.photos,
        relay=ground.relay,
        rules=ground.bases.settings.rules,
        clock=ground.bases.clock,
    )


def _links(ground: DoorGround, sensing: Sensing, visits: Visits, acts: VisitActs) -> TerminalLinks:
    stores, settings = ground.stores, ground.bases.settings
    return TerminalLinks(
        terminals=stores.terminals,
        cells=stores.cells,
        fleet=stores.fleet,
        keys=ground.keys,
        enrolment=ground.enrolment,
        doors=ground.doors,
        grants=ground.grants,
        grant_keys=ground.grant_keys,
        sensing=sensing,
        kiosk=KioskInputs(store=stores.visits, orders=stores.orders, visits=visits, acts=acts),
        screens=ground.screens,
        frames=ground.fleet.frames,
        staff=ground.ways.staff,
        kiosk_url=settings.http.base_url + SCAN_PATH,
        rules=settings.rules,
        clock=ground.bases.clock,
    )


def _sensing_stores(stores: Stores) -> SensingStores:
    return SensingStores(
        events=stores.door_events,
        commands=stores.commands,
        cells=stores.cells,
        orders=stores.orders,
        terminals=stores.terminals,
    )


def _terminals(ground: DoorGround) -> Terminals:
    stores, bases = ground.stores, ground.bases
    return Terminals(
        stores=TerminalStores(
            terminals=stores.terminals, cells=stores.cells, transactions=stores.transactions
        ),
        keys=ground.keys,
        enrolment=ground.enrolment,
        doors=ground.doors,
        audit=stores.audit,
        staff=ground.ways.staff,
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
