"""What waits for staff, by queue: how much, since when; each role sees its own."""

from __future__ import annotations

from realtime.wire.staffing import QueuesView, QueueView
from server.domain.people import Actor, Role
from server.store.queues import MongoQueues

#: Who works on a queue; admins on all of them.
WORKERS = {
    "reviews": {Role.REVIEWER},
    "certifications": {Role.REVIEWER},
    "papers": {Role.REVIEWER},
    "alerts": {Role.OPERATOR},
    "refunds": {Role.FINANCE},
    "payouts": {Role.FINANCE},
    "differences": {Role.FINANCE},
    "invoices": {Role.FINANCE},
}


class Queues:
    """The numbers beside the desk's menu."""

    def __init__(self, *, queues: MongoQueues) -> None:
        self._queues = queues

    async def show(self, actor: Actor) -> QueuesView:
        """Count what waits for somebody of these roles; ids and texts of nothing are read."""
        mine = [
            name
            for name, workers in WORKERS.items()
            if Role.ADMIN in actor.roles or workers & actor.roles
        ]
        return QueuesView(queues=tuple([await self._show(name) for name in mine]))

    async def _show(self, name: str) -> QueueView:
        told = await self._queues.look(name)
        return QueueView(name=name, waiting=told.waiting, oldest=told.oldest)
