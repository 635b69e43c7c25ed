"""Wiring of the fleet: its view, its alerts, the history of its doors."""

from __future__ import annotations

from handlers.fleet import FleetServices
from server.app.bases import Bases
from server.app.stores import Stores
from server.app.ways import Ways
from server.services.doors.history import DoorHistory
from server.services.terminals.alerts import Alerts
from server.services.terminals.fleet import Fleet
from server.services.terminals.frame_logs import FrameLogs


def build_fleet(bases: Bases, stores: Stores, ways: Ways) -> FleetServices:
    """Build them; the worker looks with the same ones that staff read."""
    rules, clock = bases.settings.rules, bases.clock
    fleet = Fleet(fleet=stores.fleet, routing=ways.routing, rules=rules, clock=clock)
    return FleetServices(
        fleet=fleet,
        history=DoorHistory(
            terminals=stores.terminals, events=stores.door_events, commands=stores.commands
        ),
        frames=FrameLogs(
            logs=stores.frame_logs,
            terminals=stores.terminals,
            routing=ways.routing,
            staff=ways.staff,
            audit=stores.audit,
            clock=clock,
            draw=bases.draw,
        ),
        alerts=Alerts(
            alerts=stores.alerts,
            marks=stores.fleet,
            fleet=fleet,
            staff=ways.staff,
            audit=stores.audit,
            rules=rules,
            clock=clock,
        ),
    )
