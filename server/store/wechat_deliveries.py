"""How messages to people ended, as WeChat told later: kept by message, for whoever sent it.

The word may come before its sender has noted the message's number, so it is kept and looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.wechat import WeChatAccountId
from server.store.documents import Document, from_document, milliseconds
from server.store.indexes import ensure_index

COLLECTION = "wechat_deliveries"

KEEP_SECONDS = 7 * 24 * 3600

Outcome = Literal["delivered", "blocked", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How one message ended. `code` is WeChat's, where it gives one; 0 is well."""

    msgid: str
    account: WeChatAccountId
    outcome: Outcome
    at: datetime
    template_id: str | None = None  #: of subscription messages, whose sending gives no number
    code: int | None = None


class MongoWeChatDeliveries:
    """The wechat_deliveries collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._deliveries = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._deliveries, "at", expireAfterSeconds=KEEP_SECONDS)
        await ensure_index(
            self._deliveries,
            [("unread", ASCENDING), ("at", ASCENDING)],
            partialFilterExpression={"unread": {"$exists": True}},
        )

    async def put(self, delivery: Delivery) -> None:
        """Keep an outcome; the first that is told stays."""
        document: Document = {
            "msgid": delivery.msgid,
            "account": delivery.account,
            "outcome": delivery.outcome,
            "at": milliseconds(delivery.at),
            "template_id": delivery.template_id,
            "code": delivery.code,
            "unread": True,
        }
        name = f"{delivery.account}:{delivery.msgid}"
        await self._deliveries.update_one({"_id": name}, {"$setOnInsert": document}, upsert=True)

    async def unread(self, limit: int) -> list[Delivery]:
        """List outcomes that nobody has put beside their message yet, oldest first."""
        found = self._deliveries.find({"unread": True}).sort("at", ASCENDING).limit(limit)
        return [from_document(one, Delivery) async for one in found]

    async def read(self, delivery: Delivery) -> None:
        """Say that an outcome is known where it is needed, or belongs to nothing."""
        name = f"{delivery.account}:{delivery.msgid}"
        await self._deliveries.update_one({"_id": name}, {"$unset": {"unread": ""}})
