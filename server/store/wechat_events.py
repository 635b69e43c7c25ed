"""What WeChat told us, kept before WeChat hears `success`: taken once, worked at least once.

`_id` is the message's key, which is the same in each of WeChat's tries. A delivery's nonce may
come again with the same message only. Neither names anybody, and who it is about is named by
the account's digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.errors import BadNotice
from server.domain.wechat import WeChatAccountId
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index
from server.store.looking import each_once

COLLECTION = "wechat_events"

#: WeChat repeats within seconds, a signature is fresh for minutes.
KEEP_SECONDS = 3 * 24 * 3600

#: Deliveries remembered of one message.
KEEP_NONCES = 16

#: How long the process that took a message in has it to itself.
OWN_SECONDS = 10

#: A message whose work fails each time is left alone after so many; its document says so.
MAX_TRIES = 20

#: How an answer went: in the response to the message, or as a message of its own.
Way = Literal["passive", "customer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One message of WeChat's, as far as it is of use."""

    key: str
    account: WeChatAccountId
    kind: str
    fields: dict[str, Any]
    at: datetime  #: when WeChat says that it happened, never after it came


class MongoWeChatEvents:
    """The wechat_events collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._events = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._events, "nonces", unique=True)
        await ensure_index(self._events, "received_at", expireAfterSeconds=KEEP_SECONDS)
        await ensure_index(
            self._events, [("looked_at", ASCENDING)], partialFilterExpression={"done": False}
        )

    async def take(self, event: StoredEvent, nonce: str, now: datetime) -> bool:
        """Keep a message; False when it was taken before.

        Raises:
            BadNotice: rule `nonce`: this delivery's nonce belongs to another message.
        """
        document: Document = {
            "_id": event.key,
            "account": event.account,
            "kind": event.kind,
            "fields": event.fields,
            "at": milliseconds(event.at),
            "nonces": [nonce],
            "received_at": milliseconds(now),
            "looked_at": milliseconds(now),
            "done": False,
            "tries": 0,
            "answered": None,
        }
        try:
            await self._events.insert_one(document)
        except DuplicateKeyError:
            await self._again(event.key, nonce)
            return False
        return True

    async def mark_done(self, key: str, reply: Document | None) -> None:
        """Note that all it says has had its effect, and what its person is answered."""
        await self._events.update_one({"_id": key}, {"$set": {"done": True, "reply": reply}})

    async def reply_to(self, key: str) -> Document | None:
        """Give the answer of a message that is done; None when it has none, or none yet."""
        document = await self._events.find_one({"_id": key, "done": True}, {"reply": 1})
        return document.get("reply") if document else None

    async def count_try(self, key: str) -> None:
        """Note that working it failed once more."""
        await self._events.update_one({"_id": key}, {"$inc": {"tries": 1}})

    async def answer(self, key: str, way: Way) -> bool:
        """Take the right to answer; False when it was answered, or may have been.

        A passive answer may be given again to a repetition of the message: WeChat repeats what
        it got no answer to, and shows one.
        """
        allowed = [None, "passive"] if way == "passive" else [None]
        result = await self._events.update_one(
            {"_id": key, "answered": {"$in": allowed}}, {"$set": {"answered": way}}
        )
        return result.matched_count == 1

    async def undone(self, now: datetime, limit: int) -> list[StoredEvent]:
        """List messages that a process left behind, each to one worker at a time."""
        query: Document = {
            "done": False,
            "looked_at": {"$lte": now - timedelta(seconds=OWN_SECONDS)},
            "tries": {"$lt": MAX_TRIES},
        }
        return [
            StoredEvent(
                key=one["_id"],
                account=WeChatAccountId(one["account"]),
                kind=one["kind"],
                fields=one["fields"],
                at=one["at"],
            )
            for one in await each_once(self._events, query, now, limit)
        ]

    async def _again(self, key: str, nonce: str) -> None:
        push = {"nonces": {"$each": [nonce], "$slice": -KEEP_NONCES}}
        try:
            result = await self._events.update_one(
                {"_id": key, "nonces": {"$ne": nonce}}, {"$push": push}
            )
        except DuplicateKeyError:
            raise BadNotice(field="nonce", rule="nonce") from None
        if result.matched_count == 0:
            known = await self._events.find_one({"_id": key, "nonces": nonce}, {"_id": 1})
            if known is None:  # the nonce collided, and there is no such message
                raise BadNotice(field="nonce", rule="nonce")
