"""Terminals: registered by staff, found by customers, their cells watched and restored."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

import msgspec

from realtime.wire.cabinets import CabinetLayout
from realtime.wire.orders import (
    DoorAsked,
    TerminalDetail,
    TerminalRegistered,
    TerminalsView,
    TokenDrawn,
)
from realtime.wire.people import Fact
from realtime.wire.requests import RegisterTerminal
from server.domain.documents import region
from server.domain.errors import Conflict, InvalidInput, Unavailable
from server.domain.geo import Place
from server.domain.ids import Draw, PersonId, TerminalId, cell_id
from server.domain.prices import Size
from server.domain.terminals import Cell, Door, Terminal
from server.services.doors.doors import Doors
from server.services.orders.views import cell_view, terminal_view
from server.services.ports import Audit, Clock, StaffFeed
from server.services.terminals.enrolment import Enrolment
from server.services.terminals.keys import TerminalKeys
from server.store.cells import MongoCells
from server.store.terminals import MongoTerminals, TerminalSecrets
from server.store.transactions import Session, Transactions

log = logging.getLogger(__name__)

#: Drawn characters of a kiosk's key, five bits each.
KEY_LENGTH = 52

MAX_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalStores:
    """The collections of terminals and cells, and how both are written at once."""

    terminals: MongoTerminals
    cells: MongoCells
    transactions: Transactions


class Terminals:
    """The park of cabinets."""

    def __init__(
        self,
        *,
        stores: TerminalStores,
        keys: TerminalKeys,
        enrolment: Enrolment,
        doors: Doors,
        audit: Audit,
        staff: StaffFeed,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._terminals = stores.terminals
        self._cells = stores.cells
        self._transactions = stores.transactions
        self._keys = keys
        self._enrolment = enrolment
        self._doors = doors
        self._audit = audit
        self._staff = staff
        self._clock = clock
        self._draw = draw

    async def register(self, actor: PersonId, asked: RegisterTerminal) -> TerminalRegistered:
        """Take a new terminal in with its cells; its one-time token is told this once.

        Raises:
            InvalidInput: a region or cell breaks its rule.
            Conflict: the id is in use.
        """
        terminal, cells = _new(asked)
        drawn, key = self._enrolment.new_token(), self._draw(KEY_LENGTH).encode()
        secrets = TerminalSecrets(
            token_digest=drawn.digest,
            token_expires_at=drawn.expires_at,
            kiosk_key=self._keys.sealed(terminal.id, key),
        )
        await self._record(actor, "register_terminal", f"terminal:{terminal.id}", terminal.name)

        async def body(session: Session) -> None:
            await self._terminals.insert(terminal, secrets, session)
            await self._cells.insert(cells, session)

        await self._transactions.run(body)
        return TerminalRegistered(
            terminal_id=terminal.id, token=drawn.token, token_expires_at=drawn.expires_at
        )

    async def draw_token(self, actor: PersonId, terminal: TerminalId) -> TokenDrawn:
        """Draw a one-time token for a terminal's new agent, recorded; it is told this once.

        The present agent stays until the new one enrols with it.

        Raises:
            NotFound: there is no such terminal.
        """
        known = await self._terminals.get(terminal)
        await self._record(actor, "draw_terminal_token", f"terminal:{terminal}", known.name)
        drawn = await self._enrolment.replace_token(terminal)
        return TokenDrawn(terminal_id=terminal, token=drawn.token, expires_at=drawn.expires_at)

    async def near(
        self, place: Place | None, limit: int, within: str | None = None
    ) -> TerminalsView:
        """List terminals, nearest first, with their live free cells by size.

        `within` is the code of a province, city or district.

        Raises:
            InvalidInput: `within` is no such code.
        """
        area = region(within, field="region") if within else None
        found: list[tuple[Terminal, float | None]]
        if place is None:
            found = [(terminal, None) for terminal in await self._terminals.all(limit, area)]
        else:
            nearest = await self._terminals.near(place, limit, area)
            found = [(terminal, metres) for terminal, metres in nearest]
        free = await self._cells.free_by_size([one.id for one, _ in found], self._clock())
        live = await asyncio.gather(*(self._live(one) for one, _ in found))
        return TerminalsView(
            terminals=tuple(
                terminal_view(one, free[one.id], None if metres is None else round(metres))
                for one, (_, metres) in zip(live, found, strict=True)
            )
        )

    async def regions(self) -> tuple[str, ...]:
        """List the regions where terminals stand."""
        return tuple(sorted({terminal.region for terminal in await self._terminals.all()}))

    async def show(self, terminal: TerminalId) -> TerminalDetail:
        """Show a terminal and all its cells to staff.

        Raises:
            NotFound: there is none.
        """
        known, now = await self._live(await self._terminals.get(terminal)), self._clock()
        free = await self._cells.free_by_size([terminal], now)
        cells = await self._cells.of_terminal(terminal, now)
        layout = await self._terminals.layout(terminal)
        return TerminalDetail(
            terminal=terminal_view(known, free[terminal]),
            cells=tuple(cell_view(cell) for cell in cells),
            agent=await self._enrolment.view(terminal),
            layout=None if layout is None else msgspec.convert(layout, CabinetLayout),
        )

    async def open_door(
        self, actor: PersonId, terminal: TerminalId, cell: int, reason: str
    ) -> DoorAsked:
        """Open a cell's door for staff; the reason is recorded.

        Raises:
            NotFound: no such cell.
            TerminalOffline: nothing was opened.
        """
        command = await self._doors.open_by_staff(terminal, cell, actor, _reason(reason))
        return DoorAsked(command_id=command)

    async def test_cell(
        self, actor: PersonId, terminal: TerminalId, cell: int, reason: str
    ) -> DoorAsked:
        """Open a cell out of service to see whether it works, recorded with the reason first.

        It is back in service when its sensor has said open and then closed; what came of the
        test is told with the cell (`show`).

        Raises:
            NotFound: no such cell.
            Conflict: it is in service, has an order, is being tested, or is not known closed;
                that it was asked for is recorded all the same.
            TerminalOffline: nothing was opened.
        """
        why = _reason(reason)
        seat = await self._cells.get(cell_id(terminal, cell), self._clock())
        refusal = _why_not_to_test(seat)
        action = "test_cell" if refusal is None else "test_cell_refused"
        await self._record(actor, action, f"cell:{seat.id}", why)
        if refusal is not None:
            raise refusal
        command = await self._doors.open_for_test(seat, actor, why)
        return DoorAsked(command_id=command)

    async def retire(
        self, actor: PersonId, terminal: TerminalId, cell: int, reason: str
    ) -> TerminalDetail:
        """Take a cell out of service, recorded with the reason; no order gets it any more.

        An order that has the cell goes on with it.

        Raises:
            NotFound: no such cell.
            Conflict: it is out of service.
        """
        why = _reason(reason)
        seat = await self._cells.get(cell_id(terminal, cell), self._clock())
        if seat.retired:
            raise Conflict(field="cell", rule="in_service")
        await self._record(actor, "retire_cell", f"cell:{seat.id}", why)
        if await self._cells.retire(seat.id, self._clock()):
            await self._tell(terminal, cell, "cell_retired", "staff")
        return await self.show(terminal)

    async def restore(
        self, actor: PersonId, terminal: TerminalId, cell: int, reason: str
    ) -> TerminalDetail:
        """Take a cell back into service untested, its faults forgotten; the reason is recorded.

        Raises:
            NotFound: no such cell.
            Conflict: it is not out of service.
        """
        why = _reason(reason)
        seat = await self._cells.get(cell_id(terminal, cell), self._clock())
        if not seat.retired:
            raise Conflict(field="cell", rule="out_of_service")
        await self._record(actor, "restore_cell_untested", f"cell:{seat.id}", why)
        if await self._cells.restore(seat.id):
            await self._tell(terminal, cell, "cell_restored", "staff")
        return await self.show(terminal)

    async def _live(self, terminal: Terminal) -> Terminal:
        return replace(terminal, online=await self._doors.reachable(terminal))

    async def _record(self, actor: PersonId, action: str, subject: str, purpose: str) -> None:
        await self._audit.record(
            actor=actor, action=action, subject=subject, purpose=purpose, at=self._clock()
        )

    async def _tell(self, terminal: TerminalId, cell: int, kind: str, why: str) -> None:
        """Tell staff's pages that a cell is used otherwise from now on."""
        data: dict[str, object] = {"terminal": terminal, "cell": cell, "why": why}
        try:
            await self._staff.push(Fact(key=f"retired:{terminal}:{cell}", kind=kind, data=data))
        except Unavailable:
            log.warning("staff not told", extra={"terminal": terminal, "cell": cell})


def _reason(text: str) -> str:
    if not text.strip():
        raise InvalidInput(field="reason", rule="required")
    return text.strip()


def _why_not_to_test(seat: Cell) -> Conflict | None:
    """Say why a cell may not be tested now; a test proves nothing from an open door on."""
    if not seat.retired:
        return Conflict(field="cell", rule="out_of_service")
    if seat.order is not None:
        return Conflict(field="cell", rule="empty", order_id=seat.order)
    if seat.stale or seat.door is Door.UNKNOWN:
        return Conflict(field="cell", rule="door_known")
    if seat.door is Door.OPEN:
        return Conflict(field="cell", rule="close_the_door_first")
    return None


def _new(asked: RegisterTerminal) -> tuple[Terminal, list[Cell]]:
    numbers = [plan.cell for plan in asked.cells]
    if len(set(numbers)) != len(numbers):
        raise InvalidInput(field="cells", rule="each_once")
    name = " ".join(asked.name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidInput(field="name", rule="1_to_60_characters")
    terminal = TerminalId(asked.terminal_id)
    cells = [
        Cell(
            id=cell_id(terminal, plan.cell),
            terminal=terminal,
            cell=plan.cell,
            size=Size(plan.size),
        )
        for plan in asked.cells
    ]
    place = Place(lat=asked.lat, lon=asked.lon)
    code = region(asked.region, field="region")
    return Terminal(id=terminal, name=name, place=place, region=code), cells
