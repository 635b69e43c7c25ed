"""The hub's way into a Tornado socket: whole frames, straight to the kernel where it takes them.

Tornado's own write buffer has no bound and costs about ten microseconds a frame, so it only
ever holds the rest of one send; what follows waits in the connection's bounded outbox.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from realtime.wire.envelope import CloseCode


class TornadoOutlet:
    """Implements `realtime.hub.Outlet` over one WebSocketHandler after its handshake."""

    def __init__(self, handler: WebSocketHandler, drained: Callable[[], None]) -> None:
        self._handler = handler
        self._drained = drained

    def send(self, frames: bytes) -> bool:
        """Send whole frames; False while part of them waits for the peer."""
        stream = self._stream()
        if stream is None:
            return True
        rest: bytes | memoryview = frames
        if type(stream) is IOStream and not stream.writing():
            sent = _send_at_once(stream, frames)
            if sent == len(frames):
                return True
            rest = memoryview(frames)[sent:]
        try:
            written = stream.write(rest)
        except StreamClosedError:
            return True
        if not stream.writing():
            return True
        written.add_done_callback(self._on_written)
        return False

    def ping(self) -> None:
        """Send a ping frame."""
        if self._stream() is not None:
            try:
                self._handler.ping()
            except (WebSocketClosedError, StreamClosedError):
                return

    def close(self, code: CloseCode, reason: str) -> None:
        """Send a close frame; Tornado cuts the peer off when it does not answer in 5 s."""
        self._handler.close(code, reason)

    def _stream(self) -> IOStream | None:
        protocol = self._handler.ws_connection
        if protocol is None or protocol.stream is None or protocol.stream.closed():
            return None
        return protocol.stream

    def _on_written(self, written: Future[None]) -> None:
        if not written.cancelled() and written.exception() is None:
            self._drained()


def _send_at_once(stream: IOStream, frames: bytes) -> int:
    try:
        return stream.socket.send(frames)
    except OSError:
        # A full buffer, or a broken socket: the stream's own write finds out which.
        return 0
