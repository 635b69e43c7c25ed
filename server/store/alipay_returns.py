"""Browsers on their way to Alipay and back, in MongoDB: states and handles, as digests only.

    asked ──(Alipay leads the browser back: state and browser are right, once)──► redeeming
    redeeming ──(the code was redeemed: it is known who they are)──► known, with a handle
    known ──(linked: once)──► gone

Each is of one signed-in person: what comes back is nobody else's.
"""

from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import PersonId
from server.domain.payees import AlipayAccountId
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index

COLLECTION = "alipay_returns"


class MongoAlipayReturns:
    """The alipay_returns collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._returns = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._returns, "expires_at", expireAfterSeconds=0)
        await ensure_index(
            self._returns,
            "handle",
            unique=True,
            partialFilterExpression={"handle": {"$type": "string"}},
        )

    async def ask(
        self, state: str, *, browser: str, person: PersonId, expires_at: datetime
    ) -> None:
        """Keep that a person's browser was sent to Alipay; digests of the state and its cookie."""
        await self._returns.insert_one(
            {
                "_id": state,
                "step": "asked",
                "browser": browser,
                "person": person,
                "expires_at": milliseconds(expires_at),
            }
        )

    async def redeem(self, state: str, *, browser: str, now: datetime) -> bool:
        """Use a state up; False: unknown, used, too old, or of another browser."""
        result = await self._returns.update_one(
            {"_id": state, "step": "asked", "browser": browser, "expires_at": {"$gt": now}},
            {"$set": {"step": "redeeming"}},
        )
        return result.modified_count == 1

    async def know(
        self, state: str, *, handle: str, account: AlipayAccountId, expires_at: datetime
    ) -> bool:
        """Note who came back with a state."""
        known = {
            "step": "known",
            "handle": handle,
            "account": account,
            "expires_at": milliseconds(expires_at),
        }
        result = await self._returns.update_one(
            {"_id": state, "step": "redeeming"}, {"$set": known}
        )
        return result.modified_count == 1

    async def look(
        self, handle: str, *, browser: str, person: PersonId, now: datetime
    ) -> AlipayAccountId | None:
        """Say which account a handle is of, without using it up."""
        document = await self._returns.find_one(_is_good(handle, browser, person, now))
        return None if document is None else AlipayAccountId(document["account"])

    async def spend(self, handle: str, *, browser: str, person: PersonId, now: datetime) -> bool:
        """Use a handle up; False when somebody just did, or it is not good."""
        result = await self._returns.delete_one(_is_good(handle, browser, person, now))
        return result.deleted_count == 1


def _is_good(handle: str, browser: str, person: PersonId, now: datetime) -> Document:
    return {
        "handle": handle,
        "step": "known",
        "browser": browser,
        "person": person,
        "expires_at": {"$gt": now},
    }
