"""Cells in MongoDB: one document a seat, judged here (design.md, the claim protocol).

A free cell is claimed by one conditional update whose filter says free or expired. A hold
for which a door was once asked does not expire on its own: the parcel may be inside; the
order's saga ends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import BulkWriteError

from server.domain.errors import Conflict, NotFound
from server.domain.ids import CellId, CommandId, OrderId, TerminalId, cell_id
from server.domain.prices import Size
from server.domain.terminals import Cell, Door, PulseTest, PulseTestState
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "cells"

#: How many faults of a cell are kept; more than ever count at once.
MAX_FAULTS = 20

#: What brings a cell back into service.
BACK: Document = {"retired": False, "retired_at": None, "faults": []}

RUNNING = [PulseTestState.ASKED.value, PulseTestState.OPENED.value]

EMPTY: Document = {"order": None, "command": None, "held_at": None, "held_until": None}


class MongoCells:
    """The cells collection."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, fault_window_seconds: float
    ) -> None:
        self._cells = database[COLLECTION]
        self._window = timedelta(seconds=fault_window_seconds)

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._cells, [("terminal", ASCENDING), ("size", ASCENDING)])
        await ensure_index(
            self._cells, "order", partialFilterExpression={"order": {"$type": "string"}}
        )
        await ensure_index(self._cells, [("door", ASCENDING), ("door_at", ASCENDING)])
        await ensure_index(self._cells, "retired", partialFilterExpression={"retired": True})
        await ensure_index(
            self._cells, "tampered_at", partialFilterExpression={"tampered_at": {"$type": "date"}}
        )
        await ensure_index(
            self._cells, "test.until", partialFilterExpression={"test.until": {"$type": "date"}}
        )

    async def insert(self, cells: Iterable[Cell], session: Session | None = None) -> None:
        """Write the cells of a new terminal.

        Raises:
            Conflict: one of them is there already.
        """
        documents = []
        for cell in cells:
            document = to_document(cell)
            document.update({"faults": [], "spool": None, "number": 0, "alarmed": False})
            documents.append(document)
        try:
            await self._cells.insert_many(documents, session=session)
        except BulkWriteError:
            raise Conflict(field="cells", rule="id_unused") from None

    async def get(self, cell: CellId, now: datetime) -> Cell:
        """Read one cell.

        Raises:
            NotFound: there is none.
        """
        document = await self._cells.find_one({"_id": cell})
        if document is None:
            raise NotFound(field="cell", rule="exists")
        return self._cell(document, now)

    async def of_terminal(self, terminal: TerminalId, now: datetime) -> list[Cell]:
        """List a terminal's cells by number."""
        cursor = self._cells.find({"terminal": terminal}).sort("cell")
        return [self._cell(document, now) async for document in cursor]

    async def candidates(self, terminal: TerminalId, size: Size, now: datetime) -> list[CellId]:
        """List the cells that a claim may try now."""
        query = {"terminal": terminal, "size": size.value, **_claimable(now)}
        return [CellId(row["_id"]) async for row in self._cells.find(query, {"_id": 1})]

    async def free_by_size(
        self, terminals: Iterable[TerminalId], now: datetime
    ) -> dict[TerminalId, dict[str, int]]:
        """Count claimable cells by terminal and size; sizes without one count 0."""
        wanted = list(terminals)
        counts = {terminal: {size.value: 0 for size in Size} for terminal in wanted}
        stages: list[Document] = [
            {"$match": {"terminal": {"$in": wanted}, **_claimable(now)}},
            {"$group": {"_id": {"terminal": "$terminal", "size": "$size"}, "n": {"$sum": 1}}},
        ]
        async for row in self._cells.aggregate(stages):
            counts[row["_id"]["terminal"]][row["_id"]["size"]] = row["n"]
        return counts

    async def claim(self, cell: CellId, order: OrderId, now: datetime, until: datetime) -> bool:
        """Claim one cell for an order; False when somebody else has it. One conditional write."""
        held = {"order": order, "command": None, "held_at": now, "held_until": until}
        result = await self._cells.update_one({"_id": cell, **_claimable(now)}, {"$set": held})
        return result.modified_count == 1

    async def arm(self, cell: CellId, order: OrderId, command: CommandId) -> bool:
        """Name the command that opens an order's cell; False when it is not this order's."""
        result = await self._cells.update_one(
            {"_id": cell, "order": order}, {"$set": {"command": command}}
        )
        return result.matched_count == 1

    async def occupy(self, cell: CellId, order: OrderId) -> bool:
        """Turn an order's hold into keeps, its door at rest; False when it is not this order's."""
        result = await self._cells.update_one(
            {"_id": cell, "order": order}, {"$set": {"held_until": None, "command": None}}
        )
        return result.matched_count == 1

    async def free(self, cell: CellId, order: OrderId, command: CommandId | None) -> bool:
        """Free a cell that an order had under this last command; later holds are not touched."""
        result = await self._cells.update_one(
            {"_id": cell, "order": order, "command": command}, {"$set": EMPTY}
        )
        return result.modified_count == 1

    async def let_go(self, cell: Cell) -> bool:
        """Free a cell that is still exactly as it was read: same order, hold and command."""
        same = {"order": cell.order, "command": cell.command, "held_at": cell.held_at}
        result = await self._cells.update_one({"_id": cell.id, **same}, {"$set": EMPTY})
        return result.modified_count == 1

    async def claimed(self, now: datetime, after: CellId | None, limit: int) -> list[Cell]:
        """List cells that some order has, by id, a page after another."""
        query: Document = {"order": {"$type": "string"}}
        if after is not None:
            query["_id"] = {"$gt": after}
        cursor = self._cells.find(query).sort("_id").limit(limit)
        return [self._cell(document, now) async for document in cursor]

    async def left_open(self, before: datetime, limit: int = 100) -> list[Cell]:
        """List doors that have been open since before an instant; each is given once."""
        given: list[Cell] = []
        query = {"door": Door.OPEN.value, "door_at": {"$lte": before}, "alarmed": False}
        while len(given) < limit:
            document = await self._cells.find_one_and_update(query, {"$set": {"alarmed": True}})
            if not document:
                break
            given.append(self._cell(document, before))
        return given

    async def sense(
        self,
        cell: CellId,
        door: Door,
        now: datetime,
        *,
        spool: str,
        number: int,
        stale: bool = False,
        tampered_at: datetime | None = None,
    ) -> bool:
        """Write what a numbered event says of a door; an older number changes nothing.

        `tampered_at` stays until the door is closed.
        """
        newer = {"$or": [{"spool": {"$ne": spool}}, {"number": {"$lt": number}}]}
        change: Document = {"spool": spool, "number": number, "stale": stale}
        if stale:
            change["stale_at"] = now
        if door is not Door.UNKNOWN:
            change.update(_moved(door, now))
        if tampered_at is not None and door is Door.OPEN:
            change["tampered_at"] = tampered_at
        result = await self._cells.update_one({"_id": cell, **newer}, {"$set": change})
        return result.modified_count == 1

    async def read_doors(
        self, terminal: TerminalId, doors: Iterable[tuple[int, Door, bool]], now: datetime
    ) -> None:
        """Write a snapshot of doors (cell, door, stale); unknown cells are left out."""
        for number, door, stale in doors:
            cell = cell_id(terminal, number)
            new = {"stale": stale, **({"stale_at": now} if stale else {})}
            await self._cells.update_one({"_id": cell, "stale": {"$ne": stale}}, {"$set": new})
            if door is not Door.UNKNOWN:
                await self._cells.update_one(
                    {"_id": cell, "door": {"$ne": door.value}}, {"$set": _moved(door, now)}
                )

    async def add_fault(self, cell: CellId, event: str, at: datetime, limit: int) -> bool:
        """Count a fault once per event; takes the cell out of service at the limit.

        Returns whether it did now.
        """
        await self._cells.update_one(
            {"_id": cell, "faults.event": {"$ne": event}},
            {"$push": {"faults": {"$each": [{"event": event, "at": at}], "$slice": -MAX_FAULTS}}},
        )
        recent = {"faults": {"$elemMatch": {"at": {"$gt": at - self._window}}}}
        document = await self._cells.find_one({"_id": cell, "retired": False, **recent})
        if document is None or self._cell(document, at).faults < limit:
            return False
        return await self.retire(cell, at)

    async def retire(self, cell: CellId, at: datetime) -> bool:
        """Take a cell out of service until a test or staff bring it back; False when it was."""
        result = await self._cells.update_one(
            {"_id": cell, "retired": False}, {"$set": {"retired": True, "retired_at": at}}
        )
        return result.modified_count == 1

    async def restore(self, cell: CellId) -> bool:
        """Take a cell back into service with no faults; False when it was not out of it."""
        result = await self._cells.update_one({"_id": cell, "retired": True}, {"$set": BACK})
        return result.modified_count == 1

    # Tests of cells out of service

    async def begin_test(self, cell: CellId, test: PulseTest) -> bool:
        """Begin a test of an empty cell out of service; False when it is none, or is tested."""
        idle = {"test.state": {"$nin": RUNNING}}
        result = await self._cells.update_one(
            {"_id": cell, "retired": True, "order": None, **idle},
            {"$set": {"test": to_document(test)}},
        )
        return result.modified_count == 1

    async def test_opened(self, cell: CellId, command: CommandId) -> bool:
        """Note that a tested door was sensed open; False when it was noted or is too late."""
        asked = {"test.command": command, "test.state": PulseTestState.ASKED.value}
        result = await self._cells.update_one(
            {"_id": cell, **asked}, {"$set": {"test.state": PulseTestState.OPENED.value}}
        )
        return result.modified_count == 1

    async def test_passed(self, cell: CellId, command: CommandId) -> bool:
        """Take a cell back whose tested door was sensed open and then closed, as one write."""
        opened = {
            "test.command": command,
            "test.state": PulseTestState.OPENED.value,
            "retired": True,
        }
        result = await self._cells.update_one(
            {"_id": cell, **opened}, {"$set": {**BACK, "test.state": PulseTestState.PASSED.value}}
        )
        return result.modified_count == 1

    async def test_failed(self, cell: CellId, command: CommandId, reason: str) -> bool:
        """End a running test without the cell; False when it had ended."""
        running = {"test.command": command, "test.state": {"$in": RUNNING}}
        failed = {"test.state": PulseTestState.FAILED.value, "test.reason": reason}
        result = await self._cells.update_one({"_id": cell, **running}, {"$set": failed})
        return result.modified_count == 1

    async def tests_over(self, now: datetime, limit: int = 100) -> list[Cell]:
        """List cells whose tests still run although their time is over."""
        query = {"test.until": {"$lte": now}, "test.state": {"$in": RUNNING}}
        cursor = self._cells.find(query).limit(limit)
        return [self._cell(document, now) async for document in cursor]

    def _cell(self, document: Document, now: datetime) -> Cell:
        recent = [fault for fault in document["faults"] if fault["at"] > now - self._window]
        return from_document({**document, "faults": len(recent)}, Cell)


def _moved(door: Door, now: datetime) -> Document:
    change: Document = {"door": door.value, "door_at": now, "alarmed": False}
    if door is Door.CLOSED:
        change["tampered_at"] = None
    return change


def _claimable(now: datetime) -> Document:
    """Say free or expired: in service, door known to be closed, nobody's or never opened."""
    expired = {"held_until": {"$lte": now}, "command": None}
    return {
        "retired": False,
        "door": Door.CLOSED.value,
        "stale": False,
        "$or": [{"order": None}, expired],
    }
