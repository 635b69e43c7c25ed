"""One line with its boards: one exchange at a time, an unlock before every poll.

The rules kept here:

- Between frames the line is silent for 3.5 characters + 1 ms, also after errors; without
  that gap a second board on a bus was measured not to answer at all.
- An answer is matched by exact length, checksum, board and channel against the one pending
  request. After a time-out, the same request is not asked again until a late answer to the
  first could no longer be taken for the second's.
- An unlock is handed to the port once. It is put back in the queue only when the port says
  that no byte was sent; everything else ends its life here.
- A lost port is opened again a bounded number of times, then rests (`unreachable`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from hardware.codecs.driver import Answer, DoorReport, Driver, Frame, Request, RequestKind
from hardware.codecs.receiver import Receiver
from hardware.exchange import Answered, LineSettings, NotSent, Outcome, Silent
from hardware.port import OnBytes, OnLost, OpenPort, PortError, PortLost

log = logging.getLogger(__name__)

#: USB adapters deliver one answer in bursts up to this far apart.
BURST_SECONDS = 0.025
#: Endless noise holds up the line no longer than this before a frame is sent anyway.
NOISE_SECONDS = 0.5
#: How long a closing port is waited for before it is opened again.
CLOSE_SECONDS = 2.0

OpenPortFunction = Callable[[str, int, OnBytes, OnLost], Awaitable[OpenPort]]


class BusState(StrEnum):
    """Whether the port can be used."""

    OPENING = "opening"
    READY = "ready"
    UNREACHABLE = "unreachable"  #: opening failed too often; resting before the next round


@dataclass(slots=True)
class BusCounts:
    """What the line went through since the start."""

    exchanges: int = 0
    silences: int = 0
    openings: int = 0


@dataclass(slots=True, eq=False)
class _Job:
    """A request that waits for the line, then for its answer."""

    request: Request
    not_after: float | None
    done: asyncio.Future[Outcome]
    #: Set while it is on the line; its result is None when the port was lost.
    answer: asyncio.Future[tuple[float, Answer] | None] | None = field(default=None)


class Bus:
    """The queue of one port. `run` owns the port; cancel it to close."""

    def __init__(
        self,
        settings: LineSettings,
        driver: Driver,
        open_port: OpenPortFunction,
        on_report: Callable[[DoorReport, float], None] | None = None,
    ) -> None:
        self.settings = settings
        self.state = BusState.OPENING
        self.counts = BusCounts()
        self.receiver = Receiver(driver, settings.echo)
        self._open_port = open_port
        self._on_report = on_report
        #: Requests in order of arrival; unlocks are served first.
        self._unlocks: deque[_Job] = deque()
        self._polls: deque[_Job] = deque()
        #: Set when a job arrived or the port was lost: the serving loop looks again.
        self._wake = asyncio.Event()
        #: Set while the port is gone.
        self._lost = False
        #: The job whose answer is awaited.
        self._current: _Job | None = None
        #: Instant at which the last byte passed, in either direction.
        self._busy_until = 0.0
        #: Keys of requests that timed out, and until when a late answer may come.
        self._suspects: dict[tuple[RequestKind, int, int], float] = {}
        self._burst_timer: asyncio.TimerHandle | None = None

    # Public methods

    async def exchange(self, request: Request, *, not_after: float | None = None) -> Outcome:
        """Send a request in its turn and wait for its answer.

        After `not_after` (monotonic) a request that was not begun is given up as `late`. A
        cancelled wait withdraws a request that was not begun.
        """
        loop = asyncio.get_running_loop()
        if self.state is BusState.UNREACHABLE:
            return NotSent("unreachable")
        job = _Job(request, not_after, loop.create_future())
        queue = self._queue(job)
        queue.append(job)
        self._wake.set()
        timer = None
        if not_after is not None:
            timer = loop.call_at(not_after, self._expire, job)
        try:
            return await job.done
        finally:
            if timer is not None:
                timer.cancel()
            if job in queue:
                queue.remove(job)

    async def run(self) -> None:
        """Keep the port open and serve the queue until cancelled."""
        try:
            while True:
                await self._open_and_serve()
                await asyncio.sleep(self.settings.open_pause_seconds)
        finally:
            self._give_up_all("closed")
            if self._burst_timer is not None:
                self._burst_timer.cancel()

    async def _open_and_serve(self) -> None:
        port = await self._connect()
        try:
            await self._serve(port)
        finally:
            self.receiver.finish()
            await port.abort(CLOSE_SECONDS)

    # Opening

    async def _connect(self) -> OpenPort:
        attempt = 0
        while True:
            attempt += 1
            try:
                port = await self._open_once()
            except PortError as error:
                log.warning(
                    "port cannot be opened",
                    extra={"port": self.settings.url, "attempt": attempt, "why": str(error)},
                )
            else:
                return port
            if attempt < self.settings.open_attempts:
                await asyncio.sleep(self.settings.open_pause_seconds)
                continue
            self._become_unreachable()
            attempt = 0
            await asyncio.sleep(self.settings.cooldown_seconds)
            self.state = BusState.OPENING

    async def _open_once(self) -> OpenPort:
        self._lost = False
        port = await self._open_port(
            self.settings.url, self.settings.baud, self._bytes_received, self._port_lost
        )
        self.state = BusState.READY
        self.counts.openings += 1
        self._busy_until = self._now()
        log.info("port open", extra={"port": self.settings.url, "baud": self.settings.baud})
        return port

    def _become_unreachable(self) -> None:
        self.state = BusState.UNREACHABLE
        log.error("port unreachable", extra={"port": self.settings.url})
        self._give_up_all("unreachable")

    def _give_up_all(self, reason: str) -> None:
        for job in [*self._unlocks, *self._polls]:
            _settle(job, NotSent(reason))
        self._unlocks.clear()
        self._polls.clear()

    def _port_lost(self) -> None:
        self._lost = True
        self.state = BusState.OPENING
        log.warning("port lost", extra={"port": self.settings.url})
        self._wake.set()
        current = self._current
        if current is not None and current.answer is not None and not current.answer.done():
            current.answer.set_result(None)

    # Serving

    async def _serve(self, port: OpenPort) -> None:
        while not self._lost:
            if self._first_ready() is None:
                await self._wait_for_job()
                continue
            # Choose after the gap: an unlock that came meanwhile goes first.
            await self._wait_for_gap()
            job = self._first_ready()
            if job is not None and not self._lost:
                self._queue(job).remove(job)
                await self._run_job(job, port)

    def _first_ready(self) -> _Job | None:
        """Find the first job that may go now: unlocks before polls, suspects not yet."""
        now = self._now()
        self._suspects = {key: until for key, until in self._suspects.items() if until > now}
        for job in (*self._unlocks, *self._polls):
            if job.request.key not in self._suspects:
                return job
        return None

    async def _wait_for_job(self) -> None:
        """Wait until a job arrives, a suspect clears, or the port is lost."""
        self._wake.clear()
        waits = [self._suspects[job.request.key] for job in (*self._unlocks, *self._polls)]
        timeout = max(0.0, min(waits) - self._now()) if waits else None
        with contextlib.suppress(TimeoutError):
            # Not wait_for: before Python 3.12 it may swallow a cancellation.
            async with asyncio.timeout(timeout):
                await self._wake.wait()

    def _queue(self, job: _Job) -> deque[_Job]:
        return self._unlocks if job.request.kind is RequestKind.UNLOCK else self._polls

    async def _wait_for_gap(self) -> None:
        """Wait for silence; bytes that still arrive extend it, endless noise does not."""
        patience = self._now() + NOISE_SECONDS
        while not self._lost:
            now = self._now()
            quiet_at = self._busy_until + self.settings.gap_seconds
            if quiet_at <= now or now >= patience:
                return
            await asyncio.sleep(min(quiet_at, patience) - now)

    async def _run_job(self, job: _Job, port: OpenPort) -> None:
        request = job.request
        sent_at = self._now()
        if job.not_after is not None and sent_at > job.not_after:
            _settle(job, NotSent("late"))
            return
        job.answer = asyncio.get_running_loop().create_future()
        self._current = job
        self.receiver.sent(request)
        try:
            port.write(request.frame)
        except PortLost:
            self._put_back(job)  # certainly not sent
        else:
            self.counts.exchanges += 1
            self._busy_until = sent_at + len(request.frame) * self.settings.byte_seconds
            _settle(job, await self._await_answer(job, sent_at))
        finally:
            self._current = None
            self.receiver.finish()
            if not job.done.done() and job not in (*self._unlocks, *self._polls):
                _settle(job, Silent(sent_at, "closed"))  # cancelled in mid-exchange

    async def _await_answer(self, job: _Job, sent_at: float) -> Outcome:
        assert job.answer is not None
        wait = self._busy_until - self._now() + job.request.reply_seconds
        try:
            async with asyncio.timeout(wait):
                answer = await job.answer
        except TimeoutError:
            self.counts.silences += job.request.reply_seconds > 0
            now = self._now()
            self._suspects[job.request.key] = now + self.settings.late_reply_seconds
            self._busy_until = max(self._busy_until, now + BURST_SECONDS)
            return Silent(sent_at)
        if answer is None:
            return Silent(sent_at, "port_lost")
        return Answered(sent_at, *answer)

    def _put_back(self, job: _Job) -> None:
        if job.not_after is not None and self._now() >= job.not_after:
            _settle(job, NotSent("late"))
            return
        self._queue(job).appendleft(job)

    def _expire(self, job: _Job) -> None:
        """Give up a job that is still queued; one on the line runs to its end."""
        for queue in (self._unlocks, self._polls):
            if job in queue:
                queue.remove(job)
                _settle(job, NotSent("late"))

    # Receiving

    def _bytes_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._busy_until = max(self._busy_until, self._now())
        self._dispatch(self.receiver.feed(data))
        if self._burst_timer is not None:
            self._burst_timer.cancel()
        self._burst_timer = loop.call_later(BURST_SECONDS, self._burst_ended)

    def _burst_ended(self) -> None:
        self._dispatch(self.receiver.quiet())

    def _dispatch(self, frames: list[Frame]) -> None:
        for frame in frames:
            if isinstance(frame, DoorReport):
                if self._on_report is not None:
                    self._on_report(frame, self._now())
                continue
            job = self._current
            if job is not None and job.answer is not None and not job.answer.done():
                job.answer.set_result((self._now(), frame))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _settle(job: _Job, outcome: Outcome) -> None:
    if not job.done.done():
        job.done.set_result(outcome)
