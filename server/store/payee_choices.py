"""Which wallet a courier chose to be paid by, in MongoDB; one document a courier who chose."""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.ids import PersonId
from server.domain.payments import Wallet
from server.store.documents import Document, milliseconds

COLLECTION = "payee_choices"


class MongoPayeeChoices:
    """The payee_choices collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._choices = database[COLLECTION]

    async def of(self, courier: PersonId) -> Wallet | None:
        """Say which wallet a courier chose."""
        document = await self._choices.find_one({"_id": courier})
        return None if document is None else Wallet(document["wallet"])

    async def choose(self, courier: PersonId, wallet: Wallet, now: datetime) -> None:
        """Keep a choice; the latest counts."""
        choice = {"wallet": wallet.value, "at": milliseconds(now)}
        try:
            await self._choices.update_one({"_id": courier}, {"$set": choice}, upsert=True)
        except DuplicateKeyError:  # two at once chose for the first time
            await self._choices.update_one({"_id": courier}, {"$set": choice})
