"""Ending signed-in sessions on every process: log-out and suspension close sockets everywhere."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import msgspec

from realtime.feeds import Entry, Feeds
from realtime.hub import Hub
from realtime.tasks import Tasks
from realtime.wire.envelope import CloseCode, Position
from server.domain.errors import Unavailable
from server.domain.ids import PersonId, SessionId

log = logging.getLogger(__name__)

CHANNEL = "revocations"

#: Tells whether a session is still good; asked for each socket after revocations may be lost.
IsLive = Callable[[PersonId, SessionId], Awaitable[bool]]


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """One log-in was ended, or all of a person's."""

    person: str
    login: str | None = None


class Revocations:
    """Hears of ended sessions and closes their sockets in this process."""

    def __init__(self, *, feeds: Feeds, hub: Hub, is_live: IsLive) -> None:
        self._feeds = feeds
        self._hub = hub
        self._is_live = is_live
        self._tasks = Tasks()

    async def start(self) -> None:
        """Follow the channel; needs Redis.

        Raises:
            Unavailable: Redis did not answer.
        """
        await self._feeds.follow(CHANNEL, self)

    async def close(self) -> None:
        """Stop."""
        self._feeds.unfollow(CHANNEL, self)
        await self._tasks.close()

    async def revoke(self, person: PersonId, login: SessionId | None = None) -> None:
        """Close the sockets of one log-in, or of all of a person's, on every process.

        Here they are closed even when Redis cannot be reached. Revoking twice does no harm.

        Raises:
            Unavailable: other processes may not have heard; do it again.
        """
        self._hub.revoke(person, login)
        told = msgspec.json.encode(Revocation(person=person, login=login))
        await self._feeds.publish(CHANNEL, told)

    def entry(self, entry: Entry) -> None:
        """Close what was revoked."""
        told = msgspec.json.decode(entry.payload, type=Revocation)
        login = SessionId(told.login) if told.login is not None else None
        self._hub.revoke(PersonId(told.person), login)

    def lost(self, channel: str, position: Position) -> None:
        """Look at every session again, since a revocation may have been lost."""
        self._tasks.start(self._look_again(), name="sessions-again")

    async def _look_again(self) -> None:
        for login, person in self._hub.logins().items():
            try:
                if not await self._is_live(person, login):
                    self._hub.revoke(person, login)
            except Unavailable:
                # Not known to be good, so not kept: the page comes back and signs in again.
                log.warning("session could not be looked up again")
                for session in self._hub.sessions(person):
                    session.connection.close(CloseCode.GOING_AWAY, "please come back")
