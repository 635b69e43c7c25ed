"""Pages of what is sorted by an instant and, within one, by id: newest first."""

from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import DESCENDING

from server.domain.paging import Position
from server.store.documents import Document


async def newest(
    collection: AsyncIOMotorCollection[Document],
    query: Document,
    field: str,
    before: Position | None,
    limit: int,
) -> list[Document]:
    """Read a page of documents by the instant in `field`, those after a position of the last."""
    if before is not None:
        earlier = {field: {"$lt": before.at}}
        same = {field: before.at, "_id": {"$lt": before.id}}
        query = {"$and": [query, {field: {"$lte": before.at}}, {"$or": [earlier, same]}]}
    cursor = collection.find(query).sort([(field, DESCENDING), ("_id", DESCENDING)])
    return [document async for document in cursor.limit(limit)]
