"""Delivers queued notices over HTTP, with the faults that were asked for."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

from tornado.httpclient import AsyncHTTPClient, HTTPError

from server.sandbox.bell import Bell
from server.sandbox.bodies import Kind
from server.sandbox.clock import Clock
from server.sandbox.notices import Notice, NoticeQueue
from server.sandbox.signing import FRESH_SECONDS, signed_headers

#: Deliveries at a time; a receiver that hangs holds one place for one timeout.
MAX_IN_FLIGHT = 8
TIMEOUT_SECONDS = 10.0

#: Longest sleep between two looks at the queue; a ring of the bell ends it early.
IDLE_SECONDS = 5.0

ACCEPTED = "SUCCESS"

log = logging.getLogger(__name__)


class NoticeSender:
    """The one loop that empties the queue; it owns its deliveries and ends with them."""

    def __init__(
        self, *, queue: NoticeQueue, key: bytes, clock: Clock, draw: Callable[[], str], bell: Bell
    ) -> None:
        self._queue = queue
        self._key = key
        self._clock = clock
        self._draw = draw
        self._bell = bell
        self._in_flight: set[str] = set()  # notify ids; their deliveries never overlap
        self._client = AsyncHTTPClient(force_instance=True, max_clients=2 * MAX_IN_FLIGHT)

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            async with asyncio.TaskGroup() as deliveries:
                while True:
                    heard = self._bell.rings
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
        for fault in notice.faults:
            if fault != "duplicate":
                await self._send_false(notice, fault)
                self._queue.drop_fault(notice, fault)
        body = notice.body()
        headers = self._headers(body)
        seen = await self._send(notice, body, headers, None)
        if seen != ACCEPTED:
            self._queue.postpone(notice, seen, self._clock())
            return
        self._queue.accept(notice)
        if "duplicate" in notice.faults:
            await self._send(notice, body, headers, "duplicate")
            await self._send(notice, body, self._headers(body), "duplicate")
            self._queue.drop_fault(notice, "duplicate")

    async def _send_false(self, notice: Notice, fault: Kind) -> None:
        body, headers = self._false(notice, fault)
        await self._send(notice, body, headers, fault)

    def _false(self, notice: Notice, fault: Kind) -> tuple[bytes, dict[str, str]]:
        if fault == "forged":
            body = notice.body(notify_id=f"nt{self._draw()}")
            return body, self._headers(body, key=b"not the provider's key")
        if fault == "wrong_amount":
            body = notice.body(notify_id=f"nt{self._draw()}", amount_off_fen=-1)
            return body, self._headers(body)
        body = notice.body()  # old_timestamp: a true notice that someone kept
        return body, self._headers(body, age_seconds=2 * FRESH_SECONDS)

    def _headers(
        self, body: bytes, *, key: bytes | None = None, age_seconds: int = 0
    ) -> dict[str, str]:
        timestamp = int(self._clock()) - age_seconds
        return signed_headers(key or self._key, timestamp, self._draw(), body)

    async def _send(
        self, notice: Notice, body: bytes, headers: dict[str, str], fault: Kind | None
    ) -> str:
        try:
            response = await self._client.fetch(
                notice.url,
                method="POST",
                body=body,
                headers=headers,
                follow_redirects=False,
                connect_timeout=TIMEOUT_SECONDS,
                request_timeout=TIMEOUT_SECONDS,
                raise_error=False,
            )
            seen = _answer(response.code, response.body)
        except (OSError, HTTPError) as error:
            seen = type(error).__name__
        self._queue.log(notice, fault, seen, self._clock())
        log.info("notice %s of %s %s: %s", notice.notify_id, notice.on, fault or "true", seen)
        return seen


def _answer(status: int, body: bytes) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if status == 200 and isinstance(told, dict) and told.get("code") == ACCEPTED:
        return ACCEPTED
    return f"HTTP {status}"
