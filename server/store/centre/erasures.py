"""Accounts on their way out, in MongoDB: one document a person.

Coming back and being erased are decided by one conditional write each on the same document, so
that a log-in in the last moment either undoes the erasure or finds no account. What a worker does
while one runs is fenced by a lease; every step may be done again.
"""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.centre import Erasure, ErasureState
from server.domain.ids import PersonId
from server.store.documents import Document, from_document, milliseconds
from server.store.indexes import ensure_index

COLLECTION = "erasures"

_WAITING, _UNDONE, _RUNNING, _DONE = (state.value for state in ErasureState)


class MongoErasures:
    """The erasures collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._erasures = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._erasures, [("state", ASCENDING), ("due_at", ASCENDING)])

    async def get(self, person: PersonId) -> Erasure | None:
        """Read a person's; None if there was none."""
        document = await self._erasures.find_one({"_id": person})
        return None if document is None else from_document(document, Erasure)

    async def ask(self, person: PersonId, due_at: datetime, now: datetime) -> bool:
        """Begin to wait; False when it waits already, or runs."""
        fields = {
            "state": _WAITING,
            "asked_at": milliseconds(now),
            "due_at": milliseconds(due_at),
            "told": False,
            "steps": [],
        }
        try:
            await self._erasures.update_one(
                {"_id": person, "state": _UNDONE}, {"$set": fields}, upsert=True
            )
        except DuplicateKeyError:
            return False
        return True

    async def undo(self, person: PersonId) -> ErasureState | None:
        """Undo a waiting one; give the state that it is in now, None if there is none."""
        document: Document | None = await self._erasures.find_one_and_update(
            {"_id": person, "state": _WAITING},
            {"$set": {"state": _UNDONE}},
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            document = await self._erasures.find_one({"_id": person}, {"state": 1})
        return None if document is None else ErasureState(document["state"])

    async def put_off(self, person: PersonId, due_at: datetime) -> None:
        """Let a waiting one wait longer."""
        await self._erasures.update_one(
            {"_id": person, "state": _WAITING}, {"$set": {"due_at": milliseconds(due_at)}}
        )

    async def due(self, now: datetime, limit: int) -> list[Erasure]:
        """List those whose waiting is over, or whose worker fell silent."""
        found = self._erasures.find(
            {"state": {"$in": [_WAITING, _RUNNING]}, "due_at": {"$lte": now}}
        )
        cursor = found.sort("due_at", ASCENDING).limit(limit)
        return [from_document(document, Erasure) async for document in cursor]

    async def run(
        self, erasure: Erasure, number: str | None, lease_until: datetime
    ) -> Erasure | None:
        """Have one to oneself until the lease ends; None when somebody undid it or has it.

        `due_at` becomes the lease's end: a dead worker's is found again by `due`.
        """
        document = await self._erasures.find_one_and_update(
            {"_id": erasure.id, "state": erasure.state.value, "due_at": erasure.due_at},
            {
                "$set": {
                    "state": _RUNNING,
                    "due_at": milliseconds(lease_until),
                    "number": erasure.number or number,
                }
            },
            return_document=ReturnDocument.AFTER,
        )
        return None if document is None else from_document(document, Erasure)

    async def tell(self, person: PersonId) -> bool:
        """Have the one text to the person to oneself; False when it was tried before."""
        result = await self._erasures.update_one(
            {"_id": person, "state": _RUNNING, "told": False}, {"$set": {"told": True}}
        )
        return result.modified_count == 1

    async def step(self, person: PersonId, name: str) -> None:
        """Note that a step is done."""
        await self._erasures.update_one(
            {"_id": person, "state": _RUNNING}, {"$addToSet": {"steps": name}}
        )

    async def done(self, person: PersonId, now: datetime) -> bool:
        """End it, and forget the number's index."""
        result = await self._erasures.update_one(
            {"_id": person, "state": _RUNNING},
            {"$set": {"state": _DONE, "done_at": milliseconds(now)}, "$unset": {"number": ""}},
        )
        return result.modified_count == 1
