"""Routes of terminals: near me with live free cells; registering, opening, restoring by staff."""

from __future__ import annotations

from handlers.access import ANYONE, allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.orders import NearQuery
from realtime.wire.requests import (
    RegisterTerminal,
    RestoreCell,
    RetireCell,
    StaffOpenDoor,
    TestCell,
)
from server.domain.errors import InvalidInput
from server.domain.geo import Place
from server.domain.ids import TerminalId
from server.domain.people import Role
from server.services.terminals.terminals import Terminals

TERMINAL = r"(?P<terminal>[A-Z0-9-]{2,32})"
CELL = r"(?P<cell>[0-9]{1,3})"


class TerminalsRoom(ApiHandler):
    """The base of this room."""

    def initialize(self, terminals: Terminals) -> None:
        """Take the service."""
        self._terminals = terminals


class TerminalsHandler(TerminalsRoom):
    """GET and POST /v1/terminals."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`NearQuery` → `TerminalsView`, nearest first."""
        asked = self.query(NearQuery)
        if (asked.lat is None) is not (asked.lon is None):
            raise InvalidInput(field="lon" if asked.lon is None else "lat", rule="required")
        place = None
        if asked.lat is not None and asked.lon is not None:
            place = Place(lat=asked.lat, lon=asked.lon)
        self.answer(await self._terminals.near(place, asked.limit, asked.region))

    @allow(Role.OPERATOR)
    async def post(self) -> None:
        """`RegisterTerminal` → `TerminalRegistered`, with the token this once."""
        asked = self.body(RegisterTerminal)
        self.answer(await self._terminals.register(self.actor.person, asked), status=201)


class TerminalHandler(TerminalsRoom):
    """GET /v1/terminals/{id}."""

    @allow(Role.OPERATOR, Role.REVIEWER, Role.FINANCE)
    async def get(self, terminal: str) -> None:
        """`TerminalDetail`."""
        self.answer(await self._terminals.show(TerminalId(terminal)))


class TokenHandler(TerminalsRoom):
    """POST /v1/staff/terminals/{id}/token."""

    @allow(Role.OPERATOR)
    async def post(self, terminal: str) -> None:
        """No body → `TokenDrawn`, this once, for a new agent to enrol with; recorded."""
        drawn = await self._terminals.draw_token(self.actor.person, TerminalId(terminal))
        self.answer(drawn, status=201)


class OpenDoorHandler(TerminalsRoom):
    """POST /v1/terminals/{id}/cells/{cell}/open."""

    @allow(Role.OPERATOR)
    async def post(self, terminal: str, cell: str) -> None:
        """`StaffOpenDoor` → `DoorAsked`; the reason is recorded."""
        asked = self.body(StaffOpenDoor)
        self.answer(
            await self._terminals.open_door(
                self.actor.person, TerminalId(terminal), int(cell), asked.reason
            )
        )


class RetireCellHandler(TerminalsRoom):
    """POST /v1/terminals/{id}/cells/{cell}/retire."""

    @allow(Role.OPERATOR)
    async def post(self, terminal: str, cell: str) -> None:
        """`RetireCell` → `TerminalDetail`: out of service; what lies in it stays. Recorded."""
        asked = self.body(RetireCell)
        self.answer(
            await self._terminals.retire(
                self.actor.person, TerminalId(terminal), int(cell), asked.reason
            )
        )


class RestoreCellHandler(TerminalsRoom):
    """POST /v1/terminals/{id}/cells/{cell}/restore."""

    @allow(Role.OPERATOR)
    async def post(self, terminal: str, cell: str) -> None:
        """`RestoreCell` → `TerminalDetail`: in service again, untested; the reason is recorded."""
        asked = self.body(RestoreCell)
        self.answer(
            await self._terminals.restore(
                self.actor.person, TerminalId(terminal), int(cell), asked.reason
            )
        )


class TestCellHandler(TerminalsRoom):
    """POST /v1/terminals/{id}/cells/{cell}/test."""

    @allow(Role.OPERATOR)
    async def post(self, terminal: str, cell: str) -> None:
        """`TestCell` → `DoorAsked`: in service again when sensed open, then closed; recorded."""
        asked = self.body(TestCell)
        self.answer(
            await self._terminals.test_cell(
                self.actor.person, TerminalId(terminal), int(cell), asked.reason
            )
        )


def routes(terminals: Terminals) -> list[Route]:
    """List this room's routes."""
    mine = {"terminals": terminals}
    return [
        (r"/v1/terminals", TerminalsHandler, mine),
        (rf"/v1/terminals/{TERMINAL}", TerminalHandler, mine),
        (rf"/v1/staff/terminals/{TERMINAL}/token", TokenHandler, mine),
        (rf"/v1/terminals/{TERMINAL}/cells/{CELL}/open", OpenDoorHandler, mine),
        (rf"/v1/terminals/{TERMINAL}/cells/{CELL}/test", TestCellHandler, mine),
        (rf"/v1/terminals/{TERMINAL}/cells/{CELL}/retire", RetireCellHandler, mine),
        (rf"/v1/terminals/{TERMINAL}/cells/{CELL}/restore", RestoreCellHandler, mine),
    ]
