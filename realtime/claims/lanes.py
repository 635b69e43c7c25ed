"""The batching client: one script call a shard and loop tick, and none while Redis is away.

One batch of a shard is under way at a time, so claims reach the script in the order in
which they were made; those made meanwhile form the next batch, which is why batches grow
under load. At most `shards` batches are in flight in a process.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ClusterDownError,
    ConnectionError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
    TryAgainError,
)

from realtime.claims.protocol import Answer
from realtime.claims.scripts import Call, Calls, read_answers
from realtime.claims.settings import ClaimSettings
from realtime.claims.values import Claim

# Redis answered or failed to, but has not run the script; it may run it soon.
_AWAY = (
    ConnectionError,
    TimeoutError,
    OSError,
    ReadOnlyError,
    OutOfMemoryError,
    ClusterDownError,
    MasterDownError,
    TryAgainError,
)
# Refusals that redis-py has no class for.
_AWAY_WORDS = ("MISCONF", "NOREPLICAS", "LOADING")

Answered = tuple[Answer, int]


class ClaimsUnavailable(Exception):
    """Redis gave no answer; nothing is known. Try again with the same request id."""


class ClaimsBusy(Exception):
    """The queue of one shard is full; nothing was sent."""


def connect(url: str, settings: ClaimSettings) -> Redis:
    """Make a client whose every call ends: one reconnection, then an error."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=settings.shards + 8,
        timeout=settings.reply_seconds,
        socket_connect_timeout=settings.connect_seconds,
        socket_timeout=settings.reply_seconds,
        # A pooled connection may be dead since a restart: once more, on a new one.
        retry=Retry(NoBackoff(), 1, (ConnectionError,)),
    )
    return Redis.from_pool(pool)


class Gate:
    """Refuse calls for a while after a failure, longer after each, up to a bound."""

    def __init__(self, settings: ClaimSettings, clock: Callable[[], float]) -> None:
        self._first = settings.backoff_first_seconds
        self._most = settings.backoff_most_seconds
        self._clock = clock
        # 0 while Redis answers.
        self._pause = 0.0
        self._closed_until = 0.0

    def check(self) -> None:
        """Raise ClaimsUnavailable while Redis is left alone."""
        if self._pause and self._clock() < self._closed_until:
            raise ClaimsUnavailable("redis failed a moment ago")

    def failed(self) -> None:
        """Close the gate; calls that fail together lengthen the pause once."""
        now = self._clock()
        if now < self._closed_until:
            return
        self._pause = min(self._most, self._pause * 2 or self._first)
        self._closed_until = now + self._pause

    def passed(self) -> None:
        """Open the gate."""
        self._pause = 0.0
        self._closed_until = 0.0


class Runner:
    """Run scripts on Redis, loading them where Redis does not know them."""

    def __init__(self, redis: Redis, gate: Gate) -> None:
        self._redis = redis
        self._gate = gate

    async def run(self, call: Call) -> object:
        """Return the script's reply as it came. Raises: ClaimsUnavailable."""
        self._gate.check()
        try:
            reply = await self._run(call)
        except _AWAY as error:
            self._gate.failed()
            raise ClaimsUnavailable(str(error)) from error
        except ResponseError as error:
            if str(error).startswith(_AWAY_WORDS):
                self._gate.failed()
                raise ClaimsUnavailable(str(error)) from error
            raise
        self._gate.passed()
        return reply

    async def _run(self, call: Call) -> object:
        try:
            return await self._evalsha(call)
        except NoScriptError:
            # A restarted Redis has forgotten its scripts.
            await self._redis.script_load(call.script.text)
            return await self._evalsha(call)

    async def _evalsha(self, call: Call) -> object:
        words = [*call.keys, *call.args]
        reply = self._redis.evalsha(call.script.sha, len(call.keys), *words)
        return await cast(Awaitable[object], reply)


class Lane:
    """Carry one shard's claims, in order, to claim.lua."""

    def __init__(self, shard: int, runner: Runner, calls: Calls, settings: ClaimSettings) -> None:
        self._shard = shard
        self._runner = runner
        self._calls = calls
        self._queue_limit = settings.queue_limit
        self._batch_limit = settings.batch_limit
        self._waiting: deque[tuple[Claim, asyncio.Future[Answered]]] = deque()
        # Set while there is something to carry.
        self._pump_task: asyncio.Task[None] | None = None

    async def ask(self, claim: Claim) -> Answered:
        """Return the record's answer and its clock in microseconds.

        The claim takes its turn when this is called, not when it is first awaited on.
        Raises: ClaimsBusy, ClaimsUnavailable.
        """
        if len(self._waiting) >= self._queue_limit:
            raise ClaimsBusy(f"shard {self._shard} has {self._queue_limit} claims waiting")
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiting.append((claim, future))
        if self._pump_task is None:
            # A new task first runs on the next tick: all claims of this one are in its batch.
            self._pump_task = asyncio.get_running_loop().create_task(self._pump())
        return await future

    async def aclose(self) -> None:
        """Stop; claims still waiting hear ClaimsUnavailable."""
        if self._pump_task is not None:
            self._pump_task.cancel()
            await asyncio.gather(self._pump_task, return_exceptions=True)
        self._fail(list(self._waiting), ClaimsUnavailable("closed"))
        self._waiting.clear()

    async def _pump(self) -> None:
        try:
            while self._waiting:
                batch = list(islice(self._waiting, self._batch_limit))
                for _ in batch:
                    self._waiting.popleft()
                await self._carry(batch)
        finally:
            self._pump_task = None

    async def _carry(self, batch: list[tuple[Claim, asyncio.Future[Answered]]]) -> None:
        claims = [claim for claim, future in batch if not future.done()]
        batch = [entry for entry in batch if not entry[1].done()]
        if not claims:
            return
        try:
            reply = await self._runner.run(self._calls.claims(self._shard, claims))
            now_us, answers = read_answers(reply)
        except asyncio.CancelledError:
            self._fail(batch, ClaimsUnavailable("closed"))
            raise
        except (ClaimsUnavailable, ResponseError, ValueError) as error:
            self._fail(batch, error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result((answer, now_us))

    def _fail(self, batch: list[tuple[Claim, asyncio.Future[Answered]]], error: Exception) -> None:
        for _, future in batch:
            if not future.done():
                future.set_exception(error)
