"""The fleet: what is known of every terminal, from a fixed number of reads, however many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from realtime.wire.fleet import FleetQuery, FleetTerminalView, FleetView
from server.domain.errors import Unavailable
from server.domain.fleet import DoorCounts, Facts, assess, badness, newest
from server.domain.ids import TerminalId
from server.domain.rules import DAY, Rules
from server.domain.saga import TIMERS, Action
from server.domain.troubles import Kind, Level, Reason
from server.services.orders.views import IN_CELL
from server.services.ports import Clock, Routing
from server.services.terminals.views import terminal_view
from server.store.fleet import CellRow, Counted, MongoFleet, Parcels, TerminalRow

#: As the door events name it.
JAMMED = "jammed"

#: The timers whose firing says that a parcel lies too long.
STAFF_TIMERS = tuple(timer.name for timer in TIMERS if timer.action is Action.TELL_STAFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One terminal and what is wrong with it, worst first."""

    facts: Facts
    reasons: tuple[Reason, ...]


class Fleet:
    """Looks over all terminals."""

    def __init__(self, *, fleet: MongoFleet, routing: Routing, rules: Rules, clock: Clock) -> None:
        self._fleet = fleet
        self._routing = routing
        self._rules = rules
        self._clock = clock

    async def view(self, query: FleetQuery) -> FleetView:
        """Show a page of the fleet, worst first, with counters of all of it."""
        now = self._clock()
        facts = await self._facts(now)
        ranked = sorted(
            (Assessed(facts=one, reasons=assess(one, self._rules, now)) for one in facts),
            key=_rank,
        )
        levels = dict.fromkeys((level.value for level in Level), 0)
        views = [terminal_view(one.facts, one.reasons) for one in ranked]
        for view in views:
            levels[view.level] += 1
        return FleetView(
            at=now,
            total=len(views),
            levels=levels,
            newest_agent=newest(one.agent_version for one in facts),
            terminals=tuple(views[query.skip : query.skip + query.limit]),
        )

    async def views(self) -> list[FleetTerminalView]:
        """Show all of the fleet, in no order, as the map needs it."""
        now = self._clock()
        facts = await self._facts(now)
        return [terminal_view(one, assess(one, self._rules, now)) for one in facts]

    async def connected(self) -> frozenset[TerminalId]:
        """Tell which terminals are held by living processes now.

        Raises:
            Unavailable: nobody knows.
        """
        return await self._routing.connected_of(await self._fleet.ids())

    async def watched(self, connected: frozenset[TerminalId], now: datetime) -> list[Assessed]:
        """Assess what alerts are made of: links, machines, and cells that are not well."""
        rows = await self._fleet.terminals()
        cells = await self._troubled(now)
        facts = [
            _facts(row, row.online and row.id in connected, cells.get(row.id, ()), None)
            for row in rows
        ]
        return [Assessed(facts=one, reasons=assess(one, self._rules, now)) for one in facts]

    async def _facts(self, now: datetime) -> list[Facts]:
        rows = await self._fleet.terminals()
        connected = await self._known_connected(rows)
        cells = await self._troubled(now)
        counted = await self._fleet.cells(now)
        faults = await self._fleet.door_faults(now - timedelta(seconds=DAY))
        lying = now - timedelta(seconds=self._rules.parcel_overdue_seconds)
        in_cell = sorted(one.value for one in IN_CELL)
        parcels = await self._fleet.parcels(in_cell, STAFF_TIMERS, lying)
        latest = newest(row.agent_version for row in rows)
        return [
            _facts(
                row,
                row.id in connected,
                cells.get(row.id, ()),
                _Counts(
                    counted=counted.get(row.id),
                    faults=faults.get(row.id, {}),
                    parcels=parcels.get(row.id, Parcels()),
                    newest_version=latest,
                ),
            )
            for row in rows
        ]

    async def _known_connected(self, rows: Sequence[TerminalRow]) -> frozenset[TerminalId]:
        """Tell who has a link; what was last written, if nobody knows."""
        noted = frozenset(row.id for row in rows if row.online)
        try:
            return noted & await self._routing.connected_of(sorted(noted))
        except Unavailable:
            return noted

    async def _troubled(self, now: datetime) -> dict[TerminalId, list[CellRow]]:
        before = now - timedelta(seconds=self._rules.left_open_alarm_seconds)
        found: dict[TerminalId, list[CellRow]] = {}
        for cell in await self._fleet.troubled(before):
            found.setdefault(cell.terminal, []).append(cell)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    counted: Counted | None
    faults: Mapping[str, int]
    parcels: Parcels
    newest_version: str | None


def _rank(one: Assessed) -> tuple[tuple[int, ...], str]:
    """Order worst first, then by id; shorter lists of the same begin less badly."""
    worst = tuple(-severity for severity in badness(one.reasons))
    return (*worst, 0), one.facts.terminal


def _facts(
    row: TerminalRow, online: bool, cells: Iterable[CellRow], counts: _Counts | None
) -> Facts:
    troubled = list(cells)
    facts = Facts(
        terminal=row.id,
        name=row.name,
        online=online,
        link_since=row.connected_at if online else row.last_heard,
        agent_version=row.agent_version,
        machine=row.health,
        machine_at=row.health_at,
        troubles=row.troubles,
        two_agents_at=row.two_agents_at,
        left_open={one.cell: one.door_at for one in troubled if one.stands_open and one.door_at},
        tampered={one.cell: one.tampered_at for one in troubled if one.tampered_at is not None},
        retired={one.cell: one.retired_at for one in troubled if one.retired},
    )
    return facts if counts is None else _with_counts(facts, counts)


def _with_counts(facts: Facts, counts: _Counts) -> Facts:
    cells, parcels = counts.counted, counts.parcels
    doors = replace(
        cells.doors if cells else DoorCounts(),
        tampered_day=counts.faults.get(Kind.TAMPERED.value, 0),
        jammed_day=counts.faults.get(JAMMED, 0),
    )
    return replace(
        facts,
        newest_version=counts.newest_version,
        doors=doors,
        sizes=cells.sizes if cells else {},
        parcels=parcels.parcels,
        overdue=parcels.overdue,
        overdue_since=parcels.overdue_since,
        live_grants=parcels.live_grants,
    )
