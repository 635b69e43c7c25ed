"""Complaints in MongoDB: one thread an order (`_id`), its texts sealed together in one field."""

from __future__ import annotations

import json
from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.complaints import Complaint, State
from server.domain.ids import OrderId, PersonId
from server.domain.paging import Position
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.seal import Place, Seal
from server.store.transactions import RunAgain, Session

COLLECTION = "complaints"

#: The sealed field: a JSON list of the messages' texts.
TEXTS = "texts"


class MongoComplaints:
    """The complaints collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._complaints = database[COLLECTION]
        self._seal = seal

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        oldest = [("state_since", ASCENDING), ("_id", ASCENDING)]
        await ensure_index(self._complaints, [("state", ASCENDING), *oldest])
        await ensure_index(self._complaints, "customer")
        await ensure_index(
            self._complaints, "untold", partialFilterExpression={"untold": {"$gt": 0}}
        )

    async def find(
        self, order: OrderId, session: Session | None = None
    ) -> tuple[Complaint, list[str]] | None:
        """Read and open a thread, or None; callers record staff's reads (rule 11)."""
        document = await self._complaints.find_one({"_id": order}, session=session)
        if document is None:
            return None
        known = from_document(document, Complaint)
        return known, self._opened(document, known)

    async def insert(self, complaint: Complaint, texts: Sequence[str], session: Session) -> None:
        """Write a new thread.

        Raises:
            RunAgain: the order got one in the same moment.
        """
        document = {**to_document(complaint), TEXTS: self._closed(complaint.id, texts)}
        try:
            await self._complaints.insert_one(document, session=session)
        except DuplicateKeyError:
            raise RunAgain from None

    async def write(
        self,
        known: Complaint,
        after: Complaint,
        session: Session,
        texts: Sequence[str] | None = None,
    ) -> bool:
        """Write a change over the version that it was decided on; False when there is a later."""
        fields = to_document(after)
        fields.pop("_id")
        if texts is not None:
            fields[TEXTS] = self._closed(known.id, texts)
        result = await self._complaints.update_one(
            {"_id": known.id, "version": known.version}, {"$set": fields}, session=session
        )
        return result.modified_count == 1

    async def page(
        self,
        states: Sequence[State],
        assignee: PersonId | None,
        after: Position | None,
        limit: int,
    ) -> list[Complaint]:
        """List threads, longest in their state first."""
        query: Document = {"state": {"$in": [state.value for state in states]}}
        if assignee is not None:
            query["assignee"] = assignee
        if after is not None:
            query["$or"] = [
                {"state_since": {"$gt": after.at}},
                {"state_since": after.at, "_id": {"$gt": after.id}},
            ]
        cursor = self._complaints.find(query, {TEXTS: 0})
        found = cursor.sort([("state_since", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [from_document(document, Complaint) async for document in found]

    async def counts(self) -> dict[str, int]:
        """Count threads by state."""
        group = {"_id": "$state", "count": {"$sum": 1}}
        rows = self._complaints.aggregate([{"$group": group}])
        return {str(row["_id"]): int(row["count"]) async for row in rows}

    async def untold(self, limit: int) -> list[OrderId]:
        """List threads whose customer has something to be told."""
        cursor = self._complaints.find({"untold": {"$gt": 0}}, {"_id": 1}).limit(limit)
        return [OrderId(document["_id"]) async for document in cursor]

    async def told(self, order: OrderId, version: int) -> None:
        """Clear the mark, unless there is more to tell by now."""
        await self._complaints.update_one(
            {"_id": order, "untold": version}, {"$set": {"untold": None}}
        )

    def _closed(self, order: OrderId, texts: Sequence[str]) -> bytes:
        return self._seal.close_text(json.dumps(list(texts), ensure_ascii=False), _place(order))

    def _opened(self, document: Document, known: Complaint) -> list[str]:
        """Open the texts; of a person who is gone, nothing is left to open."""
        if not document.get(TEXTS):
            return [""] * len(known.messages)
        texts: list[str] = json.loads(
            self._seal.open_text(bytes(document[TEXTS]), _place(known.id))
        )
        return texts


def _place(order: OrderId) -> Place:
    return Place(COLLECTION, TEXTS, order)
