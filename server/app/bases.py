"""What every process stands on: databases, keys, the way out, the clock and chance."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from tornado.httpclient import AsyncHTTPClient

from realtime import redis as redis_clients
from realtime.feeds import Feeds, FeedSettings
from realtime.tasks import Tasks
from server.domain.ids import Draw
from server.providers.http import provider_client
from server.services.chance import draw
from server.settings import Settings
from server.store import connection
from server.store.seal import BlindIndex, Seal

PROCESS_CHARACTERS = 8


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """Built first, closed last. One Redis client for commands; feeds make their own to block."""

    settings: Settings
    process: str
    mongo: connection.Client
    database: connection.Database
    redis: redis_clients.Client
    connect_reading: Callable[[], redis_clients.Client]
    feeds: Feeds
    http: AsyncHTTPClient
    seal: Seal
    index: BlindIndex
    tasks: Tasks
    clock: Callable[[], datetime]
    draw: Draw


@asynccontextmanager
async def opened(
    settings: Settings, *, role: str, clock: Callable[[], datetime] = utc_now
) -> AsyncIterator[Bases]:
    """Build the bases of a process, and close them at the end of the block.

    `role` is the first half of the drawn process name where the settings give none. Another
    clock than the machine's is for proofs that let days pass.
    """
    bases = _build(settings, role, clock)
    try:
        yield bases
    finally:
        await bases.tasks.close()
        await bases.feeds.close()
        bases.http.close()
        await bases.redis.aclose()
        bases.mongo.close()


def _build(settings: Settings, role: str, clock: Callable[[], datetime]) -> Bases:
    process = settings.process or f"{role}-{draw(PROCESS_CHARACTERS).lower()}"
    feed_settings = FeedSettings()

    def connect_reading() -> redis_clients.Client:
        url, block_seconds = settings.redis.url, feed_settings.block_seconds
        return redis_clients.connect_reading(url, block_seconds=block_seconds)

    mongo = connection.connect(settings.mongo.uri)
    redis = redis_clients.connect(settings.redis.url)
    http = provider_client()
    secrets = settings.secrets
    return Bases(
        settings=settings,
        process=process,
        mongo=mongo,
        database=mongo[settings.mongo.database],
        redis=redis,
        connect_reading=connect_reading,
        feeds=Feeds(redis, process=process, connect=connect_reading, settings=feed_settings),
        http=http,
        seal=Seal(secrets.seal_keys),
        index=BlindIndex(secrets.blind_key),
        tasks=Tasks(),
        clock=clock,
        draw=draw,
    )
