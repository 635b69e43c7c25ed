"""Price lists in MongoDB: a document a version, only ever added; one to come may be withdrawn."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.errors import NotFound, StaleVersion
from server.domain.price_lists import MOST_WAITING, PriceList
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "price_lists"

#: All that wait and the one in force are among so many of the latest instants.
LIVING = 2 * MOST_WAITING


class MongoPriceLists:
    """The price_lists collection; `_id` is the version, so that none is written twice."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._lists = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._lists, [("from_at", DESCENDING), ("_id", DESCENDING)])

    async def living(self) -> list[PriceList]:
        """List what waits and what is in force, among the latest; empty before the first."""
        order = [("from_at", DESCENDING), ("_id", DESCENDING)]
        found = self._lists.find({"withdrawn": None}).sort(order).limit(LIVING)
        return [_list(document) async for document in found]

    async def newest(self) -> int:
        """Tell the highest version; 0 before the first."""
        found = await self._lists.find_one({}, {"_id": 1}, sort=[("_id", DESCENDING)])
        return int(found["_id"]) if found else 0

    async def page(self, before: int | None, limit: int) -> list[PriceList]:
        """List versions, newest first, below one of them."""
        wanted: Document = {} if before is None else {"_id": {"$lt": before}}
        found = self._lists.find(wanted).sort("_id", DESCENDING).limit(limit)
        return [_list(document) async for document in found]

    async def get(self, version: int) -> PriceList:
        """Read one version.

        Raises:
            NotFound: there is none.
        """
        found = await self._lists.find_one({"_id": version})
        if found is None:
            raise NotFound(field="version", rule="exists")
        return _list(found)

    async def put_first(self, first: PriceList) -> None:
        """Write the first version unless there is one; several processes may do so at once."""
        try:
            await self._lists.insert_one(_document(first))
        except DuplicateKeyError:
            return

    async def put(self, made: PriceList, session: Session) -> None:
        """Add a version.

        Raises:
            StaleVersion: somebody else wrote this version first.
        """
        try:
            await self._lists.insert_one(_document(made), session=session)
        except DuplicateKeyError:
            raise StaleVersion(field="version", rule="unchanged") from None

    async def begin(self, version: int) -> bool:
        """Price by a version from now on; False when it was withdrawn. Again changes nothing.

        Its document alone decides between this and `withdraw`, whatever two clocks say.
        """
        still = {"_id": version, "withdrawn": None}
        result = await self._lists.update_one(still, {"$set": {"begun": True}})
        return result.matched_count == 1

    async def withdraw(self, withdrawn: PriceList, now: datetime, session: Session) -> PriceList:
        """Write the withdrawal of a version that waits for its day, and priced nothing.

        Raises:
            StaleVersion: its day has come meanwhile, or somebody else withdrew it.
        """
        waits = {
            "_id": withdrawn.version,
            "withdrawn": None,
            "begun": {"$ne": True},
            "from_at": {"$gt": now},
        }
        found = await self._lists.find_one_and_update(
            waits,
            {"$set": {"withdrawn": _document(withdrawn)["withdrawn"]}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if found is None:
            raise StaleVersion(field="version", rule="unchanged")
        return _list(found)


def _document(made: PriceList) -> Document:
    document = to_document(made)
    document["_id"] = document.pop("version")
    return document


def _list(document: Document) -> PriceList:
    fields = {name: value for name, value in document.items() if name != "_id"}
    return from_document({**fields, "version": document["_id"]}, PriceList)
