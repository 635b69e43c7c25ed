"""One `lanjian worker` process: its jobs. All are safe to run in several processes at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.app.accounts import build_accounts
from server.app.bases import opened
from server.app.stores import build_stores
from server.services.worker import Job, Worker
from server.settings import Settings

ANNOUNCE_SECONDS = 2.0


@asynccontextmanager
async def build_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Build a worker on bases that are closed at the end of the block."""
    async with opened(settings, role="worker") as bases:
        stores = build_stores(bases)
        await stores.ensure_indexes()
        rooms = build_accounts(bases, stores)
        yield Worker(
            [
                Job(
                    name="announce-accounts",
                    every_seconds=ANNOUNCE_SECONDS,
                    work=rooms.announcements.sweep,
                ),
            ]
        )
