"""Opening doors: a wish becomes a command, handed once to whoever holds the terminal (rule 4).

A command is a document; it is handed to the process that holds the terminal's socket and
never repeated. What became of it is told by the agent's numbered events alone (sensing.py);
an agent that says nothing in time is given up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from realtime.wire.people import Fact
from realtime.wire.terminal import OpenDoor
from server.domain.changes import Change, Context, note
from server.domain.errors import Conflict, DomainError, TerminalOffline, Unavailable
from server.domain.grants import Grant
from server.domain.ids import CommandId, Draw, OrderId, PersonId, TerminalId, cell_id, command_id
from server.domain.orders import Order
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.terminals import (
    FAILED,
    Cell,
    Command,
    CommandState,
    PulseTest,
    Purpose,
    Terminal,
)
from server.services.deposit import reactions
from server.services.doors.pulse_tests import PulseTests
from server.services.ports import Audit, Clock, Relay, Routing, StaffFeed
from server.store.cells import MongoCells
from server.store.commands import MongoCommands
from server.store.orders import MongoOrders

log = logging.getLogger(__name__)

#: Decides how an order changes with a new command; pure.
DecideOpen = Callable[[Order, CommandId], Change]

#: What an agent's word may take on its way, beside the times that it waits itself.
ON_ITS_WAY_SECONDS = 3.0

OFFLINE = "offline"
CELL_LOST = "cell_lost"
WITHDRAWN = "withdrawn"
UNHEARD = "unheard"


class Doors:
    """Open commands from wish to sensor."""

    def __init__(
        self,
        *,
        commands: MongoCommands,
        cells: MongoCells,
        orders: MongoOrders,
        routing: Routing,
        pulse_tests: PulseTests,
        relay: Relay,
        staff: StaffFeed,
        audit: Audit,
        rules: Rules,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._commands = commands
        self._cells = cells
        self._orders = orders
        self._routing = routing
        self._pulse_tests = pulse_tests
        self._relay = relay
        self._staff = staff
        self._audit = audit
        self._rules = rules
        self._clock = clock
        self._draw = draw

    # Wishes

    async def reach(self, terminal: TerminalId) -> None:
        """Refuse what needs a door of a terminal that nobody holds.

        Raises:
            TerminalOffline: no process holds its socket.
        """
        if not await self._routing.connected(terminal):
            raise TerminalOffline(terminal_id=terminal)

    async def reachable(self, terminal: Terminal) -> bool:
        """Tell whether a terminal can be asked now; what was last written, if nobody knows.

        A process that was killed could not write that its terminals are gone.
        """
        try:
            return terminal.online and await self._routing.connected(terminal.id)
        except Unavailable:
            return terminal.online

    async def last(self, order: Order) -> Command | None:
        """Read the last open command of an order, if it has one."""
        return await self._commands.find(order.placement.command if order.placement else None)

    async def open_for(
        self,
        order: OrderId,
        terminal: TerminalId,
        cell: int,
        *,
        purpose: Purpose,
        actor: PersonId,
        decide: DecideOpen,
        granted: bool = False,
    ) -> Change:
        """Change an order and open its cell's door, in this order; the sensor tells the rest.

        A terminal that is lost in between leaves a failed command: the door is asked again.
        `granted` tells that `decide` issues an offline grant for the same open.

        Raises:
            DomainError: whatever `decide` refuses; nothing is changed then.
        """
        command = self._new(terminal, cell, purpose, actor, order=order, granted=granted)
        await self._commands.insert(command)
        try:
            change = await self._orders.change(order, lambda now: decide(now, command.id))
        except DomainError:
            await self._commands.climb(command.id, CommandState.REFUSED, self._clock(), WITHDRAWN)
            raise
        await self._hand_on(order, command)
        return change

    async def open_granted(
        self, order: OrderId, grant: Grant, *, actor: PersonId, decide: DecideOpen
    ) -> Change:
        """Do as `open_for` what a grant stands for: under its id, so that both open once.

        Raises:
            DomainError: whatever `decide` refuses; nothing is changed then.
        """
        asked = self._new(grant.terminal, grant.cell, grant.purpose, actor, order=order)
        command = replace(asked, id=grant.id, granted=True)
        # The order first: a command that sleeps on after a crash is asked for again.
        change = await self._orders.change(order, lambda now: decide(now, command.id))
        if await self._commands.wake(command):
            await self._hand_on(order, command)
        else:
            await self._relay.kick(order)
        return change

    async def _hand_on(self, order: OrderId, command: Command) -> None:
        # Last before the frame leaves: the cell's own document is the fence.
        if not await self._cells.arm(cell_id(command.terminal, command.cell), order, command.id):
            await self.give_up(command, CommandState.REFUSED, CELL_LOST)
            raise Conflict(field="order_id", rule=CELL_LOST)
        await self._send(command)
        await self._relay.kick(order)

    async def open_by_staff(
        self, terminal: TerminalId, cell: int, actor: PersonId, reason: str
    ) -> CommandId:
        """Open any cell's door for staff, recorded with the reason first.

        Raises:
            NotFound: no such cell.
            TerminalOffline: nothing was done.
        """
        now = self._clock()
        seat = await self._cells.get(cell_id(terminal, cell), now)
        await self.reach(terminal)
        command = self._new(terminal, cell, Purpose.STAFF, actor, reason=reason)
        await self._audit.record(
            actor=actor, action="open_door", subject=f"cell:{seat.id}", purpose=reason, at=now
        )
        await self._commands.insert(command)
        if not await self._send(command):
            raise TerminalOffline(terminal_id=terminal)
        if seat.order is not None:
            facts: dict[str, object] = {"cell": cell, "command": command.id}
            step, context = reactions.STAFF_OPENED_DOOR, self._context(actor)
            await self._orders.change(seat.order, lambda order: note(order, step, context, facts))
            await self._relay.kick(seat.order)
        return command.id

    async def open_for_test(self, seat: Cell, actor: PersonId, reason: str) -> CommandId:
        """Open the door of an empty cell out of service to see whether its sensor tells so.

        Raises:
            Conflict: the cell is not out of service, has an order, or is being tested.
            TerminalOffline: nothing was opened; the test has failed.
        """
        await self.reach(seat.terminal)
        command = self._new(seat.terminal, seat.cell, Purpose.TEST, actor, reason=reason)
        now = command.asked_at
        until = now + timedelta(seconds=self._rules.cell_test_seconds)
        test = PulseTest(command=command.id, by=actor, at=now, until=until)
        await self._commands.insert(command)
        if not await self._pulse_tests.begin(seat.id, test):
            await self._commands.climb(command.id, CommandState.REFUSED, self._clock(), WITHDRAWN)
            raise Conflict(field="cell", rule="not_to_be_tested")
        if not await self._send(command):
            raise TerminalOffline(terminal_id=seat.terminal)
        return command.id

    def _new(
        self,
        terminal: TerminalId,
        cell: int,
        purpose: Purpose,
        actor: PersonId,
        *,
        order: OrderId | None = None,
        reason: str | None = None,
        granted: bool = False,
    ) -> Command:
        now = self._clock()
        deadline = now + timedelta(seconds=self._rules.command_deadline_seconds)
        sensing = self._rules.open_within_seconds + ON_ITS_WAY_SECONDS
        return Command(
            id=command_id(self._draw),
            terminal=terminal,
            cell=cell,
            purpose=purpose,
            actor=actor,
            asked_at=now,
            deadline=deadline,
            sense_by=deadline + timedelta(seconds=sensing),
            order=order,
            reason=reason,
            granted=granted,
        )

    async def _send(self, command: Command) -> bool:
        """Hand a command on once; False when it certainly went nowhere."""
        frame = OpenDoor(
            id=command.id, command_id=command.id, cell=command.cell, deadline=command.deadline
        )
        try:
            handed = await self._routing.send(command.terminal, frame)
        except Unavailable:  # it may be on its way: sensor or deadline will tell
            log.warning("command perhaps not handed on", extra={"command": command.id})
            return True
        if not handed:
            await self.give_up(command, CommandState.REFUSED, OFFLINE)
        return handed

    # Answers and time

    async def taken(self, terminal: TerminalId, command: CommandId) -> None:
        """The agent has a command on disk."""
        found = await self._commands.find(command)
        if found is not None and found.terminal == terminal:
            await self._climb(found, CommandState.TAKEN)

    async def refused(self, terminal: TerminalId, command: CommandId, reason: str) -> None:
        """The agent did not take a command."""
        found = await self._commands.find(command)
        if found is not None and found.terminal == terminal:
            await self.give_up(found, CommandState.REFUSED, reason)

    async def expire(self, now: datetime) -> int:
        """Give up commands that were not heard of in time; gives how many."""
        overdue = await self._commands.overdue(now)
        for command in overdue:
            await self.give_up(command, CommandState.EXPIRED, UNHEARD)
        return len(overdue)

    async def give_up(self, command: Command, state: CommandState, reason: str) -> None:
        """Say that a command did not open its door, as far as anybody knows; idempotent.

        The order is written first, so that a crash in between writes it twice, never not at
        all; it is shown last, when the command says the same.
        """
        current = await self._commands.get(command.id)
        await self._pulse_tests.given_up(command, reason)
        order = command.order
        if order is None or current.state in FAILED:
            await self._climb(command, state, reason)
            return
        decide = partial(
            reactions.on_failed, command=command.id, reason=reason, context=self._context()
        )
        change = await self._orders.change(order, decide)
        await self._climb(command, state, reason)
        if change.before is not change.after:
            await self._relay.kick(order)

    async def _climb(
        self, command: Command, state: CommandState, failure: str | None = None
    ) -> None:
        climbed = await self._commands.climb(command.id, state, self._clock(), failure)
        if climbed and state in FAILED:
            await self._tell_failed(command, state, failure or state.value)

    async def _tell_failed(self, command: Command, state: CommandState, reason: str) -> None:
        """Tell staff's pages why a door was not opened; a feed's outage stops no door."""
        data: dict[str, object] = {
            "terminal": command.terminal,
            "cell": command.cell,
            "command": command.id,
            "event": state.value,
            "reason": reason,
        }
        try:
            await self._staff.push(Fact(key=f"open:{command.id}", kind="open_failed", data=data))
        except Unavailable:
            log.warning("staff not told", extra={"command": command.id})

    def _context(self, actor: PersonId = SYSTEM) -> Context:
        return Context(actor=actor, at=self._clock(), rules=self._rules)
