"""Alerts in MongoDB: one open episode of each thing at most, told to staff until it was told.

That there is one is a unique index over the open ones; each change is one conditional write
that raises `version` and marks it `unpublished`, so a process that dies before it could tell
leaves the telling to the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.alerts import Alert
from server.domain.errors import NotFound
from server.domain.ids import PersonId, TerminalId
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.looking import each_once

COLLECTION = "alerts"

KEEP_SECONDS = 400 * 24 * 3600

#: More are never open at once than a fleet has doors and boards that fail together.
MOST_OPEN = 5000


class MongoAlerts:
    """The alerts collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._alerts = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        names = ("terminal", "kind", "cell", "part")
        await ensure_index(
            self._alerts,
            [(name, ASCENDING) for name in names],
            name="one_open",
            unique=True,
            partialFilterExpression={"open": True},
        )
        await ensure_index(
            self._alerts, [("pending", ASCENDING), ("since", DESCENDING), ("_id", DESCENDING)]
        )
        await ensure_index(self._alerts, [("since", DESCENDING), ("_id", DESCENDING)])
        await ensure_index(self._alerts, "ended", expireAfterSeconds=KEEP_SECONDS)
        await ensure_index(
            self._alerts,
            "looked_at",
            name="unpublished",
            partialFilterExpression={"unpublished": {"$gt": 0}},
        )

    async def open(self, alert: Alert) -> bool:
        """Write a new episode; False when it is there, or another of the same thing is open."""
        document = to_document(alert)
        document.update(
            open=True, pending=True, unpublished=alert.version, looked_at=alert.opened_at
        )
        try:
            await self._alerts.insert_one(document)
        except DuplicateKeyError:
            return False
        return True

    async def all_open(self) -> list[Alert]:
        """List the open ones."""
        # What is open is pending as well, and that has an index.
        cursor = self._alerts.find({"pending": True, "open": True}).limit(MOST_OPEN)
        return [from_document(document, Alert) async for document in cursor]

    async def end(self, alert: str, at: datetime, now: datetime) -> Alert | None:
        """End an episode; None when it had ended."""
        change = {"open": False, "ended": at}
        return await self._change({"_id": alert, "open": True}, change, now)

    async def acknowledge(self, alert: str, by: PersonId, now: datetime) -> Alert | None:
        """Note who has seen an alert first; None when somebody had.

        Raises:
            NotFound: there is none.
        """
        change = {"acknowledged_by": by, "acknowledged_at": now}
        changed = await self._change({"_id": alert, "acknowledged_by": None}, change, now)
        if changed is None:
            await self.get(alert)
        return changed

    async def get(self, alert: str) -> Alert:
        """Read one alert.

        Raises:
            NotFound: there is none.
        """
        document = await self._alerts.find_one({"_id": alert})
        if document is None:
            raise NotFound(field="alert_id", rule="exists")
        return from_document(document, Alert)

    async def page(
        self,
        *,
        pending: bool,
        terminal: TerminalId | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Alert]:
        """List alerts, latest first; `pending` ones are open, or nobody has seen them."""
        query: Document = {"pending": True} if pending else {}
        if terminal is not None:
            query["terminal"] = terminal
        if before is not None:
            at, name = before
            query["$or"] = [{"since": {"$lt": at}}, {"since": at, "_id": {"$lt": name}}]
        order = [("since", DESCENDING), ("_id", DESCENDING)]
        cursor = self._alerts.find(query).sort(order).limit(limit)
        return [from_document(document, Alert) async for document in cursor]

    async def count_pending(self) -> int:
        """Count the alerts that are open or that nobody has seen."""
        return await self._alerts.count_documents({"pending": True})

    # Telling

    async def told(self, alert: Alert) -> None:
        """Note that staff were told of this version."""
        await self._alerts.update_one(
            {"_id": alert.id, "unpublished": alert.version}, {"$unset": {"unpublished": ""}}
        )

    async def untold(self, now: datetime, pause_seconds: float, limit: int) -> list[Alert]:
        """Give alerts of which staff were not told for a while, each to one worker."""
        before = now - timedelta(seconds=pause_seconds)
        query = {"unpublished": {"$gt": 0}, "looked_at": {"$lte": before}}
        found = await each_once(self._alerts, query, now, limit)
        return [from_document(document, Alert) for document in found]

    async def _change(self, query: Document, change: Document, now: datetime) -> Alert | None:
        # Pending is what is open or unseen, as it is after this very write.
        pending = {"$or": ["$open", {"$eq": ["$acknowledged_by", None]}]}
        stages: list[Document] = [
            {"$set": {**change, "version": {"$add": ["$version", 1]}, "looked_at": now}},
            {"$set": {"unpublished": "$version", "pending": pending}},
        ]
        document = await self._alerts.find_one_and_update(
            query, stages, return_document=ReturnDocument.AFTER
        )
        return None if document is None else from_document(document, Alert)
