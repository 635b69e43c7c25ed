"""GET /v1/health, for load balancers and people."""

from __future__ import annotations

from handlers.access import ANYONE, allow
from handlers.application import Route
from handlers.base import ApiHandler
from server.services.health import Health


class HealthHandler(ApiHandler):
    """GET /v1/health: 200 while the process can work, 503 while it cannot or drains."""

    def initialize(self, health: Health) -> None:
        """Take the service."""
        self._health = health

    @allow(ANYONE)
    async def get(self) -> None:
        """Answer `HealthView`."""
        seen = await self._health.look()
        self.answer(seen, status=200 if seen.ok else 503)


def routes(health: Health) -> list[Route]:
    """List this room's routes."""
    return [(r"/v1/health", HealthHandler, {"health": health})]
