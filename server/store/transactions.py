"""Transactions of MongoDB: bounded in time, and honest about an outcome that is not known.

The driver's own `with_transaction` retries for two minutes; a claim's lease is seconds long.
Here a deadline covers the whole of it, retries included.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pymongo
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from server.domain.errors import OutcomeUnknown, Unavailable
from server.store.documents import Document

T = TypeVar("T")

Session = AsyncIOMotorClientSession
Body = Callable[[Session], Awaitable[T]]

TRANSIENT = "TransientTransactionError"
COMMIT_UNKNOWN = "UnknownTransactionCommitResult"

#: How long a transaction may take unless the caller says otherwise, retries included.
WITHIN_SECONDS = 5.0

#: First and longest pause between two attempts; doubling between them.
FIRST_PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.05

#: How long the goodbye to an attempt that failed may take; the server ends it anyway.
ABORT_SECONDS = 1.0


class RunAgain(Exception):
    """Raised by a body whose snapshot turned out too old: run it on a newer one."""


class Transactions:
    """Run bodies of writes as one: all of them, or none."""

    def __init__(self, client: AsyncIOMotorClient[Document]) -> None:
        self._client = client

    async def run(self, body: Body[T], *, within_seconds: float = WITHIN_SECONDS) -> T:
        """Run `body` in a transaction with write concern majority and commit it.

        WriteConflict, other transient errors and `RunAgain` run the whole of `body` again until the
        deadline, so it must hold no effects but its writes. What `body` raises ends the
        transaction and is raised; nothing is written then. A cancelled caller waits for the
        end of the attempt under way, since a session cannot be left in the middle.

        Raises:
            Unavailable: nothing was written in time; the same may be tried again.
            OutcomeUnknown: the commit was sent and its answer lost.
        """
        attempt = asyncio.ensure_future(self._run(body, within_seconds))
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            await asyncio.wait({attempt})
            if not attempt.cancelled():
                attempt.exception()  # seen: the caller is gone
            raise

    async def _run(self, body: Body[T], within_seconds: float) -> T:
        deadline = time.monotonic() + within_seconds
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._attempt(body, deadline)
            except (PyMongoError, RunAgain) as error:
                again = time.monotonic() + pause < deadline
                if _is_final(error):
                    raise
                if not again or _is_timeout(error):
                    raise Unavailable(part="mongo") from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _attempt(self, body: Body[T], deadline: float) -> T:
        async with await self._client.start_session() as session:
            session.start_transaction(
                read_concern=ReadConcern("snapshot"),
                write_concern=WriteConcern("majority"),
                read_preference=ReadPreference.PRIMARY,
            )
            try:
                with pymongo.timeout(_left(deadline)):
                    result = await body(session)
            except BaseException:
                await _abort(session)
                raise
            await _commit(session, deadline)
            return result


async def _commit(session: Session, deadline: float) -> None:
    """Commit; a lost answer is asked for again, which is safe, until the deadline."""
    while True:
        try:
            with pymongo.timeout(_left(deadline)):
                await session.commit_transaction()
        except PyMongoError as error:
            if not (error.timeout or error.has_error_label(COMMIT_UNKNOWN)):
                raise
            if time.monotonic() >= deadline:
                raise OutcomeUnknown(part="mongo") from error
        else:
            return
        await asyncio.sleep(FIRST_PAUSE_SECONDS)


async def _abort(session: Session) -> None:
    try:
        with pymongo.timeout(ABORT_SECONDS):
            await session.abort_transaction()
    except PyMongoError:
        return  # the server ends a transaction that nobody goes on with


def _is_final(error: PyMongoError | RunAgain) -> bool:
    if isinstance(error, RunAgain):
        return False
    return not (error.timeout or error.has_error_label(TRANSIENT))


def _is_timeout(error: PyMongoError | RunAgain) -> bool:
    return isinstance(error, PyMongoError) and error.timeout


def _left(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())
