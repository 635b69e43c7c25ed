"""Door events in MongoDB: each (terminal, spool, number) once, with whether it took effect.

An event is written, then its effects, then its mark; an event without the mark is carried
out again when the agent resends it, and every effect bears that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.ids import CommandId, TerminalId
from server.store.documents import Document
from server.store.indexes import ensure_index

COLLECTION = "door_events"

#: Where a page of a history ends: the instant an event was applied, and its number.
Place = tuple[datetime, int]

#: The proof of what a door did is kept so long.
KEEP_SECONDS = 400 * 24 * 3600


class MongoDoorEvents:
    """The door_events collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._events = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._events, [("terminal", ASCENDING), ("at", ASCENDING)])
        await ensure_index(self._events, "command", sparse=True)
        await ensure_index(self._events, "applied_at", expireAfterSeconds=KEEP_SECONDS)
        await ensure_index(self._events, [("kind", ASCENDING), ("applied_at", ASCENDING)])
        await ensure_index(
            self._events,
            [("terminal", ASCENDING), ("applied_at", DESCENDING), ("number", DESCENDING)],
        )
        await ensure_index(
            self._events,
            [
                ("terminal", ASCENDING),
                ("cell", ASCENDING),
                ("applied_at", DESCENDING),
                ("number", DESCENDING),
            ],
        )

    async def begin(
        self, terminal: TerminalId, spool: str, number: int, fields: Document, now: datetime
    ) -> bool:
        """Write an event unless it is there; False when its effects were carried out before."""
        event = event_id(terminal, spool, number)
        named = {"_id": event, "terminal": terminal, "spool": spool, "number": number}
        document = {**named, **fields, "applied_at": now, "done": False}
        try:
            await self._events.insert_one(document)
        except DuplicateKeyError:
            return await self._events.find_one({"_id": event, "done": False}) is not None
        return True

    async def finish(self, terminal: TerminalId, spool: str, number: int) -> None:
        """Mark an event's effects as carried out."""
        await self._events.update_one(
            {"_id": event_id(terminal, spool, number)}, {"$set": {"done": True}}
        )

    async def page(
        self, terminal: TerminalId, cell: int | None, before: Place | None, limit: int
    ) -> list[Document]:
        """List a terminal's events, or one cell's, newest first, from before a place on."""
        query: Document = {"terminal": terminal}
        if cell is not None:
            query["cell"] = cell
        if before is not None:
            at, number = before
            query["$or"] = [
                {"applied_at": {"$lt": at}},
                {"applied_at": at, "number": {"$lt": number}},
            ]
        order = [("applied_at", DESCENDING), ("number", DESCENDING)]
        return await self._events.find(query).sort(order).limit(limit).to_list(limit)

    async def between(
        self,
        terminal: TerminalId,
        since: datetime,
        until: datetime,
        after: Place | None,
        limit: int,
    ) -> list[Document]:
        """List a terminal's events of a time, oldest first, from after a place on."""
        query: Document = {"terminal": terminal, "applied_at": {"$gte": since, "$lt": until}}
        if after is not None:
            at, number = after
            query["$or"] = [
                {"applied_at": {"$gt": at}},
                {"applied_at": at, "number": {"$gt": number}},
            ]
        order = [("applied_at", ASCENDING), ("number", ASCENDING)]
        return await self._events.find(query).sort(order).limit(limit).to_list(limit)

    async def last_before(
        self, terminal: TerminalId, cell: int, before: datetime
    ) -> Document | None:
        """Read the last event of a door before an instant."""
        query = {"terminal": terminal, "cell": cell, "applied_at": {"$lt": before}}
        order = [("applied_at", DESCENDING), ("number", DESCENDING)]
        return await self._events.find_one(query, sort=order)

    async def of_commands(self, commands: Sequence[CommandId], limit: int) -> list[Document]:
        """List what doors did for some commands, the newest first."""
        cursor = self._events.find({"command": {"$in": list(commands)}})
        order = [("applied_at", DESCENDING), ("number", DESCENDING)]
        return await cursor.sort(order).limit(limit).to_list(limit)

    async def count(self, terminal: TerminalId) -> int:
        """Count the events of a terminal."""
        return await self._events.count_documents({"terminal": terminal})

    async def of_terminal(self, terminal: TerminalId) -> list[Document]:
        """Read every event of a terminal, by spool and number; `number` is told by the id."""
        found = [one async for one in self._events.find({"terminal": terminal})]
        for one in found:
            _, one["spool"], number = one["_id"].rsplit(":", 2)
            one["number"] = int(number)
        return sorted(found, key=lambda one: (one["spool"], one["number"]))


def event_id(terminal: TerminalId, spool: str, number: int) -> str:
    """Name one event of one terminal."""
    return f"{terminal}:{spool}:{number}"
