"""The past, played again: an order after each of its events, a terminal's doors at any instant."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from realtime.wire.desk import (
    DoorAt,
    DoorMoment,
    MomentView,
    OrderReplay,
    ReplayQuery,
    TerminalReplay,
)
from server.domain.errors import InvalidInput
from server.domain.ids import CommandId, OrderId, TerminalId
from server.domain.replay import Moment, moments
from server.domain.terminals import Cell, Command, Door
from server.services.doors.places import page_end, read_page_end
from server.services.ports import Clock
from server.store.cells import MongoCells
from server.store.commands import MongoCommands
from server.store.documents import Document
from server.store.door_events import MongoDoorEvents
from server.store.orders import MAX_EVENTS, MongoOrders
from server.store.terminals import MongoTerminals

#: The longest time of a terminal's replay.
LONGEST = timedelta(days=7)

#: How much of it is shown where nobody says from when on.
USUAL = timedelta(hours=6)


class Replays:
    """What the sliders are fed with."""

    def __init__(
        self,
        *,
        orders: MongoOrders,
        terminals: MongoTerminals,
        cells: MongoCells,
        events: MongoDoorEvents,
        commands: MongoCommands,
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._terminals = terminals
        self._cells = cells
        self._events = events
        self._commands = commands
        self._clock = clock

    async def of_order(self, order: OrderId) -> OrderReplay:
        """Show the order after each event that is kept.

        Raises:
            NotFound: there is no such order.
        """
        events = await self._orders.events(order)
        steps = moments(events)
        where = {step.terminal for step in steps if step.terminal}
        cells = [
            cell.cell
            for terminal in sorted(where)
            for cell in await self._cells.of_terminal(TerminalId(terminal), self._clock())
        ]
        return OrderReplay(
            order_id=order,
            cells=tuple(sorted(set(cells))),
            moments=tuple(map(_moment, steps)),
            cut=len(events) >= MAX_EVENTS,
        )

    async def of_terminal(self, terminal: TerminalId, query: ReplayQuery) -> TerminalReplay:
        """Show a terminal's doors at the beginning of a time, and each door event in it.

        Raises:
            NotFound: no such terminal. InvalidInput: no such time, or longer than seven days.
        """
        known = await self._terminals.get(terminal)
        since, until = self._time(query)
        cells = await self._cells.of_terminal(terminal, self._clock())
        after = read_page_end(query.after, field="after")
        events = await self._events.between(terminal, since, until, after, query.limit)
        named = {CommandId(one["command"]) for one in events if one.get("command")}
        commands = await self._commands.named(terminal, named)
        doors = await asyncio.gather(*(self._door_at(cell, since) for cell in cells))
        full = len(events) == query.limit
        return TerminalReplay(
            terminal_id=terminal,
            name=known.name,
            since=since,
            until=until,
            doors=tuple(doors),
            moments=tuple(_door(one, commands.get(one["command"])) for one in events),
            next=page_end(events[-1]) if full else None,
        )

    def _time(self, query: ReplayQuery) -> tuple[datetime, datetime]:
        until = (query.until or self._clock()).astimezone(UTC)
        since = query.since.astimezone(UTC) if query.since else until - USUAL
        if not since < until:
            raise InvalidInput(field="until", rule="after_since")
        if until - since > LONGEST:
            raise InvalidInput(field="until", rule="seven_days")
        return since, until

    async def _door_at(self, cell: Cell, at: datetime) -> DoorAt:
        last = await self._events.last_before(cell.terminal, cell.cell, at)
        state = str(last["state"]) if last else Door.UNKNOWN.value
        return DoorAt(cell=cell.cell, size=cell.size.value, door=state)


def _moment(moment: Moment) -> MomentView:
    return MomentView(
        version=moment.version,
        at=moment.at,
        step=moment.step,
        by=moment.actor,
        custody=moment.custody.value,
        charge=moment.charge.value,
        payout=moment.payout.value,
        terminal_id=moment.terminal,
        cell=moment.cell,
        door=moment.door,
        courier_id=moment.courier,
        offer_version=moment.offer,
        ring=moment.ring,
    )


def _door(event: Document, command: Command | None) -> DoorMoment:
    return DoorMoment(
        at=event["applied_at"],
        told_at=event["at"],
        cell=event["cell"],
        kind=event["kind"],
        door=event["state"],
        order_id=command.order if command else None,
        purpose=command.purpose.value if command else None,
        by=command.actor if command else None,
    )
