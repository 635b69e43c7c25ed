"""Codes of pay pages in MongoDB, kept for a while after their time so that a page can say so."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument

from server.domain.ids import OrderId
from server.domain.pay_pages import PayCode, PayCodeId
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index

COLLECTION = "pay_codes"

#: A page left open says that its code is over, and not that there never was one.
KEEP_SECONDS = 24 * 3600


class MongoPayCodes:
    """The pay_codes collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._codes = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._codes,
            [("order", ASCENDING), ("deposited_at", ASCENDING), ("expires_at", DESCENDING)],
        )
        await ensure_index(self._codes, "expires_at", expireAfterSeconds=KEEP_SECONDS)

    async def insert(self, code: PayCode) -> None:
        """Write a new code."""
        document = to_document(code) | {"expires_at": milliseconds(code.expires_at)}
        await self._codes.insert_one(document)

    async def find(self, code: PayCodeId) -> PayCode | None:
        """Read one, good or over."""
        document = await self._codes.find_one({"_id": code})
        return from_document(document, PayCode) if document else None

    async def latest(self, order: OrderId, deposited_at: datetime) -> PayCode | None:
        """Read the code of a deposit that is good the longest."""
        document = await self._codes.find_one(
            {"order": order, "deposited_at": deposited_at}, sort=[("expires_at", DESCENDING)]
        )
        return from_document(document, PayCode) if document else None

    async def extend(self, code: PayCodeId, until: datetime, now: datetime) -> PayCode | None:
        """Let a code be good for longer; None when it is over."""
        document = await self._codes.find_one_and_update(
            {"_id": code, "expires_at": {"$gt": now}},
            {"$max": {"expires_at": milliseconds(until)}},
            return_document=ReturnDocument.AFTER,
        )
        return from_document(document, PayCode) if document else None
