"""Orders in MongoDB: one document an order, its events and its publishing mark inside.

A state change is one conditional write (rule 1) that carries its event (rule 2). The relay
finds what is not yet published by the mark `unpublished`, which holds the version of the
last change; it is cleared only while that version still stands.

Personal data lies sealed in `waybill` and `finished_sealed` and is read by name only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.changes import Change
from server.domain.custody import Custody
from server.domain.errors import NotFound, StaleVersion, WaybillBound
from server.domain.ids import OrderId, PersonId
from server.domain.orders import Order, OrderEvent
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index

COLLECTION = "orders"

#: How often an optimistic change is decided anew before the caller hears `stale`.
MAX_DECISIONS = 8

#: Events kept in an order's document, newest first to stay: an honest order has about thirty;
#: one that is claimed and handed back all day must not outgrow MongoDB's 16 MB.
MAX_EVENTS = 1000

#: What a plain read leaves out: sealed personal data and the history.
PLAIN = {"waybill": 0, "finished_sealed": 0, "events": 0, "unpublished": 0}

Decide = Callable[[Order], Change]


class MongoOrders:
    """The orders collection."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, max_events: int = MAX_EVENTS
    ) -> None:
        self._orders = database[COLLECTION]
        self._max_events = max_events

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._orders, [("customer", ASCENDING), ("created_at", DESCENDING)])
        await ensure_index(self._orders, [("pickup.courier", ASCENDING), ("custody", ASCENDING)])
        await ensure_index(self._orders, [("custody", ASCENDING), ("created_at", DESCENDING)])
        await ensure_index(self._orders, "due_at", name="next_timer")
        await ensure_index(
            self._orders, "unpublished", partialFilterExpression={"unpublished": {"$gt": 0}}
        )
        await ensure_index(
            self._orders,
            [("pickup.carrier", ASCENDING), ("pickup.carrier_waybill", ASCENDING)],
            unique=True,
            partialFilterExpression={"pickup.carrier_waybill": {"$type": "string"}},
        )

    async def insert(
        self, order: Order, event: OrderEvent, sealed_waybill: dict[str, str | bytes]
    ) -> None:
        """Write a new order with its first event.

        Raises:
            StaleVersion: the order's number is in use.
        """
        document = to_document(order)
        document["waybill"] = sealed_waybill
        document["events"] = [to_document(event)]
        document["unpublished"] = order.version
        try:
            await self._orders.insert_one(document)
        except DuplicateKeyError:
            raise StaleVersion(order_id=order.id) from None

    async def get(self, order: OrderId, session: AsyncIOMotorClientSession | None = None) -> Order:
        """Read one order.

        Raises:
            NotFound: there is none.
        """
        document = await self._orders.find_one({"_id": order}, PLAIN, session=session)
        if document is None:
            raise NotFound(field="order_id", rule="exists")
        return from_document(document, Order)

    async def write(
        self,
        change: Change,
        session: AsyncIOMotorClientSession | None = None,
        sealed: dict[str, Any] | None = None,
    ) -> bool:
        """Write a decided change if the order still is what it was decided on.

        `sealed` sets further top-level fields that are no part of the value (sealed texts).
        Returns False when another change came first; nothing is written then.

        Raises:
            WaybillBound: the carrier's number is bound to another order.
        """
        before, after = change.before, change.after
        fields = to_document(after)
        fields.pop("_id")
        fields.update(sealed or {})
        try:
            result = await self._orders.update_one(
                {"_id": before.id, "version": before.version, "custody": before.custody.value},
                {
                    "$set": {**fields, "unpublished": after.version},
                    "$push": {
                        "events": {
                            "$each": [to_document(change.event)],
                            "$slice": -self._max_events,
                        }
                    },
                },
                session=session,
            )
        except DuplicateKeyError:  # the one unique index besides the id
            raise WaybillBound(field="carrier_waybill", rule="unused") from None
        return result.modified_count == 1

    async def change(
        self,
        order: OrderId,
        decide: Decide,
        session: AsyncIOMotorClientSession | None = None,
        sealed: dict[str, Any] | None = None,
    ) -> Change:
        """Read, decide purely, write conditionally; decide anew when another change came first.

        In a transaction (`session`) a lost write ends with `stale`: the snapshot cannot move.

        Raises:
            NotFound, StaleVersion, and whatever `decide` raises; nothing is changed then.
        """
        for _ in range(1 if session else MAX_DECISIONS):
            change = decide(await self.get(order, session))
            if change.before is change.after:
                return change
            if await self.write(change, session, sealed):
                return change
        raise StaleVersion(order_id=order)

    async def sealed_waybill(self, order: OrderId) -> dict[str, str | bytes]:
        """Read the sealed waybill; callers record the read (rule 11).

        Raises:
            NotFound: there is no such order, or its customer is gone and the waybill with them.
        """
        document = await self._orders.find_one({"_id": order}, {"waybill": 1})
        if document is None or "waybill" not in document:
            raise NotFound(field="order_id", rule="exists")
        sealed: dict[str, str | bytes] = document["waybill"]
        return sealed

    async def sealed_finished(self, order: OrderId) -> dict[str, str]:
        """Read the sealed part of the finished waybill; callers record the read."""
        document = await self._orders.find_one({"_id": order}, {"finished_sealed": 1})
        if document is None or not document.get("finished_sealed"):
            raise NotFound(field="order_id", rule="finished")
        sealed: dict[str, str] = document["finished_sealed"]
        return sealed

    async def events(self, order: OrderId, after_version: int = 0) -> list[OrderEvent]:
        """List an order's events, oldest first, those after a version."""
        document = await self._orders.find_one({"_id": order}, {"events": 1})
        if document is None:
            raise NotFound(field="order_id", rule="exists")
        every = (from_document(event, OrderEvent) for event in document["events"])
        return [event for event in every if event.version > after_version]

    async def of_customer(
        self, customer: PersonId, *, before: datetime | None = None, limit: int = 20
    ) -> list[Order]:
        """List a customer's orders, newest first."""
        query: Document = {"customer": customer}
        if before:
            query["created_at"] = {"$lt": before}
        return await self._list(query, limit)

    async def of_courier(
        self, courier: PersonId, custody: frozenset[Custody], limit: int = 100
    ) -> list[Order]:
        """List the orders that a courier won and that are in one of the states."""
        states = [state.value for state in custody]
        return await self._list({"pickup.courier": courier, "custody": {"$in": states}}, limit)

    async def in_custody(self, custody: frozenset[Custody], limit: int = 200) -> list[Order]:
        """List orders in one of the states, newest first."""
        return await self._list({"custody": {"$in": [state.value for state in custody]}}, limit)

    async def longest_in(self, custody: Custody, limit: int) -> list[Order]:
        """List orders in a state, those first that have been in it longest."""
        cursor = self._orders.find({"custody": custody.value}, PLAIN)
        found = cursor.sort("custody_since", ASCENDING).limit(limit)
        return [from_document(document, Order) async for document in found]

    async def due(self, now: datetime, limit: int = 100) -> list[OrderId]:
        """List orders whose next timer is due, most overdue first."""
        cursor = self._orders.find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at")
        return [OrderId(document["_id"]) async for document in cursor.limit(limit)]

    async def unpublished(self, limit: int = 200) -> list[OrderId]:
        """List orders with events that no relay has published yet."""
        cursor = self._orders.find({"unpublished": {"$gt": 0}}, {"_id": 1})
        return [OrderId(document["_id"]) async for document in cursor.limit(limit)]

    async def unpublished_events(
        self, order: OrderId
    ) -> tuple[Order, list[OrderEvent], int] | None:
        """Read an order, its unpublished events and the mark to clear; None if all is published."""
        document = await self._orders.find_one(
            {"_id": order, "unpublished": {"$gt": 0}}, {"waybill": 0, "finished_sealed": 0}
        )
        if document is None:
            return None
        published = document.get("published", 0)
        events = [from_document(event, OrderEvent) for event in document["events"]]
        fresh = [event for event in events if event.version > published]
        value = from_document(document, Order)
        return value, fresh, document["unpublished"]

    async def mark_published(self, order: OrderId, version: int) -> None:
        """Remember that all up to `version` is published; keeps the mark if more has come."""
        await self._orders.update_one({"_id": order}, {"$max": {"published": version}})
        await self._orders.update_one(
            {"_id": order, "unpublished": {"$lte": version}}, {"$set": {"unpublished": 0}}
        )

    async def counts(self) -> AsyncIterator[tuple[str, str, int]]:
        """Count orders by custody and charge."""
        group = {"_id": {"custody": "$custody", "charge": "$charge"}, "count": {"$sum": 1}}
        async for row in self._orders.aggregate([{"$group": group}]):
            yield row["_id"]["custody"], row["_id"]["charge"], row["count"]

    async def _list(self, query: Document, limit: int) -> list[Order]:
        cursor = self._orders.find(query, PLAIN).sort("created_at", DESCENDING).limit(limit)
        return [from_document(document, Order) async for document in cursor]
