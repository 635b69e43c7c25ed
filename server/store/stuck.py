"""What may hang: orders long in one state, doors that did not open, money without an outcome.

These are candidates by their times; `server/domain/stuck.py` judges each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.custody import Custody
from server.domain.ids import CommandId
from server.domain.orders import Order
from server.domain.payments import Refund, RefundState, Transfer, TransferState
from server.domain.terminals import FAILED, Command
from server.domain.transfers import UNDER_WAY
from server.store.commands import COLLECTION as COMMANDS
from server.store.documents import Document, from_document
from server.store.indexes import ensure_index
from server.store.ledger_questions import LEDGER, open_items
from server.store.orders import COLLECTION as ORDERS
from server.store.orders import PLAIN
from server.store.payments import REFUNDS
from server.store.payouts import COLLECTION as PAYOUTS

#: Orders at a door that were looked at for one that failed.
MOST_AT_DOORS = 500

#: States in which somebody has asked a door of the order's to open.
AT_DOOR = (Custody.DEPOSITING, Custody.COLLECTING, Custody.RETURNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Orders of some states and charges that are in their state since `until` or longer."""

    custody: Sequence[str]
    charge: Sequence[str]
    until: datetime
    by_grant: bool = False  #: since their grant was asked back, instead


@dataclass(frozen=True, slots=True, kw_only=True)
class InSuspense:
    """What one source has in suspense: a refund's or payout's number, or a difference's name."""

    source: str
    fen: int
    since: datetime


class MongoStuck:
    """Reads of several collections."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._orders = database[ORDERS]
        self._commands = database[COMMANDS]
        self._refunds = database[REFUNDS]
        self._payouts = database[PAYOUTS]
        self._ledger = database[LEDGER]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._orders, [("custody", ASCENDING), ("custody_since", ASCENDING)])

    async def orders(self, rows: Sequence[Since], limit: int) -> list[Order]:
        """List orders that are in their state for so long, longest first."""
        wanted = [
            {
                "custody": {"$in": list(row.custody)},
                "charge": {"$in": list(row.charge)},
                "grant.wanted_at" if row.by_grant else "custody_since": {"$lte": row.until},
            }
            for row in rows
        ]
        cursor = self._orders.find({"$or": wanted}, PLAIN).sort("custody_since", ASCENDING)
        return [from_document(document, Order) async for document in cursor.limit(limit)]

    async def at_failed_doors(self) -> list[tuple[Order, Command]]:
        """List orders whose last command to open was given up without a sensor's word."""
        query = {
            "custody": {"$in": [state.value for state in AT_DOOR]},
            "placement.command": {"$type": "string"},
            "placement.opened": False,
        }
        cursor = self._orders.find(query, PLAIN).limit(MOST_AT_DOORS)
        orders = [from_document(document, Order) async for document in cursor]
        asked = {order.placement.command for order in orders if order.placement}
        failed = await self._failed([one for one in asked if one is not None])
        return [
            (order, failed[order.placement.command])
            for order in orders
            if order.placement and order.placement.command in failed
        ]

    async def refunds(self, asked_until: datetime, limit: int) -> list[Refund]:
        """List refunds that are stuck, or that no wallet has settled for long; oldest first."""
        stuck = {"state": RefundState.STUCK.value}
        late = {"state": RefundState.ASKED.value, "asked_at": {"$lte": asked_until}}
        cursor = self._refunds.find({"$or": [stuck, late]}).sort("asked_at", ASCENDING)
        return [from_document(document, Refund) async for document in cursor.limit(limit)]

    async def payouts(self, asked_until: datetime, limit: int) -> list[Transfer]:
        """List payouts that are held, long under way, or owed back; oldest first."""
        under_way = [state.value for state in UNDER_WAY]
        held = {"state": TransferState.HELD.value}
        late = {"state": {"$in": under_way}, "asked_at": {"$lte": asked_until}}
        owed = {"state": TransferState.PAID_LATE.value, "owed_fen": {"$gt": 0}}
        cursor = self._payouts.find({"$or": [held, late, owed]}).sort("created_at", ASCENDING)
        return [from_document(document, Transfer) async for document in cursor.limit(limit)]

    async def suspense(self, limit: int) -> list[InSuspense]:
        """List what is in suspense, by what put it there."""
        stages = [*open_items(), {"$match": {"_id.account": "suspense"}}, {"$limit": limit}]
        return [
            InSuspense(source=":".join(row["_id"]["of"]), fen=row["fen"], since=row["since"])
            async for row in self._ledger.aggregate(stages)
        ]

    async def _failed(self, commands: Sequence[CommandId]) -> dict[CommandId, Command]:
        query = {
            "_id": {"$in": list(commands)},
            "state": {"$in": [state.value for state in FAILED]},
        }
        cursor = self._commands.find(query, {"steps": 0, "rank": 0})
        found = [from_document(document, Command) async for document in cursor]
        return {command.id: command for command in found}
