"""The sockets of this process: who is connected, how they are closed, and how a deploy empties it.

Knows nothing of Tornado and nothing of what frames say.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from realtime.hub.connection import Connection, Flusher, Outlet
from realtime.hub.outbox import Outbox
from realtime.hub.pulse import Pulse
from realtime.tasks import Tasks
from realtime.wire.envelope import CloseCode
from server.domain.ids import PersonId, SessionId


@dataclass(eq=False, slots=True, kw_only=True)
class Session:
    """One socket of a signed-in person. `login` is the session that the token belongs to."""

    person: PersonId
    login: SessionId
    connection: Connection = field(repr=False)


class Hub:
    """Keeps every connection of the process. One object, built and closed with the application."""

    def __init__(self, *, outbox_frames: int, outbox_bytes: int, ping_seconds: float) -> None:
        self._outbox_frames = outbox_frames
        self._outbox_bytes = outbox_bytes
        self._flusher = Flusher()
        self.pulse = Pulse(ping_seconds=ping_seconds)
        self._tasks = Tasks()
        self._connections: set[Connection] = set()
        self._sessions_by_person: dict[PersonId, set[Session]] = {}
        self._is_draining = False

    @property
    def is_draining(self) -> bool:
        """Tell whether new sockets should be sent elsewhere."""
        return self._is_draining

    @property
    def sockets(self) -> int:
        """Count the open connections."""
        return len(self._connections)

    @property
    def people(self) -> frozenset[PersonId]:
        """Give everybody who has a socket here."""
        return frozenset(self._sessions_by_person)

    def start(self) -> None:
        """Begin to ping; needs the running loop."""
        self._tasks.keep(self.pulse.run, name="pulse")

    async def close(self) -> None:
        """Close what is still open, at once, and stop."""
        for connection in list(self._connections):
            connection.close(CloseCode.GOING_AWAY, "server stops")
        await self._tasks.close()

    async def drain(self, within_seconds: float) -> None:
        """Send everybody away, each at a random moment, so that they do not all come back at once.

        Returns when all were told. New sockets are refused from now on.
        """
        self._is_draining = True
        waiting = list(self._connections)
        random.shuffle(waiting)
        pause = within_seconds / len(waiting) if waiting else 0.0
        for connection in waiting:
            connection.close(CloseCode.GOING_AWAY, "server restarts")
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)

    def connect(
        self, outlet: Outlet, *, on_close: Callable[[CloseCode], None] | None = None
    ) -> Connection:
        """Take in a new socket. Its handler must call `disconnect` when it ends."""
        outbox = Outbox(most_frames=self._outbox_frames, most_bytes=self._outbox_bytes)
        now = asyncio.get_running_loop().time()
        connection = Connection(outlet, outbox, self._flusher, heard_at=now, on_close=on_close)
        self._connections.add(connection)
        self.pulse.add(connection)
        return connection

    def disconnect(self, connection: Connection) -> None:
        """Forget a socket that has ended. Forgetting twice changes nothing."""
        connection.ended()
        self.pulse.remove(connection)
        self._connections.discard(connection)

    def enter(self, connection: Connection, *, person: PersonId, login: SessionId) -> Session:
        """Name the person behind a socket."""
        session = Session(person=person, login=login, connection=connection)
        self._sessions_by_person.setdefault(person, set()).add(session)
        return session

    def leave(self, session: Session) -> None:
        """Forget a person's socket. Leaving twice changes nothing."""
        sessions = self._sessions_by_person.get(session.person, set())
        sessions.discard(session)
        if not sessions:
            self._sessions_by_person.pop(session.person, None)

    def sessions(self, person: PersonId) -> frozenset[Session]:
        """Give a person's open sockets."""
        return frozenset(self._sessions_by_person.get(person, ()))

    def logins(self) -> dict[SessionId, PersonId]:
        """Give every signed-in session that has a socket here."""
        return {session.login: session.person for session in self._everybody()}

    def revoke(self, person: PersonId, login: SessionId | None = None) -> int:
        """Close a person's sockets, or those of one log-in only; tell how many."""
        doomed = [one for one in self.sessions(person) if login in (None, one.login)]
        for session in doomed:
            session.connection.close(CloseCode.REVOKED, "session ended")
        return len(doomed)

    def send_away(self, person: PersonId, code: CloseCode, reason: str) -> None:
        """Close a person's sockets with a code that lets them come back."""
        for session in self.sessions(person):
            session.connection.close(code, reason)

    def _everybody(self) -> Iterable[Session]:
        return [one for group in self._sessions_by_person.values() for one in group]
