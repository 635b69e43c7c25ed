"""Offline grants in MongoDB: where they live in their orders, and which are asked back.

A grant is a part of its order's document; that it is asked back is written on its command, which
outlives it: an order released by staff has a new grant while the old one is still asked back
from the agent. One asking is one conditional write; asking twice is asking once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.grants import GrantState
from server.domain.ids import CommandId, PersonId, TerminalId
from server.domain.orders import Order
from server.domain.terminals import CommandState
from server.store import commands, orders
from server.store.documents import Document, from_document
from server.store.indexes import ensure_index
from server.store.looking import each_once

#: A person has few: a courier's cap, and own parcels on their way into a cell.
MOST_OF_ONE = 50

#: What is read of a command to ask for its grant.
ASKED = {"terminal": 1, "steps": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A grant to be asked back from its terminal."""

    id: CommandId
    terminal: TerminalId
    #: When it was issued, or a moment before.
    issued_at: datetime


class MongoGrants:
    """Look-ups over orders and commands."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._orders = database[orders.COLLECTION]
        self._commands = database[commands.COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._orders,
            [("grant.holder", ASCENDING), ("grant.state", ASCENDING)],
            name="grants_of_one",
            partialFilterExpression={"grant.state": GrantState.LIVE.value},
        )
        await ensure_index(
            self._commands,
            [("looked_at", ASCENDING)],
            name="asked_back",
            partialFilterExpression={"asked_back": True},
        )

    async def live_of(self, holder: PersonId) -> list[Order]:
        """List the orders whose live grant is a person's, oldest first."""
        query = {"grant.holder": holder, "grant.state": GrantState.LIVE.value}
        cursor = self._orders.find(query, orders.PLAIN).sort("created_at").limit(MOST_OF_ONE)
        return [from_document(document, Order) async for document in cursor]

    async def asked_back(self, grants: Iterable[CommandId]) -> set[CommandId]:
        """Tell which of these are asked back, or were."""
        query = {
            "_id": {"$in": list(grants)},
            "$or": [{"asked_back": True}, {"answered_back": {"$exists": True}}],
        }
        return {CommandId(row["_id"]) async for row in self._commands.find(query, {"_id": 1})}

    async def ask_back(self, grant: CommandId, now: datetime) -> Asked | None:
        """Note that a grant is to be asked back until its agent has answered.

        Gives what is to be asked, also when it was answered already; None if there is no such.
        """
        await self._commands.update_one(
            {"_id": grant, "granted": True, "answered_back": {"$exists": False}},
            {"$set": {"asked_back": True, "looked_at": now}},
        )
        found = await self._commands.find_one({"_id": grant, "granted": True}, ASKED)
        return None if found is None else _asked(found)

    async def answered(self, grant: CommandId, now: datetime) -> None:
        """Note that the agent has answered: it is asked no more."""
        await self._commands.update_one(
            {"_id": grant}, {"$set": {"answered_back": now}, "$unset": {"asked_back": ""}}
        )

    async def to_ask(self, now: datetime, pause_seconds: float, limit: int) -> list[Asked]:
        """Give grants to ask back that were not asked for a while, each to one worker."""
        before = now - timedelta(seconds=pause_seconds)
        query: Document = {"asked_back": True, "looked_at": {"$lte": before}}
        found = await each_once(self._commands, query, now, limit)
        return [_asked(document) for document in found]

    async def to_ask_at(self, terminal: TerminalId, limit: int) -> list[Asked]:
        """List grants to ask back from one terminal."""
        query = {"terminal": terminal, "asked_back": True}
        cursor = self._commands.find(query, ASKED).sort("looked_at").limit(limit)
        return [_asked(document) async for document in cursor]


def _asked(document: Document) -> Asked:
    steps = document["steps"]
    return Asked(
        id=CommandId(document["_id"]),
        terminal=TerminalId(document["terminal"]),
        # A deposit's is issued with the open that is asked online, and sleeps never.
        issued_at=steps.get(CommandState.GRANTED.value) or steps[CommandState.ASKED.value],
    )
