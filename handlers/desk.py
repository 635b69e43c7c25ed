"""Routes of the desk as a whole: what waits for staff, and the record of what they did."""

from __future__ import annotations

from handlers.access import ANY_STAFF, allow
from handlers.application import Route
from handlers.base import ApiHandler
from realtime.wire.staffing import AuditQuery
from server.domain.people import Role
from server.services.accounts.audit_log import AuditLog
from server.services.accounts.queues import Queues


class QueuesHandler(ApiHandler):
    """GET /v1/staff/queues."""

    def initialize(self, queues: Queues) -> None:
        """Take the service."""
        self._queues = queues

    @allow(*ANY_STAFF)
    async def get(self) -> None:
        """`QueuesView`: how much waits for the reader's roles, and since when."""
        self.answer(await self._queues.show(self.actor))


class AuditHandler(ApiHandler):
    """GET /v1/staff/audit."""

    def initialize(self, log: AuditLog) -> None:
        """Take the service."""
        self._audit_log = log

    @allow(Role.ADMIN)
    async def get(self) -> None:
        """`AuditQuery` → `AuditPage`, newest first; each look is recorded."""
        self.answer(await self._audit_log.page(self.actor, self.query(AuditQuery)))


def routes(queues: Queues, log: AuditLog) -> list[Route]:
    """List this room's routes."""
    return [
        (r"/v1/staff/queues", QueuesHandler, {"queues": queues}),
        (r"/v1/staff/audit", AuditHandler, {"log": log}),
    ]
