"""The API base over real HTTP: who gets in, how large, how wrong, how often."""

import asyncio
import json
import logging
import socket

import msgspec
import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from tornado.httpclient import HTTPRequest, HTTPResponse

from handlers.access import ANYONE, MAYBE_PERSON, PERSON, allow
from handlers.application import RunningRequests, application
from handlers.base import DROPPED_BYTES, ApiHandler
from server.domain.errors import Limited, NotAuthenticated, StaleVersion, TokenExpired
from server.domain.ids import PersonId, SessionId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.people import Actor, Role
from server.services.repeats import Repeats
from server.store.repeats import MongoRepeats
from server.store.seal import Seal
from tests.builders import NOON

pytestmark = pytest.mark.gen_test

SEAL = Seal(KeyRing((Key("s1", Secret(b"s" * 32)),)))

CUSTOMER = Actor(person=PersonId("P1"), session=SessionId("S1"), roles=frozenset({Role.CUSTOMER}))
BOSS = Actor(person=PersonId("P2"), session=SessionId("S2"), roles=frozenset({Role.ADMIN}))


class TwoTokens:
    """A gate that knows two people and one who is too late."""

    people = {"customer": CUSTOMER, "boss": BOSS}

    async def admit(self, access_token: str) -> Actor:
        if access_token == "late":
            raise TokenExpired
        if access_token not in self.people:
            raise NotAuthenticated
        return self.people[access_token]

    admit_afresh = admit


class Note(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    size: int = 0


class Calls:
    def __init__(self) -> None:
        self.count = 0


class NotesHandler(ApiHandler):
    def initialize(self, calls: Calls) -> None:
        self.calls = calls

    @allow(MAYBE_PERSON)
    async def get(self) -> None:
        actor = self.maybe_actor
        self.answer({"person": actor.person if actor else None, "q": self.query(Note).text})

    @allow(PERSON, body_bytes=100, idempotent=True)
    async def post(self) -> None:
        self.calls.count += 1
        note = self.body(Note)
        if note.text == "refuse":
            raise StaleVersion
        if note.text == "break":
            raise ZeroDivisionError("a secret cause")
        if note.text == "limit":
            raise Limited(retry_after_seconds=12.2)
        self.answer({"text": note.text, "count": self.calls.count}, status=201)

    @allow(Role.REVIEWER)
    async def put(self) -> None:
        self.answer({"by": self.actor.person})

    @allow(ANYONE)
    async def delete(self) -> None:
        assert self.actor


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def app(io_loop, mongo_uri, mongo_db_name, calls):
    client = AsyncIOMotorClient(mongo_uri, tz_aware=True)
    yield application(
        [(r"/v1/notes", NotesHandler, {"calls": calls})],
        gate=TwoTokens(),
        repeats=Repeats(store=MongoRepeats(client[mongo_db_name], seal=SEAL), clock=lambda: NOON),
        running=RunningRequests(),
        base_url="https://lanjian.example",
    )
    client.close()


async def ask(http_client, url: str, method: str = "GET", **options) -> HTTPResponse:
    token = options.pop("token", None)
    headers = options.pop("headers", {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if isinstance(options.get("body"), dict):
        options["body"] = json.dumps(options["body"])
        headers.setdefault("Content-Type", "application/json")
    request = HTTPRequest(
        url, method=method, headers=headers, allow_nonstandard_methods=True, **options
    )
    return await http_client.fetch(request, raise_error=False)


def error(response: HTTPResponse) -> tuple:
    found = json.loads(response.body)["error"]
    return response.code, found["code"], found.get("field"), found.get("rule")


REFUSED = [
    ("GET", None, "late", None, {}, (401, "token_expired", None, None)),
    ("GET", None, "forged", None, {}, (401, "not_authenticated", None, None)),
    (
        "GET",
        None,
        None,
        None,
        {"Authorization": "Basic YTpi"},
        (401, "not_authenticated", "Authorization", "bearer"),
    ),
    ("POST", {"text": "a"}, None, None, {}, (401, "not_authenticated", None, None)),
    ("DELETE", None, "customer", None, {}, (401, "not_authenticated", None, None)),
    ("PUT", None, "customer", None, {}, (403, "forbidden", None, None)),
    ("PATCH", None, "customer", None, {}, (405, "wrong_method", "method", "allowed")),
    ("BREW", None, "customer", None, {}, (405, "wrong_method", "method", "allowed")),
    ("POST", {}, "customer", None, {}, (400, "invalid_input", "text", "required")),
    ("POST", {"text": 1}, "customer", None, {}, (400, "invalid_input", "text", "type")),
    (
        "POST",
        {"text": "a", "x": 1},
        "customer",
        None,
        {},
        (400, "invalid_input", "x", "unknown_field"),
    ),
    ("POST", {"text": "a" * 100}, "customer", None, {}, (413, "too_large", "body", "most_bytes")),
    (
        "POST",
        {"text": "a"},
        "customer",
        None,
        {"Content-Type": "text/plain"},
        (415, "wrong_content_type", "Content-Type", "application/json"),
    ),
    ("GET", None, None, "text=a&text=b", {}, (400, "invalid_input", "text", "once")),
    ("GET", None, None, "text=a&y=1", {}, (400, "invalid_input", "y", "unknown_field")),
    ("GET", None, None, "text=a&size=big", {}, (400, "invalid_input", "size", "type")),
    ("GET", None, None, "Token=a", {}, (400, "invalid_input", "query", "no_token_in_url")),
    ("POST", {"text": "refuse"}, "customer", None, {}, (409, "stale", None, None)),
    ("POST", {"text": "limit"}, "customer", None, {}, (429, "limited", None, None)),
    (
        "POST",
        {"text": "a"},
        "customer",
        None,
        {"Idempotency-Key": "short"},
        (400, "invalid_input", "Idempotency-Key", "8 to 128 plain characters"),
    ),
]


@pytest.mark.parametrize(("method", "body", "token", "query", "headers", "seen"), REFUSED)
async def test_what_is_wrong_is_told_in_one_shape(
    http_client, base_url, method, body, token, query, headers, seen
):
    url = f"{base_url}/v1/notes" + (f"?{query}" if query else "")
    response = await ask(http_client, url, method, body=body, token=token, headers=dict(headers))
    assert error(response) == seen
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in response.headers


async def test_roles_and_optional_tokens_let_in(http_client, base_url):
    url = f"{base_url}/v1/notes"
    assert json.loads((await ask(http_client, url, "PUT", token="boss")).body) == {"by": "P2"}
    assert json.loads((await ask(http_client, f"{url}?text=a")).body)["person"] is None
    answer = await ask(http_client, f"{url}?text=a&size=3", token="customer")
    assert json.loads(answer.body) == {"person": "P1", "q": "a"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
async def test_unknown_routes_answer_json(http_client, base_url, method):
    response = await ask(http_client, f"{base_url}/v1/nothing", method)
    assert error(response) == (404, "not_found", "path", "route")


async def test_a_browser_gets_a_page_where_there_is_none(http_client, base_url):
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = await ask(http_client, f"{base_url}/nothing", headers=accept)
    assert (response.code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "没有这个页面" in response.body.decode()
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    for path, headers in (("/v1/nothing", accept), ("/nothing", {})):
        response = await ask(http_client, f"{base_url}{path}", headers=headers)
        assert error(response) == (404, "not_found", "path", "route"), path


async def test_a_fault_of_ours_leaves_no_trace_outside(http_client, base_url, caplog):
    with caplog.at_level(logging.ERROR):
        response = await ask(
            http_client, f"{base_url}/v1/notes", "POST", body={"text": "break"}, token="customer"
        )
    assert error(response) == (500, "internal", None, None)
    assert b"secret" not in response.body
    assert "a secret cause" in caplog.text


async def test_a_wait_is_told_in_the_header_too(http_client, base_url):
    response = await ask(
        http_client, f"{base_url}/v1/notes", "POST", body={"text": "limit"}, token="customer"
    )
    assert response.headers["Retry-After"] == "12"


async def test_a_huge_body_is_refused_unread(http_client, base_url):
    host, port = base_url.removeprefix("http://").split(":")
    reader = socket.create_connection((host, int(port)))
    reader.setblocking(False)

    loop = asyncio.get_running_loop()
    head = "POST /v1/notes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer customer\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {DROPPED_BYTES + 1}\r\n\r\n"
    await loop.sock_sendall(reader, head.encode())
    received = b""
    while chunk := await loop.sock_recv(reader, 65536):
        received += chunk
    reader.close()
    assert received.startswith(b"HTTP/1.1 413")
    assert received.count(b"HTTP/1.1") == 1
    assert b'"too_large"' in received


@pytest.mark.parametrize("digits", [18, 19, 5000])
async def test_an_absurd_length_is_refused_and_is_no_fault(http_client, base_url, caplog, digits):
    host, port = base_url.removeprefix("http://").split(":")
    head = f"GET /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Length: {'9' * digits}\r\n\r\n"
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode())
    received = await reader.read()
    writer.close()
    assert received.startswith(b"HTTP/1.1 4"), received
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_body_without_a_length_is_measured(http_client, base_url):
    async def pieces(write):
        for _ in range(30):
            await write(b"x" * 100)

    response = await http_client.fetch(
        HTTPRequest(
            f"{base_url}/v1/notes",
            method="POST",
            headers={"Authorization": "Bearer customer", "Content-Type": "application/json"},
            body_producer=pieces,
        ),
        raise_error=False,
    )
    assert error(response)[:2] == (413, "too_large")


async def test_a_repeat_gets_the_first_answer(http_client, base_url, calls):
    async def post(text: str, token: str = "customer", key: str = "key-00000001"):
        return await ask(
            http_client,
            f"{base_url}/v1/notes",
            "POST",
            body={"text": text},
            token=token,
            headers={"Idempotency-Key": key},
        )

    first, again = await post("a"), await post("a")
    assert (first.code, first.body) == (again.code, again.body) == (201, first.body)
    assert calls.count == 1
    assert error(await post("b"))[2:] == ("Idempotency-Key", "one key, one request")
    assert json.loads((await post("a", token="boss")).body)["count"] == 2
    assert json.loads((await post("a", key="key-00000002")).body)["count"] == 3


async def test_a_refused_request_may_be_repeated(http_client, base_url, calls):
    for _ in range(2):
        response = await ask(
            http_client,
            f"{base_url}/v1/notes",
            "POST",
            body={"text": "refuse"},
            token="customer",
            headers={"Idempotency-Key": "key-00000003"},
        )
        assert response.code == 409
    assert calls.count == 2


async def test_the_count_of_running_requests_returns_to_nought(http_client, base_url, app):
    for method in ("GET", "BREW", "PATCH"):
        await ask(http_client, f"{base_url}/v1/notes?text=a", method)
    assert app.settings["running"].count == 0
