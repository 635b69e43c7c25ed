"""An inbox's beats beside what happens meanwhile, on a real Redis."""

from realtime.inbox import Inbox
from realtime.redis import connect, connect_reading
from server.domain.ids import TerminalId

T1, T2 = TerminalId("t1"), TerminalId("t2")


class LeavingBehindTheNote(Inbox):
    """Lets a terminal's connection end just as a beat has asked Redis to note it."""

    leaving = T2

    async def _note(self, terminal: TerminalId, epoch: int) -> bool:
        if terminal == self.leaving and epoch in self._held.values():
            await self.release(terminal, epoch)
        return await super()._note(terminal, epoch)


async def test_a_beat_brings_no_ended_connection_back(redis_url):
    async with connect(redis_url) as redis:
        inbox = LeavingBehindTheNote(
            redis, process="p1", connect=lambda: connect_reading(redis_url, block_seconds=0.5)
        )
        inbox.leaving = TerminalId("nobody")
        assert await inbox.hold(T1, 1)
        assert await inbox.hold(T2, 2)
        inbox.leaving = T2
        await inbox.beat()
        assert await inbox.holder(T1) == "p1"
        assert await inbox.holder(T2) is None, "others would hand it commands that go nowhere"
        await inbox.close()
