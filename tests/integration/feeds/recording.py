"""A listener that writes down what it hears, and feeds as a process of its own would build them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from realtime.feeds import Entry, Feeds, FeedSettings
from realtime.redis import Client, connect, connect_reading
from realtime.wire.envelope import Position

QUICK = FeedSettings(shards=2, keep_entries=50, block_seconds=0.5, recover_entries=40)


class Recording:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.losses: list[tuple[str, Position]] = []
        self.all: list[Entry | tuple[str, Position]] = []

    def entry(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.all.append(entry)

    def lost(self, channel: str, position: Position) -> None:
        self.losses.append((channel, position))
        self.all.append((channel, position))

    @property
    def payloads(self) -> list[bytes]:
        return [entry.payload for entry in self.entries]

    @property
    def offsets(self) -> list[int]:
        return [entry.offset for entry in self.entries]


class BrokenListener(Recording):
    """Raises on one payload, as a fault of ours would."""

    def entry(self, entry: Entry) -> None:
        if entry.payload == b'"poison"' and not self.losses:
            raise RuntimeError("poison")
        super().entry(entry)


@asynccontextmanager
async def feeds_on(
    url: str,
    process: str = "p1",
    settings: FeedSettings = QUICK,
    reading: Callable[..., Client] = connect_reading,
) -> AsyncIterator[Feeds]:
    redis = connect(url)
    feeds = Feeds(
        redis,
        process=process,
        connect=lambda: reading(url, block_seconds=settings.block_seconds),
        settings=settings,
    )
    try:
        yield feeds
    finally:
        await feeds.close()
        await redis.aclose()
