"""How many notices went to a person by SMS lately, in MongoDB: a document a person, a place a text.

A place is had before the text is sent, by one write that gives it only while there is room: of two
workers with a notice each for the same person the second sees the first one's place.
"""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.errors import Unavailable
from server.domain.ids import PersonId
from server.domain.rules import DAY
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index

COLLECTION = "notice_texts"


class MongoNoticeTexts:
    """The notice_texts collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._texts = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._texts, "at", expireAfterSeconds=2 * DAY)

    async def take(
        self, person: PersonId, notice: str, *, most: int, since: datetime, now: datetime
    ) -> bool:
        """Have one of the `most` places since an instant for a notice; False when all are had.

        A notice has one place, however often it is tried: asking again is nothing.

        Raises:
            Unavailable: others were quicker again and again.
        """
        at, own = milliseconds(now), {"$literal": notice}
        not_mine = {"$and": [{"$gte": ["$$one.at", since]}, {"$ne": ["$$one.of", own]}]}
        places = {"$ifNull": ["$places", []]}
        lately = {"$filter": {"input": places, "as": "one", "cond": not_mine}}
        mine = {"$cond": [{"$lt": [{"$size": lately}, most]}, [{"of": own, "at": at}], []]}
        kept = [{"$set": {"places": {"$concatArrays": [lately, mine]}, "at": at}}]
        document = await self._keep(person, kept)
        return any(place["of"] == notice for place in document["places"])

    async def _keep(self, person: PersonId, kept: list[Document]) -> Document:
        for _ in range(2):
            try:
                document: Document = await self._texts.find_one_and_update(
                    {"_id": person}, kept, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:  # another's first place came in between
                continue
            return document
        raise Unavailable(part="mongo")
