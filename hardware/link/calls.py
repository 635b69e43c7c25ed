"""The agent's own calls on one connection: one at a time, inputs of people before all else.

A batch of events that is not answered is sent again on the next connection, with the same
numbers; an input of a person is not: they see that it failed and press again. How the machine
does is told when it is due, and a server that does not know that call is not asked again; its
answer tells the server's time.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import msgspec

from hardware.clock import ServerClock
from hardware.disk.journal import Journal
from hardware.disk.spool import SpoolError
from hardware.health import HealthTurn
from realtime.wire.envelope import Failure, Reply
from realtime.wire.health import Health, kept_at
from realtime.wire.terminal import (
    DoorEvent,
    DoorEventKind,
    Events,
    EventsApplied,
    KioskAction,
    KioskInput,
)

log = logging.getLogger(__name__)

#: Inputs of the person that may wait for their turn.
MAX_INPUTS = 8
#: Pause before a batch that the server refused is sent again: first, and at most.
REFUSED_BATCH_SECONDS = (1.0, 30.0)
#: Refusals that say nothing against the next try.
_PASSING = frozenset(("unavailable", "limited", "internal"))

Call = Events | KioskInput | Health
Answer = Reply | Failure | EventsApplied


class SessionEnded(Exception):
    """The connection cannot go on; `code` is the server's close code, where it gave one."""

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why)
        self.code = code


@dataclass(slots=True, eq=False)
class _Input:
    """An act of the person, waiting for its answer."""

    visit_id: str
    action: KioskAction
    value: str | None
    done: asyncio.Future[Reply | Failure]


class Calls:
    """Sends what is to be sent, and joins answers to their calls."""

    def __init__(
        self,
        send: Callable[[Call], Awaitable[None]],
        journal: Journal,
        wake: asyncio.Event,
        health: HealthTurn,
        clock: ServerClock,
        read_clock: Callable[[datetime, float], Awaitable[None]],
        answer_seconds: float,
    ) -> None:
        """Take what to send and where; `read_clock` hears the server's time, and when asked."""
        self._send = send
        self._journal = journal
        self._health = health
        self._clock = clock
        self._read_clock = read_clock
        #: Set when there is something to send: events on disk, or an input.
        self._wake = wake
        self._answer_seconds = answer_seconds
        #: Ids differ between connections: the server remembers what it answered to them.
        self._ids = (f"{secrets.token_hex(6)}-{n}" for n in itertools.count(1))
        self._inputs: deque[_Input] = deque()
        #: The one call that awaits its answer, by id.
        self._waiting: tuple[str, asyncio.Future[Answer]] | None = None

    async def ask(self, visit_id: str, action: KioskAction, value: str | None) -> Reply | Failure:
        """Send an act of the person in its turn; a `Failure` tells what they should know."""
        if len(self._inputs) >= MAX_INPUTS:
            return Failure(code="too_many_inputs", message="请稍候 Please wait")
        waiting = _Input(visit_id, action, value, asyncio.get_running_loop().create_future())
        self._inputs.append(waiting)
        self._wake.set()
        return await waiting.done

    def answered(self, frame: Answer) -> None:
        """Give an answer to the call that waits for it."""
        if self._waiting is None or frame.id != self._waiting[0]:
            log.warning("answer to nothing", extra={"frame_id": frame.id})
            return
        if not self._waiting[1].done():
            self._waiting[1].set_result(frame)

    async def run(self) -> NoReturn:
        """Send what there is, again and again.

        Raises:
            SessionEnded: a call was not answered in time.
        """
        pause = REFUSED_BATCH_SECONDS[0]
        while True:
            self._wake.clear()
            if self._inputs:
                await self._call_input(self._inputs[0])
            elif self._health.due_in() == 0.0:
                await self._call_health()
            elif await self._call_events():
                pause = REFUSED_BATCH_SECONDS[0]
            else:
                pause = await self._rest(pause)

    async def _rest(self, pause: float) -> float:
        """Wait for something to send; after a refused batch, for a while that grows."""
        health_in = self._health.due_in()
        if not await self._has_pending():
            await self._wait(health_in)
            return REFUSED_BATCH_SECONDS[0]
        await self._wait(pause if health_in is None else min(pause, health_in))
        return min(pause * 2, REFUSED_BATCH_SECONDS[1])

    async def _has_pending(self) -> bool:
        try:
            return await self._journal.pending_count() > 0
        except SpoolError:
            return True  # a disk that cannot be read is asked again, after the pause

    async def _wait(self, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _call_events(self) -> bool:
        """Send the oldest batch; False when there is none, or it has to be sent again."""
        try:
            events = await self._journal.pending()
        except SpoolError as error:
            log.error("events not read", extra={"why": str(error)})
            return False
        if not events or not await self._note_sending(events):
            return False
        call = Events(id=self.new_id(), spool_id=self._journal.spool_id, events=events)
        answer = await self._call(call.id, call)
        if isinstance(answer, EventsApplied):
            return await self.forget(answer.number)
        code = answer.code if isinstance(answer, Failure) else "wrong_answer"
        log.error("events refused", extra={"code": code, "first": events[0].number})
        return False

    async def _note_sending(self, events: tuple[DoorEvent, ...]) -> bool:
        """Note on disk what goes now; False when that must not go without the note.

        No grant is tried again once its refusal is told, so a disk that refuses holds refusals
        back. Else they go: at worst they are told a second time, as those of another spool.
        """
        refused = {
            event.command_id
            for event in events
            if event.kind is DoorEventKind.REFUSED and event.command_id is not None
        }
        try:
            await self._journal.sending(events, refused)
        except SpoolError as error:
            log.error("sending not noted", extra={"why": str(error)})
            return not refused
        return True

    async def forget(self, number: int) -> bool:
        """Delete applied events; False when the disk refuses: they come again, harmlessly."""
        try:
            await self._journal.forget(number)
        except SpoolError as error:
            log.error("applied events not deleted", extra={"why": str(error)})
            return False
        return True

    async def _call_input(self, waiting: _Input) -> None:
        call = KioskInput(
            id=self.new_id(),
            visit_id=waiting.visit_id,
            action=waiting.action,
            value=waiting.value,
        )
        answer = await self._call(call.id, call)
        self._inputs.popleft()
        if isinstance(answer, EventsApplied):
            answer = Failure(code="wrong_answer", message="请重试 Please try again")
        if not waiting.done.done():
            waiting.done.set_result(answer)

    async def _call_health(self) -> None:
        """Tell how the machine does; nothing hangs on it, least of all the connection.

        A server of before this call refuses it, or says nothing: it is not asked again. That
        the server is silent altogether is the session's to notice.
        """
        call = msgspec.structs.replace(await self._health.tell(), id=self.new_id())
        asked_at = self._clock.since_boot()
        try:
            answer = await self._call(call.id, call)
        except SessionEnded:
            self._health.give_up()
            return
        if isinstance(answer, Reply):
            await self._hear_time(answer, asked_at)
        if isinstance(answer, Failure) and answer.code not in _PASSING:
            log.info("the server does not take the machine's health", extra={"code": answer.code})
            self._health.give_up()

    async def _hear_time(self, answer: Reply, asked_at: float) -> None:
        try:
            server_time = kept_at(answer)
        except ValueError as error:
            log.warning("the server's time is not understood", extra={"why": str(error)})
            return
        if server_time is not None:
            await self._read_clock(server_time, asked_at)

    async def _call(self, call_id: str, call: Call) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting = (call_id, future)
        try:
            await self._send(call)
            async with asyncio.timeout(self._answer_seconds):
                return await future
        except TimeoutError:
            raise SessionEnded("a call was not answered") from None
        finally:
            self._waiting = None

    def end(self) -> None:
        """Tell everyone who waits that the link is down."""
        while self._inputs:
            waiting = self._inputs.popleft()
            if not waiting.done.done():
                waiting.done.set_result(offline())

    def new_id(self) -> str:
        """Make the id of a frame, never used before by this terminal."""
        return next(self._ids)


def offline() -> Failure:
    """Make the answer to an act that cannot reach the server."""
    return Failure(code="offline", message="设备离线，请稍后再试 Offline, please try again later")
