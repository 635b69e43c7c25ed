"""One line with its boards: one exchange at a time, an unlock before every poll.

The rules kept here (`turns` keeps those of the queue):

- Between frames the line is silent for 3.5 characters + 1 ms, also after errors; without
  that gap a second board on a bus was measured not to answer at all.
- An answer is matched by exact length, checksum, board and channel against the one pending
  request. A request that timed out rests until a late answer could not be taken for a new
  one's. After an unlock that is not answered by design the line listens a moment all the
  same; and when a board is looked at soon after its silent unlock, an answer counts only if
  no other one that says something else comes right behind it.
- An unlock is handed to the port once. It is put back in the queue only when the port says
  that no byte was sent; everything else ends its life here. When it cannot leave the port it
  is thrown away with the connection: it must not leave later.
- A lost port is opened again a bounded number of times, then rests (see `openings`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from hardware.codecs.driver import DoorReport, Driver, Frame, Greeter, Request, RequestKind
from hardware.codecs.receiver import Receiver
from hardware.line.exchange import Answered, LineSettings, NotSent, Outcome, Silent, Tap
from hardware.line.job import Job
from hardware.line.open_line import Backlog, OnBytes, OnLost, OpenPort, PortError, PortLost
from hardware.line.openings import BusState, Openings
from hardware.line.turns import Turns

#: USB adapters deliver one answer in bursts up to this far apart.
BURST_SECONDS = 0.025
#: Endless noise holds up the line no longer than this before a frame is sent anyway.
NOISE_SECONDS = 0.5
#: How long a closing port is waited for before it is opened again.
CLOSE_SECONDS = 2.0
#: How long bytes of an unlock may stay in this machine, from its sending.
STUCK_SECONDS = 1.0
#: Exchanges in a row over a bridge without a byte, after which it is connected anew.
DEAF_EXCHANGES = 6

OpenPortFunction = Callable[[str, int, OnBytes, OnLost], Awaitable[OpenPort]]


@dataclass(slots=True)
class BusCounts:
    """What the line went through since the start."""

    exchanges: int = 0
    silences: int = 0


class Bus:
    """The queue of one port. `run` owns the port; cancel it to close."""

    def __init__(
        self,
        settings: LineSettings,
        driver: Driver,
        open_port: OpenPortFunction,
        on_report: Callable[[DoorReport, float], None] | None = None,
        *,
        boards: Iterable[int] = (),
        tap: Tap | None = None,
    ) -> None:
        """Make the bus; after an opening each of `boards` is read before an unlock goes.

        Who names boards must keep asking for their readings: `on_open` says when.
        """
        self.settings = settings
        #: Called after each opening.
        self.on_open: Callable[[], None] = lambda: None
        self.counts = BusCounts()
        self.receiver = Receiver(driver, settings.echo)
        self._driver = driver
        self._open_port = open_port
        self._on_report = on_report
        self._tap = tap
        self._boards = tuple(boards)
        self._turns = Turns(self._boards)
        #: Set when a job arrived or the port was lost: the serving loop looks again.
        self._wake = asyncio.Event()
        #: Set while the port is gone.
        self._lost = False
        #: The job whose answer is awaited.
        self._current: Job | None = None
        #: Instant at which the last byte passed, in either direction.
        self._busy_until = 0.0
        #: Instant at which the last byte came.
        self._heard_at = 0.0
        #: Exchanges in a row without a byte.
        self._deaf = 0
        #: Boards with an unlock that stayed silent, and until when its answer may come.
        self._doubts: dict[int, float] = {}
        self._burst_timer: asyncio.TimerHandle | None = None
        if tap is not None:
            self.receiver.on_drop = tap.dropped
        self._openings = Openings(settings, tap.noted if tap is not None else lambda _text: None)

    @property
    def state(self) -> BusState:
        """Tell whether the port can be used."""
        return self._openings.state

    @property
    def openings(self) -> Openings:
        """Tell what became of the port's openings."""
        return self._openings

    # Public methods

    async def exchange(self, request: Request, *, not_after: float | None = None) -> Outcome:
        """Send a request in its turn and wait for its answer.

        After `not_after` (monotonic) a request that was not begun is given up as `late`. A
        cancelled wait withdraws a request that was not begun.
        """
        loop = asyncio.get_running_loop()
        if self.state is BusState.UNREACHABLE:
            return NotSent("unreachable")
        job = Job(request, not_after, loop.create_future())
        self._turns.add(job)
        self._wake.set()
        timer = None
        if not_after is not None:
            timer = loop.call_at(not_after, self._expire, job)
        try:
            return await job.done
        finally:
            if timer is not None:
                timer.cancel()
            self._turns.withdraw(job)

    def hold_polls(self) -> None:
        """Keep the line free for a moment: an unlock comes as soon as it is on disk."""
        self._turns.hold(self._now())

    def release_polls(self) -> None:
        """Take that back: no unlock comes."""
        self._turns.release()
        self._wake.set()

    async def run(self) -> None:
        """Keep the port open and serve the queue until cancelled."""
        try:
            while True:
                await self._open_and_serve()
        finally:
            self._turns.give_up("closed")
            if self._burst_timer is not None:
                self._burst_timer.cancel()

    # Opening

    async def _open_and_serve(self) -> None:
        self._lost = False
        self._openings.begin()
        try:
            port = await self._open_port(
                self.settings.url, self.settings.baud, self._bytes_received, self._port_lost
            )
        except PortError as error:
            await self._rest(self._openings.rest_after(str(error), heals=error.heals))
            return
        self._opened()
        try:
            await self._greet(port)
            await self._serve(port)
        finally:
            self.receiver.finish()
            await port.abort(CLOSE_SECONDS)
        await self._rest(self._openings.rest_after_loss())

    def _opened(self) -> None:
        self._openings.opened()
        self._turns.opened()
        self._busy_until = self._now()
        self._deaf = 0
        self.on_open()

    async def _rest(self, seconds: float) -> None:
        if self.state is BusState.UNREACHABLE:
            self._turns.give_up("unreachable")
        await asyncio.sleep(seconds)

    def _port_lost(self) -> None:
        self._lose("lost")

    def _lose(self, why: str) -> None:
        """Take the port as gone, by its own word or by what was seen of it; once."""
        if self._lost:
            return
        self._lost = True
        self._openings.lost(why)
        self._wake.set()
        if self._current is not None:
            self._current.port_lost()

    async def _greet(self, port: OpenPort) -> None:
        """Greet the boards that want it; an answer is welcome and nothing depends on it."""
        if not isinstance(self._driver, Greeter):
            return
        for board in self._boards:
            request = self._driver.greet(board)
            await self._wait_for_gap()
            if self._lost:
                return
            await self._run_job(
                Job(request, None, asyncio.get_running_loop().create_future()), port
            )

    # Serving

    async def _serve(self, port: OpenPort) -> None:
        while not self._lost:
            if self._turns.choose(self._now()) is None:
                await self._wait_for_job()
                continue
            # Choose after the gap: an unlock that came meanwhile goes first.
            await self._wait_for_gap()
            job = self._turns.choose(self._now())
            if job is not None and not self._lost:
                self._turns.begin(job)
                await self._run_job(job, port)

    async def _wait_for_job(self) -> None:
        """Wait until a job arrives, a resting one may go, or the port is lost."""
        self._wake.clear()
        now = self._now()
        ready_at = self._turns.ready_at(now)
        with contextlib.suppress(TimeoutError):
            # Not wait_for: before Python 3.12 it may swallow a cancellation.
            async with asyncio.timeout(None if ready_at is None else ready_at - now):
                await self._wake.wait()

    async def _wait_for_gap(self) -> None:
        """Wait for silence; bytes that still arrive extend it, endless noise does not."""
        patience = self._now() + NOISE_SECONDS
        while not self._lost:
            now = self._now()
            quiet_at = self._busy_until + self.settings.gap_seconds
            if quiet_at <= now or now >= patience:
                return
            await asyncio.sleep(min(quiet_at, patience) - now)

    async def _run_job(self, job: Job, port: OpenPort) -> None:
        request = job.request
        sent_at = self._now()
        outcome: Outcome = Silent(sent_at, "closed")  # when cancelled in mid-exchange
        if job.not_after is not None and sent_at > job.not_after:
            self._turns.end(job)
            job.settle(NotSent("late"))
            return
        self._begin(job)
        try:
            port.write(request.frame)
        except PortLost:
            # Its own word may come later; waiting for it here would spin.
            self._lose("lost")
            self._current = None
            self._put_back(job)
        else:
            try:
                self.counts.exchanges += 1
                if self._tap is not None:
                    self._tap.sent(request)
                self._busy_until = sent_at + len(request.frame) * self.settings.byte_seconds
                outcome = await self._await_answer(job, port, sent_at)
            finally:
                self._end(job, outcome)

    def _begin(self, job: Job) -> None:
        request = job.request
        doubted_until = self._doubts.get(request.board, 0.0)
        is_read = request.kind is RequestKind.READ_ALL
        job.is_doubted = is_read and doubted_until > self._now()
        job.answer = asyncio.get_running_loop().create_future()
        self._current = job
        self.receiver.sent(request, takes_more=job.is_doubted)

    def _end(self, job: Job, outcome: Outcome) -> None:
        self._current = None
        self.receiver.finish()
        rest_until = None
        if isinstance(outcome, Answered):
            self._openings.answered()
        else:
            if not job.is_contradicted:
                rest_until = self._now() + self.settings.late_reply_seconds
            if job.is_unlock and rest_until is not None:
                self._doubts[job.request.board] = rest_until
            if self._tap is not None:
                self._tap.silent(job.request, outcome)
        self._turns.end(job, rest_until)
        job.settle(outcome)

    def _put_back(self, job: Job) -> None:
        self.receiver.finish()
        self._turns.end(job)
        if job.not_after is not None and self._now() >= job.not_after:
            job.settle(NotSent("late"))
        elif not job.done.done():  # nobody waits any more for one that was cancelled
            self._turns.put_back(job)

    def _expire(self, job: Job) -> None:
        """Give up a job that is still queued; one on the line runs to its end."""
        if self._turns.withdraw(job):
            job.settle(NotSent("late"))

    # The answer

    async def _await_answer(self, job: Job, port: OpenPort, sent_at: float) -> Outcome:
        assert job.answer is not None
        reply_seconds = job.request.reply_seconds
        deadline = self._busy_until + (reply_seconds or self.settings.settle_seconds)
        try:
            async with asyncio.timeout_at(deadline):
                heard = await job.answer
        except TimeoutError:
            heard = job.heard_by_now()
            if heard is None:
                return await self._no_answer(job, port, sent_at)
        if heard is None:
            return Silent(sent_at, "port_lost")
        if job.is_contradicted:
            return Silent(sent_at, "contradicted")
        return Answered(sent_at, *heard)

    async def _no_answer(self, job: Job, port: OpenPort, sent_at: float) -> Outcome:
        """Judge a silence: whether the request left, and whether the line is still there."""
        is_asked = job.request.reply_seconds > 0
        was_heard = self._heard_at > sent_at
        if is_asked or was_heard:
            self._busy_until = max(self._busy_until, self._now() + BURST_SECONDS)
        while job.is_unlock and not self._lost and port.backlog() != Backlog():
            if self._now() > sent_at + STUCK_SECONDS:
                break
            await asyncio.sleep(BURST_SECONDS)
        if self._lost:
            return Silent(sent_at, "port_lost")
        backlog = port.backlog()
        if backlog.held >= len(job.request.frame):
            self._lose("takes no bytes")
            return NotSent("port_stuck")
        if job.is_unlock and backlog != Backlog():
            self._lose("takes no bytes")
            return Silent(sent_at, "port_stuck")
        self.counts.silences += is_asked
        self._deaf = 0 if was_heard else self._deaf + is_asked
        limit = max(DEAF_EXCHANGES, 2 * len(self._boards))
        if self.settings.is_bridge and self._deaf >= limit:
            self._lose(f"nothing heard in {self._deaf} exchanges")
        return Silent(sent_at)

    # Receiving

    def _bytes_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._heard_at = self._now()
        self._deaf = 0
        self._busy_until = max(self._busy_until, self._heard_at)
        self._dispatch(self.receiver.feed(data))
        if self._burst_timer is not None:
            self._burst_timer.cancel()
        self._burst_timer = loop.call_later(BURST_SECONDS, self._burst_ended)

    def _burst_ended(self) -> None:
        self._dispatch(self.receiver.quiet())

    def _dispatch(self, frames: list[Frame]) -> None:
        for frame in frames:
            if self._tap is not None:
                self._tap.heard(frame)
            if isinstance(frame, DoorReport):
                if self._on_report is not None:
                    self._on_report(frame, self._now())
            elif self._current is not None:
                self._current.heard((self._now(), frame), self.settings.settle_seconds)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
