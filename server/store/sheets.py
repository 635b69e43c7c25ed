"""Reads of whole days for finance's files: cursors, so that no day is ever held in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.ledger import Posting
from server.domain.payments import Transfer
from server.domain.statements import Window
from server.store.differences import COLLECTION as DIFFERENCES
from server.store.differences import Kept
from server.store.documents import Document, from_document
from server.store.indexes import ensure_index
from server.store.ledger import COLLECTION as LEDGER
from server.store.ledger_check import posting_of
from server.store.payouts import COLLECTION as PAYOUTS

BATCH = 500


class MongoSheets:
    """What happened on a day, in its order."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._ledger = database[LEDGER]
        self._differences = database[DIFFERENCES]
        self._payouts = database[PAYOUTS]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._payouts, [("created_at", ASCENDING), ("_id", ASCENDING)])
        await ensure_index(self._payouts, [("ended_at", ASCENDING), ("_id", ASCENDING)])

    async def postings(self, day: Window) -> AsyncIterator[Posting]:
        """Read a day's postings."""
        at = {"$gte": day.begin, "$lt": day.end}
        found = self._ledger.find({"at": at}, batch_size=BATCH)
        async for document in found.sort([("at", ASCENDING), ("_id", ASCENDING)]):
            yield posting_of(document)

    async def payouts(self, day: Window) -> AsyncIterator[Transfer]:
        """Read the tries to pay that began on a day, then those that only ended on it."""
        within = {"$gte": day.begin, "$lt": day.end}
        began = self._payouts.find({"created_at": within}, batch_size=BATCH)
        async for document in began.sort([("created_at", ASCENDING), ("_id", ASCENDING)]):
            yield from_document(document, Transfer)
        query = {"ended_at": within, "created_at": {"$lt": day.begin}}
        ended = self._payouts.find(query, batch_size=BATCH)
        async for document in ended.sort([("ended_at", ASCENDING), ("_id", ASCENDING)]):
            yield from_document(document, Transfer)

    async def differences(self, day: str) -> AsyncIterator[Kept]:
        """Read the differences of a statement's day."""
        found = self._differences.find({"day": day}, batch_size=BATCH).sort("_id", ASCENDING)
        async for document in found:
            yield from_document(document, Kept)
