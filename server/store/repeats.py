"""First answers to requests with idempotency keys; they expire by themselves.

A person's own answer may hold what the person filled in, so all are sealed (rule 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.store.documents import Document
from server.store.indexes import ensure_index
from server.store.seal import Place, Seal

COLLECTION = "repeats"

#: How long an answer is given again.
KEPT = timedelta(hours=24)

#: After this a call without an answer counts as dead, and a repeat may do its work.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered: JSON."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """An earlier call with the same key; without an answer it is still at work."""

    body_hash: str
    answer: KeptAnswer | None


class MongoRepeats:
    """The collection of first answers."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], *, seal: Seal) -> None:
        self._repeats = database[COLLECTION]
        self._seal = seal

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._repeats, "at", expireAfterSeconds=int(KEPT.total_seconds()))

    async def begin(self, repeat: str, body_hash: str, now: datetime) -> Found | None:
        """Mark the key as at work and give None, or give what an earlier call left.

        One conditional upsert: absent or dead is taken over, anything else is a duplicate.
        """
        dead = {"_id": repeat, "body": body_hash, "status": None, "at": {"$lt": now - LEASE}}
        try:
            await self._repeats.update_one(
                dead, {"$set": {"at": now, "body": body_hash, "status": None}}, upsert=True
            )
        except DuplicateKeyError:
            return await self._found(repeat, body_hash)
        return None

    async def keep(self, repeat: str, answer: KeptAnswer) -> None:
        """Keep the answer."""
        sealed = self._seal.close(answer.body, _place(repeat))
        await self._repeats.update_one(
            {"_id": repeat}, {"$set": {"status": answer.status, "answer": sealed}}
        )

    async def forget(self, repeat: str) -> None:
        """Let the key be used anew; an answer that was kept stays."""
        await self._repeats.delete_one({"_id": repeat, "status": None})

    async def _found(self, repeat: str, body_hash: str) -> Found:
        document = await self._repeats.find_one({"_id": repeat})
        if document is None or document["status"] is None:
            # Forgotten this moment, or still at work: either way, come again.
            return Found(document["body"] if document else body_hash, None)
        body = self._seal.open(bytes(document["answer"]), _place(repeat))
        return Found(document["body"], KeptAnswer(document["status"], body))


def _place(repeat: str) -> Place:
    return Place(COLLECTION, "answer", repeat)
