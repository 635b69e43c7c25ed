"""Payouts to couriers in MongoDB: one document a try; `_id` is the number at the provider."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.ids import OrderId, PayoutId, PersonId
from server.domain.payments import Transfer, TransferState
from server.store.documents import Document, from_document, to_document
from server.store.looking import each_once
from server.store.transactions import Session

COLLECTION = "payouts"


class MongoPayouts:
    """The payouts collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._payouts = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await self._payouts.create_index([("order", ASCENDING), ("attempt", ASCENDING)])
        await self._payouts.create_index([("courier", ASCENDING), ("created_at", DESCENDING)])
        await self._payouts.create_index([("state", ASCENDING), ("looked_at", ASCENDING)])
        await self._payouts.create_index([("state", ASCENDING), ("not_before", ASCENDING)])

    async def insert(self, transfer: Transfer, session: Session) -> None:
        """Write a try, in the transaction that owes it."""
        document = to_document(transfer)
        document["looked_at"] = transfer.created_at
        await self._payouts.insert_one(document, session=session)

    async def find(self, transfer: PayoutId, session: Session | None = None) -> Transfer | None:
        """Read one try, or None."""
        document = await self._payouts.find_one({"_id": transfer}, session=session)
        return from_document(document, Transfer) if document else None

    async def of_order(self, order: OrderId) -> list[Transfer]:
        """List an order's tries, first to last."""
        cursor = self._payouts.find({"order": order}).sort("attempt", ASCENDING)
        return [from_document(document, Transfer) async for document in cursor]

    async def of_courier(self, courier: PersonId, limit: int = 100) -> list[Transfer]:
        """List a courier's payouts, newest first."""
        cursor = self._payouts.find({"courier": courier}).sort("created_at", DESCENDING)
        return [from_document(document, Transfer) async for document in cursor.limit(limit)]

    async def move(
        self,
        transfer: PayoutId,
        expected: frozenset[TransferState],
        to: TransferState,
        session: Session,
        *,
        at: datetime,
        confirm_url: str | None = None,
    ) -> bool:
        """Move a try from one of the expected states; False when it was in another."""
        fields: Document = {"state": to.value, "looked_at": at}
        if confirm_url:
            fields["confirm_url"] = confirm_url
        if to in (TransferState.DONE, TransferState.FAILED):
            fields["ended_at"] = at
        states = [state.value for state in expected]
        result = await self._payouts.update_one(
            {"_id": transfer, "state": {"$in": states}}, {"$set": fields}, session=session
        )
        return result.modified_count == 1

    async def payable(self, now: datetime, limit: int) -> list[Transfer]:
        """List tries that may be asked of the provider, longest waiting first."""
        query = {"state": TransferState.PAYABLE.value, "not_before": {"$lte": now}}
        cursor = self._payouts.find(query).sort("not_before", ASCENDING)
        return [from_document(document, Transfer) async for document in cursor.limit(limit)]

    async def to_look_at(
        self, state: TransferState, before: datetime, now: datetime, limit: int
    ) -> list[Transfer]:
        """List tries in a state that nobody asked about since `before`; each to one caller."""
        query = {"state": state.value, "looked_at": {"$lte": before}}
        return [
            from_document(document, Transfer)
            for document in await each_once(self._payouts, query, now, limit)
        ]

    async def sums(self, courier: PersonId) -> dict[TransferState, int]:
        """Sum a courier's payouts by state, fen."""
        group = {"_id": "$state", "fen": {"$sum": "$amount_fen"}}
        rows = self._payouts.aggregate([{"$match": {"courier": courier}}, {"$group": group}])
        return {TransferState(row["_id"]): row["fen"] async for row in rows}
