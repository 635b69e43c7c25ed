"""People as the proofs play them: they use public interfaces only, HTTP and the socket.

A `Visitor` has a phone (the sandbox's), logs in with the code that arrives there, calls the
API and keeps a live socket. Every frame that reaches it is kept as it came, so that a proof
can search it for what must not be in it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPStreamClosedError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

JsonObject = dict[str, Any]

#: A code in a text message.
CODE = re.compile(r"\b\d{6}\b")

#: How long a step of a proof may take before the proof says that it never came.
PATIENCE_SECONDS = 60.0


class Refused(Exception):
    """The API refused: the typed error as it came."""

    def __init__(self, status: int, error: JsonObject) -> None:
        self.status = status
        self.error = error
        self.code = str(error.get("code"))
        wait = (error.get("details") or {}).get("retry_after_seconds")
        self.retry_after_seconds = None if wait is None else float(wait)
        super().__init__(f"{status} {error}")


class Api:
    """The HTTP API as a client sees it."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.token: str | None = None
        self._client = AsyncHTTPClient(force_instance=True, max_clients=100)

    async def call(
        self,
        verb: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        follow: bool = True,
    ) -> HTTPResponse:
        """Send one request and give the answer, whatever its status.

        Raises:
            ConnectionError: none came: the server ended, or took too long.
        """
        sent = dict(headers or {})
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        payload = raw if raw is not None else None if body is None else json.dumps(body).encode()
        if verb in ("POST", "PUT"):
            sent["Content-Type"] = content_type
            payload = payload or b""
        request = HTTPRequest(
            self.base_url + path,
            method=verb,
            headers=sent,
            body=payload,
            request_timeout=PATIENCE_SECONDS,
            follow_redirects=follow,
            allow_nonstandard_methods=True,
        )
        try:
            return await self._client.fetch(request, raise_error=False)
        except HTTPStreamClosedError as error:
            raise ConnectionError(f"{verb} {path}: {error}") from error

    async def ask(self, verb: str, path: str, body: object = None, **options: Any) -> JsonObject:
        """Send one request and give the JSON answer.

        Raises:
            Refused: the answer is an error.
        """
        answer = await self.call(verb, path, body, **options)
        decoded: JsonObject = json.loads(answer.body or b"{}")
        if answer.code >= 400:
            raise Refused(answer.code, decoded.get("error", {}))
        return decoded

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


class LiveSocket:
    """One person's socket: answers by request id, pushes in order, all frames kept as text."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._waiting: dict[str, asyncio.Future[JsonObject]] = {}
        self._ids = itertools.count(1)
        self._changed = asyncio.Event()
        self.frames: list[str] = []
        self.pushes: list[JsonObject] = []
        self.close_code: int | None = None
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for text in self._connection:
                self._take(str(text))
        except ConnectionClosed:
            pass
        self.close_code = self._connection.close_code
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError(f"socket closed: {self.close_code}"))
        self._changed.set()

    def _take(self, text: str) -> None:
        self.frames.append(text)
        frame = json.loads(text)
        if frame["type"] == "push":
            self.pushes.append(frame)
            self._changed.set()
        elif (future := self._waiting.get(frame.get("id"))) and not future.done():
            future.set_result(frame)

    async def ask(self, kind: str, *, id: str | None = None, **fields: object) -> JsonObject:
        """Send a request and give the frame that answers it, an error frame included."""
        request_id = id or f"q{next(self._ids)}"
        future = self._waiting.setdefault(request_id, asyncio.get_running_loop().create_future())
        try:
            await self._send(json.dumps({"type": kind, "id": request_id, **fields}))
            return await asyncio.wait_for(asyncio.shield(future), PATIENCE_SECONDS)
        finally:
            self._waiting.pop(request_id, None)

    async def _send(self, text: str) -> None:
        try:
            await self._connection.send(text)
        except ConnectionClosed as closed:
            raise ConnectionError(f"socket closed: {closed}") from closed

    async def push_where(self, wanted: Callable[[JsonObject], bool]) -> JsonObject:
        """Wait for a push (also one already here) whose event satisfies `wanted`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for push in self.pushes:
                    if wanted(push["event"]):
                        return push
                if self.close_code is not None:
                    raise ConnectionError(f"socket closed: {self.close_code}")
                self._changed.clear()
                await self._changed.wait()

    async def settled(self) -> None:
        """Wait until something came or the socket closed."""
        self._changed.clear()
        if not self.pushes and self.close_code is None:
            await self._changed.wait()

    async def closed(self) -> int | None:
        """Wait until the server has closed it; gives the close code."""
        while self.close_code is None:
            self._changed.clear()
            await self._changed.wait()
        return self.close_code

    def take_pushes(self) -> list[JsonObject]:
        """Give the pushes so far and forget them, frames too: for those who watch for hours."""
        taken = self.pushes[:]
        self.pushes.clear()
        self.frames.clear()
        return taken

    async def close(self) -> None:
        """Close and forget."""
        await self._connection.close()
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader


@asynccontextmanager
async def live_socket(
    base_url: str, token: str, channels: tuple[str, ...] = ()
) -> AsyncIterator[LiveSocket]:
    """Open a person's socket, say hello and subscribe."""
    url = re.sub(r"^http", "ws", base_url) + "/v1/socket"
    try:
        connection = await connect(url, compression=None, max_queue=None, proxy=None)
    except (InvalidHandshake, InvalidMessage) as refused:
        raise ConnectionError(f"no socket at {url}: {refused}") from refused
    async with connection:
        socket = LiveSocket(connection)
        try:
            welcome = await socket.ask("hello", token=token)
            if welcome["type"] != "welcome":
                raise ConnectionError(f"no welcome: {welcome}")
            for channel in channels:
                answer = await socket.ask("subscribe", channel=channel)
                if answer["type"] != "subscribed":
                    raise ConnectionError(f"not subscribed to {channel}: {answer}")
            yield socket
        finally:
            await socket.close()


class Visitor(Api):
    """One person with a phone."""

    def __init__(self, base_url: str, sandbox_url: str, phone: str) -> None:
        super().__init__(base_url)
        self.phone = phone
        self.person: JsonObject = {}
        self._sandbox = Api(sandbox_url)
        self.refresh_token = ""

    @property
    def person_id(self) -> str:
        """The account's id, once logged in."""
        return str(self.person["person_id"])

    async def log_in(self) -> None:
        """Ask for a code, read it on the sandbox phone, log in and accept the agreement."""
        rules = await self.ask("GET", "/v1/rules")
        device = f"device-{self.phone}"
        code = await self.texted_code()
        session = await self.ask(
            "POST",
            "/v1/sessions",
            {
                "phone": self.phone,
                "code": code,
                "device": device,
                "agreement_version": rules["agreement_version"],
            },
        )
        self._take_session(session)

    async def texted_code(self, path: str = "/v1/codes", asked: JsonObject | None = None) -> str:
        """Ask for a code, to log in unless `asked` says otherwise; read it on the sandbox phone."""
        seen = await self._newest_code()
        body = asked or {"phone": self.phone, "device": f"device-{self.phone}"}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self._asked_for_code(path, body):
                continue
        return await self._arrived_code(seen)

    async def _asked_for_code(self, path: str, body: JsonObject) -> bool:
        """Ask for a code; if it is too soon after another one, wait as long as the answer says."""
        try:
            await self.ask("POST", path, body)
        except Refused as refused:
            if refused.retry_after_seconds is None:
                raise
            await asyncio.sleep(refused.retry_after_seconds)
            return False
        return True

    async def renew(self) -> None:
        """Rotate the tokens, so that new roles count."""
        body = {"refresh_token": self.refresh_token}
        self._take_session(await self.ask("POST", "/v1/sessions/refresh", body))

    def _take_session(self, session: JsonObject) -> None:
        self.token = session["access_token"]
        self.refresh_token = session["refresh_token"]
        self.person = session["person"]

    async def texts(self) -> list[JsonObject]:
        """Give the messages on the sandbox phone, newest first."""
        inbox = await self._sandbox.ask("GET", f"/inbox?phone={self.phone}")
        return list(inbox["messages"])

    async def _newest_code(self) -> JsonObject | None:
        """Give the newest message with a code; notices may come between."""
        return next((one for one in await self.texts() if CODE.search(str(one["text"]))), None)

    async def _arrived_code(self, seen: JsonObject | None) -> str:
        async with asyncio.timeout(PATIENCE_SECONDS):
            # Another program answers; there is no event of ours to wait on.
            while (now := await self._newest_code()) == seen:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        found = CODE.search(str((now or {}).get("text")))
        if found is None:
            raise LookupError("no code in the SMS that arrived")
        return found.group()

    @asynccontextmanager
    async def live(self, *channels: str) -> AsyncIterator[LiveSocket]:
        """Open this person's socket on the server it talks to."""
        async with live_socket(self.base_url, str(self.token), channels) as socket:
            yield socket

    def close(self) -> None:
        """Let go of the connections."""
        self._sandbox.close()
        super().close()
