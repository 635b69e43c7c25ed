"""Papers of bookings in MongoDB: one document a paper, what was read and corrected sealed in it.

`booked` tells papers of bookings from those of holds whose form was never sent. `needed_until` is
when their need ended; a booking that is still to come has none.

A photo is found again by `digest`, the blind index of its bytes, and by `bands`, blind indexes
of parts of its likeness: what looks nearly the same has most of them in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, ReturnDocument

from server.domain.bookings.papers import PaperKind
from server.domain.bookings.readings import Fields, ReadState, Sheet, is_same_photo, sheet_id
from server.domain.errors import StaleVersion
from server.domain.ids import BookingId, PersonId, PhotoId
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index
from server.store.seal import BlindIndex, Place, Seal
from server.store.transactions import Session

COLLECTION = "booking_papers"

LIKENESS_BITS = 1024
BAND_BITS = 16

#: Bands in common from which a photo is looked at, and how many are.
BANDS_ALIKE = 4
MOST_ALIKE = 20

SEALED = ("read", "corrected")

#: What a value has no place for.
_PLAIN = dict.fromkeys(("digest", "bands", "likeness", "booked", "needed_until", "due_at"), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """By what a photo is found again."""

    content: bytes
    likeness: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Another paper with the same photo."""

    booking: BookingId
    person: PersonId
    kind: PaperKind
    exact: bool


class MongoPapers:
    """The papers collection."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, seal: Seal, index: BlindIndex
    ) -> None:
        self._papers = database[COLLECTION]
        self._seal = seal
        self._index = index

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._papers, "booking")
        await ensure_index(self._papers, "person")
        await ensure_index(self._papers, "digest", sparse=True)
        await ensure_index(self._papers, "bands", sparse=True)
        await ensure_index(
            self._papers, "due_at", partialFilterExpression={"due_at": {"$type": "date"}}
        )
        await ensure_index(
            self._papers,
            [("booked", ASCENDING), ("needed_until", ASCENDING)],
            partialFilterExpression={"needed_until": {"$type": "date"}},
        )

    # One photo after the other

    async def ask(
        self, sheet: Sheet, *, due_at: datetime, booked: bool, session: Session | None = None
    ) -> Sheet:
        """Have a paper's photo read; another photo's reading and corrections give way to it."""
        document = to_document(sheet)
        for name in ("_id", "version", "photos"):
            document.pop(name)
        document |= {"due_at": milliseconds(due_at), "booked": booked}
        change: Document = {
            "$set": document,
            "$inc": {"version": 1, "photos": 1},
            "$unset": dict.fromkeys(("digest", "bands", "likeness"), ""),
        }
        if booked:
            change["$unset"]["needed_until"] = ""
        else:
            document["needed_until"] = sheet.asked_at
        written = await self._papers.find_one_and_update(
            {"_id": sheet.id},
            change,
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return self._sheet(written)

    async def keep(
        self, booking: BookingId, kind: PaperKind, photo: PhotoId, session: Session
    ) -> bool:
        """Keep a hold's paper as its booking's; False if there is none with this photo."""
        result = await self._papers.update_one(
            {"_id": sheet_id(booking, kind), "photo": photo},
            {"$set": {"booked": True}, "$unset": {"needed_until": ""}},
            session=session,
        )
        return result.matched_count == 1

    async def of(self, booking: BookingId, session: Session | None = None) -> list[Sheet]:
        """List a booking's papers, the ID card first."""
        found = self._papers.find({"booking": booking}, _PLAIN, session=session).sort("_id")
        return [self._sheet(document) async for document in found]

    async def find(
        self, booking: BookingId, kind: PaperKind, session: Session | None = None
    ) -> Sheet | None:
        """Read one paper; None if there is none."""
        query = {"_id": sheet_id(booking, kind)}
        document = await self._papers.find_one(query, _PLAIN, session=session)
        return None if document is None else self._sheet(document)

    async def correct(self, sheet: Sheet, fields: Fields, at: datetime, session: Session) -> None:
        """Put corrections beside what was read; those of other fields stay.

        Raises:
            StaleVersion: the paper changed since `sheet` was read.
        """
        merged = {**(sheet.corrected or {}), **fields}
        result = await self._papers.update_one(
            {"_id": sheet.id, "version": sheet.version},
            {
                "$set": {
                    "corrected": self._closed(merged, sheet.id, "corrected"),
                    "corrected_at": milliseconds(at),
                },
                "$inc": {"version": 1},
            },
            session=session,
        )
        if result.modified_count != 1:
            raise StaleVersion(field="version", rule="unchanged")

    # Reading

    async def begin(self, sheet: str, now: datetime, lease_until: datetime) -> Sheet | None:
        """Take a paper to read it; None if another reads it, or it is read."""
        document = await self._papers.find_one_and_update(
            {"_id": sheet, "$or": _waiting(now)},
            {
                "$set": {"state": ReadState.READING.value, "due_at": milliseconds(lease_until)},
                "$inc": {"attempt": 1},
            },
            projection=_PLAIN,
            return_document=ReturnDocument.AFTER,
        )
        return None if document is None else self._sheet(document)

    async def due(self, now: datetime, limit: int) -> list[str]:
        """List papers that wait for a reader, or whose reader died; the longest first."""
        found = self._papers.find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at")
        return [str(document["_id"]) async for document in found.limit(limit)]

    async def wait(self, sheet: Sheet, until: datetime) -> None:
        """Leave a paper to be read later."""
        await self._papers.update_one(
            _same_attempt(sheet),
            {"$set": {"state": ReadState.WAITING.value, "due_at": milliseconds(until)}},
        )

    async def finish(self, sheet: Sheet, marks: Marks | None) -> bool:
        """Write what came of reading; False if another photo or another reader came between."""
        told: Document = {
            "state": sheet.state.value,
            "by": sheet.by,
            "why_not": sheet.why_not,
            "read_at": None if sheet.read_at is None else milliseconds(sheet.read_at),
            "read": None if sheet.read is None else self._closed(sheet.read, sheet.id, "read"),
        }
        if marks is not None:
            told |= self._marks(sheet.id, marks)
        result = await self._papers.update_one(
            _same_attempt(sheet), {"$set": told, "$unset": {"due_at": ""}, "$inc": {"version": 1}}
        )
        return result.modified_count == 1

    # The same photo elsewhere

    async def twins(self, sheet: Sheet, within: BookingId | None = None) -> list[Twin]:
        """List other papers, of one booking or of all, with the same photo or nearly; bounded."""
        own = await self._papers.find_one(
            {"_id": sheet.id}, {"digest": 1, "bands": 1, "likeness": 1}
        )
        if own is None or not own.get("digest"):
            return []
        likeness = self._likeness(own)
        where: Document = {} if within is None else {"booking": within}
        rows = self._papers.aggregate(
            [
                {
                    "$match": {
                        **where,
                        "_id": {"$ne": sheet.id},
                        "$or": [{"digest": own["digest"]}, {"bands": {"$in": own["bands"]}}],
                    }
                },
                {
                    "$project": {
                        **dict.fromkeys(("booking", "person", "kind", "digest", "likeness"), 1),
                        "alike": {"$size": {"$setIntersection": ["$bands", own["bands"]]}},
                    }
                },
                {"$match": {"$or": [{"digest": own["digest"]}, {"alike": {"$gte": BANDS_ALIKE}}]}},
                {"$sort": {"alike": -1}},
                {"$limit": MOST_ALIKE},
            ]
        )
        return [
            Twin(
                booking=BookingId(row["booking"]),
                person=PersonId(row["person"]),
                kind=PaperKind(row["kind"]),
                exact=row["digest"] == own["digest"],
            )
            async for row in rows
            if row["digest"] == own["digest"] or is_same_photo(likeness, self._likeness(row))
        ]

    # The end

    async def release(self, booking: BookingId, until: datetime, session: Session) -> None:
        """Say until when a booking's papers are needed."""
        await self._papers.update_many(
            {"booking": booking}, {"$set": {"needed_until": milliseconds(until)}}, session=session
        )

    async def delete_over(self, *, booked: bool, before: datetime) -> int:
        """Delete papers whose need ended before an instant; how many."""
        query = {"booked": booked, "needed_until": {"$lt": milliseconds(before)}}
        return (await self._papers.delete_many(query)).deleted_count

    def _marks(self, sheet: str, marks: Marks) -> Document:
        parts = range(LIKENESS_BITS // BAND_BITS)
        mask = (1 << BAND_BITS) - 1
        values = [(part, marks.likeness >> part * BAND_BITS & mask) for part in parts]
        # What is evenly dark or light is in too many pictures to find one by.
        bands = [f"{part}:{value:x}" for part, value in values if value not in (0, mask)]
        return {
            "digest": self._index.digest("paper photo", marks.content.hex()),
            "bands": [self._index.digest("paper likeness", band) for band in bands],
            "likeness": self._seal.close_text(
                f"{marks.likeness:x}", Place(COLLECTION, "likeness", sheet)
            ),
        }

    def _likeness(self, document: Document) -> int:
        place = Place(COLLECTION, "likeness", str(document["_id"]))
        return int(self._seal.open_text(bytes(document["likeness"]), place), 16)

    def _closed(self, fields: Fields, sheet: str, path: str) -> dict[str, bytes]:
        return {
            name: self._seal.close_text(text, Place(COLLECTION, f"{path}.{name}", sheet))
            for name, text in fields.items()
        }

    def _sheet(self, document: Document) -> Sheet:
        read, corrected = (
            self._opened(document.pop(path, None), document, path) for path in SEALED
        )
        return replace(from_document(document, Sheet), read=read, corrected=corrected)

    def _opened(
        self, sealed: Mapping[str, bytes] | None, document: Document, path: str
    ) -> Fields | None:
        if sealed is None:
            return None
        of = str(document["_id"])
        return {
            name: self._seal.open_text(bytes(text), Place(COLLECTION, f"{path}.{name}", of))
            for name, text in sealed.items()
        }


def _waiting(now: datetime) -> Sequence[Document]:
    return (
        {"state": ReadState.WAITING.value},
        {"state": ReadState.READING.value, "due_at": {"$lte": milliseconds(now)}},
    )


def _same_attempt(sheet: Sheet) -> Document:
    return {
        "_id": sheet.id,
        "photo": sheet.photo,
        "attempt": sheet.attempt,
        "state": ReadState.READING.value,
    }
