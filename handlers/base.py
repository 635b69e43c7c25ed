"""The base of all API handlers: authorise, read the body within its limit, one shape of errors.

A handler declares `@allow(...)` on each method, decodes with `self.body(Type)` or
`self.query(Type)`, calls one service and ends with `self.answer(view)`. Refusals are raised as
`DomainError`s; this is the one place where they, and faults of ours, become responses.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec
from tornado.web import HTTPError, RequestHandler, stream_request_body

from handlers import decoding
from handlers.access import ANYONE, Access, Who, access_of, allow, undeclared
from handlers.address import client_address
from handlers.errors import (
    ErrorBody,
    WrongContentType,
    WrongMethod,
    error_body,
    internal_body,
    outcome,
)
from server.domain.errors import (
    BodyTooLarge,
    DomainError,
    Forbidden,
    InvalidInput,
    NotAuthenticated,
    NotFound,
)
from server.domain.people import Actor
from server.services.repeats import KeptAnswer, Repeat, Repeats

log = logging.getLogger(__name__)

Kind = TypeVar("Kind")

#: A body that is declared longer than this is refused without reading it; the connection ends.
#: A shorter one is read and dropped, so that its sender is sure to see the refusal.
DROPPED_BYTES = 16 * 1024 * 1024

#: More digits than any length needs; Python reads no number of thousands of them.
LENGTH_DIGITS = 18

#: Names that a token might be given in a URL, where logs and histories would keep it.
TOKEN_ARGUMENTS = frozenset({"token", "access_token", "refresh_token", "authorization"})


class Gate(Protocol):
    """Who says whose a token is; `server.services.accounts.gate.Gate`."""

    async def admit(self, access_token: str) -> Actor:
        """Give the session's person with present roles, or raise `NotAuthenticated`."""

    async def admit_afresh(self, access_token: str) -> Actor:
        """Do the same past any cache, before a refusal for want of a role."""


class Running(Protocol):
    """Counts requests in work, so that a draining process knows when it is done."""

    def entered(self) -> None:
        """One more."""

    def left(self) -> None:
        """One less."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answered; sent when its method has returned."""

    status: int
    content_type: str
    body: bytes


JSON = "application/json; charset=utf-8"
NO_CONTENT = Reply(200, JSON, b"{}")


@stream_request_body
class ApiHandler(RequestHandler):
    """One route; `initialize` of a subclass takes its room's services by keyword."""

    #: Content types that `raw_body` of a subclass accepts; None accepts all.
    raw_types: ClassVar[frozenset[str] | None] = None

    _gate: Gate
    _actor: Actor | None
    _refusal: DomainError | None  # found before the body came; raised after it
    _body: bytearray
    _body_limit: int
    _reply: Reply
    _entered = False  # prepare is not called for verbs that Tornado itself refuses

    def __init_subclass__(cls) -> None:
        """Refuse a class with a method that does not say who may call it."""
        super().__init_subclass__()
        if missing := undeclared(cls):
            raise TypeError(f"{cls.__name__}.{missing[0]} does not declare allow(...)")

    def set_default_headers(self) -> None:
        """Keep answers out of caches and browsers' guesses."""
        self.clear_header("Server")
        self.set_header("Content-Type", JSON)
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")

    async def prepare(self) -> None:
        """Authorise at the headers; what is refused is told when the body has been dropped."""
        running: Running = self.settings["running"]
        running.entered()
        self._entered = True
        self._gate = self.settings["gate"]
        self._actor, self._refusal, self._reply = None, None, NO_CONTENT
        self._body, self._body_limit = bytearray(), 0
        try:
            await self._authorise()
        except DomainError as refusal:
            self._refusal = refusal
        declared = _declared(self.request.headers.get("Content-Length", ""))
        if declared > DROPPED_BYTES:
            # Without this Tornado writes a bare 400 behind our answer.
            self.request.connection.set_max_body_size(declared)  # type: ignore[union-attr]
            raise self._refusal or BodyTooLarge(field="body", rule="most_bytes")

    async def _authorise(self) -> None:
        if TOKEN_ARGUMENTS & {name.lower() for name in self.request.query_arguments}:
            raise InvalidInput(field="query", rule="no_token_in_url")
        access = access_of(getattr(self, (self.request.method or "").lower(), None))
        if access is None:
            return  # the verb is not ours: Tornado's default method answers 405
        self._body_limit = access.body_bytes
        if access.who is Who.ANYONE:
            return
        token = self._bearer()
        if token is None:
            if access.who is Who.MAYBE_PERSON:
                return
            raise NotAuthenticated
        actor = await self._gate.admit(token)
        if not access.admits(actor.roles):
            actor = await self._gate.admit_afresh(token)
        if not access.admits(actor.roles):
            raise Forbidden
        self._actor = actor

    def _bearer(self) -> str | None:
        header = self.request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotAuthenticated(field="Authorization", rule="bearer")
        return token.strip()

    def data_received(self, chunk: bytes) -> None:
        """Keep the body while it is within its limit and wanted; drop the rest."""
        if self._refusal is not None:
            return
        if len(self._body) + len(chunk) > self._body_limit:
            self._refusal = BodyTooLarge(
                field="body", rule="most_bytes", most_bytes=self._body_limit
            )
            self._body.clear()
            return
        self._body += chunk

    async def run(self, access: Access, method: Callable[[], Awaitable[None]]) -> None:
        """Call a declared method, once per idempotency key where it says so."""
        if self._refusal is not None:
            raise self._refusal
        key = self.request.headers.get("Idempotency-Key")
        if access.idempotent and key is not None:
            await self._run_once(key, method)
        else:
            await method()
        self.set_status(self._reply.status)
        self.set_header("Content-Type", self._reply.content_type)
        await self.finish(self._reply.body)

    async def _run_once(self, key: str, method: Callable[[], Awaitable[None]]) -> None:
        """Answer as the first time, or keep this answer before anybody sees it."""
        repeats: Repeats = self.settings["repeats"]
        person = self._actor.person if self._actor else None
        what = f"{self.request.method} {self.request.path}"
        repeat = Repeat.of(key, person=person, what=what, body=bytes(self._body))
        kept = await repeats.begin(repeat)
        if kept is None:
            async with repeats.forgotten_if_refused(repeat):
                await method()
            await repeats.keep(repeat, KeptAnswer(self._reply.status, self._reply.body))
        else:
            self._reply = Reply(kept.status, JSON, kept.body)

    # What handlers use

    @property
    def actor(self) -> Actor:
        """Who asks.

        Raises:
            NotAuthenticated: nobody is signed in (only where the route lets anyone in).
        """
        if self._actor is None:
            raise NotAuthenticated
        return self._actor

    @property
    def maybe_actor(self) -> Actor | None:
        """Who asks, if signed in."""
        return self._actor

    @property
    def address(self) -> str:
        """The network address that asks; behind a trusted proxy, the one that it reports."""
        forwarded = ",".join(self.request.headers.get_list("X-Forwarded-For"))
        trusted: frozenset[str] = self.settings["trusted_proxies"]
        return client_address(self.request.remote_ip or "", forwarded, trusted)

    def body(self, kind: type[Kind]) -> Kind:
        """Decode the JSON body.

        Raises:
            InvalidInput: wrong content type, not JSON, or a field that breaks its rule.
        """
        if self._content_type() != "application/json":
            raise WrongContentType(field="Content-Type", rule="application/json")
        return decoding.decode(bytes(self._body), kind)

    def raw_body(self) -> bytes:
        """Give the body as it came, of one of the class's `raw_types`.

        Raises:
            WrongContentType: of another.
        """
        if self.raw_types is not None and self._content_type() not in self.raw_types:
            raise WrongContentType(field="Content-Type", rule=" | ".join(sorted(self.raw_types)))
        return bytes(self._body)

    def query(self, kind: type[Kind]) -> Kind:
        """Decode the query's arguments, each given at most once.

        Raises:
            InvalidInput: repeated, unknown or breaking its rule.
        """
        fields: dict[str, str] = {}
        for name in self.request.query_arguments:
            values = self.get_query_arguments(name)
            if len(values) > 1:
                raise InvalidInput(field=name, rule="once")
            fields[name] = values[0]
        return decoding.convert(fields, kind)

    def answer(self, view: object, status: int = 200) -> None:
        """Answer with a view as JSON, when the method has returned."""
        self._reply = Reply(status, JSON, msgspec.json.encode(view))

    def answer_file(self, content: bytes, content_type: str) -> None:
        """Answer with a file, when the method has returned."""
        self._reply = Reply(200, content_type, content)

    def answer_redirect(self, path: str) -> None:
        """Lead the browser to a path of ours, when the method has returned."""
        self.set_header("Location", path)
        self._reply = Reply(302, JSON, b"{}")

    # What Tornado calls

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Shape every error alike; nothing of a fault's cause leaves."""
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        if isinstance(error, HTTPError):
            error = _of_tornado(error)
        else:
            error = self.settings["refusal_of"](error) or error
        if isinstance(error, DomainError):
            self._refuse(error)
            return
        self.set_status(500)
        self._send_error(internal_body())

    def _refuse(self, error: DomainError) -> None:
        self.set_status(outcome(type(error)).status)
        if isinstance(error, NotAuthenticated):
            self.set_header("WWW-Authenticate", "Bearer")
        wait = error.details.get("retry_after_seconds")
        if isinstance(wait, int | float):
            self.set_header("Retry-After", str(max(1, round(wait))))
        self._send_error(error_body(error))

    def _send_error(self, body: ErrorBody) -> None:
        self.finish(msgspec.json.encode({"error": body}))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log faults of ours with their trace; refusals are the access log's matter."""
        log_fault(self, typ, value, tb)

    def on_finish(self) -> None:
        """Tell the count that this request is done."""
        if self._entered:
            running: Running = self.settings["running"]
            running.left()

    def _content_type(self) -> str:
        return self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


class UnknownRoute(ApiHandler):
    """Every path that no route names."""

    @allow(ANYONE)
    async def get(self) -> None:
        """Refuse, whatever the verb."""
        raise NotFound(field="path", rule="route")

    head = post = put = patch = delete = options = get


def _of_tornado(error: HTTPError) -> DomainError:
    """Put Tornado's own refusals into our tree."""
    if error.status_code == 404:
        return NotFound(field="path", rule="route")
    if error.status_code == 405:
        return WrongMethod(field="method", rule="allowed")
    return InvalidInput(field="request", rule="well_formed")


def _declared(length: str) -> int:
    """Read a `Content-Length`; Tornado itself refuses a bad one, and one of absurd length."""
    return int(length) if length.isdecimal() and len(length) <= LENGTH_DIGITS else 0


def log_fault(handler: RequestHandler, typ: Any, value: Any, tb: Any) -> None:
    """Log a fault of ours by its handler's name; Tornado would log the URL and all headers."""
    refusal_of = handler.settings.get("refusal_of", lambda _: None)
    if isinstance(value, DomainError | HTTPError) or refusal_of(value):
        return
    log.error("request failed in %s", type(handler).__name__, exc_info=(typ, value, tb))


def log_access(handler: RequestHandler) -> None:
    """Log one answered request: no path and no query, since codes and ids may be in them."""
    log.info(
        "request %s %s %d %.1f ms",
        handler.request.method,
        type(handler).__name__,
        handler.get_status(),
        1000 * handler.request.request_time(),
    )
