"""Receipts of races for orders: who tried in which order, kept after Redis forgot it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.ids import OrderId, PersonId
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index

COLLECTION = "races"

#: Disputes about a race come within days.
KEEP_SECONDS = 90 * 24 * 3600

#: Attempts kept of one race; Redis gives fewer, but may begin anew and give others.
MOST_KEPT = 1024


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
        await ensure_index(self._races, [("order", 1), ("version", 1)])
        await ensure_index(self._races, "kept_at", expireAfterSeconds=KEEP_SECONDS)

    async def keep(self, race: Race) -> None:
        """Add what Redis tells of a race to what is kept of it; idempotent.

        What was kept stays, though Redis has lost it since. A race of which nothing is known
        any more is kept as such, unless more is.
        """
        document = to_document(race)
        name = {"_id": document.pop("_id")}
        change: Document | list[Document] = {"$setOnInsert": document}
        if race.attempts:
            change = [{"$set": _merged(document)}]
        # Of two first keepers one may find the other's document already there: once more then.
        for is_last in (False, True):
            try:
                await self._races.update_one(name, change, upsert=True)
                return
            except DuplicateKeyError:
                if is_last:
                    raise

    async def of(self, order: OrderId) -> list[Race]:
        """List an order's races, the first offer's first."""
        cursor = self._races.find({"order": order}).sort("version", 1)
        return [_in_order(from_document(document, Race)) async for document in cursor]


def _merged(document: Document) -> Document:
    """Set every field, attempts joined with those that are kept already."""
    told = document["attempts"]
    names = ("courier", "request", "at")
    is_told = {
        "$in": [
            {name: f"$$one.{name}" for name in names},
            {"$literal": [{name: attempt[name] for name in names} for attempt in told]},
        ]
    }
    kept = {"$ifNull": ["$attempts", []]}
    others = {"$filter": {"input": kept, "as": "one", "cond": {"$not": is_told}}}
    # Literal: a request id is the courier's own word, and may look like an expression.
    fields: Document = {name: {"$literal": value} for name, value in document.items()}
    fields["attempts"] = {"$slice": [{"$concatArrays": [others, fields["attempts"]]}, MOST_KEPT]}
    fields["partial"] = {"$or": [{"$ifNull": ["$partial", False]}, document["partial"]]}
    fields["cut"] = {"$max": ["$cut", fields["cut"]]}
    return fields


def _in_order(race: Race) -> Race:
    # Arrivals are numbered anew after a loss of Redis, so the instants come first.
    attempts = sorted(race.attempts, key=lambda attempt: (attempt.at, attempt.arrival))
    return replace(race, attempts=tuple(attempts))
