"""One connection to the server, from boot to close.

After the boot each direction has at most one call outstanding. The agent's calls are batches
of spooled events and the kiosk's inputs; the server's are commands and configurations. A
batch that is not answered is sent again on the next connection, with the same numbers; an
input of a person is not: they see that it failed and press again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from hardware.cabinet import Cabinet
from hardware.clock import ServerClock
from hardware.journal import Journal
from hardware.spool import SpoolError
from realtime.wire.envelope import PROTOCOL, Failure, Reply
from realtime.wire.terminal import (
    Boot,
    BootAccepted,
    BootPending,
    CommandRefused,
    CommandTaken,
    Configure,
    Events,
    EventsApplied,
    KioskAction,
    KioskInput,
    KioskView,
    OpenDoor,
    TerminalConfig,
    ToTerminal,
)

log = logging.getLogger(__name__)

#: How long the server may take to answer a boot or a call.
ANSWER_SECONDS = 15.0
#: Silence is judged in pings of the server: this many may be missed.
MISSED_PINGS = 2.5
#: Inputs of the person that may wait for their turn.
MAX_INPUTS = 8
#: Pause before a batch that the server refused is sent again: first, and at most.
REFUSED_BATCH_SECONDS = (1.0, 30.0)

BootAnswer = BootAccepted | BootPending | Failure
Answer = Reply | Failure | EventsApplied

_decoder: msgspec.json.Decoder[ToTerminal] = msgspec.json.Decoder(ToTerminal)


class ListeningConnection(ClientConnection):
    """A client connection that notes when it last heard anything, pings included."""

    heard_at: float = 0.0

    def data_received(self, data: bytes) -> None:
        """Note the time, then go on."""
        self.heard_at = self.loop.time()
        super().data_received(data)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the agent is; `token` never appears in logs or in this object's text."""

    terminal_id: str
    token: str
    agent_version: str
    boot_id: str

    def __repr__(self) -> str:
        """Show who, without the token."""
        return f"Identity({self.terminal_id})"


@dataclass(slots=True, eq=False)
class _Input:
    """An act of the person, waiting for its answer."""

    visit_id: str
    action: KioskAction
    value: str | None
    done: asyncio.Future[Reply | Failure]


class SessionEnded(Exception):
    """The connection cannot go on; `code` is the server's close code, where it gave one."""

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Handlers:
    """Where what the server says goes."""

    configure: Callable[[TerminalConfig], Awaitable[None]]
    show: Callable[[KioskView], None]


class Session:
    """One connection. `boot` first; if accepted, `serve` until it ends."""

    def __init__(
        self,
        socket: ListeningConnection,
        cabinet: Cabinet,
        journal: Journal,
        clock: ServerClock,
        handlers: Handlers,
        wake: asyncio.Event,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._socket = socket
        self._cabinet = cabinet
        self._journal = journal
        self._clock = clock
        self._handlers = handlers
        #: Set when there is something to send: events on disk, or an input.
        self._wake = wake
        self._answer_seconds = answer_seconds
        self._ids = itertools.count(1)
        self._inputs: deque[_Input] = deque()
        #: The one call that awaits its answer, by id.
        self._waiting: tuple[str, asyncio.Future[Answer]] | None = None
        self._ping_seconds = 20.0

    # Boot

    async def boot(self, identity: Identity) -> BootAnswer:
        """Say who this is and what its doors are; return the server's answer.

        Raises:
            SessionEnded: no answer, or not one to a boot.
        """
        boot = Boot(
            id=self._new_id(),
            protocol=PROTOCOL,
            terminal_id=identity.terminal_id,
            token=identity.token,
            agent_version=identity.agent_version,
            boot_id=identity.boot_id,
            spool_id=self._journal.spool_id,
            doors=self._cabinet.readings(),
        )
        asked_at = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._answer_seconds):
                await self._send(boot)
                answer = self._decode(await self._socket.recv())
        except TimeoutError:
            raise SessionEnded("no answer to the boot") from None
        except ConnectionClosed as error:
            raise SessionEnded("closed at the boot", _code(error)) from error
        if not isinstance(answer, BootAccepted | BootPending | Failure):
            raise SessionEnded("the boot's answer is of another kind")
        if isinstance(answer, BootAccepted):
            await self._accepted(answer, asked_at)
        return answer

    async def _accepted(self, answer: BootAccepted, asked_at: float) -> None:
        self._clock.measure(answer.server_time, asked_at, self._clock.monotonic())
        self._ping_seconds = answer.ping_seconds
        await self._forget(answer.applied_number)
        await self._handlers.configure(answer.config)

    # Serving

    async def serve(self) -> None:
        """Exchange calls until the connection ends.

        Raises:
            SessionEnded: always, with the close code where there is one.
        """
        side_tasks = [
            asyncio.create_task(self._call_forever(), name="session calls"),
            asyncio.create_task(self._watch_silence(), name="session silence"),
        ]
        try:
            await self._receive_forever(side_tasks)
        finally:
            for task in side_tasks:
                task.cancel()
            await asyncio.gather(*side_tasks, return_exceptions=True)
            self._fail_inputs()

    async def ask(self, visit_id: str, action: KioskAction, value: str | None) -> Reply | Failure:
        """Send an act of the person in its turn; a `Failure` tells what they should know."""
        if len(self._inputs) >= MAX_INPUTS:
            return Failure(code="too_many_inputs", message="请稍候 Please wait")
        waiting = _Input(visit_id, action, value, asyncio.get_running_loop().create_future())
        self._inputs.append(waiting)
        self._wake.set()
        return await waiting.done

    async def _receive_forever(self, side_tasks: list[asyncio.Task[None]]) -> None:
        receiving = asyncio.create_task(self._receive(), name="session receive")
        try:
            done, _ = await asyncio.wait(
                [receiving, *side_tasks], return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        except ConnectionClosed as error:
            raise SessionEnded("closed", _code(error)) from error
        finally:
            receiving.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed, SessionEnded):
                await receiving
        raise SessionEnded("ended")

    async def _receive(self) -> None:
        async for text in self._socket:
            frame = self._decode(text)
            if frame is not None:
                await self._handle(frame)
        code = self._socket.close_code
        raise SessionEnded("closed", code)

    async def _handle(self, frame: ToTerminal) -> None:
        match frame:
            case OpenDoor():
                await self._open(frame)
            case Configure():
                await self._handlers.configure(frame.config)
                await self._send(CommandTaken(id=frame.id))
            case KioskView():
                self._handlers.show(frame)
            case Reply() | Failure() | EventsApplied():
                self._answered(frame)
            case BootAccepted() | BootPending():
                log.warning("unexpected boot answer", extra={"frame_id": frame.id})

    async def _open(self, frame: OpenDoor) -> None:
        refusal = await self._cabinet.take(frame.command_id, frame.cell, frame.deadline)
        if refusal is None:
            await self._send(CommandTaken(id=frame.id, command_id=frame.command_id))
            return
        await self._send(
            CommandRefused(id=frame.id, command_id=frame.command_id, reason=refusal.reason)
        )

    def _answered(self, frame: Answer) -> None:
        if self._waiting is None or frame.id != self._waiting[0]:
            log.warning("answer to nothing", extra={"frame_id": frame.id})
            return
        if not self._waiting[1].done():
            self._waiting[1].set_result(frame)

    # Calls

    async def _call_forever(self) -> None:
        pause = REFUSED_BATCH_SECONDS[0]
        while True:
            self._wake.clear()
            if self._inputs:
                await self._call_input(self._inputs[0])
            elif await self._call_events():
                pause = REFUSED_BATCH_SECONDS[0]
            else:
                pause = await self._rest(pause)

    async def _rest(self, pause: float) -> float:
        """Wait for something to send; after a refused batch, for a while that grows."""
        if await self._journal.pending_count() == 0:
            await self._wake.wait()
            return REFUSED_BATCH_SECONDS[0]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), pause)
        return min(pause * 2, REFUSED_BATCH_SECONDS[1])

    async def _call_events(self) -> bool:
        """Send the oldest batch; False when there is none, or it has to be sent again."""
        events = await self._journal.pending()
        if not events:
            return False
        call = Events(id=self._new_id(), spool_id=self._journal.spool_id, events=events)
        answer = await self._call(call.id, call)
        if isinstance(answer, EventsApplied):
            return await self._forget(answer.number)
        code = answer.code if isinstance(answer, Failure) else "wrong_answer"
        log.error("events refused", extra={"code": code, "first": events[0].number})
        return False

    async def _forget(self, number: int) -> bool:
        """Delete applied events; False when the disk refuses: they come again, harmlessly."""
        try:
            await self._journal.forget(number)
        except SpoolError as error:
            log.error("applied events not deleted", extra={"why": str(error)})
            return False
        return True

    async def _call_input(self, waiting: _Input) -> None:
        call = KioskInput(
            id=self._new_id(),
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

    async def _call(self, call_id: str, call: Events | KioskInput) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting = (call_id, future)
        try:
            await self._send(call)
            return await asyncio.wait_for(future, self._answer_seconds)
        except TimeoutError:
            raise SessionEnded("a call was not answered") from None
        finally:
            self._waiting = None

    async def _watch_silence(self) -> None:
        """End the session when the server was not heard for 2.5 of its pings."""
        loop = asyncio.get_running_loop()
        limit = MISSED_PINGS * self._ping_seconds
        while True:
            left = self._socket.heard_at + limit - loop.time()
            if left <= 0:
                raise SessionEnded("the server is silent")
            await asyncio.sleep(left)

    def _fail_inputs(self) -> None:
        while self._inputs:
            waiting = self._inputs.popleft()
            if not waiting.done.done():
                waiting.done.set_result(offline())

    # Frames

    def _decode(self, text: str | bytes) -> ToTerminal | None:
        try:
            return _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # A newer server may say things this agent does not know: never a reason to stop.
            log.warning("frame not understood", extra={"why": str(error)})
            return None

    async def _send(self, frame: Any) -> None:
        await self._socket.send(msgspec.json.encode(frame).decode())

    def _new_id(self) -> str:
        return f"a{next(self._ids)}"


def offline() -> Failure:
    """Make the answer to an act that cannot reach the server."""
    return Failure(code="offline", message="设备离线，请稍后再试 Offline, please try again later")


def _code(error: ConnectionClosed) -> int | None:
    return error.rcvd.code if error.rcvd is not None else None
