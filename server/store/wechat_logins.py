"""Log-ins by WeChat that are under way, in MongoDB: states and handles, as digests only.

    asked ──(WeChat leads the browser back: state and browser are right, once)──► redeeming
    redeeming ──(the code was redeemed: it is known who they are)──► known, with a handle
    known ──(logged in, or linked: once)──► gone

The mini program's begin at `known`: its code came in a body, without a browser's state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.wechat import WeChatAccountId, WeChatApp
from server.store.documents import Document, milliseconds
from server.store.indexes import ensure_index

COLLECTION = "wechat_logins"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who somebody is to WeChat; good for one log-in or link."""

    account: WeChatAccountId
    app: WeChatApp


class MongoWeChatLogIns:
    """The wechat_logins collection."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._logins = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._logins, "expires_at", expireAfterSeconds=0)
        await ensure_index(
            self._logins,
            "handle",
            unique=True,
            partialFilterExpression={"handle": {"$type": "string"}},
        )

    async def ask(
        self, state: str, *, browser: str, return_path: str, expires_at: datetime
    ) -> None:
        """Keep that a browser was sent to WeChat; digests of the state and of its cookie."""
        await self._logins.insert_one(
            {
                "_id": state,
                "step": "asked",
                "browser": browser,
                "return_path": return_path,
                "expires_at": milliseconds(expires_at),
            }
        )

    async def redeem(self, state: str, *, browser: str, now: datetime) -> str | None:
        """Use a state up; give where its browser wants to return to.

        None: unknown, used, too old, or of another browser.
        """
        document = await self._logins.find_one_and_update(
            {"_id": state, "step": "asked", "browser": browser, "expires_at": {"$gt": now}},
            {"$set": {"step": "redeeming"}},
        )
        return None if document is None else str(document["return_path"])

    async def know(self, state: str, *, handle: str, known: Known, expires_at: datetime) -> bool:
        """Note who came back with a state."""
        result = await self._logins.update_one(
            {"_id": state, "step": "redeeming"},
            {
                "$set": {
                    "step": "known",
                    "handle": handle,
                    "account": known.account,
                    "app": known.app.value,
                    "expires_at": milliseconds(expires_at),
                }
            },
        )
        return result.modified_count == 1

    async def keep(self, handle: str, *, known: Known, expires_at: datetime) -> None:
        """Note who somebody is who has no browser."""
        await self._logins.insert_one(
            {
                "_id": handle,
                "step": "known",
                "handle": handle,
                "browser": None,
                "account": known.account,
                "app": known.app.value,
                "expires_at": milliseconds(expires_at),
            }
        )

    async def look(self, handle: str, *, browser: str | None, now: datetime) -> Known | None:
        """Say who a handle is, without using it up."""
        document = await self._logins.find_one(_is_good(handle, browser, now))
        return None if document is None else _known(document)

    async def spend(self, handle: str, *, browser: str | None, now: datetime) -> Known | None:
        """Use a handle up; None when somebody just did, it is too old, or of another browser."""
        document = await self._logins.find_one_and_delete(_is_good(handle, browser, now))
        return None if document is None else _known(document)


def _is_good(handle: str, browser: str | None, now: datetime) -> Document:
    """Match a handle in its own browser; None matches only those without a browser."""
    return {"handle": handle, "step": "known", "browser": browser, "expires_at": {"$gt": now}}


def _known(document: Document) -> Known:
    return Known(account=WeChatAccountId(document["account"]), app=WeChatApp(document["app"]))
