"""WeChat accounts in MongoDB: one document an openid of an app, and whose it is.

The openid is kept sealed; a document is found by `_id`, a keyed digest of app and openid, which
is the only thing that other collections, events and logs may hold. A person has at most one
account of each app, by a unique index. What can be sent to an account is kept on the same
document by `server/store/wechat_windows.py`.

A change of a link and its news are one write: `untold` holds the news until they were told.

An account of nobody's is forgotten so long after it was last heard of (`seen_at`). Of one that
follows, or that its person had unlinked, a stub stays under its digest: that it does, or that
nothing links it again by itself. The openid is back with the next that is heard of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.ids import PersonId
from server.domain.wechat import (
    LinkNews,
    Reach,
    WeChatAccount,
    WeChatAccountId,
    WeChatApp,
    reached_by,
)
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.seal import BlindIndex, Place, Seal

COLLECTION = "wechat_accounts"

#: What stays of a forgotten account that follows, or was unlinked; nothing of it says who.
STUB = ("_id", "app", "person", "parted", "followed", "follow_changed_at")


class PersonHasAnother(Exception):
    """The person is linked with another account of this app."""


class MongoWeChatAccounts:
    """The wechat_accounts collection."""

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
            [("person", ASCENDING), ("app", ASCENDING)],
            unique=True,
            partialFilterExpression={"person": {"$type": "string"}},
        )
        await ensure_index(
            self._accounts, "union", partialFilterExpression={"union": {"$type": "string"}}
        )
        await ensure_index(
            self._accounts, "untold", partialFilterExpression={"untold": {"$exists": True}}
        )
        await ensure_index(
            self._accounts, "seen_at", partialFilterExpression={"person": {"$type": "null"}}
        )

    def id_of(self, app: WeChatApp, openid: str) -> WeChatAccountId:
        """Give what stands for an openid outside of this collection."""
        return WeChatAccountId(self._index.digest(f"openid.{app.value}", openid)[:40])

    async def meet(
        self, app: WeChatApp, openid: str, now: datetime, *, unionid: str | None = None
    ) -> WeChatAccount:
        """Know an account from now on; known or not, give it as it is."""
        account = self.id_of(app, openid)
        known: Document = {"app": app.value, "seen_at": milliseconds(now)}
        if unionid is not None:
            known["union"] = self._index.digest("unionid", unionid)
        first: Document = {
            "openid": self._seal.close_text(openid, _place(account)),
            "created_at": milliseconds(now),
            "person": None,
            "followed": False,
        }
        told = {name: {"$literal": value} for name, value in known.items()}
        update: list[Document] = [{"$set": told | _missing(first)}]
        try:
            document = await self._upsert(account, update)
        except DuplicateKeyError:  # two at once met it first
            document = await self._upsert(account, update)
        return self._account(document)

    async def get(self, account: WeChatAccountId) -> WeChatAccount | None:
        """Read one account."""
        document = await self._accounts.find_one({"_id": account, "openid": {"$exists": True}})
        return None if document is None else self._account(document)

    async def of(self, person: PersonId) -> list[WeChatAccount]:
        """List a person's accounts: at most one an app."""
        found = self._accounts.find({"person": person}).limit(len(WeChatApp))
        return [self._account(document) async for document in found]

    async def person_by_union(self, union: str) -> PersonId | None:
        """Find whose the other app's account of the same human is; None if none or unclear."""
        found = await self._accounts.distinct("person", {"union": union, "person": {"$ne": None}})
        return PersonId(found[0]) if len(found) == 1 else None

    async def reach(self, person: PersonId, now: datetime) -> Reach:
        """Say what a person can receive in WeChat now."""
        by = {account.app: reached_by(account, now) for account in await self.of(person)}
        return Reach(service=by.get(WeChatApp.SERVICE), mini=by.get(WeChatApp.MINI))

    async def link(
        self, account: WeChatAccountId, person: PersonId, now: datetime, news: Sequence[LinkNews]
    ) -> bool:
        """Make a free account a person's; False when it is somebody's already, theirs included.

        Raises:
            PersonHasAnother: the person has another account of this app.
        """
        return await self._give(account, None, person, now, news)

    async def move(
        self,
        account: WeChatAccountId,
        holder: PersonId,
        person: PersonId,
        now: datetime,
        news: Sequence[LinkNews],
    ) -> bool:
        """Make one person's account another's; False when it is not that person's any more.

        Raises:
            PersonHasAnother: the person has another account of this app.
        """
        return await self._give(account, holder, person, now, news)

    async def unlink(
        self, account: WeChatAccountId, person: PersonId, news: Sequence[LinkNews]
    ) -> bool:
        """Make a person's account nobody's; False when it is not theirs."""
        result = await self._accounts.update_one(
            {"_id": account, "person": person},
            {
                "$set": {
                    "person": None,
                    "linked_at": None,
                    "parted": True,
                    "seen_at": milliseconds(max(one.at for one in news)),
                },
                "$push": _untold(news),
            },
        )
        return result.modified_count == 1

    async def strangers(self, before: datetime, limit: int) -> list[WeChatAccountId]:
        """List accounts of nobody's that were not heard of since an instant, the oldest first."""
        found = self._accounts.find(_stranger(before), {"_id": 1}).sort("seen_at", ASCENDING)
        return [WeChatAccountId(document["_id"]) async for document in found.limit(limit)]

    async def forget(self, account: WeChatAccountId, before: datetime) -> bool:
        """Forget one that `strangers` lists still; False when it was heard of, or is forgotten."""
        query = {"_id": account, **_stranger(before)}
        nothing_left = {"parted": {"$ne": True}, "followed": {"$ne": True}}
        if (await self._accounts.delete_one({**query, **nothing_left})).deleted_count:
            return True
        stub = {name: f"${name}" for name in STUB}
        result = await self._accounts.update_one(query, [{"$replaceWith": stub}])
        return result.modified_count == 1

    async def untold(self, limit: int) -> list[tuple[WeChatAccountId, LinkNews]]:
        """List news of links that may not have been told yet."""
        found = self._accounts.find({"untold": {"$exists": True}}, {"untold": 1}).limit(limit)
        return [
            (WeChatAccountId(document["_id"]), from_document(news, LinkNews))
            async for document in found
            for news in document["untold"]
        ]

    async def told(self, account: WeChatAccountId, news_id: str) -> None:
        """Clear the mark of one news."""
        await self._accounts.update_one({"_id": account}, {"$pull": {"untold": {"_id": news_id}}})
        await self._accounts.update_one(
            {"_id": account, "untold": {"$size": 0}}, {"$unset": {"untold": ""}}
        )

    async def _upsert(self, account: WeChatAccountId, update: list[Document]) -> Document:
        document: Document = await self._accounts.find_one_and_update(
            {"_id": account}, update, upsert=True, return_document=ReturnDocument.AFTER
        )
        return document

    async def _give(
        self,
        account: WeChatAccountId,
        holder: PersonId | None,
        person: PersonId,
        now: datetime,
        news: Sequence[LinkNews],
    ) -> bool:
        try:
            result = await self._accounts.update_one(
                {"_id": account, "person": holder},
                {
                    "$set": {"person": person, "linked_at": milliseconds(now)},
                    "$push": _untold(news),
                },
            )
        except DuplicateKeyError:
            raise PersonHasAnother from None
        return result.modified_count == 1

    def _account(self, document: Document) -> WeChatAccount:
        account = WeChatAccountId(document["_id"])
        openid = self._seal.open_text(bytes(document["openid"]), _place(account))
        return from_document(document | {"openid": openid}, WeChatAccount)


def _stranger(before: datetime) -> Document:
    return {
        "person": {"$type": "null"},
        "untold": {"$exists": False},
        "seen_at": {"$lt": before},
    }


def _missing(values: Document) -> Document:
    """Write, for a pipeline, what a document does not have yet."""
    return {name: {"$ifNull": [f"${name}", {"$literal": value}]} for name, value in values.items()}


def _untold(news: Sequence[LinkNews]) -> Document:
    return {"untold": {"$each": [to_document(one) for one in news]}}


def _place(account: WeChatAccountId) -> Place:
    return Place(COLLECTION, "openid", account)
