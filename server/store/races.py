"""Receipts of races for orders: who tried in which order, kept after Redis forgot it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.ids import OrderId, PersonId
from server.store.documents import Document, from_document, to_document

COLLECTION = "races"

#: Disputes about a race come within days.
KEEP_SECONDS = 90 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt; `arrival` numbers them from 1 in the order Redis took them."""

    arrival: int
    courier: PersonId
    request: str
    at: datetime
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """One race for an order under one offer version.

    `cut` counts attempts beyond the bound; `partial` says that Redis lost something meanwhile,
    so the list may have holes.
    """

    id: str
    order: OrderId
    version: int
    partial: bool
    cut: int
    attempts: tuple[Attempt, ...]
    kept_at: datetime


def race_id(order: OrderId, version: int) -> str:
    """Name a race."""
    return f"{order}:{version}"


class MongoRaces:
    """The races collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._races = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await self._races.create_index([("order", 1), ("version", 1)])
        await self._races.create_index("kept_at", expireAfterSeconds=KEEP_SECONDS)

    async def keep(self, race: Race) -> None:
        """Keep what is known of a race, unless more is known already (Redis lost it since)."""
        document = to_document(race)
        document["known"] = len(race.attempts) + race.cut
        try:
            await self._races.replace_one(
                {"_id": race.id, "known": {"$lte": document["known"]}}, document, upsert=True
            )
        except DuplicateKeyError:
            await self._races.update_one({"_id": race.id}, {"$set": {"partial": True}})

    async def of(self, order: OrderId) -> list[Race]:
        """List an order's races, the first offer's first."""
        cursor = self._races.find({"order": order}).sort("version", 1)
        return [from_document(document, Race) async for document in cursor]
