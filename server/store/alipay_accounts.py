"""Couriers' accounts at Alipay in MongoDB: one document each, and whose it is.

What Alipay calls the account is kept sealed; a document is found by `_id`, a keyed digest of it,
which is the only thing that other collections, events and logs may hold. A person has at most one
account, by a unique index; an account has one person, being one document.

A change of a link and its news are one write: `untold` holds the news until they were told. What
is nobody's is forgotten after `KEEP_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.ids import PersonId
from server.domain.payees import AlipayAccount, AlipayAccountId, AlipayNews
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.seal import BlindIndex, Place, Seal

COLLECTION = "alipay_accounts"

#: Far longer than a handle lives, and than news of a link wait to be told.
KEEP_SECONDS = 7 * 24 * 3600


class PersonHasAnotherAlipay(Exception):
    """The person is linked with another account."""


class MongoAlipayAccounts:
    """The alipay_accounts collection."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, seal: Seal, index: BlindIndex
    ) -> None:
        self._accounts = database[COLLECTION]
        self._seal = seal
        self._index = index

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._accounts,
            "person",
            unique=True,
            partialFilterExpression={"person": {"$type": "string"}},
        )
        await ensure_index(
            self._accounts, "untold", partialFilterExpression={"untold": {"$exists": True}}
        )
        await ensure_index(self._accounts, "expires_at", expireAfterSeconds=0)

    async def meet(self, account: str, *, is_open_id: bool, now: datetime) -> AlipayAccount:
        """Know an account from now on; known or not, give it as it is."""
        kind = "open_id" if is_open_id else "user_id"
        known = AlipayAccountId(self._index.digest(f"alipay.{kind}", account)[:40])
        first = {
            "account": self._seal.close_text(account, _place(known)),
            "is_open_id": is_open_id,
            "created_at": milliseconds(now),
            "person": None,
        }
        try:
            document = await self._upsert(known, first)
        except DuplicateKeyError:  # two at once met it first
            document = await self._upsert(known, first)
        await self._accounts.update_one(
            {"_id": known, "person": None}, {"$set": {"expires_at": _expiry(now)}}
        )
        return self._account(document)

    async def get(self, account: AlipayAccountId) -> AlipayAccount | None:
        """Read one account."""
        document = await self._accounts.find_one({"_id": account})
        return None if document is None else self._account(document)

    async def of(self, person: PersonId) -> AlipayAccount | None:
        """Find a person's account."""
        document = await self._accounts.find_one({"person": person})
        return None if document is None else self._account(document)

    async def give(
        self,
        account: AlipayAccountId,
        holder: PersonId | None,
        person: PersonId,
        now: datetime,
        news: Sequence[AlipayNews],
    ) -> bool:
        """Make a holder's account (or nobody's) a person's; False when it is not that holder's.

        Raises:
            PersonHasAnotherAlipay: the person has another account.
        """
        try:
            result = await self._accounts.update_one(
                {"_id": account, "person": holder},
                {
                    "$set": {"person": person, "linked_at": milliseconds(now)},
                    "$unset": {"expires_at": ""},
                    "$push": _untold(news),
                },
            )
        except DuplicateKeyError:
            raise PersonHasAnotherAlipay from None
        return result.modified_count == 1

    async def unlink(
        self,
        account: AlipayAccountId,
        person: PersonId,
        now: datetime,
        news: Sequence[AlipayNews],
    ) -> bool:
        """Make a person's account nobody's; False when it is not theirs."""
        result = await self._accounts.update_one(
            {"_id": account, "person": person},
            {
                "$set": {"person": None, "linked_at": None, "expires_at": _expiry(now)},
                "$push": _untold(news),
            },
        )
        return result.modified_count == 1

    async def untold(self, limit: int) -> list[tuple[AlipayAccountId, AlipayNews]]:
        """List news of links that may not have been told yet."""
        found = self._accounts.find({"untold": {"$exists": True}}, {"untold": 1}).limit(limit)
        return [
            (AlipayAccountId(document["_id"]), from_document(news, AlipayNews))
            async for document in found
            for news in document["untold"]
        ]

    async def told(self, account: AlipayAccountId, news_id: str) -> None:
        """Clear the mark of one news."""
        await self._accounts.update_one({"_id": account}, {"$pull": {"untold": {"_id": news_id}}})
        await self._accounts.update_one(
            {"_id": account, "untold": {"$size": 0}}, {"$unset": {"untold": ""}}
        )

    async def _upsert(self, account: AlipayAccountId, first: Document) -> Document:
        document: Document = await self._accounts.find_one_and_update(
            {"_id": account},
            {"$setOnInsert": first},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return document

    def _account(self, document: Document) -> AlipayAccount:
        known = AlipayAccountId(document["_id"])
        account = self._seal.open_text(bytes(document["account"]), _place(known))
        return from_document(document | {"account": account}, AlipayAccount)


def _expiry(now: datetime) -> datetime:
    return milliseconds(now + timedelta(seconds=KEEP_SECONDS))


def _untold(news: Sequence[AlipayNews]) -> Document:
    return {"untold": {"$each": [to_document(one) for one in news]}}


def _place(account: AlipayAccountId) -> Place:
    return Place(COLLECTION, "account", account)
