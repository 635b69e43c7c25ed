"""One terminal among all: what is known of it, and a pure look at what is wrong with it.

What a machine last said counts only while its terminal has a link: of one that is away nobody
knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from server.domain.ids import TerminalId
from server.domain.machines import Machine, machine_troubles
from server.domain.rules import Rules
from server.domain.troubles import Kind, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCounts:
    """The cells of one size, by what they are used for."""

    free: int = 0
    held: int = 0
    occupied: int = 0
    out_of_service: int = 0
    not_ready: int = 0  #: nobody's, but its door is open or not known


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCounts:
    """How doors stand now, and what befell them within a day."""

    open: int = 0
    stale: int = 0
    unknown: int = 0
    tampered_day: int = 0
    jammed_day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of one terminal; what was not asked for is empty."""

    terminal: TerminalId
    name: str = ""
    online: bool = False
    #: When it came or went: None for one that never came.
    link_since: datetime | None = None
    agent_version: str | None = None
    newest_version: str | None = None
    machine: Machine | None = None
    machine_at: datetime | None = None
    #: Since when each trouble of the machine lasts, by its key (see `machine_troubles`).
    troubles: Mapping[str, datetime] = field(default_factory=dict)
    two_agents_at: datetime | None = None
    doors: DoorCounts = DoorCounts()
    sizes: Mapping[str, CellCounts] = field(default_factory=dict)
    left_open: Mapping[int, datetime] = field(default_factory=dict)
    tampered: Mapping[int, datetime] = field(default_factory=dict)
    retired: Mapping[int, datetime | None] = field(default_factory=dict)
    parcels: int = 0
    overdue: int = 0
    overdue_since: datetime | None = None
    live_grants: int = 0


def assess(facts: Facts, rules: Rules, now: datetime) -> tuple[Reason, ...]:
    """List what is wrong with a terminal, worst first; nothing when all is well."""
    found = [
        *_link(facts, rules, now),
        *_doors(facts),
        *_counts(facts),
        *(_machine(facts, rules) if facts.online else ()),
    ]
    return tuple(sorted(found, key=lambda one: (-one.severity, one.cell or 0, one.part)))


def badness(reasons: Iterable[Reason]) -> tuple[int, ...]:
    """Give what orders terminals when sorted descending.

    The worst thing decides, then the next worst; one thing more is worse than none.
    """
    return tuple(one.severity for one in reasons)


def newest(versions: Iterable[str | None]) -> str | None:
    """Give the newest of agents' versions."""
    return max((one for one in versions if one), key=version_key, default=None)


def version_key(version: str) -> tuple[int, ...]:
    """Give what orders versions: their numbers, in turn."""
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version))


def is_older(version: str | None, newest_version: str | None) -> bool:
    """Tell whether an agent runs an older version than the newest of the fleet."""
    if not version or not newest_version:
        return False
    return version_key(version) < version_key(newest_version)


def _link(facts: Facts, rules: Rules, now: datetime) -> Iterator[Reason]:
    since = facts.link_since
    if not facts.online:
        if since is None:
            yield Reason(kind=Kind.NEVER_SEEN)
        else:
            is_long = now - since >= timedelta(seconds=rules.offline_alarm_seconds)
            yield Reason(kind=Kind.OFFLINE if is_long else Kind.AWAY, since=since)
    lately = timedelta(seconds=rules.two_agents_seconds)
    if facts.two_agents_at is not None and now - facts.two_agents_at < lately:
        yield Reason(kind=Kind.TWO_AGENTS, since=facts.two_agents_at)
    if is_older(facts.agent_version, facts.newest_version):
        yield Reason(kind=Kind.OLD_AGENT, about={"why": facts.agent_version})


def _doors(facts: Facts) -> Iterator[Reason]:
    for kind, cells in (
        (Kind.TAMPERED, facts.tampered),
        (Kind.LEFT_OPEN, facts.left_open),
        (Kind.CELL_RETIRED, facts.retired),
    ):
        for cell, since in cells.items():
            if kind is Kind.LEFT_OPEN and cell in facts.tampered:
                continue
            yield Reason(kind=kind, since=since, cell=cell)


def _counts(facts: Facts) -> Iterator[Reason]:
    doors = facts.doors
    tampered = max(0, doors.tampered_day - len(facts.tampered))
    unknown = max(doors.stale, doors.unknown)
    counted = (
        (Kind.OVERDUE, facts.overdue, facts.overdue_since),
        (Kind.TAMPERED_LATELY, tampered, None),
        (Kind.DOORS_UNKNOWN, unknown if facts.online else 0, None),
        (Kind.JAMMED_LATELY, doors.jammed_day, None),
    )
    for kind, count, since in counted:
        if count:
            yield Reason(kind=kind, since=since, about={"count": count})
    if facts.sizes and not any(size.free for size in facts.sizes.values()):
        yield Reason(kind=Kind.NO_FREE_CELL)


def _machine(facts: Facts, rules: Rules) -> Iterator[Reason]:
    if facts.machine is None:
        return
    for key, reason in machine_troubles(facts.machine, rules).items():
        yield replace(reason, since=facts.troubles.get(key, facts.machine_at))
