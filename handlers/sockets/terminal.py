"""WS /v1/terminal: a cabinet's agent. Frames in `realtime/wire/terminal.py`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers.address import client_address
from handlers.decoding import decode
from handlers.errors import INTERNAL_CODE, INTERNAL_MESSAGE
from handlers.sockets.answers import Answers
from handlers.sockets.base import SocketHandler, SocketSettings, failure
from handlers.sockets.entry import Admitted, Entry, ProtocolRefused
from handlers.sockets.ports import TerminalService
from realtime.hub import Connection, Hub, TerminalLink, TerminalLinks
from realtime.tasks import Tasks
from realtime.terminals import TerminalRouting
from realtime.wire.cabinets import FramesTold
from realtime.wire.devices import BootProof, Enrol
from realtime.wire.envelope import MAX_TERMINAL_FRAME, CloseCode, Failure, Reply
from realtime.wire.health import Health, kept_reply
from realtime.wire.terminal import (
    Boot,
    BootPending,
    CommandRefused,
    CommandTaken,
    Events,
    EventsApplied,
    FromTerminal,
    KioskInput,
)
from server.domain.errors import (
    AgentRefused,
    DomainError,
    InvalidInput,
    Limited,
    StaleVersion,
    Unavailable,
)
from server.domain.ids import TerminalId
from server.services.grants.recalls import CALL as WITHDRAWAL

log = logging.getLogger(__name__)

#: What an agent may have on the way: one call, and the answer to one of ours.
MOST_WAITING = 4

#: Longest that one frame's work may take, seconds: a full batch of events on a busy store.
WORK_SECONDS = 30.0

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalSockets:
    """What all terminals' sockets of a process share."""

    hub: Hub
    links: TerminalLinks
    routing: TerminalRouting
    service: TerminalService
    tasks: Tasks
    settings: SocketSettings


class TerminalSocket(SocketHandler):
    """WS /v1/terminal: `Enrol` or `Boot` first, then one call at a time each way.

    Frames are read at once and worked on one after the other in a task of the socket's own,
    so that an answer of the agent is heard while its own call is still being served.
    """

    most_frame_bytes = MAX_TERMINAL_FRAME

    def initialize(self, *, deps: TerminalSockets) -> None:  # type: ignore[override]
        """Take what all sockets share."""
        super().initialize(hub=deps.hub, settings=deps.settings)
        self._deps = deps
        self._answers = Answers()
        self._link: TerminalLink | None = None  # set when the boot is accepted
        address = client_address(
            self.request.remote_ip or "",
            ",".join(self.request.headers.get_list("X-Forwarded-For")),
            self.settings.get("trusted_proxies", frozenset()),
        )
        self._entry = Entry(deps.service, address)
        self._waiting: asyncio.Queue[Work] = asyncio.Queue(MOST_WAITING)
        self._worker: asyncio.Task[None] | None = None

    async def receive(self, raw: bytes) -> None:
        """Act on one frame, or line it up."""
        frame: FromTerminal = decode(raw, FromTerminal)  # type: ignore[arg-type]
        if isinstance(frame, Enrol | Boot | BootProof):
            await self._enter(frame, raw)
            return
        link = self._link
        if link is None:
            self.refuse_entry(AgentRefused(field="type", rule="boot_first"), raw)
            return
        if isinstance(frame, CommandTaken | CommandRefused):
            self._answered(link, frame)
            return
        if isinstance(frame, FramesTold):
            self._told(link, frame)
            return
        is_new, outcome = self._answers.begin(frame.id, raw)
        if is_new:
            self._line_up(frame.id, lambda: self._serve(link, frame))
        elif outcome is not None:
            self.send_encoded(outcome)

    def left(self, connection: Connection) -> None:
        """Leave the links; tell the service unless a newer connection is here."""
        if self._worker is not None:
            self._worker.cancel()
        if self._link is not None:
            is_newest = self._deps.links.leave(self._link)
            leaving = self._leave(self._link, is_newest=is_newest)
            self._deps.tasks.start(leaving, name="terminal-gone")

    # The way in

    async def _enter(self, frame: Enrol | Boot | BootProof, raw: bytes) -> None:
        if self._link is not None:
            raise InvalidInput(field="type", rule="boot_once")
        try:
            answer = await self._entry.step(frame)
        except ProtocolRefused as refusal:
            self.send(failure(refusal, frame.id))
            self.close_with(CloseCode.PROTOCOL_VERSION, "protocol not accepted")
            return
        except DomainError as refusal:
            self.refuse_entry(refusal, raw)
            return
        if isinstance(answer, Admitted):
            self.first_frame_came()
            self._accept(answer)
            return
        self.send(answer)
        if isinstance(answer, BootPending):
            self.expect_first_frame(answer.retry_seconds + self._socket_settings.hello_seconds)

    def _accept(self, admitted: Admitted) -> None:
        connection, frame, answer = self._connection, admitted.boot, admitted.answer
        terminal = TerminalId(frame.terminal_id)
        if connection is None:
            # Gone while it booted: its epoch must not be taken for a living connection.
            self._deps.tasks.start(
                self._deps.service.gone(terminal, answer.epoch), name="terminal-gone"
            )
            return
        # Answered first: nothing may be sent to an agent that does not know it is served.
        self.send(answer)
        link = self._deps.links.enter(connection, terminal=terminal, epoch=answer.epoch)
        if link is None:
            return
        self._link = link
        self._worker = self._deps.tasks.start(self._work(), name=f"terminal-{terminal}")
        self._waiting.put_nowait(lambda: self._after_boot(link, frame))

    async def _after_boot(self, link: TerminalLink, frame: Boot) -> None:
        try:
            await self._deps.routing.entered(link)
        except Unavailable:
            log.warning("terminal not noted yet", extra={"terminal": link.terminal})
        await self._deps.service.booted(link.terminal, link.epoch, frame)

    # Calls and answers

    def _answered(self, link: TerminalLink, answer: CommandTaken | CommandRefused) -> None:
        self._deps.links.answered(link, answer)
        terminal, epoch = link.terminal, link.epoch
        if answer.id.startswith(WITHDRAWAL):
            # Not lined up: the agent's own call that is being served may wait for this answer.
            self._deps.tasks.start(self._hear(link, answer), name=f"withdrawn-{terminal}")
            return
        self._line_up(answer.id, lambda: self._deps.service.command_answer(terminal, epoch, answer))

    def _told(self, link: TerminalLink, answer: FramesTold) -> None:
        """Line up what was told, if it was asked for here: nobody else may fill the store."""
        if self._deps.links.answered(link, answer):
            service, terminal, epoch = self._deps.service, link.terminal, link.epoch
            self._line_up(answer.id, lambda: service.frames_told(terminal, epoch, answer))

    async def _hear(self, link: TerminalLink, answer: CommandTaken | CommandRefused) -> None:
        """Act on an answer at once; what fails is asked again, since it was not noted."""
        try:
            await self._deps.service.command_answer(link.terminal, link.epoch, answer)
        except DomainError as refusal:
            log.warning("answer not noted", extra={"terminal": link.terminal, "why": refusal.code})
        except Exception as fault:  # part of the socket base; outages are not faults of ours
            if self.refusal_of(fault) is None:
                log.exception("answer not noted", extra={"terminal": link.terminal})

    async def _serve(self, link: TerminalLink, frame: Events | KioskInput | Health) -> None:
        service = self._deps.service
        answer: EventsApplied | Reply
        if isinstance(frame, Events):
            number = await service.events(link.terminal, link.epoch, frame)
            answer = EventsApplied(id=frame.id, number=number)
        elif isinstance(frame, Health):
            answer = kept_reply(frame.id, await service.health(link.terminal, link.epoch, frame))
        else:
            await service.kiosk_input(link.terminal, link.epoch, frame)
            answer = Reply(id=frame.id)
        self._answers.end(frame.id, self.send(answer))

    def _line_up(self, request: str, work: Work) -> None:
        async def tell() -> None:
            try:
                async with asyncio.timeout(WORK_SECONDS):
                    await work()
            except TimeoutError:
                self._refuse_work(request, Unavailable(rule="took_too_long"))
            except DomainError as refusal:
                self._refuse_work(request, refusal)
            except Exception as fault:  # part of the socket base; `_work` sees to real faults
                if (outage := self.refusal_of(fault)) is None:
                    raise
                self._refuse_work(request, outage)

        try:
            self._waiting.put_nowait(tell)
        except asyncio.QueueFull:
            self._answers.forget(request)
            raise Limited(rule="one_call_at_a_time", retry_after_seconds=1) from None

    def _refuse_work(self, request: str, refusal: DomainError) -> None:
        # Not kept: an agent sends the same frame again until it is taken.
        self._answers.forget(request)
        self.send(failure(refusal, request))
        if isinstance(refusal, StaleVersion):
            self.close_with(CloseCode.REPLACED, "a newer connection took over")

    async def _work(self) -> None:
        while True:
            work = await self._waiting.get()
            try:
                await work()
            except Exception:  # part of the socket base: as in `on_message`, but in a task
                log.exception("terminal frame failed")
                self.send(Failure(code=INTERNAL_CODE, message=INTERNAL_MESSAGE))
                self.close_with(CloseCode.INTERNAL, "internal error")
                return

    async def _leave(self, link: TerminalLink, *, is_newest: bool) -> None:
        # Also when replaced: this process must not go on saying that it holds the socket.
        await self._deps.routing.left(link.terminal, link.epoch)
        if is_newest:
            await self._deps.service.gone(link.terminal, link.epoch)
