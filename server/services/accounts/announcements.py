"""Telling everybody at once when a session ended or a person's roles or certification changed.

The mark of the change is in the changed document itself; it is cleared when the news is out, and
`sweep` (every worker) tells what a dead process left: at least once, and never forgotten.
"""

from __future__ import annotations

from typing import Protocol

from server.domain.errors import Unavailable
from server.domain.ids import PersonId, SessionId
from server.domain.people import Certification, Role
from server.services.accounts.gate import Gate
from server.store.people import MongoPeople
from server.store.sessions import MongoSessions

#: Marks told in one sweep.
SWEPT = 200


class AccountNews(Protocol):
    """The way to every process; telling the same twice does no harm."""

    async def session_ended(self, person: PersonId, session: SessionId) -> None:
        """Close the session's sockets everywhere, for good (4505)."""

    async def standing_changed(self, person: PersonId) -> None:
        """Judge the person's subscriptions, offers and cached roles anew everywhere."""


class HeldGrants(Protocol):
    """Offline grants on people's phones; `server.services.grants.recalls.Recalls`."""

    async def ask_of(self, person: PersonId) -> int:
        """Ask all of a person's back from the terminals; doing it twice does no harm."""


class Announcements:
    """Tell news of sessions and people, and clear their marks."""

    def __init__(
        self,
        *,
        people: MongoPeople,
        sessions: MongoSessions,
        grants: HeldGrants,
        gate: Gate,
        news: AccountNews,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._grants = grants
        self._gate = gate
        self._news = news

    async def session_ended(self, person: PersonId, session: SessionId) -> None:
        """Tell that a session ended; if Redis is away, a sweep will.

        What its phone has kept for a terminal without a link is asked back from there.
        """
        self._gate.forget(session)
        await self._grants.ask_of(person)
        try:
            await self._news.session_ended(person, session)
        except Unavailable:
            return
        await self._sessions.announced(session)

    async def changed(self, person: PersonId, standing: int | None = None) -> None:
        """Tell that a person's standing changed; if Redis is away, a sweep will.

        Who may carry nothing (any more) may open nothing offline either.
        """
        self._gate.forget_person(person)
        known = await self._people.get(person)
        suspended = known.certification is Certification.SUSPENDED
        if suspended or Role.COURIER not in known.roles:
            await self._grants.ask_of(person)
        if standing is None:
            standing = await self._people.unannounced_of(person)
        if standing is None:
            return
        try:
            await self._news.standing_changed(person)
        except Unavailable:
            return
        await self._people.announced(person, standing)

    async def sweep(self) -> int:
        """Tell what is still marked; give how many marks there were."""
        sessions = await self._sessions.unannounced(SWEPT)
        for session, person in sessions:
            await self.session_ended(person, session)
        people = await self._people.unannounced(SWEPT)
        for person, standing in people:
            await self.changed(person, standing)
        return len(sessions) + len(people)
