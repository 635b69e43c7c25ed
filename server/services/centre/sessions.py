"""Ending all of a person's log-ins at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.domain.ids import PersonId
from server.services.accounts.announcements import Announcements
from server.services.ports import Clock
from server.store.sessions import MongoSessions


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSessions:
    """Ends sessions, and closes their sockets."""

    sessions: MongoSessions
    announcements: Announcements
    clock: Clock

    async def end(self, person: PersonId, *, opened_until: datetime, because: str) -> None:
        """End those opened up to an instant; doing it again does no harm."""
        for session in await self.sessions.live_of(person, opened_until):
            if await self.sessions.revoke(session, because=because, now=self.clock()):
                await self.announcements.session_ended(person, session)
