"""Script calls on Redis: every one ends in bounded time, and none is made while Redis is away."""

from collections.abc import Awaitable, Callable, Sequence
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

from realtime.claims.scripts import Call
from realtime.claims.settings import ClaimSettings

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
    # Still, after it was loaded: Redis restarted in between.
    NoScriptError,
)
# Refusals that redis-py has no class for.
_AWAY_WORDS = ("MISCONF", "NOREPLICAS", "LOADING")


class ClaimsUnavailable(Exception):
    """Redis gave no answer (or was not asked): nothing is known. Try again."""


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
        self._closed = False

    async def aclose(self) -> None:
        """Leave Redis for good: later calls are refused, not connected again."""
        self._closed = True
        await self._redis.aclose()

    async def run(self, call: Call) -> object:
        """Return the script's reply as it came. Raises: ClaimsUnavailable."""
        (reply,) = await self.run_all([call])
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def run_all(self, calls: Sequence[Call]) -> list[object]:
        """Run calls in order in one trip; each has its reply or its own error in the list.

        Raises: ClaimsUnavailable when none may have an answer.
        """
        if self._closed:
            raise ClaimsUnavailable("closed")
        self._gate.check()
        try:
            replies = await self._run(calls)
        except _AWAY as error:
            self._gate.failed()
            raise ClaimsUnavailable(str(error)) from error
        replies = [_as_told(reply) for reply in replies]
        if any(isinstance(reply, ClaimsUnavailable) for reply in replies):
            self._gate.failed()
        else:
            self._gate.passed()
        return replies

    async def _run(self, calls: Sequence[Call]) -> list[object]:
        replies = await self._send(calls)
        unknown = [n for n, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unknown:
            # A restarted Redis has forgotten its scripts.
            again = [calls[n] for n in unknown]
            for text in {call.script.text for call in again}:
                await self._redis.script_load(text)
            for n, reply in zip(unknown, await self._send(again), strict=True):
                replies[n] = reply
        return replies

    async def _send(self, calls: Sequence[Call]) -> list[object]:
        if len(calls) == 1:
            # A pipeline of one costs more than a plain call.
            try:
                return [await self._evalsha(calls[0])]
            except ResponseError as error:
                return [error]
        async with self._redis.pipeline(transaction=False) as pipe:
            for call in calls:
                pipe.evalsha(call.script.sha, len(call.keys), *call.keys, *call.args)
            return cast(list[object], await pipe.execute(raise_on_error=False))

    async def _evalsha(self, call: Call) -> object:
        reply = self._redis.evalsha(call.script.sha, len(call.keys), *call.keys, *call.args)
        return await cast(Awaitable[object], reply)


def _as_told(reply: object) -> object:
    """Turn a refusal that will pass into ClaimsUnavailable; leave the rest."""
    if not isinstance(reply, Exception):
        return reply
    if isinstance(reply, _AWAY) or str(reply).startswith(_AWAY_WORDS):
        unavailable = ClaimsUnavailable(str(reply))
        unavailable.__cause__ = reply
        return unavailable
    return reply
