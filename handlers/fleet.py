"""Routes of the fleet: terminals worst first, what their doors did, alerts. For operators."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.access import allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.terminals import TERMINAL
from realtime.wire.fleet import AlertsQuery, AskFrames, FleetQuery, FramesQuery, HistoryQuery
from server.domain.ids import TerminalId
from server.domain.people import Role
from server.services.doors.history import DoorHistory
from server.services.terminals.alerts import Alerts
from server.services.terminals.fleet import Fleet
from server.services.terminals.frame_logs import FrameLogs

ALERT = r"(?P<alert>[0-9a-f]{24})"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetServices:
    """What this room calls."""

    fleet: Fleet
    history: DoorHistory
    alerts: Alerts
    frames: FrameLogs


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


class FramesHandler(FleetRoom):
    """GET and POST /v1/staff/terminals/{id}/frames."""

    @allow(Role.OPERATOR)
    async def get(self, terminal: str) -> None:
        """`FramesQuery` → `FramesView`: what the agent told last of a port's frames."""
        query = self.query(FramesQuery)
        self.answer(await self._services.frames.show(TerminalId(terminal), query.port))

    @allow(Role.OPERATOR)
    async def post(self, terminal: str) -> None:
        """`AskFrames` → `FramesAsked`: the agent is asked now, if it has a link; recorded."""
        port = self.body(AskFrames).port
        asked = await self._services.frames.ask(self.actor.person, TerminalId(terminal), port)
        self.answer(asked, status=202)


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
        (rf"/v1/staff/terminals/{TERMINAL}/frames", FramesHandler, mine),
        (r"/v1/staff/alerts", AlertsHandler, mine),
        (rf"/v1/staff/alerts/{ALERT}/acknowledge", AcknowledgeHandler, mine),
    ]
