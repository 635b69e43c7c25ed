"""Wiring of what the rooms around doors stand on: cells, commands, grants, keys, screens."""

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
from server.services.doors.doors import Doors
from server.services.doors.pulse_tests import PulseTests
from server.services.grants.grants import Grants
from server.services.grants.keys import GrantKeys
from server.services.orders.views import OrderViews
from server.services.ports import Relay
from server.services.terminals.enrolment import Enrolment
from server.services.terminals.keys import TerminalKeys
from server.services.visits.scenes import Scenes
from server.services.visits.screens import Screens


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorGround:
    """What the rooms around doors stand on."""

    bases: Bases
    stores: Stores
    ways: Ways
    relay: Relay
    cells: Cells
    doors: Doors
    grants: Grants
    grant_keys: GrantKeys
    fleet: FleetServices
    pulse_tests: PulseTests
    keys: TerminalKeys
    enrolment: Enrolment
    screens: Screens


def build_door_ground(
    bases: Bases,
    stores: Stores,
    ways: Ways,
    money: Money,
    accounts: AccountRooms,
    views: OrderViews,
    relay: Relay,
) -> DoorGround:
    """Build it."""
    pulse_tests = PulseTests(cells=stores.cells, staff=ways.staff, clock=bases.clock)
    doors = _doors(bases, stores, ways, pulse_tests, relay)
    return DoorGround(
        bases=bases,
        stores=stores,
        ways=ways,
        relay=relay,
        cells=Cells(
            cells=stores.cells,
            orders=stores.orders,
            rules=bases.settings.rules,
            clock=bases.clock,
            shuffle=random.SystemRandom().shuffle,
        ),
        doors=doors,
        grants=_grants(bases, stores, accounts, doors, relay),
        grant_keys=GrantKeys(bases.settings.secrets.grant_keys),
        fleet=build_fleet(bases, stores, ways),
        pulse_tests=pulse_tests,
        keys=TerminalKeys(terminals=stores.terminals, seal=bases.seal),
        enrolment=_enrolment(bases, stores, ways),
        screens=_screens(bases, stores, ways, money, views),
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
        staff=ways.staff,
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
