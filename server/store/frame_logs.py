"""What agents told last of their lines: one document a port, replaced by the next, then gone.

request, asked_at, asked_by        the newest question
told, told_at, lines, refusal      the newest answer, and which question it is of
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.ids import PersonId, TerminalId
from server.store.documents import Document
from server.store.indexes import ensure_index

COLLECTION = "frame_logs"

#: Kept for so long after it was asked for: frames of last week mend no lock.
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLog:
    """What is known of one port's frames; `lines` as the wire has them."""

    request: str
    asked_at: datetime
    asked_by: PersonId
    told: str | None = None
    told_at: datetime | None = None
    lines: Sequence[Document] = ()
    refusal: str | None = None


class MongoFrameLogs:
    """The frame_logs collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._logs = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the index by which documents end; idempotent."""
        await ensure_index(self._logs, "asked_at", expireAfterSeconds=KEPT_SECONDS)

    async def find(self, terminal: TerminalId, port: int) -> FrameLog | None:
        """Read what is known of a port's frames."""
        found = await self._logs.find_one({"_id": _name(terminal, port)})
        return None if found is None else _log(found)

    async def ask(
        self, terminal: TerminalId, port: int, request: str, actor: PersonId, now: datetime
    ) -> None:
        """Write a question down; an answer to an earlier one is not taken any more."""
        asked = {"request": request, "asked_at": now, "asked_by": actor}
        name = _name(terminal, port)
        try:
            await self._logs.update_one({"_id": name}, {"$set": asked}, upsert=True)
        except DuplicateKeyError:  # somebody else's question was the first, at the same moment
            await self._logs.update_one({"_id": name}, {"$set": asked})

    async def tell(
        self,
        terminal: TerminalId,
        port: int,
        request: str,
        *,
        lines: Sequence[Any],
        refusal: str | None,
        now: datetime,
    ) -> FrameLog | None:
        """Write an answer in place of the last one; None when it is not of the newest question."""
        told = {"told": request, "told_at": now, "lines": list(lines), "refusal": refusal}
        found = await self._logs.find_one_and_update(
            {"_id": _name(terminal, port), "request": request},
            {"$set": told},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else _log(found)


def _name(terminal: TerminalId, port: int) -> str:
    return f"{terminal}:{port}"


def _log(document: Document) -> FrameLog:
    return FrameLog(**{name: document[name] for name in FrameLog.__slots__ if name in document})
