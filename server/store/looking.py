"""Handing out documents that are to be looked at again, each to one worker at a time."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ASCENDING

from server.store.documents import Document


async def each_once(
    collection: AsyncIOMotorCollection[Document], query: Document, now: datetime, limit: int
) -> list[Document]:
    """Give up to `limit` documents of the query, longest unseen first.

    The query must bound `looked_at` from above; giving a document out moves its `looked_at`
    to `now`, so two workers never get the same one, and one that died gives it back by time.
    """
    given: list[Document] = []
    while len(given) < limit:
        document = await collection.find_one_and_update(
            query, {"$set": {"looked_at": now}}, sort=[("looked_at", ASCENDING)]
        )
        if not document:
            break
        given.append(document)
    return given
