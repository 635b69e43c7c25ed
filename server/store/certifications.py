"""Applications for certification in MongoDB: one document each, what is personal sealed in it.

One person has at most one waiting application, by a unique index. Which account an ID number
certifies is kept in `certified_ids`, a document a number under its blind index, so that the
number of a waiting or refused application holds nobody else up.
"""

from __future__ import annotations

import logging
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from server.domain.certifications import Application, ApplicationState, Papers
from server.domain.errors import Conflict, IdNumberTaken, NotFound
from server.domain.ids import PersonId
from server.store.documents import Document, from_document, to_document
from server.store.indexes import ensure_index
from server.store.seal import UNREAD, BlindIndex, Place, Seal, SealBroken
from server.store.transactions import Session

log = logging.getLogger(__name__)

COLLECTION = "certifications"
HOLDERS = "certified_ids"

#: The sealed texts of an application.
SEALED = ("real_name", "id_number", "employer", "staff_number")

PLAIN = dict.fromkeys((*SEALED, "note", "id_index", "name_index"), 0)

#: States in which an application's name is one to find its person by.
NAMED = [ApplicationState.WAITING.value, ApplicationState.APPROVED.value]


class MongoCertifications:
    """The applications."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, seal: Seal, index: BlindIndex
    ) -> None:
        self._applications = database[COLLECTION]
        self._holders = database[HOLDERS]
        self._seal = seal
        self._index = index

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._applications,
            "person",
            unique=True,
            partialFilterExpression={"state": ApplicationState.WAITING.value},
        )
        await ensure_index(self._applications, [("person", ASCENDING), ("applied_at", DESCENDING)])
        await ensure_index(self._applications, [("state", ASCENDING), ("applied_at", ASCENDING)])
        await ensure_index(self._applications, [("state", ASCENDING), ("decided_at", ASCENDING)])
        await ensure_index(self._applications, [("state", ASCENDING), ("until", ASCENDING)])
        await ensure_index(self._applications, [("name_index", ASCENDING), ("state", ASCENDING)])
        await ensure_index(self._holders, "person")

    async def try_names_again(self) -> None:
        """Let names that did not open be looked at once more: a key may be there by now."""
        unread = {"name_index": UNREAD, "state": {"$in": NAMED}}
        await self._applications.update_many(unread, {"$unset": {"name_index": ""}})

    async def note_names(self, limit: int) -> int:
        """Write the stand-in of names that were written without one; returns of how many.

        One that does not open is marked, and looked at once. Done when it returns 0.
        """
        untold = {"name_index": None, "state": {"$in": NAMED}}
        found = self._applications.find(untold, {"real_name": 1}).limit(limit)
        writes = [
            UpdateOne({"_id": document["_id"]}, {"$set": {"name_index": self._name_of(document)}})
            async for document in found
        ]
        if writes:
            await self._applications.bulk_write(writes, ordered=False)
        return len(writes)

    def _name_of(self, document: Document) -> str:
        """Give the stand-in of an application's name; none that anybody has, if it is sealed."""
        try:
            place = _place(str(document["_id"]), "real_name")
            return self.name_index(self._seal.open_text(bytes(document["real_name"]), place))
        except (KeyError, SealBroken):
            log.error("name does not open", extra={"application": document["_id"]})
            return UNREAD

    async def insert(self, application: Application, papers: Papers, session: Session) -> None:
        """Write a waiting application.

        Raises:
            Conflict: the person has one that waits.
        """
        document = to_document(application)
        for name in SEALED:
            place = _place(application.id, name)
            document[name] = self._seal.close_text(getattr(papers, name), place)
        document["id_index"] = self._id_index(papers.id_number)
        document["name_index"] = self.name_index(papers.real_name)
        try:
            await self._applications.insert_one(document, session=session)
        except DuplicateKeyError:
            raise Conflict(rule="one_application_waits") from None

    async def get(self, application: str, session: Session | None = None) -> Application:
        """Read one application, nothing personal in it.

        Raises:
            NotFound: there is none.
        """
        document = await self._applications.find_one({"_id": application}, PLAIN, session=session)
        if document is None:
            raise NotFound(field="application_id", rule="exists")
        return from_document(document, Application)

    async def latest(self, person: PersonId) -> Application | None:
        """Read a person's newest application."""
        document = await self._applications.find_one(
            {"person": person}, PLAIN, sort=[("applied_at", DESCENDING)]
        )
        return None if document is None else from_document(document, Application)

    async def waiting(self, limit: int) -> list[Application]:
        """List what waits for a reviewer, longest waiting first."""
        query = {"state": ApplicationState.WAITING.value}
        found = self._applications.find(query, PLAIN).sort("applied_at", ASCENDING).limit(limit)
        return [from_document(document, Application) async for document in found]

    async def papers(self, application: str) -> Papers:
        """Open what the applicant wrote; callers record the read, but for the applicant's own.

        Raises:
            NotFound: there is none.
        """
        fields = dict.fromkeys(SEALED, 1)
        document = await self._applications.find_one({"_id": application}, fields)
        if document is None:
            raise NotFound(field="application_id", rule="exists")
        return Papers(
            **{
                name: self._seal.open_text(bytes(document[name]), _place(application, name))
                for name in SEALED
            }
        )

    async def people_named(
        self, name: str, limit: int, *, after: PersonId | None = None
    ) -> list[PersonId]:
        """List who applied by this name and waits, or was certified by it; callers record it.

        Each person once, in the order of their ids, from behind `after` on.
        """
        query: Document = {"name_index": self.name_index(name), "state": {"$in": NAMED}}
        if after is not None:
            query["person"] = {"$gt": after}
        each = [{"$match": query}, {"$group": {"_id": "$person"}}, {"$sort": {"_id": 1}}]
        found = self._applications.aggregate([*each, {"$limit": limit}])
        return [PersonId(one["_id"]) async for one in found]

    def name_index(self, name: str) -> str:
        """Give a name's stand-in, good for keys that must hold nothing personal."""
        return self._index.digest("real name", name.casefold())

    async def has_certified_name(self, person: PersonId) -> bool:
        """Tell whether `certified_name` has one, without opening it."""
        approved = {"person": person, "state": ApplicationState.APPROVED.value}
        return await self._applications.find_one(approved, {"_id": 1}) is not None

    async def certified_name(self, person: PersonId) -> str | None:
        """Open the real name that a person was last certified by.

        Callers record the read, but for what they show masked.
        """
        document = await self._applications.find_one(
            {"person": person, "state": ApplicationState.APPROVED.value},
            {"real_name": 1},
            sort=[("applied_at", DESCENDING)],
        )
        if document is None:
            return None
        place = _place(str(document["_id"]), "real_name")
        return self._seal.open_text(bytes(document["real_name"]), place)

    async def note(self, application: str) -> str | None:
        """Open what the reviewer wrote to the applicant, if anything."""
        document = await self._applications.find_one({"_id": application}, {"note": 1})
        if document is None or document.get("note") is None:
            return None
        return self._seal.open_text(bytes(document["note"]), _place(application, "note"))

    async def decide(
        self,
        before: Application,
        after: Application,
        *,
        note: str | None = None,
        session: Session,
    ) -> bool:
        """Write a decision if the application is still as it was read; False if not."""
        fields = to_document(after)
        fields.pop("_id")
        if note is not None:
            fields["note"] = self._seal.close_text(note, _place(before.id, "note"))
        result = await self._applications.update_one(
            {"_id": before.id, "state": before.state.value, "version": before.version},
            {"$set": fields},
            session=session,
        )
        return result.modified_count == 1

    async def close_waiting(
        self, person: PersonId, now: datetime, session: Session
    ) -> Application | None:
        """End a person's waiting application without a decision on it; give it, if there is one."""
        document = await self._applications.find_one_and_update(
            {"person": person, "state": ApplicationState.WAITING.value},
            {
                "$set": {"state": ApplicationState.CLOSED.value, "decided_at": now},
                "$inc": {"version": 1},
            },
            projection=PLAIN,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return None if document is None else from_document(document, Application)

    async def end_approved(
        self, person: PersonId, now: datetime, session: Session, *, but: str | None = None
    ) -> list[Application]:
        """Let the papers of a person's approved applications run out now; give those."""
        query = {
            "person": person,
            "state": ApplicationState.APPROVED.value,
            "until": {"$gt": now},
            "_id": {"$ne": but},
        }
        found = self._applications.find(query, PLAIN, session=session)
        ended = [from_document(document, Application) async for document in found]
        await self._applications.update_many(
            query, {"$set": {"until": now}, "$inc": {"version": 1}}, session=session
        )
        return ended

    async def over(self, before: datetime, limit: int) -> list[str]:
        """List applications refused or closed, or whose approved papers ran out, before then."""
        found = self._applications.find(_over(before), {"_id": 1}).limit(limit)
        return [document["_id"] async for document in found]

    async def delete_over(self, application: str, before: datetime) -> bool:
        """Delete an application that `over` lists still; False if it is gone."""
        result = await self._applications.delete_one({"_id": application, **_over(before)})
        return result.deleted_count == 1

    async def holder(self, id_number: str) -> PersonId | None:
        """Tell which account an ID number certifies."""
        document = await self._holders.find_one({"_id": self._id_index(id_number)})
        return None if document is None else PersonId(document["person"])

    async def hold(self, application: Application, session: Session) -> None:
        """Let an application's ID number certify its person, and none of the person's older ones.

        Raises:
            IdNumberTaken: it certifies another account.
        """
        found = await self._applications.find_one(
            {"_id": application.id}, {"id_index": 1}, session=session
        )
        if found is None:
            raise NotFound(field="application_id", rule="exists")
        index, person = found["id_index"], application.person
        await self._holders.delete_many({"person": person, "_id": {"$ne": index}}, session=session)
        try:
            await self._holders.update_one(
                {"_id": index, "person": person},
                {"$set": {"since": application.decided_at}},
                upsert=True,
                session=session,
            )
        except DuplicateKeyError:
            raise IdNumberTaken(field="id_number", rule="one_account") from None

    async def let_go(self, person: PersonId, session: Session) -> None:
        """Free the ID number of a person whose certification is withdrawn."""
        await self._holders.delete_many({"person": person}, session=session)

    def _id_index(self, number: str) -> str:
        return self._index.digest("id number", number)


def _over(before: datetime) -> Document:
    ended = [ApplicationState.REJECTED.value, ApplicationState.CLOSED.value]
    return {
        "$or": [
            {"state": {"$in": ended}, "decided_at": {"$lt": before}},
            {"state": ApplicationState.APPROVED.value, "until": {"$lt": before}},
        ]
    }


def _place(application: str, name: str) -> Place:
    return Place(COLLECTION, name, application)
