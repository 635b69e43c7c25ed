"""Payments and refunds in MongoDB; `_id` is the number at the wallet."""

from __future__ import annotations

from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument

from server.domain.errors import NotFound
from server.domain.ids import OrderId, PaymentId, RefundId
from server.domain.money import Fen
from server.domain.paging import Position
from server.domain.payments import Payment, PaymentState, Refund, RefundState
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.looking import each_once
from server.store.newest import newest
from server.store.transactions import Session

PAYMENTS = "payments"
REFUNDS = "refunds"

#: States in which money may come: a QR that was closed here may have been paid just before.
UNPAID = [PaymentState.PENDING.value, PaymentState.CLOSED.value]


class MongoPayments:
    """The payments collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._payments = database[PAYMENTS]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._payments, "order")
        await ensure_index(self._payments, [("state", ASCENDING), ("looked_at", ASCENDING)])
        await ensure_index(self._payments, [("state", ASCENDING), ("expires_at", ASCENDING)])

    async def insert(self, payment: Payment, session: Session) -> None:
        """Write a new payment, in the transaction that makes it its order's."""
        document = to_document(payment)
        document["looked_at"] = payment.created_at
        await self._payments.insert_one(document, session=session)

    async def find(self, payment: PaymentId, session: Session | None = None) -> Payment | None:
        """Read one payment, or None."""
        document = await self._payments.find_one({"_id": payment}, session=session)
        return from_document(document, Payment) if document else None

    async def get(self, payment: PaymentId) -> Payment:
        """Read one payment.

        Raises:
            NotFound: there is none.
        """
        found = await self.find(payment)
        if found is None:
            raise NotFound(field="payment_id", rule="exists")
        return found

    async def of_order(self, order: OrderId) -> list[Payment]:
        """List an order's payments, oldest first."""
        cursor = self._payments.find({"order": order}).sort("created_at", ASCENDING)
        return [from_document(document, Payment) async for document in cursor]

    async def set_link(
        self, payment: PaymentId, *, pay_url: str | None, prepay_id: str | None
    ) -> None:
        """Keep how to pay, once the wallet has said so."""
        link = {"pay_url": pay_url, "prepay_id": prepay_id}
        await self._payments.update_one({"_id": payment}, {"$set": link})

    async def close(self, payment: PaymentId) -> bool:
        """Close a pending payment; False when it was not pending any more."""
        result = await self._payments.update_one(
            {"_id": payment, "state": PaymentState.PENDING.value},
            {"$set": {"state": PaymentState.CLOSED.value}},
        )
        return result.modified_count == 1

    async def mark_paid(
        self, payment: PaymentId, transaction: str, paid_at: datetime, session: Session
    ) -> bool:
        """Take the money in; False when that was done before."""
        paid = {
            "state": PaymentState.PAID.value,
            "transaction": transaction,
            "paid_at": paid_at,
        }
        result = await self._payments.update_one(
            {"_id": payment, "state": {"$in": UNPAID}}, {"$set": paid}, session=session
        )
        return result.modified_count == 1

    async def owe_back(self, payment: PaymentId, fen: Fen, session: Session) -> int | None:
        """Count a refund against what was paid; gives its number, or None when it is too much.

        One conditional write, so that refunds at once cannot exceed the payment together.
        """
        enough = {"$lte": [{"$add": [{"$ifNull": ["$refunded_fen", 0]}, fen]}, "$amount_fen"]}
        after = await self._payments.find_one_and_update(
            {"_id": payment, "state": PaymentState.PAID.value, "$expr": enough},
            {"$inc": {"refunded_fen": fen, "refunds": 1}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return int(after["refunds"]) if after else None

    async def take_look(
        self, payment: PaymentId, before: datetime, now: datetime
    ) -> Payment | None:
        """Take it on to ask about one pending payment; None if somebody did since `before`."""
        document = await self._payments.find_one_and_update(
            {
                "_id": payment,
                "state": PaymentState.PENDING.value,
                "looked_at": {"$lte": before},
            },
            {"$set": {"looked_at": now}},
        )
        return from_document(document, Payment) if document else None

    async def to_look_at(self, before: datetime, now: datetime, limit: int) -> list[Payment]:
        """List pending payments that nobody asked the provider about since `before`.

        Each is given to one caller: `looked_at` moves to `now` with the answer.
        """
        query = {"state": PaymentState.PENDING.value, "looked_at": {"$lte": before}}
        return await self._each_once(query, now, limit)

    async def closed_to_look_at(
        self,
        before: datetime,
        ended_after: datetime,
        watched: timedelta,
        now: datetime,
        limit: int,
    ) -> list[Payment]:
        """List closed payments, of a time that ended after an instant, in the same way.

        A wallet may still take money for one that nobody had scanned when it was closed. Each is
        looked at until it was once so long after its time's end, however late that is.
        """
        ends = {"$add": ["$expires_at", round(watched.total_seconds() * 1000)]}
        query = {
            "state": PaymentState.CLOSED.value,
            "looked_at": {"$lte": before},
            "expires_at": {"$gte": ended_after},
            "$expr": {"$lt": ["$looked_at", ends]},
        }
        return await self._each_once(query, now, limit)

    async def _each_once(self, query: Document, now: datetime, limit: int) -> list[Payment]:
        return [
            from_document(document, Payment)
            for document in await each_once(self._payments, query, now, limit)
        ]


class MongoRefunds:
    """The refunds collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._refunds = database[REFUNDS]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._refunds, "order")
        paged = [("asked_at", DESCENDING), ("_id", DESCENDING)]
        await ensure_index(self._refunds, [("state", ASCENDING), *paged])
        await ensure_index(self._refunds, paged)
        await ensure_index(self._refunds, [("state", ASCENDING), ("looked_at", ASCENDING)])

    async def insert(self, refund: Refund, session: Session) -> None:
        """Write a refund, in the transaction that decides on it."""
        document = to_document(refund)
        document["looked_at"] = refund.asked_at
        await self._refunds.insert_one(document, session=session)

    async def find(self, refund: RefundId, session: Session | None = None) -> Refund | None:
        """Read one refund, or None."""
        document = await self._refunds.find_one({"_id": refund}, session=session)
        return from_document(document, Refund) if document else None

    async def of_order(self, order: OrderId) -> list[Refund]:
        """List an order's refunds, oldest first."""
        cursor = self._refunds.find({"order": order}).sort("asked_at", ASCENDING)
        return [from_document(document, Refund) async for document in cursor]

    async def move(
        self,
        refund: RefundId,
        expected: frozenset[RefundState],
        to: RefundState,
        session: Session,
        *,
        at: datetime,
        trouble: str | None = None,
    ) -> bool:
        """Move a refund from one of the expected states; False when it was in another."""
        fields: Document = {
            "state": to.value,
            "trouble": trouble,
            "refused": False,
            "looked_at": at,
        }
        if to in (RefundState.DONE, RefundState.BY_HAND):
            fields["ended_at"] = at
        states = [state.value for state in expected]
        result = await self._refunds.update_one(
            {"_id": refund, "state": {"$in": states}}, {"$set": fields}, session=session
        )
        return result.modified_count == 1

    async def note_trouble(self, refund: RefundId, trouble: str, *, refused: bool) -> None:
        """Keep what the wallet said of a refund that has no outcome yet."""
        await self._refunds.update_one(
            {"_id": refund, "state": RefundState.ASKED.value},
            {"$set": {"trouble": trouble, "refused": refused}},
        )

    async def page(
        self, state: RefundState | None, before: Position | None, limit: int
    ) -> list[Refund]:
        """List refunds, of one state or of all, newest first."""
        query: Document = {} if state is None else {"state": state.value}
        found = await newest(self._refunds, query, "asked_at", before, limit)
        return [from_document(document, Refund) for document in found]

    async def to_look_at(self, before: datetime, now: datetime, limit: int) -> list[Refund]:
        """List refunds without an outcome that nobody asked about since `before`; each once."""
        query = {"state": RefundState.ASKED.value, "looked_at": {"$lte": before}}
        return [
            from_document(document, Refund)
            for document in await each_once(self._refunds, query, now, limit)
        ]
