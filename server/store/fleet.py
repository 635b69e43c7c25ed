"""How machines do, on their terminals' documents, and what is counted over all of them.

    health, health_at    the agent's last word on its machine, and the instant it came
    troubles             what is wrong with the machine by that word, each since when
    seen_at              when a living process was last seen to hold the terminal's socket

Health is latest-only and fenced: one conditional write by the connection's epoch.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from motor.motor_asyncio import AsyncIOMotorDatabase

from realtime.wire.health import Health
from server.domain.ids import TerminalId
from server.store.documents import Document
from server.store.terminals import COLLECTION


class MongoFleet:
    """Reads over all terminals, each a bounded number of commands."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._terminals = database[COLLECTION]

    async def put_health(
        self, terminal: TerminalId, epoch: int, health: Health, now: datetime
    ) -> bool:
        """Keep how a machine does in place of what was kept; False for an older connection."""
        kept: Any = msgspec.to_builtins(health)
        for name in ("id", "type"):
            kept.pop(name)
        result = await self._terminals.update_one(
            {"_id": terminal, "epoch": epoch}, {"$set": {"health": kept, "health_at": now}}
        )
        return result.matched_count == 1
