"""Everything that both kinds of process have: facts, ways, accounts, orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from handlers.centre import CentreServices
from server.app.accounts import AccountRooms, build_accounts
from server.app.bases import Bases, opened
from server.app.bookings import BookingRooms, build_bookings
from server.app.centre import build_centre
from server.app.orders import OrderRooms, build_orders
from server.app.recognition import recognition
from server.app.stores import Stores, build_stores
from server.app.wallets import Wallets, opened_wallets
from server.app.ways import Ways, build_ways
from server.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process's parts, built and not yet running."""

    bases: Bases
    stores: Stores
    wallets: Wallets
    ways: Ways
    accounts: AccountRooms
    orders: OrderRooms
    bookings: BookingRooms
    centre: CentreServices


@asynccontextmanager
async def built(settings: Settings, *, role: str) -> AsyncIterator[Process]:
    """Build a process; what holds connections is closed at the end of the block."""
    async with AsyncExitStack() as stack:
        bases = await stack.enter_async_context(opened(settings, role=role))
        stores = build_stores(bases)
        wallets = await stack.enter_async_context(opened_wallets(bases, stores))
        yield await stack.enter_async_context(joined(bases, stores, wallets))


@asynccontextmanager
async def joined(bases: Bases, stores: Stores, wallets: Wallets) -> AsyncIterator[Process]:
    """Join what is open to a process; closes what it opens itself, and nothing of that."""
    ways = build_ways(bases)
    accounts = build_accounts(bases, stores, ways)
    orders = build_orders(bases, stores, ways, accounts, wallets)
    async with recognition(bases) as recognisers:
        bookings = build_bookings(
            bases, stores, ways, accounts, recognisers, orders.notices.of_bookings
        )
        try:
            yield Process(
                bases=bases,
                stores=stores,
                wallets=wallets,
                ways=ways,
                accounts=accounts,
                orders=orders,
                bookings=bookings,
                centre=build_centre(bases, stores, accounts),
            )
        finally:
            await bookings.slots.claims.aclose()
            orders.photo_reader.close()
            await orders.claims.aclose()
            await ways.routing.close()
            await accounts.revocations.close()
