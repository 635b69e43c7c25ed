"""Delivers queued notices over HTTP, with the faults that were asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from tornado.httpclient import AsyncHTTPClient, HTTPError

from server.sandbox.bell import Bell
from server.sandbox.bodies import Kind
from server.sandbox.clock import Clock
from server.sandbox.notices import OVERTAKEN, Notice, NoticeQueue
from server.sandbox.wires import PATIENCE, Delivery, Patience, Wire

#: Deliveries at a time; a receiver that hangs holds one place for one timeout.
MAX_IN_FLIGHT = 8

#: Longest sleep between two looks at the queue; a ring of the bell ends it early.
IDLE_SECONDS = 5.0

ACCEPTED = "SUCCESS"

log = logging.getLogger(__name__)


class NoticeSender:
    """The one loop that empties the queue; it owns its deliveries and ends with them."""

    def __init__(
        self,
        *,
        queue: NoticeQueue,
        wires: Mapping[str, Wire],
        clock: Clock,
        bell: Bell,
        before_each_look: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._wires = wires
        self._clock = clock
        self._bell = bell
        self._before_each_look = before_each_look  # what happens by time alone: its notices are due
        self._in_flight: set[str] = set()  # notify ids; their deliveries never overlap
        self._client = AsyncHTTPClient(force_instance=True, max_clients=2 * MAX_IN_FLIGHT)

    def wake(self) -> None:
        """Look at the queue now: its clock was turned."""
        self._bell.ring()

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            async with asyncio.TaskGroup() as deliveries:
                while True:
                    heard = self._bell.rings
                    self._before_each_look()
                    for notice in self._free_to_go():
                        self._in_flight.add(notice.notify_id)
                        deliveries.create_task(self._deliver(notice))
                    await self._bell.wait(heard, self._idle_seconds())
        finally:
            self._client.close()

    def _free_to_go(self) -> list[Notice]:
        due = self._queue.due(self._clock(), 2 * MAX_IN_FLIGHT)
        free = [notice for notice in due if notice.notify_id not in self._in_flight]
        return free[: MAX_IN_FLIGHT - len(self._in_flight)]

    def _idle_seconds(self) -> float:
        now = self._clock()
        at = self._queue.next_at(now)
        return IDLE_SECONDS if at is None else min(IDLE_SECONDS, max(0.0, at - now))

    async def _deliver(self, notice: Notice) -> None:
        try:
            await self._play(notice)
        finally:
            self._in_flight.discard(notice.notify_id)
            self._bell.ring()

    async def _play(self, notice: Notice) -> None:
        wire = self._wires[notice.wire]
        for fault in notice.faults:
            if fault not in ("duplicate", OVERTAKEN):
                await self._send(notice, wire.false(notice, fault), fault)
                self._queue.drop_fault(notice, fault)
        delivery = wire.true(notice)
        seen = await self._send(notice, delivery, None)
        if seen != ACCEPTED:
            most = PATIENCE.get(notice.wire, Patience()).max_attempts
            self._queue.postpone(notice, seen, self._clock(), max_attempts=most)
            return
        self._queue.accept(notice, self._clock())
        if "duplicate" in notice.faults:
            await self._send(notice, delivery, "duplicate")
            await self._send(notice, wire.true(notice), "duplicate")
            self._queue.drop_fault(notice, "duplicate")

    async def _send(self, notice: Notice, delivery: Delivery, fault: Kind | None) -> str:
        timeout_seconds = PATIENCE.get(notice.wire, Patience()).timeout_seconds
        try:
            response = await self._client.fetch(
                notice.url + ("?" + delivery.query if delivery.query else ""),
                method="POST",
                body=delivery.body,
                headers=delivery.headers,
                follow_redirects=False,
                connect_timeout=timeout_seconds,
                request_timeout=timeout_seconds,
                raise_error=False,
            )
            taken = self._wires[notice.wire].is_taken(response.code, response.body)
            seen = ACCEPTED if taken else f"HTTP {response.code}"
        except (OSError, HTTPError) as error:
            seen = type(error).__name__
        self._queue.log(notice, fault, seen, self._clock())
        log.info("notice %s of %s %s: %s", notice.notify_id, notice.on, fault or "true", seen)
        return seen
