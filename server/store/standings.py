"""People's certifications in MongoDB, on their own documents in `people`.

A step is one conditional write under the version it was decided on. The same write carries its
news (`certification_news`, told at least once and then taken off) and, where it changes what
the person may do, the mark `unannounced` (see `people.py`), so that neither can be forgotten.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.certifications import (
    REMIND_DAYS,
    Certificate,
    Step,
    changes_rights,
    standing_at,
)
from server.domain.errors import Conflict, NotFound
from server.domain.ids import PersonId
from server.domain.people import Certification, Role
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index
from server.store.transactions import Session

COLLECTION = "people"

FIELDS = {
    "roles": 1,
    "certification": 1,
    "certified_until": 1,
    "certification_version": 1,
    "certification_reason": 1,
    "certification_reminded": 1,
}


class MongoStandings:
    """The certifications' side of the people collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._people = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._people, [("certification", ASCENDING), ("certified_until", ASCENDING)]
        )
        await ensure_index(
            self._people,
            "certification_news.0",
            partialFilterExpression={"certification_news.0": {"$exists": True}},
        )

    async def get(self, person: PersonId, session: Session | None = None) -> Certificate:
        """Read a person's certificate.

        Raises:
            NotFound: there is no such person.
        """
        return _certificate(await self._read(person, session))

    async def of_courier(self, person: PersonId, session: Session | None = None) -> Certificate:
        """Read a courier's certificate.

        Raises:
            NotFound: there is no such person. Conflict: the person never asked to be a courier.
        """
        document = await self._read(person, session)
        if Role.COURIER.value not in document.get("roles", ()):
            raise Conflict(field="person", rule="courier")
        return _certificate(document)

    async def _read(self, person: PersonId, session: Session | None) -> Document:
        document = await self._people.find_one({"_id": person}, FIELDS, session=session)
        if document is None:
            raise NotFound(field="person", rule="exists")
        return document

    async def certification(self, person: PersonId, now: datetime) -> Certification:
        """Tell how far a certification is at an instant; nobody's is not begun."""
        document = await self._people.find_one(
            {"_id": person}, {"certification": 1, "certified_until": 1}
        )
        if document is None:
            return Certification.NONE
        state = Certification(document["certification"])
        return standing_at(state, document.get("certified_until"), now)

    async def write(
        self,
        before: Certificate,
        after: Certificate,
        step: Step,
        now: datetime,
        session: Session | None = None,
    ) -> bool:
        """Write a decided step with its news; False when another came first.

        Nothing is written then. `before` must be as it was read.
        """
        told = {"step": step.value, "version": after.version, "at": milliseconds(now)}
        values: Document = {
            "certification": after.state.value,
            "certified_until": milliseconds(after.until) if after.until else None,
            "certification_version": after.version,
            "certification_reason": after.reason,
            "certification_reminded": list(after.reminded),
        }
        if after.reason is not None:
            told["reason"] = after.reason
        if step in (Step.APPROVE, Step.CERTIFY):
            values["certified_at"] = milliseconds(now)
        news = {"$concatArrays": [{"$ifNull": ["$certification_news", []]}, [{"$literal": told}]]}
        stages: list[Document] = [
            {"$set": {name: {"$literal": value} for name, value in values.items()}},
            {"$set": {"certification_news": news}},
        ]
        if changes_rights(before, after):
            raised = {"$add": [{"$ifNull": ["$standing", 0]}, 1]}
            stages += [{"$set": {"standing": raised}}, {"$set": {"unannounced": "$standing"}}]
        result = await self._people.update_one(_as_read(before), stages, session=session)
        return result.modified_count == 1

    async def run_out(self, now: datetime, limit: int) -> list[PersonId]:
        """List couriers whose time has run out and who are still written as certified."""
        query = {
            "certification": Certification.CERTIFIED.value,
            "certified_until": {"$lte": now},
        }
        found = self._people.find(query, {"_id": 1}).sort("certified_until").limit(limit)
        return [PersonId(document["_id"]) async for document in found]

    async def to_remind(self, now: datetime, limit: int) -> list[Certificate]:
        """List couriers whose time runs out soon and who were not reminded of that yet."""
        windows = [
            {
                "certified_until": {"$gt": now, "$lte": now + timedelta(days=days)},
                "certification_reminded": {"$ne": days},
            }
            for days in REMIND_DAYS
        ]
        # Whoever was reminded of the nearer day needs no word about the farther one.
        windows[0]["certification_reminded"] = {"$nin": list(REMIND_DAYS)}
        query = {"certification": Certification.CERTIFIED.value, "$or": windows}
        found = self._people.find(query, FIELDS).limit(limit)
        return [_certificate(document) async for document in found]

    async def remind(self, current: Certificate, days: int, now: datetime) -> bool:
        """Write that a reminder is due, with its news; False when another was quicker."""
        told = {
            "step": f"certification_ends_{days}",
            "version": current.version,
            "at": milliseconds(now),
        }
        result = await self._people.update_one(
            {**_as_read(current), "certification_reminded": {"$ne": days}},
            {"$push": {"certification_reminded": days, "certification_news": told}},
        )
        return result.modified_count == 1

    async def untold(self, limit: int) -> list[tuple[PersonId, list[dict[str, Any]]]]:
        """List people with news of their certification that nobody told them yet."""
        found = self._people.find(
            {"certification_news.0": {"$exists": True}}, {"certification_news": 1}
        ).limit(limit)
        return [(PersonId(one["_id"]), one["certification_news"]) async for one in found]

    async def untold_of(self, person: PersonId) -> list[dict[str, Any]]:
        """Give one person's."""
        found = await self._people.find_one({"_id": person}, {"certification_news": 1})
        told: list[dict[str, Any]] = (found or {}).get("certification_news", [])
        return told

    async def told(self, person: PersonId, news: dict[str, Any]) -> None:
        """Take one piece of news off; twice does no harm."""
        gone = {"step": news["step"], "version": news["version"]}
        await self._people.update_one({"_id": person}, {"$pull": {"certification_news": gone}})


def _as_read(certificate: Certificate) -> Document:
    """Match the document as it was when the certificate was read; no version is version 0."""
    version = certificate.version or None
    return {
        "_id": certificate.person,
        "certification": certificate.state.value,
        "certification_version": version if version else {"$in": [None, 0]},
    }


def _certificate(document: Document) -> Certificate:
    return Certificate(
        person=PersonId(document["_id"]),
        state=Certification(document["certification"]),
        version=document.get("certification_version") or 0,
        until=document.get("certified_until"),
        reason=document.get("certification_reason"),
        reminded=tuple(document.get("certification_reminded") or ()),
    )
