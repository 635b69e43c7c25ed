"""What lies beside an order's value in its document and is shown with it: masked, never sealed.

The masked recipient is written once, when the waybill is sealed, so that showing a list of
orders opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import OrderId
from server.domain.orders import OrderEvent
from server.store.documents import Document, from_document
from server.store.orders import COLLECTION

#: Field of the sealed waybill that is not sealed, since it is masked.
MASKED = "recipient_masked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetails:
    """The masked recipient and the instant of the last event."""

    recipient_masked: str | None
    updated_at: datetime


class MongoOrderDetails:
    """Reads of the orders collection for views."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._orders = database[COLLECTION]

    async def of(self, orders: Sequence[OrderId]) -> dict[OrderId, OrderDetails]:
        """Read the details of several orders at once; unknown ids are left out."""
        fields = {f"waybill.{MASKED}": 1, "events": {"$slice": -1}}
        cursor = self._orders.find({"_id": {"$in": list(orders)}}, fields)
        return {
            OrderId(document["_id"]): OrderDetails(
                recipient_masked=document.get("waybill", {}).get(MASKED),
                updated_at=document["events"][-1]["at"],
            )
            async for document in cursor
        }

    async def timeline(self, order: OrderId) -> tuple[OrderEvent, ...]:
        """Read an order's whole history, oldest first; empty if there is no such order."""
        document = await self._orders.find_one({"_id": order}, {"events": 1})
        events = document["events"] if document else []
        return tuple(from_document(event, OrderEvent) for event in events)
