"""Whether this process can do its work: its databases answer and it is not draining."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from realtime.wire.views import View

Probe = Callable[[], Awaitable[object]]

#: A database that needs longer than this does not answer, for a load balancer's purposes.
ANSWER_SECONDS = 2.0


class HealthView(View, frozen=True, kw_only=True):
    """GET /v1/health."""

    ok: bool
    mongo: bool
    redis: bool
    draining: bool
    sockets: int


class Health:
    """Ask the databases; count the sockets."""

    def __init__(self, *, mongo: Probe, redis: Probe, sockets: Callable[[], int]) -> None:
        self._mongo = mongo
        self._redis = redis
        self._sockets = sockets
        self._draining = False

    def drain(self) -> None:
        """Say from now on that no more work should come here."""
        self._draining = True

    async def look(self) -> HealthView:
        """Give the present state; never raises."""
        mongo, redis = await asyncio.gather(_answers(self._mongo), _answers(self._redis))
        return HealthView(
            ok=mongo and redis and not self._draining,
            mongo=mongo,
            redis=redis,
            draining=self._draining,
            sockets=self._sockets(),
        )


async def _answers(probe: Probe) -> bool:
    results = await asyncio.gather(
        asyncio.wait_for(probe(), ANSWER_SECONDS), return_exceptions=True
    )
    return not isinstance(results[0], Exception)
