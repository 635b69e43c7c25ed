"""Texts sent to phones, and what their vendors reported, in MongoDB; no phone and no words.

A text is written before a vendor is asked: what a crash leaves behind is `asked`, its outcome
unknown. Reports are kept by the vendor's number on their own, since one may come before the
answer that told us that number; they are put together when they are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index

COLLECTION = "texts"
REPORTS_COLLECTION = "text_reports"

#: Texts and their reports are kept for so long.
KEEP_SECONDS = 90 * 24 * 3600

#: `asked`: nobody knows whether it was sent. `sent`: a vendor took it. `refused`: none did.
TextState = Literal["asked", "sent", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredText:
    """One text: to whom as a blind index only, and what its vendor answered."""

    id: str
    number: str  #: the phone's blind index
    template: str
    at: datetime
    state: TextState = "asked"
    vendor: str = ""  #: the last that was asked
    serial: str = ""  #: BizId or SerialNo
    rule: str = ""  #: why it was refused, or how the answer was lost
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """The last word of a carrier about one text."""

    id: str  #: vendor and its number
    vendor: str
    reference: str  #: ours, where the vendor repeats it
    delivered: bool
    code: str
    at: datetime  #: when it came to us


class MongoTexts:
    """Both collections."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._texts = database[COLLECTION]
        self._reports = database[REPORTS_COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._texts, "at", expireAfterSeconds=KEEP_SECONDS)
        await ensure_index(self._texts, [("number", ASCENDING), ("at", DESCENDING)])
        await ensure_index(self._reports, "at", expireAfterSeconds=KEEP_SECONDS)
        await ensure_index(
            self._reports, "reference", partialFilterExpression={"reference": {"$gt": ""}}
        )

    async def begin(self, text: StoredText) -> None:
        """Write a text that is about to be sent."""
        await self._texts.insert_one(to_document(text))

    async def sent(self, text: str, *, vendor: str, serial: str, tried: Sequence[str]) -> None:
        """Note that a vendor took it."""
        told = {"state": "sent", "vendor": vendor, "serial": serial, "tried": list(tried)}
        await self._texts.update_one({"_id": text}, {"$set": told})

    async def failed(
        self, text: str, *, known: bool, vendor: str, rule: str, tried: Sequence[str]
    ) -> None:
        """Note that all refused it (`known`), or that nobody knows."""
        state = "refused" if known else "asked"
        told = {"state": state, "vendor": vendor, "rule": rule, "tried": list(tried)}
        await self._texts.update_one({"_id": text}, {"$set": told})

    async def report(self, report: StoredReport) -> bool:
        """Keep a report; False for a repeat. That a text was delivered is never taken back."""
        document = to_document(report)
        name = document.pop("_id")
        # A first word of failure may be corrected; a word of delivery stands.
        supersedes = {"_id": name, "delivered": False} if report.delivered else {"_id": name}
        if not report.delivered:
            supersedes["at"] = {"$exists": False}  # matches no report: only the first is written
        try:
            result = await self._reports.update_one(supersedes, {"$set": document}, upsert=True)
        except DuplicateKeyError:
            return False
        return result.upserted_id is not None or result.modified_count == 1

    async def list(
        self, *, number: str | None, before: datetime | None, limit: int
    ) -> list[StoredText]:
        """List texts, newest first: of one number, or of all."""
        query: Document = {} if number is None else {"number": number}
        if before is not None:
            query["at"] = {"$lt": before}
        found = self._texts.find(query).sort("at", DESCENDING).limit(limit)
        return [from_document(document, StoredText) async for document in found]

    async def reports_of(self, texts: Iterable[StoredText]) -> dict[str, StoredReport]:
        """Find what was reported of texts, by our numbers."""
        listed = list(texts)
        by_serial = {f"{one.vendor}:{one.serial}": one.id for one in listed if one.serial}
        ours = [one.id for one in listed]
        query = {"$or": [{"_id": {"$in": list(by_serial)}}, {"reference": {"$in": ours}}]}
        found: dict[str, StoredReport] = {}
        async for document in self._reports.find(query):
            report = from_document(document, StoredReport)
            text = by_serial.get(report.id, report.reference)
            if text not in found or report.delivered:
                found[text] = report
        return found

    async def count_since(self, since: datetime) -> dict[str, int]:
        """Count texts since an instant by `vendor:state`."""
        groups = self._texts.aggregate(
            [
                {"$match": {"at": {"$gte": since}}},
                {"$group": {"_id": {"vendor": "$vendor", "state": "$state"}, "n": {"$sum": 1}}},
            ]
        )
        return {
            f"{one['_id']['vendor'] or 'none'}:{one['_id']['state']}": one["n"]
            async for one in groups
        }
