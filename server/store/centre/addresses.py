"""People's address books in MongoDB: each entry sealed, one a recipient by its blind index.

`place` numbers a person's entries from 0; with its unique index no race makes one too many.
"""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.domain.addresses import MOST_ADDRESSES, Address, Recipient
from server.domain.errors import Conflict, NotFound, StaleVersion
from server.domain.ids import AddressId, PersonId
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index
from server.store.seal import BlindIndex, Place, Seal

COLLECTION = "addresses"
SEALED = ("name", "phone", "address")


class MongoAddresses:
    """The addresses collection."""

    def __init__(
        self, database: AsyncIOMotorDatabase[Document], *, seal: Seal, index: BlindIndex
    ) -> None:
        self._addresses = database[COLLECTION]
        self._seal = seal
        self._index = index

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(
            self._addresses, [("person", ASCENDING), ("recipient_index", ASCENDING)], unique=True
        )
        await ensure_index(
            self._addresses, [("person", ASCENDING), ("place", ASCENDING)], unique=True
        )

    async def add(self, address: Address) -> Address:
        """Keep a new entry; the same recipient again gives the one that is there, as used now.

        Raises:
            Conflict: the person has as many as allowed.
        """
        same = {
            "person": address.person,
            "recipient_index": self._digest(address.recipient),
        }
        while True:
            known = await self._use(same, address.used_at)
            if known is not None:
                return known
            document = self._sealed(address.id, address.recipient) | {
                "_id": address.id,
                "person": address.person,
                "place": await self._free_place(address.person),
                "version": address.version,
                "used_at": milliseconds(address.used_at),
            }
            try:
                await self._addresses.insert_one(document)
            except DuplicateKeyError:
                continue  # another request took the place, or brought the recipient
            return self._address(document)

    async def of(self, person: PersonId) -> list[Address]:
        """List a person's, used last first."""
        found = self._addresses.find({"person": person})
        newest = found.sort([("used_at", DESCENDING), ("_id", ASCENDING)]).limit(MOST_ADDRESSES)
        return [self._address(document) async for document in newest]

    async def get(self, person: PersonId, address: AddressId) -> Address:
        """Read one of a person's.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        document = await self._addresses.find_one({"_id": address, "person": person})
        if document is None:
            raise NotFound(field="address_id", rule="exists")
        return self._address(document)

    async def use(self, person: PersonId, address: AddressId, at: datetime) -> Address:
        """Read one of a person's, as the one used last.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        known = await self._use({"_id": address, "person": person}, at)
        if known is None:
            raise NotFound(field="address_id", rule="exists")
        return known

    async def change(self, address: Address) -> Address:
        """Write an entry over the version that it was read as.

        Raises:
            NotFound: there is none, or it is somebody else's.
            StaleVersion: it changed meanwhile.
            Conflict: another of the person's is this recipient.
        """
        mine = {"_id": address.id, "person": address.person}
        try:
            document = await self._addresses.find_one_and_update(
                mine | {"version": address.version},
                {
                    "$set": self._sealed(address.id, address.recipient),
                    "$max": {"used_at": milliseconds(address.used_at)},
                    "$inc": {"version": 1},
                },
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            raise Conflict(field="name", rule="one_recipient") from None
        if document is None:
            raise await self._not_changed(address)
        return self._address(document)

    async def remove(self, person: PersonId, address: AddressId) -> None:
        """Forget an entry; one that is gone is no harm."""
        await self._addresses.delete_one({"_id": address, "person": person})

    async def _not_changed(self, address: Address) -> StaleVersion:
        await self.get(address.person, address.id)
        return StaleVersion(field="version", rule="unchanged")

    async def _use(self, which: Document, at: datetime) -> Address | None:
        document = await self._addresses.find_one_and_update(
            which, {"$max": {"used_at": milliseconds(at)}}, return_document=ReturnDocument.AFTER
        )
        return None if document is None else self._address(document)

    async def _free_place(self, person: PersonId) -> int:
        taken = set(await self._addresses.distinct("place", {"person": person}))
        free = next((place for place in range(MOST_ADDRESSES) if place not in taken), None)
        if free is None:
            raise Conflict(field="name", rule=f"{MOST_ADDRESSES}_addresses")
        return free

    def _digest(self, recipient: Recipient) -> str:
        said = (recipient.name, recipient.phone, recipient.region, recipient.address)
        return self._index.digest("recipient", "\n".join(said))

    def _sealed(self, address: AddressId, recipient: Recipient) -> Document:
        closed: Document = {
            name: self._seal.close_text(getattr(recipient, name), _place(address, name))
            for name in SEALED
        }
        return closed | {
            "region": recipient.region,
            "recipient_index": self._digest(recipient),
        }

    def _address(self, document: Document) -> Address:
        address = AddressId(document["_id"])
        opened = {
            name: self._seal.open_text(bytes(document[name]), _place(address, name))
            for name in SEALED
        }
        return Address(
            id=address,
            person=PersonId(document["person"]),
            recipient=Recipient(region=document["region"], **opened),
            version=document["version"],
            used_at=document["used_at"],
        )


def _place(address: AddressId, field: str) -> Place:
    return Place(COLLECTION, field, address)
