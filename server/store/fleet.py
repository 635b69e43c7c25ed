"""How machines do, on their terminals' documents, and what is counted over all of them.

    health, health_at    the agent's last word on its machine, and the instant it came
    troubles             what is wrong with the machine by that word, each since when
    seen_at              when a living process was last seen to hold the terminal's socket

Health is latest-only and fenced: one conditional write by the connection's epoch. Each look over
the fleet is one command, however many terminals there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.fleet import CellCounts, DoorCounts
from server.domain.grants import GrantState
from server.domain.ids import TerminalId
from server.domain.machines import Machine
from server.domain.terminals import Door
from server.store import cells, door_events, orders
from server.store.documents import Document
from server.store.terminals import COLLECTION

#: Who looks after the fleet, and since when without a break: one document.
WATCH = "fleet_watch"

SHOWN = dict.fromkeys(
    (
        *("name", "online", "agent_version", "connected_at", "gone_at", "seen_at"),
        *("health", "health_at", "troubles", "two_agents_at"),
    ),
    1,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalRow:
    """A terminal's document as far as the fleet's view needs it."""

    id: TerminalId
    name: str
    online: bool = False
    agent_version: str | None = None
    connected_at: datetime | None = None
    gone_at: datetime | None = None
    seen_at: datetime | None = None
    health: Machine | None = None
    health_at: datetime | None = None
    troubles: dict[str, datetime] = field(default_factory=dict)
    two_agents_at: datetime | None = None

    @property
    def last_heard(self) -> datetime | None:
        """Tell when the terminal's link was last known to be there.

        A process that was killed could not write that its terminals are gone: then it is the
        last time that anybody saw or heard it.
        """
        marks = (self.connected_at, self.gone_at, self.seen_at, self.health_at)
        return max((one for one in marks if one is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """A cell with which something is the matter, or that an alert is about."""

    terminal: TerminalId
    cell: int
    door: Door
    door_at: datetime | None = None
    retired: bool = False
    retired_at: datetime | None = None
    tampered_at: datetime | None = None
    stands_open: bool = False  #: since before the instant that was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One terminal's cells, counted."""

    sizes: dict[str, CellCounts]
    doors: DoorCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """The parcels in one terminal's cells."""

    parcels: int = 0
    overdue: int = 0
    overdue_since: datetime | None = None
    live_grants: int = 0


class MongoFleet:
    """Reads over all terminals, each one command; and the marks of their links."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._terminals = database[COLLECTION]
        self._cells = database[cells.COLLECTION]
        self._events = database[door_events.COLLECTION]
        self._orders = database[orders.COLLECTION]
        self._watch = database[WATCH]

    # Marks

    async def put_health(
        self,
        terminal: TerminalId,
        epoch: int,
        health: Machine,
        troubles: Iterable[str],
        now: datetime,
    ) -> bool:
        """Keep how a machine does in place of what was kept; False for an older connection.

        A trouble that it had before keeps its instant.
        """
        since = [{"k": key, "v": {"$ifNull": [f"$troubles.{key}", now]}} for key in troubles]
        kept: Any = msgspec.to_builtins(health)
        change = {
            "health": {"$literal": kept},
            "health_at": now,
            "troubles": {"$arrayToObject": [since]},
        }
        # Taken away first: a document that is set in a pipeline is merged with what was there.
        stages: list[Document] = [
            {"$set": {"troubles_now": change.pop("troubles")}},
            {"$unset": ["health", "troubles"]},
            {"$set": {**change, "troubles": "$troubles_now"}},
            {"$unset": "troubles_now"},
        ]
        result = await self._terminals.update_one({"_id": terminal, "epoch": epoch}, stages)
        return result.matched_count == 1

    async def mark_seen(self, terminals: Iterable[TerminalId], now: datetime) -> None:
        """Note that living processes hold these terminals' sockets."""
        wanted = list(terminals)
        if wanted:
            await self._terminals.update_many({"_id": {"$in": wanted}}, {"$max": {"seen_at": now}})

    async def take_watch(
        self, now: datetime, pause_seconds: float, gap_seconds: float
    ) -> datetime | None:
        """Take this turn of looking after the fleet; None when another worker has it.

        Returns:
            Since when somebody has been looking without a gap.
        """
        free = {"at": {"$lte": now - timedelta(seconds=pause_seconds)}}
        is_new = {"$lt": [{"$ifNull": ["$at", now]}, now - timedelta(seconds=gap_seconds)]}
        since = {"$cond": [is_new, now, {"$ifNull": ["$since", now]}]}
        try:
            found = await self._watch.find_one_and_update(
                {"_id": "watch", "$or": [free, {"at": {"$exists": False}}]},
                [{"$set": {"since": since}}, {"$set": {"at": now}}],
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return None
        since_when: datetime | None = found["since"] if found else None
        return since_when

    # Looks over all

    async def ids(self) -> list[TerminalId]:
        """Name all terminals."""
        return [TerminalId(row["_id"]) async for row in self._terminals.find({}, {"_id": 1})]

    async def terminals(self) -> list[TerminalRow]:
        """List all terminals by id."""
        cursor = self._terminals.find({}, SHOWN).sort("_id")
        return [_row(document) async for document in cursor]

    async def troubled(self, open_before: datetime) -> list[CellRow]:
        """List cells out of service, tampered with, or open since before an instant."""
        long_open = {"door": Door.OPEN.value, "door_at": {"$lte": open_before}}
        tampered = {"tampered_at": {"$type": "date"}}
        cursor = self._cells.find({"$or": [{"retired": True}, tampered, long_open]})
        found = [msgspec.convert(document, CellRow) async for document in cursor]
        return [replace(one, stands_open=_stands(one, open_before)) for one in found]

    async def cells(self, now: datetime) -> dict[TerminalId, Counted]:
        """Count all cells by terminal, size and use, and their doors."""
        found: dict[TerminalId, Counted] = {}
        async for row in self._cells.aggregate(_cell_stages(now)):
            sizes = {one["size"]: _of(one, CellCounts) for one in row["sizes"]}
            found[TerminalId(row["_id"])] = Counted(sizes=sizes, doors=_of(row, DoorCounts))
        return found

    async def door_faults(self, since: datetime) -> dict[TerminalId, dict[str, int]]:
        """Count the tampered and jammed doors applied since an instant, by terminal and kind."""
        kinds = {"$in": ["tampered", "jammed"]}
        stages: list[Document] = [
            {"$match": {"kind": kinds, "applied_at": {"$gt": since}}},
            {"$group": {"_id": {"terminal": "$terminal", "kind": "$kind"}, "n": {"$sum": 1}}},
        ]
        found: dict[TerminalId, dict[str, int]] = {}
        async for row in self._events.aggregate(stages):
            counts = found.setdefault(TerminalId(row["_id"]["terminal"]), {})
            counts[row["_id"]["kind"]] = row["n"]
        return found

    async def parcels(
        self, custody: Iterable[str], staff_timers: Iterable[str], lying_since: datetime
    ) -> dict[TerminalId, Parcels]:
        """Count the parcels in cells by terminal, those that lie too long among them.

        Too long is what a timer told staff of, or what has been in one state since before
        `lying_since`.
        """
        told = {"$gt": [{"$size": {"$setIntersection": ["$fired", list(staff_timers)]}}, 0]}
        late = {"$or": [told, {"$lte": ["$custody_since", lying_since]}]}
        lives = {"$eq": ["$grant.state", GrantState.LIVE.value]}
        stages: list[Document] = [
            {"$match": {"custody": {"$in": list(custody)}}},
            {
                "$group": {
                    "_id": "$placement.terminal",
                    "parcels": {"$sum": 1},
                    "overdue": _sum(late),
                    "overdue_since": {"$min": {"$cond": [late, "$custody_since", None]}},
                    "live_grants": _sum(lives),
                }
            },
        ]
        return {
            TerminalId(row["_id"]): _of(row, Parcels)
            async for row in self._orders.aggregate(stages)
            if row["_id"] is not None
        }


def _cell_stages(now: datetime) -> list[Document]:
    """Count by size first, then gather a terminal's sizes."""
    unclaimed = {
        "$or": [
            {"$eq": ["$order", None]},
            {
                "$and": [
                    {"$ne": ["$held_until", None]},
                    {"$lte": ["$held_until", now]},
                    {"$eq": ["$command", None]},
                ]
            },
        ]
    }
    serves = {"$not": ["$retired"]}
    claimed = {"$not": [unclaimed]}
    keeps = {"$eq": ["$held_until", None]}
    doors = {
        "open": {"$eq": ["$door", Door.OPEN.value]},
        "stale": "$stale",
        "unknown": {"$eq": ["$door", Door.UNKNOWN.value]},
    }
    shut = {"$and": [{"$eq": ["$door", Door.CLOSED.value]}, {"$not": ["$stale"]}]}
    uses = {
        "free": {"$and": [serves, unclaimed, shut]},
        "held": {"$and": [serves, claimed, {"$not": [keeps]}]},
        "occupied": {"$and": [serves, claimed, keeps]},
        "out_of_service": "$retired",
        "not_ready": {"$and": [serves, unclaimed, {"$not": [shut]}]},
    }
    sums = {name: _sum(when) for name, when in (uses | doors).items()}
    gathered = {name: f"${name}" for name in uses}
    return [
        {"$group": {"_id": {"terminal": "$terminal", "size": "$size"}, **sums}},
        {
            "$group": {
                "_id": "$_id.terminal",
                "sizes": {"$push": {"size": "$_id.size", **gathered}},
                **{name: {"$sum": f"${name}"} for name in doors},
            }
        },
    ]


def _stands(cell: CellRow, before: datetime) -> bool:
    return cell.door is Door.OPEN and cell.door_at is not None and cell.door_at <= before


def _sum(when: object) -> Document:
    return {"$sum": {"$cond": [when, 1, 0]}}


def _of(document: Document, kind: Any) -> Any:
    """Make a value of counts; what is counted elsewhere keeps its default."""
    return msgspec.convert({k: v for k, v in document.items() if k != "_id"}, kind)


def _row(document: Document) -> TerminalRow:
    return msgspec.convert({**document, "id": document["_id"]}, TerminalRow)
