"""What stands still on the staff map, each kind by one look however many terminals there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.custody import Custody
from server.domain.geo import Place
from server.domain.ids import OrderId, PersonId, TerminalId
from server.domain.terminals import Door
from server.store import cells, couriers, orders
from server.store.documents import Document
from server.store.terminals import COLLECTION

#: Orders and doors that are named for one terminal; their number is told as well.
MOST_NAMED = 12

#: Terminals that one look reads.
MOST_TERMINALS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order without a taker."""

    id: OrderId
    size: str
    pay_fen: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrders:
    """The orders without a taker at one terminal, the oldest named."""

    count: int
    oldest: tuple[OpenOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a terminal stands."""

    id: TerminalId
    name: str
    place: Place
    region: str


STANDING = {"name": 1, "place": 1, "region": 1}


class MongoMapGround:
    """Reads over all terminals."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._terminals = database[COLLECTION]
        self._cells = database[cells.COLLECTION]
        self._orders = database[orders.COLLECTION]
        self._people = database[couriers.COLLECTION]

    async def places(self) -> dict[TerminalId, Standing]:
        """Tell where all terminals stand."""
        cursor = self._terminals.find({}, STANDING).limit(MOST_TERMINALS)
        return {TerminalId(row["_id"]): _standing(row) async for row in cursor}

    async def find(self, part: str, limit: int) -> list[Standing]:
        """Find terminals by a part of their id or name, in the order of their ids."""
        like = {"$regex": re.escape(part), "$options": "i"}
        query: Document = {"$or": [{"_id": like}, {"name": like}]}
        cursor = self._terminals.find(query, STANDING).sort("_id").limit(limit)
        return [_standing(row) async for row in cursor]

    async def open_orders(self) -> dict[TerminalId, OpenOrders]:
        """List the orders without a taker by terminal."""
        named = {"id": "$_id", "size": "$size", "pay_fen": "$pay_fen", "since": "$custody_since"}
        stages: list[Document] = [
            {"$match": {"custody": Custody.OPEN.value}},
            {"$sort": {"custody_since": ASCENDING}},
            {
                "$group": {
                    "_id": "$placement.terminal",
                    "count": {"$sum": 1},
                    "oldest": {"$push": named},
                }
            },
            {"$set": {"oldest": {"$slice": ["$oldest", MOST_NAMED]}}},
        ]
        return {
            TerminalId(row["_id"]): OpenOrders(
                count=row["count"], oldest=tuple(OpenOrder(**one) for one in row["oldest"])
            )
            async for row in self._orders.aggregate(stages)
            if row["_id"] is not None
        }

    async def open_doors(self) -> dict[TerminalId, tuple[int, ...]]:
        """List the doors that stand open by terminal."""
        found: dict[TerminalId, tuple[int, ...]] = {}
        cursor = self._cells.find({"door": Door.OPEN.value}, {"terminal": 1, "cell": 1})
        async for row in cursor.sort([("terminal", ASCENDING), ("cell", ASCENDING)]):
            terminal = TerminalId(row["terminal"])
            found[terminal] = (*found.get(terminal, ()), row["cell"])[:MOST_NAMED]
        return found

    async def carrying(self) -> dict[PersonId, int]:
        """Count what each courier carries who carries anything."""
        cursor = self._people.find({"carrying.order": {"$exists": True}}, {"active_orders": 1})
        return {PersonId(row["_id"]): row.get("active_orders", 0) async for row in cursor}


def _standing(row: Document) -> Standing:
    return Standing(
        id=TerminalId(row["_id"]),
        name=row["name"],
        place=Place(**row["place"]),
        region=row["region"],
    )
