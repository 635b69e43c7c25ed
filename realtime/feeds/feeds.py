"""Publishing to channels, following them in this process, and resuming after a break."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from redis.asyncio import Redis

from realtime.feeds.reader import ShardReader, entry_of
from realtime.feeds.values import (
    Entry,
    FeedSettings,
    Listener,
    Lost,
    Recovered,
    meta_key,
    shard_of,
    stream_key,
    wake_key,
)
from realtime.redis import OUTAGES, outage_is_unavailable, script
from realtime.tasks import Tasks
from realtime.wire.envelope import Position

#: A wake is read at once or not needed; its stream needs no memory.
WAKE_LIFE_SECONDS = 60

Argument = bytes | bytearray | memoryview | str | int | float


class Feeds:
    """Bounded Redis streams as channels with contiguous offsets.

    Delivery is at least once to every follower, in order per channel, or the follower hears
    `lost`. Publishing twice makes two entries: events carry versions, so readers can tell.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        process: str,
        connect: Callable[[], Redis],
        settings: FeedSettings | None = None,
    ) -> None:
        """Take a client for commands and a factory of clients for blocking reads.

        Blocking clients must wait longer for an answer than `settings.block_seconds`.
        """
        self._redis = redis
        self._process = process
        self._connect = connect
        self._settings = settings or FeedSettings()
        self._life_ms = round(self._settings.life_seconds * 1000)
        self._publish = script(redis, "realtime.feeds", "epoch", "publish")
        self._heads = script(redis, "realtime.feeds", "epoch", "heads")
        self._recover = script(redis, "realtime.feeds", "epoch", "recover")
        self._readers: dict[int, ShardReader] = {}
        self._reader_clients: list[Redis] = []
        self._tasks = Tasks()
        # Two who begin to follow the same channel at once must agree on its position.
        self._following = asyncio.Lock()

    async def close(self) -> None:
        """Stop all reads. The client for commands stays its owner's."""
        await self._tasks.close()
        for client in self._reader_clients:
            await client.aclose()
        self._reader_clients.clear()
        self._readers.clear()

    async def publish(
        self,
        channels: str | Iterable[str],
        payload: bytes,
        *,
        key: str | None = None,
        to: str | None = None,
    ) -> dict[str, Position]:
        """Append one event to channels; those of one shard at the same instant.

        Raises:
            Unavailable: Redis did not answer; some channels may have it. Publish it again.
        """
        wanted = [channels] if isinstance(channels, str) else list(dict.fromkeys(channels))
        settings = self._settings
        args: list[Argument] = [self._life_ms, settings.keep_entries, payload, key or "", to or ""]
        positions: dict[str, Position] = {}
        with outage_is_unavailable():
            for shard, group in self._by_shard(wanted).items():
                answer = await self._publish(keys=_keys(shard, group), args=args)
                positions.update(zip(group, _positions(answer), strict=True))
        return positions

    async def position(self, channel: str) -> Position:
        """Tell where a channel stands now.

        Raises:
            Unavailable: Redis did not answer.
        """
        with outage_is_unavailable():
            return (await self._heads_of(self._shard(channel), [channel]))[0]

    async def follow(self, channel: str, listener: Listener) -> Position:
        """Hand every entry after the returned position to the listener.

        Take a snapshot after this returns, never before. Following twice changes nothing.

        Raises:
            Unavailable: Redis did not answer; nothing is followed.
        """
        reader = self._reader(self._shard(channel))
        async with self._following:
            known = reader.position(channel)
            position = known or await self.position(channel)
            # An entry may have been handed on to others meanwhile: theirs is the later position.
            reader.add(channel, position, listener)
            position = reader.position(channel) or position
        if known is None:
            # An outage ends the blocking read as well, so a wake that failed is not missed.
            with suppress(*OUTAGES):
                await self._wake(self._shard(channel))
        return position

    def unfollow(self, channel: str, listener: Listener) -> None:
        """Hand on no more. Unfollowing twice changes nothing."""
        if reader := self._readers.get(self._shard(channel)):
            reader.remove(channel, listener)

    async def resume(self, channel: str, position: Position) -> Recovered | Lost:
        """Find everything after a position that a client brings back.

        Raises:
            Unavailable: Redis did not answer.
        """
        shard = self._shard(channel)
        if not _is_plausible(position):
            return Lost(position=await self.position(channel))
        most = self._settings.recover_entries
        args: list[Argument] = [self._life_ms, position.epoch, position.offset, most]
        with outage_is_unavailable():
            whole, epoch, head, rows = await self._recover(keys=_keys(shard, [channel]), args=args)
        now = Position(epoch=epoch.decode(), offset=head)
        if not whole:
            return Lost(position=now)
        return Recovered(position=now, entries=tuple(_entry(channel, row) for row in rows))

    def _shard(self, channel: str) -> int:
        return shard_of(channel, self._settings.shards)

    def _by_shard(self, channels: Iterable[str]) -> dict[int, list[str]]:
        groups: dict[int, list[str]] = {}
        for channel in channels:
            groups.setdefault(self._shard(channel), []).append(channel)
        return groups

    async def _heads_of(self, shard: int, channels: Sequence[str]) -> list[Position]:
        if not channels:
            return []
        return _positions(await self._heads(keys=_keys(shard, channels), args=[self._life_ms]))

    def _reader(self, shard: int) -> ShardReader:
        if shard in self._readers:
            return self._readers[shard]
        client = self._connect()

        async def heads(channels: Sequence[str]) -> list[Position]:
            return await self._heads_of(shard, channels)

        reader = ShardReader(
            shard=shard,
            process=self._process,
            redis=client,
            heads=heads,
            block_seconds=self._settings.block_seconds,
        )
        self._reader_clients.append(client)
        self._readers[shard] = reader
        self._tasks.keep(reader.run, name=f"feed-reader-{shard}")
        return reader

    async def _wake(self, shard: int) -> None:
        key = wake_key(shard, self._process)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.xadd(key, {"wake": "1"}, maxlen=1, approximate=False)
            pipe.expire(key, WAKE_LIFE_SECONDS)
            await pipe.execute()


def _keys(shard: int, channels: Sequence[str]) -> list[str]:
    keys: list[str] = []
    for channel in channels:
        keys += [stream_key(shard, channel), meta_key(shard, channel)]
    return keys


def _positions(flat: Sequence[bytes | int]) -> list[Position]:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return [Position(epoch=bytes(epoch).decode(), offset=int(head)) for epoch, head in pairs]


def _entry(channel: str, row: tuple[bytes, Sequence[bytes]]) -> Entry:
    entry_id, flat = row
    return entry_of(channel, entry_id, dict(zip(flat[::2], flat[1::2], strict=True)))


def _is_plausible(position: Position) -> bool:
    # What clients send back is their word: Lua computes with it only when it is a number.
    return position.epoch.isdigit() and 0 <= position.offset < 2**53
