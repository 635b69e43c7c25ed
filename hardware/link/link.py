"""The agent's standing link to the server: connect, boot, serve, come back.

One loop, one connection at a time. What the person sees of it is `state` and `message`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from hardware.cabinet.cabinet import Cabinet
from hardware.clock import ServerClock
from hardware.disk.journal import Journal
from hardware.health import Checkup
from hardware.link.backoff import Backoff, is_final
from hardware.link.calls import SessionEnded, offline
from hardware.link.session import (
    ANSWER_SECONDS,
    CLOCK_SECONDS,
    Handlers,
    Identity,
    ListeningConnection,
    Session,
)
from hardware.link.texts import OFFLINE, cause, of_error, of_refusal
from realtime.wire.envelope import MAX_TERMINAL_FRAME, CloseCode, Failure, Reply
from realtime.wire.terminal import BootAccepted, BootPending, KioskAction

log = logging.getLogger(__name__)

#: A connection that lived this long clears the count of failures.
STEADY_SECONDS = 10.0
#: How long the first boot waits for the boards to be looked at, so that its snapshot is true.
FIRST_LOOK_SECONDS = 3.0
#: How long after a refused boot the server's close code is waited for.
CLOSE_CODE_SECONDS = 2.0
#: The longest pause that the server may ask for.
MOST_WAIT_SECONDS = 600.0


class LinkState(StrEnum):
    """How things stand with the server."""

    DOWN = "down"  #: not connected; coming back
    PENDING = "pending"  #: known to the server, not yet taken into service
    UP = "up"
    REFUSED = "refused"  #: something has to be mended first: token, protocol, rights
    REPLACED = "replaced"  #: another agent with this identity took over


#: Rule of the refusal of an agent whose terminal has another machine's key.
OTHER_KEY = "of_the_enrolled_key"


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where the server is, and how patient the agent is; durations in seconds."""

    url: str
    backoff: Backoff = field(default_factory=Backoff)
    open_seconds: float = 10.0
    answer_seconds: float = ANSWER_SECONDS
    clock_seconds: float = CLOCK_SECONDS
    steady_seconds: float = STEADY_SECONDS
    first_look_seconds: float = FIRST_LOOK_SECONDS


class Link:
    """Keeps one session with the server, again and again."""

    def __init__(
        self,
        settings: LinkSettings,
        identity: Identity,
        cabinet: Cabinet,
        journal: Journal,
        clock: ServerClock,
        handlers: Handlers,
        checkup: Checkup,
        wake: asyncio.Event,
        rng: random.Random,
    ) -> None:
        self.state = LinkState.DOWN
        #: For people: why the link is not up; empty while it is.
        self.message = ""
        #: The fence of the running session; None while there is none.
        self.epoch: int | None = None
        #: Called whenever one of the above changed.
        self.on_change: Callable[[], None] = lambda: None
        self._settings = settings
        self._identity = identity
        self._cabinet = cabinet
        self._journal = journal
        self._clock = clock
        self._handlers = handlers
        self._checkup = checkup
        self._wake = wake
        self._rng = rng
        #: The running session, once it is accepted.
        self._session: Session | None = None
        #: What the server said against this connection, for people; empty if nothing.
        self._refusal = ""
        #: Connections in a row that failed or ended early.
        self._failures = 0
        #: Another agent serves this terminal, as far as is known: whatever ends the next tries,
        #: this one is not merely offline, and opens nothing by offline grants.
        self._is_replaced = False

    async def run(self) -> None:
        """Connect, and come back after every end, until cancelled."""
        try:
            async with asyncio.timeout(self._settings.first_look_seconds):
                await self._cabinet.seen.wait()
        except TimeoutError:
            log.warning("booting before every board was looked at")
        while True:
            pause = await self._connect_once()
            await asyncio.sleep(pause)

    async def ask(self, visit_id: str, action: KioskAction, value: str | None) -> Reply | Failure:
        """Send an act of the person; `Failure` with code `offline` when the link is down."""
        if self._session is None:
            return offline()
        return await self._session.calls.ask(visit_id, action, value)

    async def _connect_once(self) -> float:
        """Run one connection to its end; return how long to wait before the next."""
        began = self._clock.monotonic()
        code: int | None = None
        why, self._refusal = OFFLINE, ""
        try:
            async with connect(
                self._settings.url,
                create_connection=ListeningConnection,
                open_timeout=self._settings.open_seconds,
                ping_interval=None,  # the server pings; its silence is watched
                close_timeout=2.0,
                max_size=MAX_TERMINAL_FRAME,
                proxy=None,
            ) as socket:
                assert isinstance(socket, ListeningConnection)
                retry_seconds = await self._run_session(socket)
                if retry_seconds is not None:
                    return retry_seconds
        except SessionEnded as ended:
            code = ended.code
            log.info("session ended", extra={"why": str(ended), "code": code})
        except (OSError, WebSocketException) as error:
            why = of_error(error)
            log.warning("server not reached", extra={"why": cause(error)})
        except Exception:  # part of the agent's loop: a session's fault must not pass for a link
            log.exception("session failed")
        finally:
            self._session = None
            self.epoch = None
        return self._after_end(code, self._clock.monotonic() - began, why)

    async def _run_session(self, socket: ListeningConnection) -> float | None:
        """Boot and serve; return a pause when the server asks to be called again later."""
        session = Session(
            socket,
            self._cabinet,
            self._journal,
            self._clock,
            self._handlers,
            self._checkup,
            self._wake,
            self._settings.answer_seconds,
            self._settings.clock_seconds,
        )
        answer = await session.boot(self._identity)
        match answer:
            case BootPending():
                self._become(LinkState.PENDING, "终端待启用 Waiting to be taken into service")
                return max(1.0, answer.retry_seconds)
            case Failure():
                return await self._refused(socket, answer)
            case BootAccepted():
                log.info("boot accepted", extra={"epoch": answer.epoch})
                self._session = session
                self.epoch = answer.epoch
                self._is_replaced = False
                self._become(LinkState.UP, "")
                await session.serve()
        return None

    async def _refused(self, socket: ListeningConnection, failure: Failure) -> float:
        """Learn the close code that follows a refused boot, or the pause that it asks for.

        Raises:
            SessionEnded: it asks for none.
        """
        log.error(
            "boot refused",
            extra={"code": failure.code, "field": failure.field, "rule": failure.rule},
        )
        self._refusal = of_refusal(failure)
        if failure.rule == OTHER_KEY:
            self._is_replaced = True
        wait = (failure.details or {}).get("retry_after_seconds")
        if isinstance(wait, int | float):
            self._become(LinkState.DOWN, self._refusal)
            return min(max(1.0, wait), MOST_WAIT_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_CODE_SECONDS):
                await socket.wait_closed()
        raise SessionEnded("boot refused", socket.close_code)

    def _after_end(self, code: int | None, lived_seconds: float, why: str) -> float:
        was_steady = self.state is LinkState.UP and lived_seconds >= self._settings.steady_seconds
        self._failures = 1 if was_steady else self._failures + 1
        self._is_replaced |= code == CloseCode.REPLACED
        if is_final(code):
            log.error("server refuses this agent", extra={"code": code})
        if self._is_replaced:
            said = "另一台设备正在使用此终端编号 Replaced by another agent"
            self._become(LinkState.REPLACED, self._refusal or said)
        elif is_final(code):
            self._become(LinkState.REFUSED, self._refusal or f"服务器拒绝 Refused ({code})")
        else:
            self._become(LinkState.DOWN, self._refusal or why)
        return self._settings.backoff.pause(self._failures, code, self._rng)

    def _become(self, state: LinkState, message: str) -> None:
        self.state = state
        self.message = message
        self.on_change()
