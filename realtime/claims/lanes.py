"""Lanes: what is asked in one loop tick goes to Redis together, in the order of asking.

One batch of a lane is under way at a time, so items reach Redis in the order in which they
were asked; those asked meanwhile form the next batch, which is why batches grow under load.
Every shard has a lane for its claims, and all writes to records share one: at most one batch
each is in flight in a process.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from redis.exceptions import RedisError

from realtime.claims.runner import ClaimsUnavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

# Carries a batch; a result each, in order, or the item's own error in its place.
Carry = Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]]


class ClaimsBusy(ClaimsUnavailable):
    """A queue is full; nothing was sent."""


class Lane(Generic[Item, Result]):
    """Gather items and hand them to `carry` in order, a bounded batch at a time."""

    def __init__(self, carry: Carry[Item, Result], *, queue_limit: int, batch_limit: int) -> None:
        self._carry = carry
        self._queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        # The batch on its way, empty between two.
        self._away: list[tuple[Item, asyncio.Future[Result]]] = []
        # Set while there is something to carry.
        self._pump_task: asyncio.Task[None] | None = None

    def ask(self, item: Item) -> asyncio.Future[Result]:
        """Take a place in the queue now; the future has the result, or ClaimsUnavailable.

        An item whose future is cancelled before its batch leaves is not sent.
        Raises: ClaimsBusy.
        """
        if len(self._waiting) >= self._queue_limit:
            raise ClaimsBusy(f"{self._queue_limit} are waiting")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future))
        if self._pump_task is None:
            # A new task first runs on the next tick: all items of this one are in its batch.
            self._pump_task = loop.create_task(self._pump())
        return future

    async def aclose(self) -> None:
        """Stop; items still waiting or on their way hear ClaimsUnavailable."""
        if self._pump_task is not None:
            self._pump_task.cancel()
            await asyncio.gather(self._pump_task, return_exceptions=True)

    async def _pump(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(self._next_size())]
                self._away = [entry for entry in batch if not entry[1].done()]
                if self._away:
                    await self._carry_batch()
        finally:
            # Nothing is left but after a stop or a defect: then nobody may wait for ever.
            self._pump_task = None
            self._fail(ClaimsUnavailable("closed"))
            self._away = list(self._waiting)
            self._waiting.clear()
            self._fail(ClaimsUnavailable("closed"))

    def _next_size(self) -> int:
        return min(len(self._waiting), self._batch_limit)

    async def _carry_batch(self) -> None:
        try:
            results = await self._carry([item for item, _ in self._away])
        except (ClaimsUnavailable, RedisError, ValueError) as error:
            self._fail(error)
            return
        for (_, future), result in zip(self._away, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
        self._away = []

    def _fail(self, error: Exception) -> None:
        for _, future in self._away:
            if not future.done():
                future.set_exception(error)
        self._away = []
