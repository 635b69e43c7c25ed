"""Building MongoDB clients, and what a failure of MongoDB means to callers."""

from __future__ import annotations

import asyncio

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, WTimeoutError

from server.domain.errors import DomainError, Unavailable
from server.store.documents import Document

#: What `connect` builds and what stores take, for those who only hand them on.
Client = AsyncIOMotorClient[Document]
Database = AsyncIOMotorDatabase[Document]

#: How long an operation looks for a primary: an election takes a few seconds, people wait less.
SELECTION_MILLISECONDS = 5000
CONNECT_MILLISECONDS = 3000

#: How long one answer may take before the connection counts as dead.
SOCKET_MILLISECONDS = 20_000

MAX_CONNECTIONS = 64


def connect(uri: str) -> AsyncIOMotorClient[Document]:
    """Build a client of the running loop; nothing is sent before its first operation.

    Writes wait for a majority: what was answered must survive the loss of a primary.
    """
    return AsyncIOMotorClient(
        uri,
        tz_aware=True,
        w="majority",
        appname="lanjian",
        io_loop=asyncio.get_running_loop(),
        maxPoolSize=MAX_CONNECTIONS,
        serverSelectionTimeoutMS=SELECTION_MILLISECONDS,
        connectTimeoutMS=CONNECT_MILLISECONDS,
        socketTimeoutMS=SOCKET_MILLISECONDS,
    )


async def ping(database: AsyncIOMotorDatabase[Document]) -> None:
    """Ask whether MongoDB answers."""
    await database.command("ping")


def refusal_of(error: BaseException | None) -> DomainError | None:
    """Give the refusal that an outage of MongoDB is; None for anything else, bugs included."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError):
        return Unavailable(part="mongo")
    if isinstance(error, PyMongoError) and error.timeout:
        return Unavailable(part="mongo")
    return None
