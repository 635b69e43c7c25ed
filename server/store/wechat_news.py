"""News of links that people were told, in MongoDB, for their personal area."""

from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.ids import PersonId
from server.domain.wechat import LinkNews
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index

COLLECTION = "wechat_news"

KEEP_SECONDS = 30 * 24 * 3600


class MongoWeChatNews:
    """The wechat_news collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._news = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._news, "at", expireAfterSeconds=KEEP_SECONDS)
        await ensure_index(self._news, [("person", ASCENDING), ("at", DESCENDING)])

    async def insert(self, news: LinkNews) -> bool:
        """Keep one; False when it is there already."""
        try:
            await self._news.insert_one(to_document(news))
        except DuplicateKeyError:
            return False
        return True

    async def of(self, person: PersonId, limit: int = 10) -> list[LinkNews]:
        """List a person's, newest first."""
        found = self._news.find({"person": person}).sort("at", DESCENDING).limit(limit)
        return [from_document(one, LinkNews) async for one in found]
