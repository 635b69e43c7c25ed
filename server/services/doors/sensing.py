"""Believing sensors: numbered door events, each applied once, move cell, command and order.

An event is written down, then its effects, then its mark; every effect bears being repeated,
so a crash anywhere is mended when the agent sends the event again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from realtime.wire.people import Fact
from realtime.wire.terminal import DoorEvent, DoorEventKind
from server.domain.changes import Change, Context
from server.domain.errors import InvalidInput, Unavailable
from server.domain.ids import CommandId, OrderId, TerminalId, cell_id
from server.domain.orders import Order
from server.domain.people import SYSTEM
from server.domain.rules import Rules
from server.domain.terminals import Cell, Command, CommandState, Door
from server.services.deposit import reactions
from server.services.deposit.cells import Cells
from server.services.doors.doors import Doors
from server.services.doors.pulse_tests import PulseTests
from server.services.grants.grants import Grants
from server.services.grants.steps import used_with
from server.services.ports import Clock, Relay, StaffFeed, TamperAlerts
from server.store.cells import MongoCells
from server.store.commands import MongoCommands
from server.store.door_events import MongoDoorEvents, event_id
from server.store.orders import MongoOrders
from server.store.terminals import MongoTerminals

log = logging.getLogger(__name__)

#: What each event says of its command.
CLIMBS: dict[DoorEventKind, CommandState] = {
    DoorEventKind.ASKED: CommandState.TAKEN,
    DoorEventKind.SENT: CommandState.TAKEN,
    DoorEventKind.PULSED: CommandState.PULSED,
    DoorEventKind.SENSED_OPEN: CommandState.SENSED_OPEN,
    DoorEventKind.SENSED_CLOSED: CommandState.SENSED_CLOSED,
    DoorEventKind.JAMMED: CommandState.JAMMED,
    DoorEventKind.REFUSED: CommandState.REFUSED,
    DoorEventKind.UNCERTAIN: CommandState.UNCERTAIN,
}

#: What tells that an open was begun, however it ends; a refusal tells that it was not.
BEGUN = frozenset(CLIMBS) - {DoorEventKind.REFUSED}

#: Failures after which an offline grant is used up; after a refusal it may be shown again.
TRIED = frozenset({DoorEventKind.JAMMED, DoorEventKind.UNCERTAIN})

FAILURES = frozenset({DoorEventKind.JAMMED, DoorEventKind.REFUSED, DoorEventKind.UNCERTAIN})

#: What is wrong with a cell's lock or sensor; so many of them take it out of service. A board
#: that is silent, or an agent that restarted, is no fault of the cell's.
FAULTS = frozenset({DoorEventKind.JAMMED, DoorEventKind.TAMPERED})

#: Where a command stands once its opening was heard.
HEARD_OPEN = frozenset({CommandState.SENSED_OPEN, CommandState.SENSED_CLOSED})

SENSED = {DoorEventKind.SENSED_OPEN: Door.OPEN, DoorEventKind.SENSED_CLOSED: Door.CLOSED}

#: Events that staff see at once.
ALARMS = frozenset(
    {
        DoorEventKind.JAMMED,
        DoorEventKind.TAMPERED,
        DoorEventKind.UNCERTAIN,
        DoorEventKind.UNREACHABLE,
        DoorEventKind.LEFT_OPEN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensingStores:
    """The collections that door events are applied to."""

    events: MongoDoorEvents
    commands: MongoCommands
    cells: MongoCells
    orders: MongoOrders
    terminals: MongoTerminals


class Sensing:
    """Apply what terminals report of their doors."""

    def __init__(
        self,
        *,
        stores: SensingStores,
        doors: Doors,
        grants: Grants,
        pulse_tests: PulseTests,
        alerts: TamperAlerts,
        cells: Cells,
        relay: Relay,
        staff: StaffFeed,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._events = stores.events
        self._commands = stores.commands
        self._cell_store = stores.cells
        self._orders = stores.orders
        self._terminals = stores.terminals
        self._doors = doors
        self._grants = grants
        self._pulse_tests = pulse_tests
        self._alerts = alerts
        self._cells = cells
        self._relay = relay
        self._staff = staff
        self._rules = rules
        self._clock = clock

    async def apply(self, terminal: TerminalId, spool: str, events: Sequence[DoorEvent]) -> int:
        """Apply a batch of numbered events, each once; gives the number applied up to.

        Raises:
            InvalidInput: the numbers do not rise.
        """
        numbers = [event.number for event in events]
        if any(later <= earlier for earlier, later in pairwise(numbers)):
            raise InvalidInput(field="events", rule="rising_numbers")
        applied = await self._terminals.applied(terminal, spool)
        if applied is not None and numbers[0] > applied + 1:
            await self._hole(terminal, spool, applied + 1, numbers[0] - 1)
        for event in events:
            if applied is None or event.number > applied:
                await self._apply(terminal, spool, event)
        reached = max(numbers[-1], applied or 0)
        await self._terminals.set_applied(terminal, spool, reached)
        return reached

    async def _hole(self, terminal: TerminalId, spool: str, first: int, last: int) -> None:
        log.error("door events missing", extra={"terminal": terminal, "first": first, "last": last})
        await self._terminals.record_hole(terminal, spool, first, last, self._clock())

    async def _apply(self, terminal: TerminalId, spool: str, event: DoorEvent) -> None:
        now = self._clock()
        fields = {
            "cell": event.cell,
            "kind": event.kind.value,
            "state": event.state.value,
            "at": event.at,
            "command": event.command_id,
            "reason": event.reason,
            "evidence": event.evidence,
            "source": event.source.value if event.source else None,
            "item": event.item,
        }
        if not await self._events.begin(terminal, spool, event.number, fields, now):
            return
        await self._cell_store.sense(
            cell_id(terminal, event.cell),
            Door(event.state.value),
            now,
            spool=spool,
            number=event.number,
            stale=event.kind is DoorEventKind.UNREACHABLE,
            tampered_at=min(event.at, now) if event.kind is DoorEventKind.TAMPERED else None,
        )
        command = await self._command_of(terminal, event)
        if command is not None:
            await self._apply_to_command(command, event)
        if event.kind in FAULTS:
            await self._count_fault(terminal, event.cell, event_id(terminal, spool, event.number))
        if event.kind is DoorEventKind.TAMPERED:
            await self._alerts.tampered(terminal, event.cell, min(event.at, now))
        await self._tell_staff(terminal, event)
        await self._events.finish(terminal, spool, event.number)

    async def _command_of(self, terminal: TerminalId, event: DoorEvent) -> Command | None:
        if event.command_id is None:
            return None
        command = await self._commands.find(CommandId(event.command_id))
        return command if command is not None and command.terminal == terminal else None

    async def _apply_to_command(self, command: Command, event: DoorEvent) -> None:
        kind = event.kind
        if kind is DoorEventKind.CHANGED_DURING_OUTAGE:
            opened = event.state.value == Door.OPEN.value
            kind = DoorEventKind.SENSED_OPEN if opened else DoorEventKind.SENSED_CLOSED
        if not command.granted:
            await self._move(command, kind, event)
            return
        if kind is DoorEventKind.REFUSED and command.state is CommandState.GRANTED:
            return  # of an attempt with the grant: the grant itself lives on
        if kind in BEGUN:
            tried = kind is not DoorEventKind.ASKED
            await self._grants.heard(command, event.at, tried=tried)
        await self._move(command, kind, event)
        if kind in TRIED:  # after the order: until then the grant keeps it as it is
            await self._grants.told(command)

    async def _move(self, command: Command, kind: DoorEventKind, event: DoorEvent) -> None:
        if kind in FAILURES:
            await self._doors.give_up(command, CLIMBS[kind], event.reason or kind.value)
            return
        if kind is DoorEventKind.SENSED_OPEN:
            await self._retire_if_late(command)
        await self._react(command, kind, event.item)
        if kind in SENSED:
            await self._pulse_tests.sensed(command, SENSED[kind])
        if kind in CLIMBS:
            await self._commands.climb(command.id, CLIMBS[kind], self._clock())

    async def _react(self, command: Command, kind: DoorEventKind, item: bool | None) -> None:
        """Let the order follow its sensed door; the cell follows the order."""
        if command.order is None:
            return
        context = self._context()
        reaction: Callable[..., Change]
        if kind is DoorEventKind.SENSED_OPEN:
            reaction = reactions.on_opened
        elif kind is DoorEventKind.SENSED_CLOSED:
            reaction = partial(reactions.on_closed, item=item)
        elif kind is DoorEventKind.LEFT_OPEN:
            reaction = partial(reactions.on_left_open, step=reactions.DOOR_LEFT_OPEN)
        else:
            return
        react = partial(reaction, command=command.id, context=context)

        def decide(order: Order) -> Change:
            change = react(order)
            sensed = command.granted and kind is not DoorEventKind.LEFT_OPEN
            return used_with(change, command.id, context) if sensed else change

        await self._change(command.order, decide)

    async def _change(self, order: OrderId, decide: Callable[[Order], Change]) -> None:
        change = await self._orders.change(order, decide)
        if change.before is not change.after:
            await self._cells.follow(change)
            await self._relay.kick(order)

    async def _count_fault(self, terminal: TerminalId, cell: int, name: str) -> None:
        limit = self._rules.faults_to_retire_cell
        if await self._cell_store.add_fault(cell_id(terminal, cell), name, self._clock(), limit):
            await self._tell_retired(terminal, cell, "faults")

    async def _retire_if_late(self, command: Command) -> None:
        """Take a cell out of service that opened after its order had given it up.

        Nobody is led to that door any more, so something may be put in: staff look inside. An
        opening that was heard before is not late: a spool that began anew tells some again.
        """
        if command.order is None or command.state in HEARD_OPEN:
            return
        now = self._clock()
        seat = await self._cell_store.get(cell_id(command.terminal, command.cell), now)
        if seat.order != command.order and await self._cell_store.retire(seat.id, now):
            await self._tell_retired(command.terminal, command.cell, "opened_late")

    async def alarm_left_open(self, now: datetime) -> int:
        """Tell staff of doors that stand open too long, once each; gives how many."""
        before = now - timedelta(seconds=self._rules.left_open_alarm_seconds)
        cells = await self._cell_store.left_open(before)
        for cell in cells:
            await self._alarm(cell)
        return len(cells)

    async def _alarm(self, cell: Cell) -> None:
        data: dict[str, object] = {"terminal": cell.terminal, "cell": cell.cell}
        await self._tell(f"left_open:{cell.id}", "left_open_long", data)
        if cell.order is None or cell.command is None:
            return
        decide = partial(
            reactions.on_left_open,
            command=cell.command,
            step=reactions.DOOR_LEFT_OPEN_LONG,
            context=self._context(),
        )
        await self._change(cell.order, decide)

    async def _tell_staff(self, terminal: TerminalId, event: DoorEvent) -> None:
        data: dict[str, object] = {
            "terminal": terminal,
            "cell": event.cell,
            "state": event.state.value,
            "event": event.kind.value,
            "at": event.at.isoformat(),
            "command": event.command_id,
        }
        kind = "door_alarm" if event.kind in ALARMS else "door"
        await self._tell(f"{kind}:{terminal}:{event.cell}", kind, data)

    async def _tell_retired(self, terminal: TerminalId, cell: int, why: str) -> None:
        data: dict[str, object] = {"terminal": terminal, "cell": cell, "why": why}
        await self._tell(f"retired:{terminal}:{cell}", "cell_retired", data)

    async def _tell(self, key: str, kind: str, data: dict[str, object]) -> None:
        try:
            await self._staff.push(Fact(key=key, kind=kind, data=data))
        except Unavailable:
            log.warning("staff not told", extra={"key": key})  # a feed's outage stops no door

    def _context(self) -> Context:
        return Context(actor=SYSTEM, at=self._clock(), rules=self._rules)
