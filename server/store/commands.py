"""Open commands in MongoDB: each climbs its states, by conditional writes only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.errors import NotFound
from server.domain.ids import CommandId, OrderId, TerminalId
from server.domain.terminals import ALIVE, RANK, Command, CommandState
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "commands"


class MongoCommands:
    """The commands collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._commands = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._commands, [("state", ASCENDING), ("sense_by", ASCENDING)])
        await ensure_index(self._commands, [("terminal", ASCENDING), ("asked_at", ASCENDING)])
        await ensure_index(self._commands, [("order", ASCENDING), ("asked_at", ASCENDING)])

    async def insert(self, command: Command, session: Session | None = None) -> None:
        """Write a new command."""
        document = to_document(command)
        document["rank"] = RANK[command.state]
        document["steps"] = {command.state.value: command.asked_at}
        await self._commands.insert_one(document, session=session)

    async def wake(self, command: Command) -> bool:
        """Ask for what a grant stands for, under its id; False when it is awake already.

        Of `command` the instants count, and who asks.
        """
        asked = CommandState.ASKED
        result = await self._commands.update_one(
            {"_id": command.id, "state": CommandState.GRANTED.value},
            {
                "$set": {
                    "state": asked.value,
                    "rank": RANK[asked],
                    "actor": command.actor,
                    "asked_at": command.asked_at,
                    "deadline": command.deadline,
                    "sense_by": command.sense_by,
                    f"steps.{asked.value}": command.asked_at,
                }
            },
        )
        return result.modified_count == 1

    async def release(self, command: CommandId) -> None:
        """Note that staff took the grant of a command for ended: opening now is worth a look."""
        await self._commands.update_one({"_id": command}, {"$set": {"released": True}})

    async def get(self, command: CommandId) -> Command:
        """Read one command.

        Raises:
            NotFound: there is none.
        """
        found = await self.find(command)
        if found is None:
            raise NotFound(field="command_id", rule="exists")
        return found

    async def find(self, command: CommandId | None) -> Command | None:
        """Read one command, or None."""
        if command is None:
            return None
        document = await self._commands.find_one({"_id": command}, {"steps": 0, "rank": 0})
        return None if document is None else from_document(document, Command)

    async def named(
        self, terminal: TerminalId, commands: Iterable[CommandId]
    ) -> dict[CommandId, Command]:
        """Read several commands of one terminal at once; others are left out."""
        wanted = list(commands)
        if not wanted:
            return {}
        query = {"_id": {"$in": wanted}, "terminal": terminal}
        cursor = self._commands.find(query, {"steps": 0, "rank": 0})
        return {CommandId(one["_id"]): from_document(one, Command) async for one in cursor}

    async def of_terminal(self, terminal: TerminalId) -> list[Command]:
        """List every command of a terminal, oldest first."""
        cursor = self._commands.find({"terminal": terminal}, {"steps": 0, "rank": 0})
        return [from_document(one, Command) async for one in cursor.sort("asked_at")]

    async def of_order(self, order: OrderId, limit: int) -> list[Command]:
        """List an order's commands, the newest first."""
        cursor = self._commands.find({"order": order}, {"steps": 0, "rank": 0})
        found = cursor.sort("asked_at", DESCENDING).limit(limit)
        return [from_document(one, Command) async for one in found]

    async def climb(
        self, command: CommandId, state: CommandState, at: datetime, failure: str | None = None
    ) -> bool:
        """Move a command up to a state; False when it is there or higher already."""
        result = await self._commands.update_one(
            {"_id": command, "rank": {"$lt": RANK[state]}},
            {
                "$set": {
                    "state": state.value,
                    "rank": RANK[state],
                    "failure": failure,
                    f"steps.{state.value}": at,
                }
            },
        )
        return result.modified_count == 1

    async def overdue(self, now: datetime, limit: int = 200) -> list[Command]:
        """List commands that may still open a door but were not heard of in time."""
        alive = [state.value for state in ALIVE]
        cursor = self._commands.find(
            {"state": {"$in": alive}, "sense_by": {"$lte": now}}, {"steps": 0, "rank": 0}
        ).limit(limit)
        return [from_document(document, Command) async for document in cursor]
