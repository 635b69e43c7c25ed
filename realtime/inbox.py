"""A way to say something to one process, and which process holds a terminal's socket.

A message says only that there is something to look at (a command's id, a courier's id): it
may come twice, and is lost with a process that dies, so whoever sends it has it written down
elsewhere and looks again later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import cast

from redis.asyncio import Redis

from realtime.redis import OUTAGES, outage_is_unavailable, script, text
from realtime.tasks import Tasks, pause_seconds
from server.domain.errors import Unavailable
from server.domain.ids import TerminalId

log = logging.getLogger(__name__)

#: Messages kept for a process that is slow or gone; older ones are dropped.
MOST_MESSAGES = 1000

#: Messages per read.
MESSAGES_PER_READ = 100

Receive = Callable[[bytes], Awaitable[None]]


class Inbox:
    """This process's inbox, and the way to the others'."""

    def __init__(
        self,
        redis: Redis,
        *,
        process: str,
        connect: Callable[[], Redis],
        life_seconds: float = 15,
        block_seconds: float = 5,
    ) -> None:
        """Take a client for commands and a factory of one for the blocking read.

        A process that has not beaten for `life_seconds` counts as dead.
        """
        self._redis = redis
        self._process = process
        self._connect = connect
        self._life_ms = round(life_seconds * 1000)
        self._block_ms = round(block_seconds * 1000)
        self._hold = script(redis, "realtime", "hold")
        self._release = script(redis, "realtime", "release")
        self._tasks = Tasks()
        self._reading: Redis | None = None
        # The last message handed on.
        self._last = "0-0"
        # Terminals whose sockets this process holds, by the epoch of the connection.
        self._held: dict[TerminalId, int] = {}

    @property
    def process(self) -> str:
        """Name this process."""
        return self._process

    def start(self, receive: Receive) -> None:
        """Register this process and hand it its messages, one after the other."""
        self._reading = self._connect()
        reading = self._reading

        async def read() -> None:
            await self._read(reading, receive)

        self._tasks.keep(self._beat_on, name="inbox-beat")
        self._tasks.keep(read, name="inbox-read")

    async def close(self) -> None:
        """Stop reading and unregister."""
        await self._tasks.close()
        if self._reading is not None:
            await self._reading.aclose()
            self._reading = None
        with suppress(*OUTAGES):
            await self._redis.delete(_process_key(self._process), _inbox_key(self._process))

    async def send(self, process: str, message: bytes) -> bool:
        """Leave a message for a process; False when it is known to be dead.

        Raises:
            Unavailable: Redis did not answer; the message may have been left.
        """
        key = _inbox_key(process)
        with outage_is_unavailable():
            if not await self._redis.exists(_process_key(process)):
                return False
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.xadd(key, {"m": message}, maxlen=MOST_MESSAGES, approximate=False)
                pipe.pexpire(key, 10 * self._life_ms)
                await pipe.execute()
        return True

    async def hold(self, terminal: TerminalId, epoch: int) -> bool:
        """Note that this process holds a terminal's socket; False when a later one is known.

        Raises:
            Unavailable: Redis did not answer; it is noted with a later beat.
        """
        self._held[terminal] = epoch
        with outage_is_unavailable():
            return await self._note(terminal, epoch)

    async def release(self, terminal: TerminalId, epoch: int) -> None:
        """Note that this connection ended; a later connection's note stays.

        Raises:
            Unavailable: Redis did not answer; the note ends by itself.
        """
        if self._held.get(terminal) == epoch:
            del self._held[terminal]
        with outage_is_unavailable():
            await self._release(keys=[_holder_key(terminal)], args=[epoch])

    async def holder(self, terminal: TerminalId) -> str | None:
        """Give the process that holds a terminal's socket, if it lives.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            found = await self._redis.hget(_holder_key(terminal), "process")
            if found is None:
                return None
            process = text(found)
            return process if await self._redis.exists(_process_key(process)) else None

    async def holders(self, terminals: Sequence[TerminalId]) -> dict[TerminalId, str]:
        """Give the living processes that hold these terminals' sockets: two round trips.

        Raises:
            Unavailable: Redis did not answer.
        """
        if not terminals:
            return {}
        with outage_is_unavailable():
            async with self._redis.pipeline(transaction=False) as pipe:
                for terminal in terminals:
                    pipe.hget(_holder_key(terminal), "process")
                found = [None if one is None else text(one) for one in await pipe.execute()]
            named = sorted({one for one in found if one is not None})
            async with self._redis.pipeline(transaction=False) as pipe:
                for process in named:
                    pipe.exists(_process_key(process))
                answers = await pipe.execute() if named else []
        living = {process for process, lives in zip(named, answers, strict=True) if lives}
        pairs = zip(terminals, found, strict=True)
        return {terminal: one for terminal, one in pairs if one is not None and one in living}

    async def beat(self) -> None:
        """Say that this process lives and what it holds; `start` does this by itself."""
        await self._redis.set(_process_key(self._process), "1", px=self._life_ms)
        for terminal, epoch in list(self._held.items()):
            await self._note_again(terminal, epoch)

    async def _note_again(self, terminal: TerminalId, epoch: int) -> None:
        """Renew a note, unless the connection ended: what was let go must not come back."""
        if self._held.get(terminal) != epoch:
            return
        await self._note(terminal, epoch)
        if self._held.get(terminal) != epoch:  # it ended while Redis was asked
            await self._release(keys=[_holder_key(terminal)], args=[epoch])

    async def _note(self, terminal: TerminalId, epoch: int) -> bool:
        # A little longer than the process: the note of a dead process is found out by `holder`.
        args: list[str | int] = [self._process, epoch, 2 * self._life_ms]
        return bool(await self._hold(keys=[_holder_key(terminal)], args=args))

    async def _beat_on(self) -> None:
        while True:
            with suppress(*OUTAGES):
                await self.beat()
            await asyncio.sleep(self._life_ms / 3000)

    async def _read(self, reading: Redis, receive: Receive) -> None:
        failures = 0
        while True:
            try:
                await self._start_over_if_lost(reading)
                while True:
                    await self._read_once(reading, receive)
                    failures = 0
            except OUTAGES as error:
                failures += 1
                log.warning("inbox read failed", extra={"cause": repr(error)})
                await asyncio.sleep(pause_seconds(failures))

    async def _start_over_if_lost(self, reading: Redis) -> None:
        """Read from the beginning after Redis came back without what was already read."""
        newest = await reading.xrevrange(_inbox_key(self._process), count=1)
        newest_id = text(cast(bytes, newest[0][0])) if newest else self._last
        if _id(newest_id) < _id(self._last):
            self._last = "0-0"

    async def _read_once(self, reading: Redis, receive: Receive) -> None:
        answer = await reading.xread(
            {_inbox_key(self._process): self._last}, count=MESSAGES_PER_READ, block=self._block_ms
        )
        streams = cast(list[tuple[bytes, list[tuple[bytes, Mapping[bytes, bytes]]]]], answer)
        for _, rows in streams:
            for message_id, fields in rows:
                self._last = message_id.decode()
                await self._receive(receive, fields[b"m"])

    async def _receive(self, receive: Receive, message: bytes) -> None:
        try:
            await receive(message)
        except Unavailable:
            # What the message points at is written down: whoever sweeps finds it.
            log.warning("message not handled", exc_info=True)


def _id(message_id: str) -> tuple[int, int]:
    milliseconds, _, number = message_id.partition("-")
    return int(milliseconds), int(number)


def _process_key(process: str) -> str:
    return f"process:{process}"


def _inbox_key(process: str) -> str:
    return f"inbox:{process}"


def _holder_key(terminal: TerminalId) -> str:
    return f"holder:{terminal}"
