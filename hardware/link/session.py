"""One connection to the server, from boot to close.

After the boot each direction has at most one call outstanding. The agent's calls (see
`calls`) are batches of spooled events and the kiosk's inputs; the server's are commands and
configurations.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from hardware.cabinet.cabinet import Cabinet, Refusal
from hardware.clock import ServerClock
from hardware.disk.journal import Journal
from hardware.disk.spool import SpoolError
from hardware.health import Checkup, HealthTurn
from hardware.link.calls import Calls, SessionEnded
from hardware.link.credentials import BootAnswer, Credentials, WrongAnswer
from realtime.wire.cabinets import CabinetLayout, FrameLine, FramesTold, TellFrames
from realtime.wire.devices import BootChallenge, BootProof, Enrol, Enrolled
from realtime.wire.envelope import Failure, Reply
from realtime.wire.terminal import (
    TERMINAL_PROTOCOL,
    Boot,
    BootAccepted,
    BootPending,
    CommandRefused,
    CommandTaken,
    Configure,
    EventsApplied,
    KioskView,
    OpenDoor,
    TerminalConfig,
    ToTerminal,
    WithdrawGrant,
)

log = logging.getLogger(__name__)

#: How long the server may take to answer a boot or a call.
ANSWER_SECONDS = 15.0
#: How long a session goes on without the server's time, which a server of before told at the boot
#: only: a drift of 100 ppm takes a second from each deadline by then.
CLOCK_SECONDS = 3 * 3600.0
#: Silence is judged in pings of the server: this many may be missed.
MISSED_PINGS = 2.5

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
    """Who the agent is, and how it proves it."""

    terminal_id: str
    credentials: Credentials
    agent_version: str
    boot_id: str
    layout: CabinetLayout


@dataclass(frozen=True, slots=True)
class Handlers:
    """Where what the server says goes."""

    configure: Callable[[TerminalConfig], Awaitable[None]]
    #: The server's clock was measured: it is in the agent's clock.
    measured: Callable[[], Awaitable[None]]
    show: Callable[[KioskView], None]
    #: Tells what passed last on a port, None for one that there is not.
    frames: Callable[[int], tuple[FrameLine, ...] | None]


class Session:
    """One connection. `boot` first; if accepted, `serve` until it ends."""

    def __init__(
        self,
        socket: ListeningConnection,
        cabinet: Cabinet,
        journal: Journal,
        clock: ServerClock,
        handlers: Handlers,
        checkup: Checkup,
        wake: asyncio.Event,
        answer_seconds: float = ANSWER_SECONDS,
        clock_seconds: float = CLOCK_SECONDS,
    ) -> None:
        self._socket = socket
        self._cabinet = cabinet
        self._journal = journal
        self._clock = clock
        self._handlers = handlers
        self._answer_seconds = answer_seconds
        self._clock_seconds = clock_seconds
        health = HealthTurn(checkup, clock.monotonic)
        self.calls = Calls(
            self._send, journal, wake, health, clock, self._read_clock, answer_seconds
        )
        self._ping_seconds = 20.0
        #: When the last frame of the boot left, by the clock that the server's is measured with.
        self._asked_at = 0.0
        #: When the server's time was told last, by the same clock.
        self._read_at = 0.0

    # Boot

    async def boot(self, identity: Identity) -> BootAnswer:
        """Say who this is and what its doors are, and prove it; return the server's answer.

        Raises:
            SessionEnded: no answer, or not one to a boot.
        """
        boot = Boot(
            id=self.calls.new_id(),
            protocol=TERMINAL_PROTOCOL,
            terminal_id=identity.terminal_id,
            agent_version=identity.agent_version,
            boot_id=identity.boot_id,
            spool_id=self._journal.spool_id,
            doors=self._cabinet.readings(),
            layout=identity.layout,
        )
        try:
            answer = await identity.credentials.come_in(self._ask, boot, self.calls.new_id)
        except TimeoutError:
            raise SessionEnded("no answer to the boot") from None
        except ConnectionClosed as error:
            raise SessionEnded("closed at the boot", _code(error)) from error
        except WrongAnswer as error:
            raise SessionEnded(str(error)) from None
        if isinstance(answer, BootAccepted):
            await self._accepted(answer)
        return answer

    async def _ask(self, frame: Enrol | Boot | BootProof) -> ToTerminal:
        async with asyncio.timeout(self._answer_seconds):
            self._asked_at = self._clock.since_boot()
            await self._send(frame)
            answer = self._decode(await self._socket.recv())
        if answer is None:
            raise SessionEnded("the boot's answer is not understood")
        return answer

    async def _accepted(self, answer: BootAccepted) -> None:
        await self._read_clock(answer.server_time, self._asked_at)
        self._ping_seconds = answer.ping_seconds
        await self._go_on_from(answer.applied_number)
        await self._handlers.configure(answer.config)

    async def _go_on_from(self, applied: int) -> None:
        """Delete what the server has applied, or begin anew where it knows more than the disk."""
        try:
            if not await self._journal.is_behind(applied):
                await self.calls.forget(applied)
                return
            log.error(
                "this disk is older than what the server heard of it: a new spool begins",
                extra={"applied": applied, "spool": self._journal.spool_id},
            )
            await self._journal.begin_anew(self._clock.now())
        except SpoolError as error:
            raise SessionEnded(f"the disk refuses: {error}") from None
        await self._handlers.measured()

    async def _read_clock(self, server_time: datetime, asked_at: float) -> None:
        """Hear the server's time, asked for at an instant of the clock that it is measured with."""
        self._read_at = answered_at = self._clock.since_boot()
        if self._clock.measure(server_time, asked_at, answered_at):
            await self._handlers.measured()

    # Serving

    async def serve(self) -> None:
        """Exchange calls until the connection ends.

        Raises:
            SessionEnded: always, with the close code where there is one.
        """
        side_tasks = [
            asyncio.create_task(self.calls.run(), name="session calls"),
            asyncio.create_task(self._watch_silence(), name="session silence"),
            asyncio.create_task(self._watch_clock(), name="session clock"),
        ]
        try:
            await self._receive_forever(side_tasks)
        finally:
            for task in side_tasks:
                task.cancel()
            await asyncio.gather(*side_tasks, return_exceptions=True)
            self.calls.end()

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
            case WithdrawGrant():
                await self._withdraw(frame)
            case Configure():
                await self._handlers.configure(frame.config)
                await self._send(CommandTaken(id=frame.id))
            case TellFrames():
                await self._send(self._frames(frame))
            case KioskView():
                self._handlers.show(frame)
            case Reply() | Failure() | EventsApplied():
                self.calls.answered(frame)
            case BootAccepted() | BootPending() | BootChallenge() | Enrolled():
                log.warning("unexpected boot answer", extra={"frame_id": frame.id})

    async def _open(self, frame: OpenDoor) -> None:
        refusal = await self._cabinet.take(frame.command_id, frame.cell, frame.deadline)
        await self._answer(frame.id, frame.command_id, refusal)

    async def _withdraw(self, frame: WithdrawGrant) -> None:
        refusal = await self._cabinet.withdraw(frame.grant_id, frame.issued_at)
        await self._answer(frame.id, frame.grant_id, refusal)

    async def _answer(self, frame_id: str, command_id: str, refusal: Refusal | None) -> None:
        if refusal is None:
            await self._send(CommandTaken(id=frame_id, command_id=command_id))
        else:
            await self._send(
                CommandRefused(id=frame_id, command_id=command_id, reason=refusal.reason)
            )

    def _frames(self, frame: TellFrames) -> FramesTold:
        lines = self._handlers.frames(frame.port)
        if lines is None:
            return FramesTold(id=frame.id, port=frame.port, refusal="unknown_port")
        return FramesTold(id=frame.id, port=frame.port, lines=lines)

    async def _watch_silence(self) -> None:
        """End the session when the server was not heard for 2.5 of its pings."""
        loop = asyncio.get_running_loop()
        limit = MISSED_PINGS * self._ping_seconds
        while True:
            left = self._socket.heard_at + limit - loop.time()
            if left <= 0:
                raise SessionEnded("the server is silent")
            await asyncio.sleep(left)

    async def _watch_clock(self) -> None:
        """End the session when the server's time was not told for long: the next boot tells it."""
        while True:
            left = self._read_at + self._clock_seconds - self._clock.since_boot()
            if left <= 0:
                raise SessionEnded("the server's time was not told for long")
            await asyncio.sleep(left)

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


def _code(error: ConnectionClosed) -> int | None:
    return error.rcvd.code if error.rcvd is not None else None
