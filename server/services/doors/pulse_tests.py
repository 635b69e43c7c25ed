"""How a cell comes back into service: a test pulse, and the sensor that says open, then closed.

A test is written on its cell; every step is one conditional write on the test's own command, so
events that come twice, late or out of another test change nothing. Time ends it (`expire`).
"""

from __future__ import annotations

import logging
from datetime import datetime

from realtime.wire.people import Fact
from server.domain.errors import Unavailable
from server.domain.ids import CellId, CommandId, cell_id
from server.domain.terminals import Command, Door, PulseTest, PulseTestState, Purpose
from server.services.ports import Clock, StaffFeed
from server.store.cells import MongoCells

log = logging.getLogger(__name__)

#: Why a test failed whose door was opened and not closed, or of which nothing was heard.
NOT_CLOSED = "not_closed"
NOT_OPENED = "not_opened"


class PulseTests:
    """The outcomes of tests; `Terminals.test_cell` begins them."""

    def __init__(self, *, cells: MongoCells, staff: StaffFeed, clock: Clock) -> None:
        self._cells = cells
        self._staff = staff
        self._clock = clock

    async def sensed(self, command: Command, door: Door) -> None:
        """Believe the sensor; any other command than a test's changes nothing."""
        if command.purpose is not Purpose.TEST:
            return
        cell = cell_id(command.terminal, command.cell)
        if door is Door.OPEN and await self._cells.test_opened(cell, command.id):
            await self.tell(cell, PulseTestState.OPENED)
        elif door is Door.CLOSED and await self._cells.test_passed(cell, command.id):
            await self.tell(cell, PulseTestState.PASSED)

    async def given_up(self, command: Command, reason: str) -> None:
        """End a test whose command was given up: the cell stays out of service."""
        if command.purpose is Purpose.TEST:
            await self._fail(cell_id(command.terminal, command.cell), command.id, reason)

    async def expire(self, now: datetime) -> int:
        """End tests whose time is over; gives how many."""
        over = await self._cells.tests_over(now)
        for cell in over:
            test = cell.test
            if test is not None:
                reason = NOT_CLOSED if test.state is PulseTestState.OPENED else NOT_OPENED
                await self._fail(cell.id, test.command, reason)
        return len(over)

    async def begin(self, cell: CellId, test: PulseTest) -> bool:
        """Write a test on its cell; False when the cell is not to be tested now."""
        return await self._cells.begin_test(cell, test)

    async def _fail(self, cell: CellId, command: CommandId, reason: str) -> None:
        if await self._cells.test_failed(cell, command, reason):
            await self.tell(cell, PulseTestState.FAILED)

    async def tell(self, cell: CellId, state: PulseTestState) -> None:
        """Tell staff's pages how far a test is; a feed's outage stops no door."""
        terminal, _, number = cell.rpartition(":")
        data: dict[str, object] = {
            "terminal": terminal,
            "cell": int(number),
            "state": state.value,
            "at": self._clock().isoformat(),
        }
        try:
            await self._staff.push(Fact(key=f"pulse_test:{cell}", kind="pulse_test", data=data))
        except Unavailable:
            log.warning("staff not told", extra={"cell": cell})
