"""Sessions in MongoDB: one document a log-in, its refresh token as a hash, replaced at each use.

A session is a family of refresh tokens, numbered by `generation`. `unannounced` marks an ended
one until its sockets were told to close.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.ids import PersonId, SessionId
from server.store.documents import Document, from_document, milliseconds, to_document
from server.store.indexes import ensure_index

COLLECTION = "sessions"

#: An ended session is kept this long, so that its late tokens are told apart from foreign ones.
KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One log-in on one device."""

    id: SessionId
    person: PersonId
    device: str  #: hash of the device's own id
    generation: int
    current: str  #: hash of the refresh token that may be used now
    previous: str | None = None  #: hash of the one before, for the grace window
    rotated_at: datetime
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_because: str | None = None

    def is_live(self, now: datetime) -> bool:
        """Tell whether it was neither ended nor has run out."""
        return self.revoked_at is None and now < self.expires_at


class MongoSessions:
    """The sessions."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._sessions = database[COLLECTION]

    async def ensure_indexes(self) -> None:
        """Create the indexes; idempotent."""
        await ensure_index(self._sessions, "expires_at", expireAfterSeconds=KEPT_SECONDS)
        await ensure_index(self._sessions, "person")
        await ensure_index(
            self._sessions, "unannounced", partialFilterExpression={"unannounced": True}
        )

    async def open(self, session: Session) -> None:
        """Keep a new session."""
        await self._sessions.insert_one(to_document(session))

    async def get(self, session: SessionId) -> Session | None:
        """Read one session, ended or not."""
        document = await self._sessions.find_one({"_id": session})
        return None if document is None else from_document(document, Session)

    async def live_of(self, person: PersonId, opened_until: datetime) -> list[SessionId]:
        """List a person's sessions that were not ended, of those opened up to an instant."""
        query = {"person": person, "revoked_at": None, "created_at": {"$lte": opened_until}}
        return [SessionId(one["_id"]) async for one in self._sessions.find(query, {"_id": 1})]

    async def opened_after(self, person: PersonId, at: datetime) -> bool:
        """Tell whether a person has logged in since an instant."""
        query = {"person": person, "created_at": {"$gt": at}}
        return await self._sessions.find_one(query, {"_id": 1}) is not None

    async def rotate(
        self, session: SessionId, *, used: str, successor: str, now: datetime, expires_at: datetime
    ) -> bool:
        """Replace the current token by its successor; False if it is not the current one."""
        at = milliseconds(now)
        result = await self._sessions.update_one(
            {"_id": session, "current": used, "revoked_at": None, "expires_at": {"$gt": now}},
            {
                "$set": {
                    "current": successor,
                    "previous": used,
                    "rotated_at": at,
                    "expires_at": milliseconds(expires_at),
                },
                "$inc": {"generation": 1},
            },
        )
        return result.modified_count == 1

    async def revoke(self, session: SessionId, *, because: str, now: datetime) -> bool:
        """End a session and mark it as to be announced; False if it was ended already."""
        result = await self._sessions.update_one(
            {"_id": session, "revoked_at": None},
            {
                "$set": {
                    "revoked_at": milliseconds(now),
                    "revoked_because": because,
                    "unannounced": True,
                }
            },
        )
        return result.modified_count == 1

    async def unannounced(self, limit: int) -> list[tuple[SessionId, PersonId]]:
        """List ended sessions whose sockets may not know yet."""
        found = self._sessions.find({"unannounced": True}, {"person": 1}).limit(limit)
        return [(SessionId(one["_id"]), PersonId(one["person"])) async for one in found]

    async def announced(self, session: SessionId) -> None:
        """Note that the end was told."""
        await self._sessions.update_one({"_id": session}, {"$unset": {"unannounced": ""}})
