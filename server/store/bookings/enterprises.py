"""Enterprises and every version of their pages, in MongoDB.

A page's version is written once, under the number after the last; two that save at once from
the same version cannot both have it. Which version people see is the enterprise's own field, so
publishing and going back to an older version are one conditional write each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.bookings.outlets import Enterprise
from server.domain.bookings.pages import Page
from server.domain.errors import Conflict, NotFound, StaleVersion
from server.domain.ids import EnterpriseId
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "enterprises"
PAGES_COLLECTION = "enterprise_pages"


class MongoEnterprises:
    """Both collections."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._enterprises = database[COLLECTION]
        self._pages = database[PAGES_COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._enterprises, [("name", ASCENDING), ("_id", ASCENDING)])
        await ensure_index(self._pages, [("enterprise", ASCENDING), ("number", DESCENDING)])

    async def insert(self, enterprise: Enterprise) -> None:
        """Write a new enterprise."""
        await self._enterprises.insert_one(to_document(enterprise))

    async def get(self, enterprise: EnterpriseId, session: Session | None = None) -> Enterprise:
        """Read one enterprise.

        Raises:
            NotFound: there is none.
        """
        document = await self._enterprises.find_one({"_id": enterprise}, session=session)
        if document is None:
            raise NotFound(field="enterprise_id", rule="exists")
        return from_document(document, Enterprise)

    async def require_active(self, enterprise: EnterpriseId, session: Session) -> None:
        """See to it that an enterprise is active until the transaction's end.

        It is written to, so that a transaction that hides it at the same time runs again.

        Raises:
            Conflict: it is hidden, or there is none.
        """
        result = await self._enterprises.update_one(
            {"_id": enterprise, "active": True}, {"$inc": {"relied_on": 1}}, session=session
        )
        if not result.matched_count:
            raise Conflict(field="enterprise_id", rule="active")

    async def named(self, ids: Iterable[EnterpriseId]) -> dict[EnterpriseId, Enterprise]:
        """Read several at once; unknown ids are left out."""
        found = self._enterprises.find({"_id": {"$in": list(set(ids))}})
        return {
            EnterpriseId(document["_id"]): from_document(document, Enterprise)
            async for document in found
        }

    async def change(self, enterprise: Enterprise, session: Session | None = None) -> Enterprise:
        """Write an edited enterprise over the version that it was edited from.

        Raises:
            StaleVersion: it changed meanwhile.
            NotFound: there is none.
        """
        document = to_document(enterprise)
        version = document.pop("version")
        changed: Document | None = await self._enterprises.find_one_and_update(
            {"_id": document.pop("_id"), "version": version},
            {"$set": document, "$inc": {"version": 1}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if changed is None:
            await self.get(enterprise.id, session)
            raise StaleVersion(field="version", rule="current")
        return from_document(changed, Enterprise)

    async def search(
        self,
        *,
        name: str = "",
        region: str = "",
        among: Iterable[EnterpriseId] = (),
        active_only: bool,
        skip: int,
        limit: int,
    ) -> list[Enterprise]:
        """List enterprises by name.

        `region` is the beginning of a region's code; those `among` match it for their outlets.
        """
        query: Document = {"active": True} if active_only else {}
        if name:
            query["name"] = {"$regex": re.escape(name), "$options": "i"}
        if region:
            query["$or"] = [
                {"region": {"$regex": f"^{re.escape(region)}"}},
                {"_id": {"$in": list(among)}},
            ]
        order = [("name", ASCENDING), ("_id", ASCENDING)]
        found = self._enterprises.find(query).sort(order).skip(skip).limit(limit)
        return [from_document(document, Enterprise) async for document in found]

    async def regions(self) -> frozenset[str]:
        """Name the regions in which active enterprises sit."""
        return frozenset(await self._enterprises.distinct("region", {"active": True}))

    async def save_page(self, page: Page) -> None:
        """Write a page's next version.

        Raises:
            StaleVersion: somebody saved that number first, or the one before it is not there.
        """
        before = page.number - 1
        if before and await self._page(page.enterprise, before) is None:
            raise StaleVersion(field="base", rule="current")
        document = to_document(page)
        document["_id"] = _page_id(page.enterprise, page.number)
        document["saved_at"] = milliseconds(page.saved_at)
        try:
            await self._pages.insert_one(document)
        except DuplicateKeyError:
            raise StaleVersion(field="base", rule="current") from None

    async def page(self, enterprise: EnterpriseId, number: int) -> Page:
        """Read one version of a page.

        Raises:
            NotFound: there is none.
        """
        document = await self._page(enterprise, number)
        if document is None:
            raise NotFound(field="number", rule="exists")
        return from_document(document, Page)

    async def pages(
        self, enterprise: EnterpriseId, *, before: int | None, limit: int
    ) -> list[tuple[int, str, datetime]]:
        """List versions, newest first: number, who saved it, when."""
        query: Document = {"enterprise": enterprise}
        if before is not None:
            query["number"] = {"$lt": before}
        found = self._pages.find(query, {"blocks": 0}).sort("number", DESCENDING).limit(limit)
        return [(one["number"], one["saved_by"], one["saved_at"]) async for one in found]

    async def _page(self, enterprise: EnterpriseId, number: int) -> Document | None:
        return await self._pages.find_one({"_id": _page_id(enterprise, number)}, {"_id": 0})


def _page_id(enterprise: EnterpriseId, number: int) -> str:
    return f"{enterprise}:{number}"
