"""Routes of the fleet: terminals worst first, what their doors did, alerts. For operators."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.terminals import TERMINAL
from realtime.wire.fleet import AlertsQuery, FleetQuery, HistoryQuery
from server.domain.ids import TerminalId
from server.domain.people import Role
from server.services.doors.history import DoorHistory
from server.services.terminals.alerts import Alerts
from server.services.terminals.fleet import Fleet

ALERT = r"(?P<alert>[0-9a-f]{24})"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetServices:
    """What this room calls."""

    fleet: Fleet
    history: DoorHistory
    alerts: Alerts


class FleetRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, services: FleetServices) -> None:
        """Take the services."""
        self._services = services


class FleetHandler(FleetRoom):
    """GET /v1/staff/fleet."""

    @allow(Role.OPERATOR)
    async def get(self) -> None:
        """`FleetQuery` → `FleetView`, worst first, each with the reasons why."""
        self.answer(await self._services.fleet.view(self.query(FleetQuery)))


class HistoryHandler(FleetRoom):
    """GET /v1/staff/terminals/{id}/history."""

    @allow(Role.OPERATOR)
    async def get(self, terminal: str) -> None:
        """`HistoryQuery` → `HistoryView`: door events with their evidence, latest first."""
        query = self.query(HistoryQuery)
        self.answer(await self._services.history.show(TerminalId(terminal), query))


class AlertsHandler(FleetRoom):
    """GET /v1/staff/alerts."""

    @allow(Role.OPERATOR)
    async def get(self) -> None:
        """`AlertsQuery` → `AlertsView`: open or unseen ones, or all, latest first."""
        self.answer(await self._services.alerts.list(self.query(AlertsQuery)))


class AcknowledgeHandler(FleetRoom):
    """POST /v1/staff/alerts/{id}/acknowledge."""

    @allow(Role.OPERATOR)
    async def post(self, alert: str) -> None:
        """No body → `AlertView`: seen by whoever was first; recorded."""
        self.answer(await self._services.alerts.acknowledge(self.actor.person, alert))


def routes(services: FleetServices) -> list[Route]:
    """List this room's routes."""
    mine = {"services": services}
    return [
        (r"/v1/staff/fleet", FleetHandler, mine),
        (rf"/v1/staff/terminals/{TERMINAL}/history", HistoryHandler, mine),
        (r"/v1/staff/alerts", AlertsHandler, mine),
        (rf"/v1/staff/alerts/{ALERT}/acknowledge", AcknowledgeHandler, mine),
    ]
