"""What a feed holds and says: entries, what a resume finds, who listens, the keys in Redis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from realtime.wire.envelope import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of a channel. `payload` is JSON, encoded once by whoever published it.

    `key`: of data where only the latest counts. `to`: the only person it is for.
    """

    channel: str
    epoch: str
    offset: int
    payload: bytes
    key: str | None = None
    to: str | None = None

    @property
    def position(self) -> Position:
        """Say where it stands in its channel."""
        return Position(epoch=self.epoch, offset=self.offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Everything since the asked position, up to `position`."""

    position: Position
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Something since the asked position is gone: take a snapshot after `position`."""

    position: Position


class Listener(Protocol):
    """Who follows a channel. Both are called in the channel's order and may not block or raise."""

    def entry(self, entry: Entry) -> None:
        """Take the next event."""

    def lost(self, channel: str, position: Position) -> None:
        """Hear that events before `position` may be missing; those after it follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """Sizes and times of the feeds."""

    #: Hash tags that channels are spread over. All processes must agree; a change is a new
    #: life of every channel, which clients see as a lost position.
    shards: int = 4
    #: Entries a channel keeps for those who come back.
    keep_entries: int = 2000
    #: Life of a channel that nobody publishes to, seconds.
    life_seconds: float = 2 * 24 * 3600
    #: Longest blocking read, seconds; also how long a dead connection may go unnoticed.
    block_seconds: float = 5.0
    #: Most entries a resume gives; who missed more is better served by a snapshot.
    recover_entries: int = 256


def shard_of(channel: str, shards: int) -> int:
    """Give the shard of a channel: the same in every process and version."""
    return crc32(channel.encode()) % shards


def stream_key(shard: int, channel: str) -> str:
    """Name the stream of a channel."""
    return f"feed:{{{shard}}}:stream:{channel}"


def meta_key(shard: int, channel: str) -> str:
    """Name the hash that holds a channel's run, epoch and head."""
    return f"feed:{{{shard}}}:meta:{channel}"


def wake_key(shard: int, process: str) -> str:
    """Name the stream whose only use is to end a process's blocking read of the shard."""
    return f"feed:{{{shard}}}:wake:{process}"
