"""What a person keeps of themselves on their account's document: real name, and the phone's change.

A change of the phone and what follows from it are one write: `phone_news` holds the old number,
sealed, and who is still to be told, until sessions are ended and both numbers have heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.centre import PhoneTaken
from server.domain.errors import Conflict, NotFound
from server.domain.ids import PersonId
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index
from server.store.people import COLLECTION, phone_stand_ins
from server.store.seal import BlindIndex, Place, Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDetails:
    """Opened; a caller that shows it to anybody in full records the read first."""

    person: PersonId
    name: str | None
    phone: str
    agreement_version: str
    agreed_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNews:
    """A change of phone that is not told of yet."""

    person: PersonId
    old: str
    new: str
    at: datetime
    to: tuple[str, ...]  #: of `old` and `new`, who has not heard


class MongoOwnDetails:
    """Own details in the people collection."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, seal: Seal, index: BlindIndex
    ) -> None:
        self._people = database[COLLECTION]
        self._seal = seal
        self._index = index

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._people,
            "phone_news.at",
            partialFilterExpression={"phone_news.at": {"$exists": True}},
        )

    async def get(self, person: PersonId) -> OwnDetails:
        """Open a person's details.

        Raises:
            NotFound: there is no such person.
        """
        document = await self._people.find_one({"_id": person})
        if document is None:
            raise NotFound(field="person", rule="exists")
        name = document.get("real_name")
        return OwnDetails(
            person=person,
            name=None if name is None else self._open(name, person, "real_name"),
            phone=self._open(document["phone"], person, "phone"),
            agreement_version=document["agreement_version"],
            agreed_at=document["agreed_at"],
            created_at=document["created_at"],
        )

    async def set_name(self, person: PersonId, name: str) -> None:
        """Keep a real name."""
        sealed = self._seal.close_text(name, Place(COLLECTION, "real_name", person))
        await self._people.update_one({"_id": person}, {"$set": {"real_name": sealed}})

    async def change_phone(self, person: PersonId, old: str, new: str, now: datetime) -> None:
        """Give an account another number, and write down whom to tell.

        Raises:
            PhoneTaken: the number has an account.
            Conflict: the account's number is not the old one (any more), or the change before
                was not told of yet.
        """
        fields = {
            "phone": self._seal.close_text(new, Place(COLLECTION, "phone", person)),
            **phone_stand_ins(self._index, new),
            "phone_news": {
                "old": self._seal.close_text(old, Place(COLLECTION, "phone_news.old", person)),
                "at": milliseconds(now),
                "to": ["old", "new"],
            },
        }
        expected = {
            "_id": person,
            "phone_index": self._index.digest("phone", old),
            "phone_news": {"$exists": False},
        }
        try:
            result = await self._people.update_one(expected, {"$set": fields})
        except DuplicateKeyError:
            raise PhoneTaken(field="phone", rule="free") from None
        if not result.modified_count:
            raise Conflict(field="phone", rule="unchanged")

    async def untold(self, limit: int) -> list[PersonId]:
        """List people whose change of phone was not told of yet."""
        found = self._people.find({"phone_news.at": {"$exists": True}}, {"_id": 1}).limit(limit)
        return [PersonId(document["_id"]) async for document in found]

    async def news_of(self, person: PersonId) -> PhoneNews | None:
        """Open a person's change of phone that is not told of yet."""
        document = await self._people.find_one({"_id": person, "phone_news.at": {"$exists": True}})
        if document is None:
            return None
        news = document["phone_news"]
        return PhoneNews(
            person=person,
            old=self._open(news["old"], person, "phone_news.old"),
            new=self._open(document["phone"], person, "phone"),
            at=news["at"],
            to=tuple(news["to"]),
        )

    async def take(self, news: PhoneNews, who: str) -> bool:
        """Have the telling of one number to oneself, once; False when somebody has it."""
        result = await self._people.update_one(
            {"_id": news.person, "phone_news.at": news.at, "phone_news.to": who},
            {"$pull": {"phone_news.to": who}},
        )
        return result.modified_count == 1

    async def told(self, news: PhoneNews) -> None:
        """Forget the old number, when both have heard."""
        await self._people.update_one(
            {"_id": news.person, "phone_news.at": news.at, "phone_news.to": []},
            {"$unset": {"phone_news": ""}},
        )

    def _open(self, sealed: bytes, person: PersonId, field: str) -> str:
        return self._seal.open_text(bytes(sealed), Place(COLLECTION, field, person))
