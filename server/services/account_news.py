"""News of sessions and people to every process, over a feed channel of its own.

Whoever changes something publishes; every server process follows, closes sockets, and drops
what it keeps of the person. After a hole in the channel all of it is checked against MongoDB.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from realtime.feeds import Entry, Feeds
from realtime.tasks import Tasks
from realtime.wire.envelope import Position
from server.domain.ids import PersonId, SessionId
from server.services.gate import Gate
from server.store.sessions import MongoSessions

log = logging.getLogger(__name__)

CHANNEL = "accounts"


class AccountChange(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the channel: ids only."""

    kind: Literal["session_ended", "standing_changed"]
    person: str
    session: str | None = None


class Sockets(Protocol):
    """The sockets of this process; `realtime.hub.Hub`."""

    def revoke(self, person: PersonId, login: SessionId | None = None) -> int:
        """Close a person's sockets, or those of one session only, for good."""

    def logins(self) -> Mapping[SessionId, PersonId]:
        """List the sessions that have sockets here."""


class PublishedNews:
    """Implements `AccountNews`: tells every process."""

    def __init__(self, *, feeds: Feeds) -> None:
        self._feeds = feeds

    async def session_ended(self, person: PersonId, session: SessionId) -> None:
        """Publish the end of a session. Raises: Unavailable."""
        change = AccountChange(kind="session_ended", person=person, session=session)
        await self._feeds.publish(CHANNEL, msgspec.json.encode(change))

    async def standing_changed(self, person: PersonId) -> None:
        """Publish a change of roles or certification. Raises: Unavailable."""
        change = AccountChange(kind="standing_changed", person=person)
        await self._feeds.publish(CHANNEL, msgspec.json.encode(change))


class NewsListener:
    """Follows the channel in a process that has sockets; implements the feeds' `Listener`."""

    def __init__(
        self,
        *,
        feeds: Feeds,
        gate: Gate,
        sockets: Sockets,
        sessions: MongoSessions,
        clock: Callable[[], datetime],
        tasks: Tasks,
    ) -> None:
        self._feeds = feeds
        self._gate = gate
        self._sockets = sockets
        self._sessions = sessions
        self._clock = clock
        self._tasks = tasks
        self._judges: list[Callable[[PersonId], None]] = []

    async def start(self) -> None:
        """Begin to follow. Raises: Unavailable."""
        await self._feeds.follow(CHANNEL, self)

    def on_standing(self, judge: Callable[[PersonId], None]) -> None:
        """Call this for each person whose roles or certification changed; it may not block."""
        self._judges.append(judge)

    def entry(self, entry: Entry) -> None:
        """Act on one change; doing so twice does no harm."""
        try:
            change = msgspec.json.decode(entry.payload, type=AccountChange)
        except msgspec.MsgspecError:
            log.warning("account news of another version were left out")
            return
        person = PersonId(change.person)
        if change.kind == "session_ended" and change.session:
            self._gate.forget(SessionId(change.session))
            self._sockets.revoke(person, SessionId(change.session))
        else:
            self._gate.forget_person(person)
            self._judge(person)

    def lost(self, channel: str, position: Position) -> None:
        """Check everybody with a socket here, since an end may have been missed."""
        self._gate.forget_all()
        self._tasks.start(self._check_all(), name="check-sessions")

    async def _check_all(self) -> None:
        for session, person in dict(self._sockets.logins()).items():
            kept = await self._sessions.get(session)
            if kept is None or not kept.is_live(self._clock()):
                self._sockets.revoke(person, session)
            else:
                self._judge(person)

    def _judge(self, person: PersonId) -> None:
        for judge in self._judges:
            judge(person)
