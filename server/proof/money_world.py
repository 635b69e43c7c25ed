"""A world of money for the proofs: the real services, clients and callbacks, and a clock to turn.

One world is one lane of `lanjian chaos money`: a database, a stand-in for the wallets with books
of its own, and the callbacks that its notices come to, all over HTTP. What people do is asked of
the services; what wallets do is asked of the stand-in. Nothing of ours is replaced but two things
that need no proof here: time, and which wallet a courier has.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
)
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPMessageDelegate, HTTPServerConnectionDelegate
from tornado.netutil import bind_sockets
from tornado.web import Application, ErrorHandler

from handlers.application import SERVER_OPTIONS, RunningRequests, application
from handlers.payments import routes
from server.app.bases import Bases, opened
from server.app.orders import OrderRooms
from server.app.process import Process, joined
from server.app.stores import Stores, build_stores
from server.app.wallets import opened_wallets
from server.domain.geo import Place
from server.domain.ids import PersonId, TerminalId
from server.domain.payments import Wallet
from server.domain.terminals import Terminal
from server.local.directory import LOOPBACK
from server.local.provider_keys import KEYS_FILE, provider_environment
from server.proof import money_books
from server.providers.money_ports import Payee
from server.settings import Settings, new_secrets
from server.store.connection import refusal_of
from server.store.terminals import TerminalSecrets

TERMINAL = TerminalId("T-MONEY")

#: How long a wallet may take to answer: those that hang would cost a run its time.
ANSWER_SECONDS = 0.6

#: Where the keys between us and the stand-in are, under the data directory.
KEYS = "keys"

#: What runs share.
KEPT = frozenset({"terminals"})

CHINA_OFFSET = timedelta(hours=8)


class TurnedClock:
    """Runs as the machine's does, ahead of it by as much as it was turned."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Give the instant."""
        return datetime.now(UTC) + self._ahead

    def seconds(self) -> float:
        """Give the instant as unix seconds."""
        return self().timestamp()

    def turn(self, by: timedelta) -> None:
        """Let time pass."""
        self._ahead += by

    def turn_to(self, at: datetime) -> None:
        """Let time pass until an instant, which must lie ahead."""
        self._ahead += max(timedelta(), at - self())


class StandIn(Protocol):
    """The wallets' stand-in as a world sees it."""

    @property
    def url(self) -> str:
        """Where it answers."""

    @property
    def books(self) -> Path:
        """Its SQLite file: what truly happened at the wallets."""

    def wake(self) -> None:
        """Have it look at its notices now: the clock was turned."""

    def arm(self, kind: str, on: str, times: int, seconds: float) -> None:
        """Let something go wrong the next times."""

    def disarm(self) -> None:
        """Let everything go right again."""

    def scan(self, reference: str) -> None:
        """Look at what a QR asks for. Raises: Refused."""

    def tap(self, number: str, tap: str) -> None:
        """Do what a person's thumb does: `pay`, or `confirm`, `decline`, `expire` of a transfer.

        Raises:
            Refused: it cannot be done any more.
        """


#: Starts one: its data, its keys, where its notices may go, its clock.
StartStandIn = Callable[
    [Path, Path, str, Callable[[], float]], AbstractAsyncContextManager[StandIn]
]


@dataclass(slots=True)
class CouriersWallets:
    """Implements `Payees`: what couriers have linked, as linking it would say."""

    linked: dict[tuple[PersonId, Wallet], Payee] = field(default_factory=dict)

    async def wallets(self, courier: PersonId) -> Sequence[Wallet]:
        """List what a courier has linked."""
        return [wallet for wallet in Wallet if (courier, wallet) in self.linked]

    async def linked_since(self, courier: PersonId) -> Mapping[Wallet, datetime | None]:
        """Name what a courier has linked."""
        return dict.fromkeys(await self.wallets(courier))

    async def payee(self, courier: PersonId, wallet: Wallet, amount_fen: int) -> Payee | None:
        """Give a courier's account."""
        return self.linked.get((courier, wallet))


class Door(HTTPServerConnectionDelegate):
    """Where notices come in: at the real callbacks, or at nobody while the site is away."""

    def __init__(self) -> None:
        self.away = False
        self.inside: Application | None = None
        nobody = [(r".*", ErrorHandler, {"status_code": 503})]
        self._nobody = Application(nobody, log_function=lambda _: None)

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Let a request in, or not."""
        served = self.inside if self.inside is not None and not self.away else self._nobody
        return served.start_request(server_conn, request_conn)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One lane's parts."""

    clock: TurnedClock
    process: Process
    stand_in: StandIn
    truth: sqlite3.Connection  #: the stand-in's file, to be read only
    payees: CouriersWallets
    door: Door

    @property
    def stores(self) -> Stores:
        """The facts."""
        return self.process.stores

    @property
    def rooms(self) -> OrderRooms:
        """The services."""
        return self.process.orders

    async def later(self, seconds: float) -> None:
        """Let time pass for us and for the wallets."""
        self.clock.turn(timedelta(seconds=seconds))
        self.stand_in.wake()

    async def begin_anew(self, draw: random.Random) -> None:
        """Forget all that was, and go on at some hour of a day that no run before has seen."""
        self.door.away = False
        self.stand_in.disarm()
        database = self.process.bases.database
        await asyncio.gather(*(database[name].delete_many({}) for name in await self._filled()))
        self.payees.linked.clear()
        today = (self.clock() + CHINA_OFFSET).replace(hour=0, minute=0, second=0, microsecond=0)
        begin = today + timedelta(days=3, seconds=draw.uniform(0, 86_000)) - CHINA_OFFSET
        self.clock.turn_to(begin)
        self.stand_in.wake()

    async def _filled(self) -> list[str]:
        """Name the collections that hold anything, by one question of them all."""
        database = self.process.bases.database
        names = await database.list_collection_names(filter={"type": "collection"})
        stages: list[dict[str, Any]] = [{"$match": {"_id": None}}]
        filled_by_us = {name for name in names if not name.startswith("system.")}
        for name in sorted(filled_by_us - KEPT):
            first = [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]
            stages.append({"$unionWith": {"coll": name, "pipeline": first}})
        return [str(row["name"]) async for row in database["terminals"].aggregate(stages)]


def environment(
    mongo_uri: str, redis_url: str, database: str, base_url: str, sandbox_url: str, keys: Path
) -> dict[str, str]:
    """Give the settings of one world."""
    return {
        **new_secrets(),
        "LANJIAN_MONGODB_URI": mongo_uri,
        "LANJIAN_DATABASE": database,
        "LANJIAN_REDIS_URL": redis_url,
        "LANJIAN_BASE_URL": base_url,
        "LANJIAN_SANDBOX": "1",
        **provider_environment(keys, sandbox_url),
    }


@asynccontextmanager
async def world(
    *, mongo_uri: str, redis_url: str, name: str, var_dir: Path, start: StartStandIn
) -> AsyncIterator[World]:
    """Build a world; it ends with the block."""
    clock, payees, door = TurnedClock(), CouriersWallets(), Door()
    sockets = bind_sockets(0, LOOPBACK)
    base_url = f"http://{LOOPBACK}:{sockets[0].getsockname()[1]}"
    keys = var_dir / KEYS
    provider_environment(keys, "http://127.0.0.1:9")  # makes them
    data = var_dir / name
    async with AsyncExitStack() as stack:
        stand_in = await stack.enter_async_context(
            start(data, keys / KEYS_FILE, base_url, clock.seconds)
        )
        given = environment(mongo_uri, redis_url, name, base_url, stand_in.url, keys)
        settings = Settings.from_env(given)
        bases = await stack.enter_async_context(opened(settings, role="chaos", clock=clock))
        process = await stack.enter_async_context(_process(bases, payees))
        await process.stores.ensure_indexes()
        await _put_terminal(process)
        door.inside = _callbacks(process, base_url)
        server = HTTPServer(door, **SERVER_OPTIONS)
        server.add_sockets(sockets)
        truth = stack.enter_context(closing(money_books.opened(stand_in.books)))
        try:
            yield World(
                clock=clock,
                process=process,
                stand_in=stand_in,
                truth=truth,
                payees=payees,
                door=door,
            )
        finally:
            server.stop()
            await server.close_all_connections()


@asynccontextmanager
async def _process(bases: Bases, payees: CouriersWallets) -> AsyncIterator[Process]:
    """Build a process as `server.app.process` does, with wallets that are less patient."""
    stores = build_stores(bases)
    async with opened_wallets(bases, stores, answer_seconds=ANSWER_SECONDS) as known:
        wallets = replace(known, payees=payees)
        async with joined(bases, stores, wallets) as process:
            yield process


def _callbacks(process: Process, base_url: str) -> Application:
    """Serve the routes of payments and the wallets' callbacks, as a server does."""
    money, accounts = process.orders.money, process.accounts
    return application(
        routes(money.payments, money.provider_notices),
        gate=accounts.gate,
        repeats=accounts.repeats,
        running=RunningRequests(),
        base_url=base_url,
        refusal_of=refusal_of,
    )


async def _put_terminal(process: Process) -> None:
    terminal = Terminal(
        id=TERMINAL, name="钱柜", place=Place(lat=22.54, lon=114.05), region="440305"
    )
    secrets = TerminalSecrets(
        token_digest="0" * 64, token_expires_at=process.bases.clock(), kiosk_key=b"k" * 32
    )
    await process.stores.terminals.insert(terminal, secrets)
