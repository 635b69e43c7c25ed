"""What every socket does: handshake, limits, one frame after the other, and never a traceback."""

from __future__ import annotations

import asyncio
import json
import logging
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from tornado.websocket import WebSocketHandler

from handlers.base import log_fault
from handlers.errors import INTERNAL_CODE, INTERNAL_MESSAGE, error_body, outcome
from handlers.sockets.answers import Allowance
from handlers.sockets.outlet import TornadoOutlet
from realtime.hub import Connection, Hub, text_frame
from realtime.wire.envelope import CloseCode, Failure
from server.domain.errors import BodyTooLarge, DomainError, InvalidInput, Unavailable

log = logging.getLogger(__name__)

#: Tornado itself cuts off what is over this, with 1009 and no more words. Below, and over the
#: socket's own limit, a frame is read to its end, so that the close code arrives.
MOST_READ_BYTES = 1024 * 1024

#: Longest that one frame may hold up the next, seconds: less than a ping's deadline, since the
#: pong waits behind it.
FRAME_SECONDS = 10.0

#: Refused frames in a row that end a socket.
MOST_REFUSED = 20

#: Frames at once and a second; an honest page stays far below.
FRAMES_AT_ONCE = 200.0
FRAMES_PER_SECOND = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketSettings:
    """Times and origins of the sockets."""

    hello_seconds: float
    ping_seconds: float
    #: Browsers' pages that may connect, besides the server's own.
    origins: frozenset[str] = frozenset()


class SocketHandler(WebSocketHandler):
    """The base of both sockets. `receive` gets text that is a JSON object of allowed size."""

    most_frame_bytes: int

    def initialize(self, *, hub: Hub, settings: SocketSettings) -> None:
        """Take what every socket needs."""
        self._hub = hub
        self._socket_settings = settings
        self._connection: Connection | None = None  # set by `open`
        self._allowance: Allowance | None = None  # set by `open`
        self._refused_in_a_row = 0
        self._hello_timer: asyncio.TimerHandle | None = None

    @abstractmethod
    async def receive(self, raw: bytes) -> None:
        """Act on one frame.

        Raises:
            DomainError: the frame is refused; the socket stays.
        """

    @abstractmethod
    def left(self, connection: Connection) -> None:
        """Let go of everything that the socket held; called once, when it closes."""

    # Handshake

    async def prepare(self) -> None:
        """Refuse a query: access tokens travel in the first frame, never in a URL."""
        if self.request.query:
            self.set_status(400)
            refusal = InvalidInput(field="query", rule="none_allowed")
            self.set_header("Content-Type", "application/json; charset=utf-8")
            await self.finish(msgspec.json.encode({"error": error_body(refusal)}))

    def set_default_headers(self) -> None:
        """Keep to oneself what serves."""
        self.clear_header("Server")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log faults without the URL, where somebody may have put a token."""
        log_fault(self, typ, value, tb)

    def check_origin(self, origin: str) -> bool:
        """Let in the server's own pages and those that settings name; others are no browsers."""
        return origin in self._socket_settings.origins or super().check_origin(origin)

    def get_compression_options(self) -> dict[str, Any] | None:
        """Say no: the same bytes go to all sockets, and a compressor costs 150 KiB each."""
        return None

    @property
    def ping_interval(self) -> float | None:
        """Turn Tornado's own pings off: the hub's close with a code that says why."""
        return 0

    @property
    def max_message_size(self) -> int:
        """Bound what Tornado reads before anybody looks."""
        return MOST_READ_BYTES

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Take the socket into the hub and wait for the first frame, not for long."""
        self.set_nodelay(True)
        outlet = TornadoOutlet(self, self._drained)
        self._connection = self._hub.connect(outlet, on_close=self._closed_by_us)
        now = asyncio.get_running_loop().time()
        self._allowance = Allowance(most=FRAMES_AT_ONCE, per_second=FRAMES_PER_SECOND, now=now)
        self.expect_first_frame(self._socket_settings.hello_seconds)
        if self._hub.is_draining:
            self._connection.close(CloseCode.GOING_AWAY, "server restarts")

    def expect_first_frame(self, within_seconds: float) -> None:
        """Close the socket unless `first_frame_came` is called in time."""
        self.first_frame_came()
        self._hello_timer = asyncio.get_running_loop().call_later(
            within_seconds, self.close_with, CloseCode.HELLO_TIMEOUT, "no first frame in time"
        )

    def first_frame_came(self) -> None:
        """Stop waiting for the first frame."""
        if self._hello_timer is not None:
            self._hello_timer.cancel()
            self._hello_timer = None

    # Frames

    async def on_message(self, message: str | bytes) -> None:
        """Receive one frame. Nothing gets out of here but a close code.

        Being a coroutine, it makes Tornado read one frame of a socket per round of the loop, so
        that nobody's burst delays others.
        """
        connection = self._connection
        if connection is None or not connection.is_open:
            return
        connection.heard(asyncio.get_running_loop().time())
        raw = message.encode() if isinstance(message, str) else message
        try:
            if self._is_acceptable(message, len(raw)):
                async with asyncio.timeout(FRAME_SECONDS):
                    await self.receive(raw)
                self._refused_in_a_row = 0
        except DomainError as refusal:
            self.refuse(refusal, raw)
        except TimeoutError:
            self.refuse(Unavailable(rule="took_too_long"), raw)
        except Exception as fault:  # the socket base: a fault of ours ends this socket only
            if outage := self.refusal_of(fault):
                self.refuse(outage, raw)
                return
            log.exception("frame failed")
            self.send(Failure(id=id_of(raw), code=INTERNAL_CODE, message=INTERNAL_MESSAGE))
            self.close_with(CloseCode.INTERNAL, "internal error")

    def on_pong(self, data: bytes) -> None:
        """Note that the peer lives."""
        if self._connection is not None:
            self._connection.heard(asyncio.get_running_loop().time())

    def refusal_of(self, fault: BaseException) -> DomainError | None:
        """Tell an outage of the libraries below from a fault of ours, as HTTP handlers do."""
        told: Callable[[BaseException], DomainError | None] = self.settings.get(
            "refusal_of", lambda _: None
        )
        return told(fault)

    def send(self, frame: msgspec.Struct) -> bytes:
        """Queue one message and give its bytes."""
        encoded = msgspec.json.encode(frame)
        self.send_encoded(encoded)
        return encoded

    def send_encoded(self, encoded: bytes) -> None:
        """Queue one encoded message."""
        if self._connection is not None:
            self._connection.put(text_frame(encoded))

    def refuse(self, refusal: DomainError, raw: bytes) -> None:
        """Answer a refused frame; the socket stays unless there are too many in a row."""
        # The decoder may stumble over a wrong field before it finds that the text is broken.
        if not is_json(raw):
            self.send(failure(InvalidInput(field="body", rule="json"), None))
            self.close_with(CloseCode.NOT_JSON, "not JSON")
            return
        self.send(failure(refusal, id_of(raw)))
        self._refused_in_a_row += 1
        if self._refused_in_a_row >= MOST_REFUSED:
            self.close_with(CloseCode.FLOODING, "too many refused frames")

    def refuse_entry(self, refusal: DomainError, raw: bytes) -> None:
        """Answer a refused first frame and close, unless the table says that it may be mended."""
        code = outcome(type(refusal)).close
        if code is None:
            raise refusal
        self.send(failure(refusal, id_of(raw)))
        self.close_with(code, refusal.code)

    def close_with(self, code: CloseCode, reason: str) -> None:
        """Close with a code of the envelope. Closing twice changes nothing."""
        if self._connection is not None:
            self._connection.close(code, reason)

    # End

    def on_close(self) -> None:
        """Hear that the socket is gone."""
        self._let_go()

    def _is_acceptable(self, message: str | bytes, size: int) -> bool:
        """Check what must hold before a frame is looked into; otherwise the socket is closed."""
        now = asyncio.get_running_loop().time()
        if self._allowance is not None and not self._allowance.spend(now):
            self.close_with(CloseCode.FLOODING, "too many frames")
        elif size > self.most_frame_bytes:
            self.send(failure(BodyTooLarge(field="frame", limit=self.most_frame_bytes), None))
            self.close_with(CloseCode.TOO_BIG, f"more than {self.most_frame_bytes} bytes")
        elif isinstance(message, bytes):
            self.send(failure(InvalidInput(field="body", rule="json"), None))
            self.close_with(CloseCode.NOT_JSON, "frames are text")
        else:
            return True
        return False

    def _drained(self) -> None:
        if self._connection is not None:
            self._connection.drained()

    def _closed_by_us(self, _code: CloseCode) -> None:
        self._let_go()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self.first_frame_came()
        self.left(connection)
        self._hub.disconnect(connection)


def failure(refusal: DomainError, request: str | None) -> Failure:
    """Describe a refusal on the wire."""
    body = error_body(refusal)
    return Failure(
        id=request,
        code=body.code,
        message=body.message,
        field=body.field,
        rule=body.rule,
        details=body.details,
    )


def is_json(raw: bytes) -> bool:
    """Tell whether a text is JSON of any kind."""
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


def id_of(raw: bytes) -> str | None:
    """Read the id of a frame that may be anything."""
    try:
        # More lenient than msgspec, which does not read numbers that are out of its range.
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    found = frame.get("id") if isinstance(frame, dict) else None
    if not isinstance(found, str) or not 1 <= len(found) <= 64:
        return None
    # Half a surrogate pair reads as text and cannot be written.
    return None if any("\ud800" <= character <= "\udfff" for character in found) else found
