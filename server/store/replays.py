"""Replay ids of providers' notices, each stored in the same transaction as its effect."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.errors import BadNotice
from server.store.documents import Document
from server.store.indexes import ensure_index
from server.store.transactions import RunAgain, Session

COLLECTION = "notice_replays"

#: Providers repeat a notice for about a day; a signature is fresh for minutes.
KEEP_SECONDS = 30 * 24 * 3600

#: Nonces remembered of one notice.
KEEP_NONCES = 64


class MongoReplays:
    """The notice_replays collection; `_id` is the provider's `notify_id`."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._replays = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._replays, "nonces", unique=True)
        await ensure_index(self._replays, "at", expireAfterSeconds=KEEP_SECONDS)

    async def first(
        self, notify_id: str, nonce: str, digest: str, at: datetime, session: Session
    ) -> bool:
        """Take a notice in; False when the same one had its effect before.

        Two deliveries at once conflict and one of the transactions runs again, so the caller
        must run this in `Transactions.run`.

        Raises:
            BadNotice: rule `same_text` when the id came before with another text, rule
                `nonce_once` when the nonce belongs to another notice.
        """
        other = await self._replays.find_one({"nonces": nonce}, session=session)
        if other is not None and other["_id"] != notify_id:
            raise BadNotice(field="X-Nonce", rule="nonce_once")
        known = await self._replays.find_one({"_id": notify_id}, session=session)
        if known is None:
            document = {"_id": notify_id, "nonces": [nonce], "digest": digest, "at": at}
            try:
                await self._replays.insert_one(document, session=session)
            except DuplicateKeyError as error:
                raise RunAgain from error
            return True
        if known["digest"] != digest:
            raise BadNotice(field="notify_id", rule="same_text")
        if nonce not in known["nonces"]:
            # A repeat is newly signed; the newest nonces are enough, since old ones are stale.
            push = {"nonces": {"$each": [nonce], "$slice": -KEEP_NONCES}}
            await self._replays.update_one({"_id": notify_id}, {"$push": push}, session=session)
        return False
