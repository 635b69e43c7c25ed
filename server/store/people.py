"""People in MongoDB: one document an account; the phone sealed, found by its blind index.

`server/store/couriers.py` keeps the cap's count on the same documents, and
`server/store/standings.py` the certification. `standing` counts the
changes of roles and certification; `unannounced` holds the count until everybody who must know
(open sockets, cached roles) was told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from server.domain.documents import mask_phone
from server.domain.errors import NotFound
from server.domain.ids import PersonId
from server.domain.paging import Position
from server.domain.people import STAFF, Certification, Person, Role
from server.store.documents import Document, from_document, milliseconds
from server.store.indexes import ensure_index
from server.store.newest import newest
from server.store.seal import UNREAD, BlindIndex, Place, Seal, SealBroken
from server.store.transactions import Session

log = logging.getLogger(__name__)

COLLECTION = "people"

#: Agreements remembered of one account: every version is asked for once.
MOST_AGREED = 100


class MongoPeople:
    """The accounts."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, seal: Seal, index: BlindIndex
    ) -> None:
        self._people = database[COLLECTION]
        self._seal = seal
        self._index = index

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._people, "phone_index", unique=True)
        await ensure_index(self._people, [("roles", ASCENDING), ("certification", ASCENDING)])
        paged = [("created_at", DESCENDING), ("_id", DESCENDING)]
        await ensure_index(self._people, [("roles", ASCENDING), *paged])
        await ensure_index(
            self._people, "unannounced", partialFilterExpression={"unannounced": {"$gt": 0}}
        )
        await ensure_index(self._people, "phone_tail")
        await ensure_index(self._people, "phone_tail_of")

    async def try_tails_again(self) -> None:
        """Let phones that did not open be looked at once more: a key may be there by now."""
        unread = {"phone_tail_of": UNREAD}
        await self._people.update_many(unread, {"$unset": {"phone_tail_of": ""}})

    async def note_tails(self, limit: int) -> int:
        """Write the tail of phones that were written without one; returns of how many.

        One that does not open is marked, and looked at once. Done when it returns 0.
        """
        untold = self._people.find({"phone_tail_of": None}, {"phone": 1, "phone_index": 1})
        writes = [self._tail_of(document) async for document in untold.limit(limit)]
        if writes:
            await self._people.bulk_write(writes, ordered=False)
        return len(writes)

    def _tail_of(self, document: Document) -> UpdateOne:
        as_read = {"_id": document["_id"], "phone_index": document.get("phone_index")}
        try:
            place = _phone_place(PersonId(document["_id"]))
            phone = self._seal.open_text(bytes(document["phone"]), place)
        except (KeyError, SealBroken):
            log.error("phone does not open", extra={"person": document["_id"]})
            return UpdateOne(as_read, {"$set": {"phone_tail_of": UNREAD}})
        return UpdateOne(as_read, {"$set": phone_stand_ins(self._index, phone)})

    async def get(self, person: PersonId, session: Session | None = None) -> Person:
        """Read one person.

        Raises:
            NotFound: there is none.
        """
        document = await self._people.find_one({"_id": person}, session=session)
        if document is None:
            raise NotFound(field="person", rule="exists")
        return self._person(document)

    async def find(self, phone: str) -> Person | None:
        """Look an account up by its phone's eleven digits.

        A phone that an older version of us wrote has another's tail, or none: it gets its own.
        """
        stand_ins = phone_stand_ins(self._index, phone)
        by_phone = {"phone_index": stand_ins["phone_index"]}
        document = await self._people.find_one(by_phone)
        if document is None:
            return None
        if document.get("phone_tail_of") != stand_ins["phone_tail_of"]:
            await self._people.update_one({"_id": document["_id"], **by_phone}, {"$set": stand_ins})
        return self._person(document)

    async def make(
        self,
        person: PersonId,
        *,
        phone: str,
        roles: Iterable[Role],
        agreement_version: str,
        now: datetime,
    ) -> Person:
        """Make an account; if the phone has one already (a parallel first log-in), give that."""
        at = milliseconds(now)
        document = {
            "_id": person,
            "phone": self._seal.close_text(phone, _phone_place(person)),
            **phone_stand_ins(self._index, phone),
            "roles": sorted(roles),
            "certification": Certification.NONE.value,
            "active_orders": 0,
            "agreement_version": agreement_version,
            "agreed_at": at,
            "agreements": _accepted(agreement_version, at),
            "created_at": at,
            "chosen_districts": [],
            "standing": 0,
        }
        try:
            await self._people.insert_one(document)
        except DuplicateKeyError:
            found = await self.find(phone)
            if found is None:
                raise  # the id itself was drawn twice
            return found
        return self._person(document)

    async def accept_agreement(self, person: PersonId, version: str, now: datetime) -> None:
        """Note which agreement was accepted and when, beside those accepted before."""
        at = milliseconds(now)
        await self._people.update_one(
            {"_id": person, "agreement_version": {"$ne": version}},
            {
                "$set": {"agreement_version": version, "agreed_at": at},
                "$push": {"agreements": {"$each": _accepted(version, at), "$slice": -MOST_AGREED}},
            },
        )

    async def add_role(
        self, person: PersonId, role: Role, session: Session | None = None
    ) -> Person:
        """Give a role; one that is held already changes nothing.

        Raises:
            NotFound: there is no such person.
        """
        return await self._change(
            {"_id": person, "roles": {"$ne": role.value}},
            {"$push": {"roles": role.value}},
            session,
        ) or await self.get(person, session)

    async def set_roles(
        self, person: PersonId, roles: Iterable[Role], session: Session | None = None
    ) -> Person:
        """Replace the roles; the same ones change nothing.

        Raises:
            NotFound: there is no such person.
        """
        wanted = sorted(role.value for role in roles)
        return await self._change(
            {"_id": person, "roles": {"$ne": wanted}}, {"$set": {"roles": wanted}}, session
        ) or await self.get(person, session)

    async def couriers(
        self, state: Certification | None, limit: int, before: Position | None = None
    ) -> list[tuple[Person, Position]]:
        """List couriers with their places, newest first, of one certification or of all."""
        wanted: Document = {"roles": Role.COURIER.value}
        if state is not None:
            wanted["certification"] = state.value
        found = await newest(self._people, wanted, "created_at", before, limit)
        return [(self._person(one), Position(one["created_at"], one["_id"])) for one in found]

    async def couriers_by_tail(self, tail: str, limit: int) -> list[Person]:
        """List couriers whose phone ends with these four digits.

        A tail that an older version of us left behind finds nobody: the phone itself is asked.
        """
        found = await self._couriers({"phone_tail": _phone_tail(self._index, tail)}, limit)
        return [person for person in found if person.masked_phone.endswith(tail)]

    async def couriers_by_id(self, beginning: str, limit: int) -> list[Person]:
        """List couriers whose id begins so."""
        return await self._couriers({"_id": {"$gte": beginning, "$lt": f"{beginning}~"}}, limit)

    async def couriers_of(self, people: Iterable[PersonId], limit: int) -> list[Person]:
        """List those of these people who are couriers."""
        return await self._couriers({"_id": {"$in": sorted(people)}}, limit)

    async def _couriers(self, wanted: Document, limit: int) -> list[Person]:
        query = wanted | {"roles": Role.COURIER.value}
        found = self._people.find(query).sort("_id", ASCENDING).limit(limit)
        return [self._person(document) async for document in found]

    async def staff(self, limit: int) -> list[Person]:
        """List whoever has a role of staff, newest first."""
        wanted: Document = {"roles": {"$in": sorted(role.value for role in STAFF)}}
        found = self._people.find(wanted).sort("created_at", -1).limit(limit)
        return [self._person(document) async for document in found]

    async def masked_phones(self, people: Iterable[PersonId]) -> dict[PersonId, str]:
        """Give the masked phones of those who are there."""
        found = self._people.find({"_id": {"$in": sorted(people)}})
        return {PersonId(one["_id"]): self._person(one).masked_phone async for one in found}

    async def phone(self, person: PersonId) -> str:
        """Open a phone, to send to it; a caller that shows it to anybody records the read first.

        Raises:
            NotFound: there is no such person.
        """
        document = await self._people.find_one({"_id": person}, {"phone": 1})
        if document is None:
            raise NotFound(field="person", rule="exists")
        return self._seal.open_text(bytes(document["phone"]), _phone_place(person))

    def phone_index(self, phone: str) -> str:
        """Give the phone's stand-in, good for keys that must hold nothing personal."""
        return self._index.digest("phone", phone)

    async def mark_standing(self, person: PersonId, session: Session) -> None:
        """Mark that what a person may do is another now, though their roles stay: it is told."""
        await self._change({"_id": person}, {}, session)

    async def unannounced(self, limit: int) -> list[tuple[PersonId, int]]:
        """List people whose new standing was not told yet, each with its count."""
        found = self._people.find({"unannounced": {"$gt": 0}}, {"unannounced": 1}).limit(limit)
        return [(PersonId(one["_id"]), int(one["unannounced"])) async for one in found]

    async def unannounced_of(self, person: PersonId) -> int | None:
        """Give one person's mark; None if all was told."""
        document = await self._people.find_one({"_id": person}, {"unannounced": 1})
        return document.get("unannounced") if document else None

    async def announced(self, person: PersonId, standing: int) -> None:
        """Clear the mark, unless the standing changed again meanwhile."""
        await self._people.update_one(
            {"_id": person, "unannounced": standing}, {"$unset": {"unannounced": ""}}
        )

    async def _change(
        self, expected: Document, update: dict[str, Any], session: Session | None = None
    ) -> Person | None:
        """Change a standing in one conditional write with its mark; None if nothing matched."""
        raised = {"$set": {"unannounced": {"$add": ["$standing", 1]}}}
        document = await self._people.find_one_and_update(
            expected,
            [*_as_stages(update), raised, {"$set": {"standing": "$unannounced"}}],
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return None if document is None else self._person(document)

    def _person(self, document: Document) -> Person:
        phone = self._seal.open_text(
            bytes(document["phone"]), _phone_place(PersonId(document["_id"]))
        )
        return from_document(document | {"masked_phone": mask_phone(phone)}, Person)


def _accepted(version: str, at: datetime) -> list[Document]:
    """Write an acceptance; an account that staff made has accepted nothing yet."""
    return [{"version": version, "at": at}] if version else []


def _as_stages(update: dict[str, Any]) -> list[Document]:
    """Write `$set` and `$push` as stages of a pipeline, which the mark's sum needs."""
    stages: list[Document] = []
    for name, value in update.get("$push", {}).items():
        stages.append({"$set": {name: {"$concatArrays": [f"${name}", [value]]}}})
    if "$set" in update:
        literals = {name: {"$literal": value} for name, value in update["$set"].items()}
        stages.append({"$set": literals})
    return stages


def phone_stand_ins(index: BlindIndex, phone: str) -> Document:
    """Give what every write of a phone writes beside it: what the account is found by.

    `phone_tail_of` names the phone whose tail it is: a writer who knows of no tail changes the
    phone's own stand-in alone, and the two differ.
    """
    whole = index.digest("phone", phone)
    return {
        "phone_index": whole,
        "phone_tail": _phone_tail(index, phone),
        "phone_tail_of": whole,
    }


def _phone_tail(index: BlindIndex, phone: str) -> str:
    """Give the stand-in of a phone's last four digits, which staff's lists show."""
    return index.digest("phone tail", phone[-4:])


def _phone_place(person: PersonId) -> Place:
    return Place(COLLECTION, "phone", person)
