"""Whose a token is, now: the session still lives, and the roles are those of this moment.

A token's own roles are as old as the token. The session and the roles are read from MongoDB and
kept for a few seconds, so that an ended session or a taken role works in every process at least
that soon; news of it (`forget`) works at once.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from server.domain.errors import NotAuthenticated, NotFound, SessionRevoked
from server.domain.ids import PersonId, SessionId
from server.domain.people import Actor
from server.services.accounts.tokens import AccessClaims, Tokens
from server.store.outages import mongo_outage_is_unavailable
from server.store.people import MongoPeople
from server.store.sessions import MongoSessions

#: How long what was read may be used, seconds.
KEPT_SECONDS = 2.0

#: Sessions kept at once; the longest unused goes first.
MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who was let in, and until when without a new token."""

    actor: Actor
    expires_at: datetime


@dataclass(eq=False, slots=True)
class _Reading:
    """A read that is under way; news may make it stale."""

    claims: AccessClaims
    is_stale: bool = False


class Gate:
    """Let people in by their access tokens."""

    def __init__(
        self,
        *,
        tokens: Tokens,
        sessions: MongoSessions,
        people: MongoPeople,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._sessions = sessions
        self._people = people
        self._clock = clock
        self._monotonic = monotonic
        # By session: who it is, and until when that may be believed.
        self._kept: OrderedDict[SessionId, tuple[Actor, float]] = OrderedDict()
        self._readings: set[_Reading] = set()

    async def admit(self, access_token: str) -> Actor:
        """Give who holds the token.

        Raises:
            TokenExpired: refresh it.
            SessionRevoked: the session was ended.
            NotAuthenticated: foreign or forged.
            Unavailable: MongoDB does not answer.
        """
        return (await self.admission(access_token)).actor

    async def admit_afresh(self, access_token: str) -> Actor:
        """Do as `admit`, past what is kept: before refusing somebody for want of a role."""
        claims = self._tokens.read_access(access_token)
        return await self._read(claims)

    async def admission(self, access_token: str) -> Admission:
        """Give who holds the token and when it runs out; for sockets. Raises as `admit`."""
        claims = self._tokens.read_access(access_token)
        kept = self._kept.get(claims.session)
        if kept is not None and kept[1] > self._monotonic() and kept[0].person == claims.person:
            self._kept.move_to_end(claims.session)
            return Admission(actor=kept[0], expires_at=claims.expires_at)
        return Admission(actor=await self._read(claims), expires_at=claims.expires_at)

    async def is_live(self, person: PersonId, session: SessionId) -> bool:
        """Tell whether a session still lives, past what is kept. Raises: Unavailable."""
        with mongo_outage_is_unavailable():
            found = await self._sessions.get(session)
        return found is not None and found.person == person and found.is_live(self._clock())

    def forget(self, session: SessionId) -> None:
        """Drop what is kept of a session that ended."""
        self._kept.pop(session, None)
        self._mark(one for one in self._readings if one.claims.session == session)

    def forget_person(self, person: PersonId) -> None:
        """Drop what is kept of a person whose roles or certification changed."""
        self._mark(one for one in self._readings if one.claims.person == person)
        for session in [one for one, kept in self._kept.items() if kept[0].person == person]:
            del self._kept[session]

    def forget_all(self) -> None:
        """Drop everything that is kept: news may have been missed."""
        self._kept.clear()
        self._mark(self._readings)

    async def _read(self, claims: AccessClaims) -> Actor:
        actor = await self._read_after_the_news(claims)
        self._kept[claims.session] = (actor, self._monotonic() + KEPT_SECONDS)
        self._kept.move_to_end(claims.session)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return actor

    async def _read_after_the_news(self, claims: AccessClaims) -> Actor:
        """Read until no news of it came meanwhile: what was read may be older than what it told.

        Else a socket whose session ends while it says hello would be let in after the news of it,
        and stay.
        """
        reading = _Reading(claims)
        self._readings.add(reading)
        try:
            while True:
                reading.is_stale = False
                with mongo_outage_is_unavailable():
                    actor = await self._actor(claims)
                if not reading.is_stale:
                    return actor
        finally:
            self._readings.discard(reading)

    def _mark(self, readings: Iterable[_Reading]) -> None:
        for reading in readings:
            reading.is_stale = True

    async def _actor(self, claims: AccessClaims) -> Actor:
        session = await self._sessions.get(claims.session)
        if session is None or not session.is_live(self._clock()):
            self._kept.pop(claims.session, None)
            raise SessionRevoked
        if session.person != claims.person:
            raise NotAuthenticated
        try:
            person = await self._people.get(claims.person)
        except NotFound:
            raise SessionRevoked from None
        return Actor(person=person.id, session=session.id, roles=person.roles)
