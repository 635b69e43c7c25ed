"""How much waits for staff in each queue, and since when: counts over the collections that keep it.

A count ends at a bound: beyond it a queue is long, and how long makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.bookings.states import BookingState, PapersState
from server.domain.certifications import ApplicationState
from server.domain.custody import Custody
from server.domain.invoices import InvoiceState
from server.domain.payments import RefundState, TransferState
from server.store import (
    alerts,
    certifications,
    differences,
    documents,
    invoices,
    orders,
    payments,
    payouts,
)
from server.store.bookings import bookings

#: Where a count ends.
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Where one queue is, and what says since when each thing waits."""

    collection: str
    since: str
    query: Mapping[str, Any] = field(default_factory=dict)


QUEUES: Mapping[str, Queue] = {
    "reviews": Queue(
        collection=orders.COLLECTION,
        query={"custody": Custody.IN_REVIEW.value},
        since="custody_since",
    ),
    "certifications": Queue(
        collection=certifications.COLLECTION,
        query={"state": ApplicationState.WAITING.value},
        since="applied_at",
    ),
    "papers": Queue(
        collection=bookings.COLLECTION,
        query={
            "papers": PapersState.PENDING.value,
            "state": {"$in": [BookingState.BOOKED.value, BookingState.CHECKED_IN.value]},
        },
        since="papers_since",
    ),
    "alerts": Queue(collection=alerts.COLLECTION, query={"pending": True}, since="since"),
    "refunds": Queue(
        collection=payments.REFUNDS,
        query={"state": RefundState.STUCK.value},
        since="asked_at",
    ),
    "payouts": Queue(
        collection=payouts.COLLECTION,
        query={"state": TransferState.HELD.value},
        since="created_at",
    ),
    "differences": Queue(
        collection=differences.COLLECTION, query={"state": "open"}, since="found_at"
    ),
    "invoices": Queue(
        collection=invoices.COLLECTION,
        query={"state": InvoiceState.REQUESTED.value},
        since="requested_at",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much waits in one queue."""

    waiting: int
    oldest: datetime | None


class MongoQueues:
    """Questions to the collections; nothing is changed."""

    def __init__(self, database: AsyncIOMotorDatabase[documents.Document]) -> None:
        self._database = database

    async def look(self, name: str) -> Waiting:
        """Count one queue up to `MOST_COUNTED`, and find since when its oldest waits."""
        queue = QUEUES[name]
        kept = self._database[queue.collection]
        waiting = await kept.count_documents(dict(queue.query), limit=MOST_COUNTED)
        if not waiting:
            return Waiting(waiting=0, oldest=None)
        oldest = await kept.find_one(
            dict(queue.query), {queue.since: 1}, sort=[(queue.since, ASCENDING)]
        )
        return Waiting(waiting=waiting, oldest=(oldest or {}).get(queue.since))
