"""The gate between a read and the news: what was read may be older than what the news told."""

import pytest

from server.domain.errors import SessionRevoked
from server.domain.ids import SessionId
from tests.integration.accounts.harness import Client, Rooms

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"


class EndedBehindTheRead:
    """Sessions, of which one is ended, and the news of it heard, just after it was read alive."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms, self._real = rooms, rooms.gate._sessions
        self.reads = 0
        rooms.gate._sessions = self

    async def get(self, session: SessionId):
        self.reads += 1
        found = await self._real.get(session)
        if self.reads == 1:
            await self._real.revoke(session, because="log_out", now=self._rooms.clock())
            self._rooms.gate.forget(session)
        return found


async def test_a_session_that_ends_while_it_is_read_is_not_let_in(rooms: Rooms, client: Client):
    opened = await client.log_in(rooms, PHONE)
    rooms.monotonic += 10  # nothing is kept of it
    sessions = EndedBehindTheRead(rooms)
    for _ in range(2):
        with pytest.raises(SessionRevoked):
            await rooms.gate.admission(opened["access_token"])
    assert sessions.reads == 3, "once more after the news, and nothing is kept of the first"
