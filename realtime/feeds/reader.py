"""One shard's blocking read in one process: every followed channel, from its last entry on.

A read is woken by an entry in a stream of the process's own. Unlike CLIENT UNBLOCK it cannot
come too early: the read that has not begun yet finds it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from redis.asyncio import Redis

from realtime.feeds.values import Entry, Listener, stream_key, wake_key
from realtime.redis import OUTAGES
from realtime.tasks import pause_seconds
from realtime.wire.envelope import Position

log = logging.getLogger(__name__)

#: Entries of one channel per read: bounds how long one reply holds the loop.
ENTRIES_PER_READ = 200

#: An entry's id and fields, as Redis gives them.
Row = tuple[bytes, dict[bytes, bytes]]

#: Asks Redis where channels stand.
Heads = Callable[[Sequence[str]], Awaitable[list[Position]]]


class ShardReader:
    """Reads the channels of one shard and hands each entry to its listeners, without holes.

    When entries may be missing (a new epoch, a trimmed stream) the listeners are told before
    the next entry. Positions are never "now".
    """

    def __init__(
        self, *, shard: int, process: str, redis: Redis, heads: Heads, block_seconds: float
    ) -> None:
        self._shard = shard
        #: Of this reader alone, and of one connection: `connect_reading`.
        self._redis = redis
        self._heads = heads
        self._block_ms = round(block_seconds * 1000)
        self._wake_key = wake_key(shard, process)
        self._wake_id = "0-0"
        # Followed channels: the last entry handed on, and who hears of the next.
        self._at: dict[str, Position] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._followed = asyncio.Event()
        # Set when a fault of ours may have swallowed entries.
        self._doubtful = False

    @property
    def channels(self) -> frozenset[str]:
        """List what is followed."""
        return frozenset(self._at)

    def position(self, channel: str) -> Position | None:
        """Give the last entry handed on; None when the channel is not followed."""
        return self._at.get(channel)

    def add(self, channel: str, position: Position, listener: Listener) -> None:
        """Follow a channel from a position; a channel already followed keeps its own."""
        self._at.setdefault(channel, position)
        listeners = self._listeners.setdefault(channel, [])
        if listener not in listeners:
            listeners.append(listener)
        self._followed.set()

    def remove(self, channel: str, listener: Listener) -> None:
        """Stop handing a channel to a listener; without listeners it is read no more."""
        listeners = self._listeners.get(channel, [])
        if listener in listeners:
            # A new list: the old one may be iterated over just now.
            self._listeners[channel] = [other for other in listeners if other is not listener]
        if not self._listeners.get(channel):
            self._listeners.pop(channel, None)
            self._at.pop(channel, None)

    async def run(self) -> None:
        """Read for ever; outages are waited out."""
        failures = 0
        while True:
            await self._followed.wait()
            try:
                # The connection first: what happens from here on makes it fail.
                await self._redis.ping()
                await self._verify()
                failures = 0
                while self._at:
                    await self._read()
                self._followed.clear()
            except OUTAGES as error:
                failures += 1
                log.warning("feed read failed", extra={"shard": self._shard, "cause": repr(error)})
                await asyncio.sleep(pause_seconds(failures))

    async def _verify(self) -> None:
        """Find out after a connection was lost whether entries were lost with it."""
        channels = list(self._at)
        doubtful, self._doubtful = self._doubtful, False
        for channel, head in zip(channels, await self._heads(channels), strict=True):
            known = self._at.get(channel)
            if known is not None and (doubtful or known.epoch != head.epoch):
                self._lose(channel, head)

    async def _read(self) -> None:
        channels = {stream_key(self._shard, channel): channel for channel in self._at}
        wanted = {key: _entry_id(self._at[channel]) for key, channel in channels.items()}
        wanted[self._wake_key] = self._wake_id
        answer = await self._redis.xread(
            wanted,  # type: ignore[arg-type]  # redis-py's dict is invariant in its key
            count=ENTRIES_PER_READ,
            block=self._block_ms,
        )
        # redis-py types all shapes that any protocol version may give; this client asks for one.
        for raw_key, rows in cast(list[tuple[bytes, list[Row]]], answer):
            key = raw_key.decode()
            if key == self._wake_key:
                self._wake_id = rows[-1][0].decode()
            else:
                self._hand_on_all(channels[key], rows)

    def _hand_on_all(self, channel: str, rows: Sequence[Row]) -> None:
        self._doubtful = True
        for entry_id, fields in rows:
            self._hand_on(entry_of(channel, entry_id, fields))
        self._doubtful = False

    def _hand_on(self, entry: Entry) -> None:
        known = self._at.get(entry.channel)
        if known is None:
            return  # nobody follows it any more
        if known.epoch == entry.epoch and entry.offset <= known.offset:
            return  # a position found by `_verify` was already past it
        if known.epoch != entry.epoch or entry.offset != known.offset + 1:
            self._lose(entry.channel, Position(epoch=entry.epoch, offset=entry.offset - 1))
        self._at[entry.channel] = entry.position
        for listener in self._listeners.get(entry.channel, ()):
            listener.entry(entry)

    def _lose(self, channel: str, position: Position) -> None:
        self._at[channel] = position
        for listener in self._listeners.get(channel, ()):
            listener.lost(channel, position)


def entry_of(channel: str, entry_id: bytes, fields: dict[bytes, bytes]) -> Entry:
    """Read one row of a stream."""
    epoch, _, offset = entry_id.decode().partition("-")
    return Entry(
        channel=channel,
        epoch=epoch,
        offset=int(offset),
        payload=fields[b"d"],
        key=fields[b"k"].decode() or None,
        to=fields[b"t"].decode() or None,
    )


def _entry_id(position: Position) -> str:
    return f"{position.epoch}-{position.offset}"
