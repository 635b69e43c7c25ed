"""News of accounts on every process: an ended session closes its sockets, changed roles renew them.

Implements what `server/services/accounts/announcements.py` tells its news through.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from realtime.feeds import Entry, Feeds
from realtime.hub import Hub
from realtime.tasks import Tasks
from realtime.wire.envelope import CloseCode, Position
from server.domain.errors import Unavailable
from server.domain.ids import PersonId, SessionId

log = logging.getLogger(__name__)

CHANNEL = "accounts"

#: Tells whether a session still lives; asked for each socket after news may have been lost.
IsLive = Callable[[PersonId, SessionId], Awaitable[bool]]


class SessionEnded(msgspec.Struct, frozen=True, kw_only=True, tag="session_ended"):
    """One log-in was ended."""

    person: str
    session: str


class StandingChanged(msgspec.Struct, frozen=True, kw_only=True, tag="standing_changed"):
    """A person's roles or certification changed."""

    person: str


News = SessionEnded | StandingChanged


class Memory(Protocol):
    """What a process remembers of sessions for a few seconds; the gate."""

    def forget(self, session: SessionId) -> None:
        """Drop one session."""

    def forget_person(self, person: PersonId) -> None:
        """Drop a person's sessions."""

    def forget_all(self) -> None:
        """Drop everything."""


class Revocations:
    """Tells all processes, and acts on what it hears in this one."""

    def __init__(self, *, feeds: Feeds, hub: Hub, memory: Memory, is_live: IsLive) -> None:
        self._feeds = feeds
        self._hub = hub
        self._memory = memory
        self._is_live = is_live
        self._tasks = Tasks()

    async def start(self) -> None:
        """Follow the news.

        Raises:
            Unavailable: Redis did not answer.
        """
        await self._feeds.follow(CHANNEL, self)

    async def close(self) -> None:
        """Stop."""
        self._feeds.unfollow(CHANNEL, self)
        await self._tasks.close()

    async def session_ended(self, person: PersonId, session: SessionId) -> None:
        """Close the session's sockets everywhere, for good; here even without Redis.

        Raises:
            Unavailable: other processes may not have heard; tell it again.
        """
        await self._tell(SessionEnded(person=person, session=session))

    async def standing_changed(self, person: PersonId) -> None:
        """Let the person's sockets come back with a new token and new roles, everywhere.

        Raises:
            Unavailable: other processes may not have heard; tell it again.
        """
        await self._tell(StandingChanged(person=person))

    def entry(self, entry: Entry) -> None:
        """Act on news, one's own included: doing it twice does no harm."""
        self._act(msgspec.json.decode(entry.payload, type=News))

    def lost(self, channel: str, position: Position) -> None:
        """Look at every session again, since news may have been lost."""
        self._memory.forget_all()
        self._tasks.keep(self._look_again, name="sessions-again")

    async def _tell(self, news: News) -> None:
        self._act(news)
        await self._feeds.publish(CHANNEL, msgspec.json.encode(news))

    def _act(self, news: News) -> None:
        person = PersonId(news.person)
        if isinstance(news, SessionEnded):
            self._memory.forget(SessionId(news.session))
            self._hub.revoke(person, SessionId(news.session))
        else:
            self._memory.forget_person(person)
            self._hub.send_away(person, CloseCode.TOKEN_EXPIRED, "roles changed")

    async def _look_again(self) -> None:
        for login, person in self._hub.logins().items():
            try:
                if not await self._is_live(person, login):
                    self._hub.revoke(person, login)
            except Unavailable:
                # Not known to be good, so not kept: the page comes back and says hello again.
                log.warning("session could not be looked up again")
                self._hub.send_away(person, CloseCode.GOING_AWAY, "please come back")
