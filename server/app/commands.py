"""What single commands need of a site: less is built, and imported, than for a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.app.accounts import build_accounts
from server.app.bases import opened
from server.app.stores import Stores, build_stores
from server.app.ways import build_ways
from server.services.accounts.staffing import Staffing
from server.settings import Settings


@asynccontextmanager
async def opened_stores(settings: Settings, *, role: str) -> AsyncIterator[Stores]:
    """Build the stores alone; their connections are closed at the end of the block."""
    async with opened(settings, role=role) as bases:
        yield build_stores(bases)


@asynccontextmanager
async def opened_staffing(settings: Settings) -> AsyncIterator[Staffing]:
    """Build what gives people roles, and make the stores' indexes: a site may begin with it."""
    async with opened(settings, role="staff") as bases:
        stores, ways = build_stores(bases), build_ways(bases)
        await stores.ensure_indexes()
        accounts = build_accounts(bases, stores, ways)
        try:
            yield accounts.staffing
        finally:
            await ways.routing.close()
            await accounts.revocations.close()
