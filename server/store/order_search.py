"""Looking orders up: those on offer by terminal, and staff's list by state and number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.custody import Custody
from server.domain.ids import TerminalId
from server.domain.orders import Order
from server.store.documents import Document, from_document
from server.store.indexes import ensure_index
from server.store.orders import COLLECTION, PLAIN

#: Above every character of an order number.
LAST = "\uffff"


class MongoOrderSearch:
    """Reads of the orders collection for lists."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._orders = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._orders,
            [("placement.terminal", ASCENDING), ("created_at", DESCENDING)],
            name="on_offer",
            partialFilterExpression={"custody": Custody.OPEN.value},
        )
        await ensure_index(self._orders, [("created_at", DESCENDING)])

    async def on_offer(self, terminals: Iterable[TerminalId], limit: int) -> list[Order]:
        """List orders on offer at some terminals, newest first."""
        query = {
            "custody": Custody.OPEN.value,
            "placement.terminal": {"$in": list(terminals)},
        }
        return await self._list(query, limit)

    async def find(
        self, custody: Custody | None, number: str | None, before: datetime | None, limit: int
    ) -> list[Order]:
        """List orders, newest first; `number` begins an order's number or is a carrier's."""
        query: Document = {}
        if custody is not None:
            query["custody"] = custody.value
        if number is not None:
            begins = {"_id": {"$gte": number, "$lt": number + LAST}}
            query["$or"] = [begins, {"pickup.carrier_waybill": number}]
        if before is not None:
            query["created_at"] = {"$lt": before}
        return await self._list(query, limit)

    async def _list(self, query: Document, limit: int) -> list[Order]:
        cursor = self._orders.find(query, PLAIN).sort("created_at", DESCENDING).limit(limit)
        return [from_document(document, Order) async for document in cursor]
