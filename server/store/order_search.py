"""Looking orders up: those on offer by terminal, and staff's list by state and number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.custody import Custody
from server.domain.ids import PersonId, TerminalId
from server.domain.money import Charge
from server.domain.orders import Order
from server.store.documents import Document, from_document
from server.store.indexes import ensure_index
from server.store.orders import COLLECTION, PLAIN

#: Above every character of an order number.
LAST = "\uffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders are looked for; what is None does not matter."""

    custody: Custody | None = None
    charge: Charge | None = None
    number: str | None = None  #: begins an order's number, or is a carrier's
    terminal: TerminalId | None = None
    person: PersonId | None = None  #: its customer, or its courier
    since: datetime | None = None  #: placed at or after
    until: datetime | None = None  #: placed before


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
        await ensure_index(
            self._orders,
            [("placement.terminal", ASCENDING), ("created_at", DESCENDING)],
            name="of_terminal",
            sparse=True,
        )
        await ensure_index(self._orders, "pickup.carrier_waybill", sparse=True)
        await ensure_index(self._orders, [("created_at", DESCENDING)])

    async def on_offer(self, terminals: Iterable[TerminalId], limit: int) -> list[Order]:
        """List orders on offer at some terminals, newest first."""
        query = {
            "custody": Custody.OPEN.value,
            "placement.terminal": {"$in": list(terminals)},
        }
        return await self._list(query, limit)

    async def find(self, wanted: Wanted, before: datetime | None, limit: int) -> list[Order]:
        """List orders, newest first."""
        every = list(_conditions(wanted))
        placed = {
            "$gte": wanted.since,
            "$lt": min((at for at in (before, wanted.until) if at is not None), default=None),
        }
        if placed := {name: at for name, at in placed.items() if at is not None}:
            every.append({"created_at": placed})
        return await self._list({"$and": every} if every else {}, limit)

    async def _list(self, query: Document, limit: int) -> list[Order]:
        cursor = self._orders.find(query, PLAIN).sort("created_at", DESCENDING).limit(limit)
        return [from_document(document, Order) async for document in cursor]


def _conditions(wanted: Wanted) -> Iterator[Document]:
    if wanted.custody is not None:
        yield {"custody": wanted.custody.value}
    if wanted.charge is not None:
        yield {"charge": wanted.charge.value}
    if wanted.number is not None:
        begins = {"_id": {"$gte": wanted.number, "$lt": wanted.number + LAST}}
        yield {"$or": [begins, {"pickup.carrier_waybill": wanted.number}]}
    if wanted.terminal is not None:
        yield {"placement.terminal": wanted.terminal}
    if wanted.person is not None:
        yield {"$or": [{"customer": wanted.person}, {"pickup.courier": wanted.person}]}
