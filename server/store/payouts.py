"""Payouts to couriers in MongoDB: one document a try; `_id` is the number at the wallet.

Beside them, what each courier's payouts of a day come to: the limit is judged there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.errors import NotFound
from server.domain.ids import OrderId, PayoutId, PersonId
from server.domain.money import Fen
from server.domain.paging import Position
from server.domain.payments import Transfer, TransferState, Waits
from server.domain.transfers import ENDS, RESTING
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.looking import each_once
from server.store.newest import newest
from server.store.transactions import RunAgain, Session

COLLECTION = "payouts"
DAYS = "payout_days"

#: A day's sum is kept for so long after the day's first payout.
KEEP_DAYS_SECONDS = 40 * 24 * 3600


class MongoPayouts:
    """The payouts collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._payouts = database[COLLECTION]
        self._days = database[DAYS]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._payouts, [("order", ASCENDING), ("attempt", ASCENDING)])
        await ensure_index(self._payouts, [("courier", ASCENDING), ("created_at", DESCENDING)])
        await ensure_index(self._payouts, [("state", ASCENDING), ("looked_at", ASCENDING)])
        await ensure_index(self._payouts, [("state", ASCENDING), ("not_before", ASCENDING)])
        paged = [("created_at", DESCENDING), ("_id", DESCENDING)]
        await ensure_index(self._payouts, [("state", ASCENDING), *paged])
        await ensure_index(self._payouts, paged)
        owed = {"owed_fen": {"$gt": 0}}
        await ensure_index(
            self._payouts,
            [("courier", ASCENDING), ("owed_fen", ASCENDING)],
            partialFilterExpression=owed,
        )
        await ensure_index(self._days, "at", expireAfterSeconds=KEEP_DAYS_SECONDS)

    async def insert(self, transfer: Transfer, session: Session) -> None:
        """Write a try, in the transaction that owes it."""
        document = to_document(transfer)
        document["looked_at"] = transfer.created_at
        await self._payouts.insert_one(document, session=session)

    async def find(self, transfer: PayoutId, session: Session | None = None) -> Transfer | None:
        """Read one try, or None."""
        document = await self._payouts.find_one({"_id": transfer}, session=session)
        return from_document(document, Transfer) if document else None

    async def get(self, transfer: PayoutId, session: Session | None = None) -> Transfer:
        """Read one try.

        Raises:
            NotFound: there is none.
        """
        found = await self.find(transfer, session)
        if found is None:
            raise NotFound(field="payout_id", rule="exists")
        return found

    async def of_order(self, order: OrderId, session: Session | None = None) -> list[Transfer]:
        """List an order's tries, first to last."""
        cursor = self._payouts.find({"order": order}, session=session).sort("attempt", ASCENDING)
        return [from_document(document, Transfer) async for document in cursor]

    async def of_courier(self, courier: PersonId, limit: int = 100) -> list[Transfer]:
        """List a courier's payouts, newest first."""
        cursor = self._payouts.find({"courier": courier}).sort("created_at", DESCENDING)
        return [from_document(document, Transfer) async for document in cursor.limit(limit)]

    async def owed_by(self, courier: PersonId, session: Session | None = None) -> list[Transfer]:
        """List what a courier was paid too much and owes still, oldest first."""
        query = {"courier": courier, "owed_fen": {"$gt": 0}}
        cursor = self._payouts.find(query, session=session).sort("created_at", ASCENDING)
        return [from_document(document, Transfer) async for document in cursor]

    async def held_for_debt(self, courier: PersonId, session: Session) -> list[Transfer]:
        """List a courier's payouts that are held until staff say what becomes of a debt."""
        query = {
            "courier": courier,
            "state": TransferState.HELD.value,
            "waits": Waits.OWES.value,
        }
        cursor = self._payouts.find(query, session=session).sort("created_at", ASCENDING)
        return [from_document(document, Transfer) async for document in cursor]

    async def owe_less(
        self, known: Transfer, fen: int, session: Session, *, written_off: bool = False
    ) -> bool:
        """Take some off what is owed of a payout; False when that has changed meanwhile."""
        counted: Document = {"owed_fen": -fen}
        if written_off:
            counted["written_off_fen"] = fen
        result = await self._payouts.update_one(
            {"_id": known.id, "owed_fen": known.owed_fen}, {"$inc": counted}, session=session
        )
        return result.modified_count == 1

    async def keep_back(self, known: Transfer, fen: int, session: Session, *, at: datetime) -> bool:
        """End a try that rests: so much of it pays what its courier owes; False when it moved.

        What is left of its amount is for another try.
        """
        end = {"amount_fen": fen, "waits": None}
        return await self.move(known.id, RESTING, TransferState.SET_OFF, session, at=at, **end)

    async def page(
        self, state: TransferState | None, before: Position | None, limit: int
    ) -> list[Transfer]:
        """List payouts, of one state or of all, newest first."""
        query: Document = {} if state is None else {"state": state.value}
        found = await newest(self._payouts, query, "created_at", before, limit)
        return [from_document(document, Transfer) for document in found]

    async def move(
        self,
        transfer: PayoutId,
        expected: Iterable[TransferState],
        to: TransferState,
        session: Session,
        *,
        at: datetime,
        **fields: Any,
    ) -> bool:
        """Move a try from one of the expected states; False when it was in another.

        `fields` are set with it.
        """
        changed: Document = {"state": to.value, "looked_at": at, **fields}
        if to in ENDS:
            changed["ended_at"] = at
        states = [state.value for state in expected]
        result = await self._payouts.update_one(
            {"_id": transfer, "state": {"$in": states}}, {"$set": changed}, session=session
        )
        return result.modified_count == 1

    async def note(
        self,
        transfer: PayoutId,
        expected: Iterable[TransferState],
        session: Session | None = None,
        **fields: Any,
    ) -> bool:
        """Set fields of a try that is in one of the expected states; False when it is not."""
        states = [state.value for state in expected]
        result = await self._payouts.update_one(
            {"_id": transfer, "state": {"$in": states}}, {"$set": fields}, session=session
        )
        return result.matched_count == 1

    async def open_day(self, courier: PersonId, day: str, at: datetime) -> None:
        """Make sure that a courier's day can be counted on; idempotent."""
        empty = {"fen": 0, "at": at}
        try:
            await self._days.update_one(
                {"_id": f"{courier}:{day}"}, {"$setOnInsert": empty}, upsert=True
            )
        except DuplicateKeyError:
            return  # two at once: it is there

    async def count(
        self, courier: PersonId, day: str, fen: Fen, limit: int, session: Session
    ) -> bool:
        """Count a payout against its courier's day; False when the day is full.

        One conditional write: two workers cannot exceed the limit together. The day has to be
        open (`open_day`), since a document that is missing cannot be made in a transaction.
        """
        result = await self._days.update_one(
            {"_id": f"{courier}:{day}", "fen": {"$lte": limit - fen}},
            {"$inc": {"fen": fen}},
            session=session,
        )
        if result.modified_count == 1:
            return True
        if await self._days.find_one({"_id": f"{courier}:{day}"}, session=session) is None:
            raise RunAgain  # opened after this snapshot was taken
        return False

    async def uncount(self, courier: PersonId, day: str, fen: Fen, session: Session) -> None:
        """Take a payout that came to nothing out of its day."""
        await self._days.update_one(
            {"_id": f"{courier}:{day}"}, {"$inc": {"fen": -fen}}, session=session
        )

    async def payable(self, now: datetime, limit: int) -> list[Transfer]:
        """List tries that may be asked of the wallet, longest waiting first."""
        query = {"state": TransferState.PAYABLE.value, "not_before": {"$lte": now}}
        cursor = self._payouts.find(query).sort("not_before", ASCENDING)
        return [from_document(document, Transfer) async for document in cursor.limit(limit)]

    async def wake(self, courier: PersonId, waits: Iterable[Waits], now: datetime) -> None:
        """Let a courier's tries that wait for something of theirs be asked for at once."""
        why = [one.value for one in waits]
        await self._payouts.update_many(
            {
                "courier": courier,
                "state": TransferState.PAYABLE.value,
                "waits": {"$in": why},
                "not_before": {"$gt": now},
            },
            {"$set": {"not_before": milliseconds(now)}},
        )

    async def to_look_at(
        self, states: Iterable[TransferState], before: datetime, now: datetime, limit: int
    ) -> list[Transfer]:
        """List tries in some states that nobody asked about since `before`; each to one caller."""
        named = sorted(state.value for state in states)
        query = {"state": {"$in": named}, "looked_at": {"$lte": before}}
        return [
            from_document(document, Transfer)
            for document in await each_once(self._payouts, query, now, limit)
        ]
