"""What every handler of the sandbox shares: refusals as JSON, limits, ways to fall silent."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypeVar

import msgspec
from tornado.web import HTTPError, RequestHandler

from server.sandbox.errors import Refused
from server.sandbox.parts import Parts

MAX_BODY_BYTES = 64 * 1024

#: Pictures of QRs come as data from the kiosks; nothing else is inline, nothing from elsewhere.
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'"

#: How long a `timeout` fault holds a request whose caller does not hang up.
HANG_SECONDS = 30.0

Wanted = TypeVar("Wanted")


class SandboxHandler(RequestHandler):
    """Answers JSON; a refusal is `{code, message}` with its status, and never a traceback."""

    most_body_bytes = MAX_BODY_BYTES

    def initialize(self, parts: Parts) -> None:
        """Receive the collaborators."""
        self.parts = parts
        self.gone = asyncio.Event()  # set when the caller hangs up

    def set_default_headers(self) -> None:
        """Forbid what the pages do not need."""
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    def on_connection_close(self) -> None:
        """Let waiting answers end."""
        self.gone.set()

    async def hang(self) -> None:
        """Say nothing until the caller hangs up, or for long; then hang up."""
        try:
            async with asyncio.timeout(HANG_SECONDS):
                await self.gone.wait()
        except TimeoutError:
            self.detach().close()
            return
        self.finish()

    async def cut_short(self, body: bytes) -> None:
        """Say how long the answer is, send half of it, and hang up."""
        self.set_header("Content-Length", str(len(body)))
        self.write(body[: len(body) // 2])
        await self.flush()
        self.detach().close()

    def decode(self, wanted: type[Wanted]) -> Wanted:
        """Read the body.

        Raises:
            Refused: 400 `bad_request`, naming the field.
        """
        try:
            return msgspec.json.decode(self.request.body or b"{}", type=wanted)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(400, "bad_request", str(error)) from error

    def prepare(self) -> None:
        """Check what every request has to keep to.

        Raises:
            Refused: 413 `too_large`.
        """
        if len(self.request.body) > self.most_body_bytes:
            raise Refused(413, "too_large", f"over {self.most_body_bytes} bytes")

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Log faults of ours only; a refusal is an answer."""
        if not isinstance(value, Refused):
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a refusal in the one form that all have."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        code, message = "system_error", "a fault of the sandbox, see its log"
        if isinstance(error, Refused):
            self.set_status(error.status)
            code, message = error.code, error.message
        elif isinstance(error, HTTPError):
            code = {404: "no_such_route", 405: "no_such_method"}.get(status_code, "bad_request")
            message = error.log_message or code
        self.finish(json.dumps({"code": code, "message": message}, ensure_ascii=False))


class Missing(SandboxHandler):
    """Answers paths that do not exist."""

    def prepare(self) -> None:
        """Refuse.

        Raises:
            Refused: 404 `no_such_route`.
        """
        raise Refused(404, "no_such_route", "there is nothing here")
