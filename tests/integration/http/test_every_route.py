"""Every route and every socket message against bad input, on a real server.

The cases come from the route table and from the types that decode: a new route is walked without
being named here, and one that does not say what it reads fails the walk.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import NODEFAULT, inspect
from pymongo import MongoClient
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from websockets.asyncio.client import connect

from handlers.access import Who
from handlers.bookings.html import HtmlHandler
from realtime.wire.devices import Enrol
from realtime.wire.envelope import MAX_PERSON_FRAME, MAX_TERMINAL_FRAME, CloseCode
from realtime.wire.people import FromPerson, Hello
from realtime.wire.terminal import Boot, FromTerminal
from server.domain.ids import PersonId, SessionId
from server.domain.keys import Key, KeyRing, Secret
from server.proof.route_table import ApiRoute, api_routes
from server.services.accounts.tokens import Tokens
from server.settings import Settings
from tests.integration.http.samples import fields_of, kind_of, sample
from tests.integration.platform.programs import Program, Site, program, site
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow

BOSS, CUSTOMER = "13800000001", "13800000002"

#: Ids that fit each route's pattern, and that nothing has.
UNKNOWN = {
    "order": "LJ261122NOBODYS0",
    "payment": "PAY0NOBODY",
    "payout": "TNOBODY",
    "refund": "RNOBODY",
    "person": "PNOBODY",
    "photo": "FNOBODY",
    "terminal": "T-NOWHERE",
    "cell": "1",
    "alert": "0" * 24,
    "visit": "VNOBODY0NOBODY0NOBODY0NOBO",
    "app": "mini",
    "application": "ANOBODY",
    "code": "CNOBODY",
    "vendor": "aliyun",
    "secret": "NOBODYNOBODYNOBODYNOBODY",
    "booking": "BNOBODY",
    "kind": "id_card",
    "vehicle": "VNOBODY",
    "address": "ANOBODY",
    "enterprise": "ENOBODY",
    "number": "1",
    "outlet": "NNOBODY",
    "picture": "0" * 64,
}

#: No JSON at all, each of its own kind; what is nested too deep is cut off before it hurts.
NOT_JSON = (
    b"",
    b"{",
    b"\x00",
    b'{"a":"\xff\xfe"}',
    b"[" * 50_000,
    b'{"a":NaN}',
    b'{"a":"\\ud800"}',
)

#: Pages tell their errors to people: tests/integration/outlets tries those.
ROUTES = [route for route in api_routes() if not issubclass(route.handler, HtmlHandler)]


@dataclass
class Walk:
    """One walk over the routes of one server, and what it found."""

    url: str
    tokens: dict[str, str]
    client: AsyncHTTPClient = field(
        default_factory=lambda: AsyncHTTPClient(force_instance=True, max_clients=8)
    )
    wrong: list[str] = field(default_factory=list)
    asked: int = 0

    async def expect(
        self,
        route: ApiRoute,
        case: str,
        statuses: int | range,
        *,
        who: str | None = "admin",
        body: bytes | None = None,
        content_type: str = "application/json",
        query: str = "",
        named: str | None = None,
    ) -> None:
        """Ask once; note an answer of another status, shape or field."""
        headers = {"Content-Type": content_type}
        if who and route.access.who is not Who.ANYONE:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        if body is None and route.verb in ("POST", "PUT"):
            body = b""
        path = re.sub(r"\{(\w+)\}", lambda part: UNKNOWN[part[1]], route.path)
        answer = await self.client.fetch(
            HTTPRequest(
                f"{self.url}{path}{query}",
                method=route.verb,
                headers=headers,
                body=body,
                allow_nonstandard_methods=True,
            ),
            raise_error=False,
        )
        self.asked += 1
        error = _error(answer.body)
        place = str(error.get("field"))
        fits = answer.code in ([statuses] if isinstance(statuses, int) else statuses)
        right = named is None or re.split(r"[.\[]", place)[0] == named
        if not (fits and right and error.get("code") and error.get("message")):
            self.wrong.append(f"{route.verb} {route.path}, {case}: {answer.code} {error}")


def _error(raw: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(raw)["error"])
    except (ValueError, KeyError, TypeError):
        return {"body": raw[:200]}


@asynccontextmanager
async def walking(here: Site, server: Program) -> AsyncIterator[Walk]:
    added = here.run("staff", "add", "--phone", BOSS, "--role", "admin")
    assert added.returncode == 0, added.stderr
    boss, customer = await server.log_in(here, BOSS), await server.log_in(here, CUSTOMER)
    walk = Walk(
        url=server.url,
        tokens={
            "admin": boss["access_token"],
            "customer": customer["access_token"],
            **_no_good(Settings.from_env(here.environment), boss["person"]["person_id"]),
        },
    )
    try:
        yield walk
    finally:
        walk.client.close()


def _no_good(settings: Settings, person: str) -> dict[str, str]:
    """Make tokens of an admin that are right but for one thing."""
    now = datetime.now(UTC)

    def token(keys: KeyRing, clock: datetime, issuer: str = settings.http.base_url) -> str:
        tokens = Tokens(keys, issuer=issuer, access_life_seconds=900, clock=lambda: clock)
        return tokens.access(PersonId(person), SessionId("SNOBODY"), ())[0]

    ours = settings.secrets.token_keys
    theirs = KeyRing((Key(ours.current.id, Secret(b"\x07" * 32)),))
    head, body, _ = token(ours, now).split(".")
    return {
        "expired": token(ours, now - timedelta(hours=1)),
        "foreign key": token(theirs, now),
        "foreign issuer": token(ours, now, "https://elsewhere.example"),
        "unsigned": f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.",
        "cut": f"{head}.{body}",
        "of no session": token(ours, now),
        "nonsense": "x" * 5000,
    }


async def walk_access(walk: Walk, route: ApiRoute) -> None:
    for name in ("token", "access_token", "Authorization"):
        await walk.expect(route, f"?{name}", 400, query=f"?{name}=x", named="query")
    if isinstance(route.access.who, Who) and route.access.who is not Who.PERSON:
        return
    await walk.expect(route, "no token", 401, who=None)
    for who in set(walk.tokens) - {"admin", "customer"}:
        await walk.expect(route, f"token {who}", 401, who=who)
    if not isinstance(route.access.who, Who):
        await walk.expect(route, "not staff", 403, who="customer")


async def walk_body(walk: Walk, route: ApiRoute) -> None:
    most = route.access.body_bytes
    await walk.expect(route, "oversized", 413, body=b" " * (most + 1), named="body")
    kind = kind_of(route)
    if kind is None:
        return
    honest = sample(kind)
    may_be_none = "no body" in route.contract
    for raw in NOT_JSON[1 if may_be_none else 0 :]:
        await walk.expect(route, f"not JSON {raw[:12]!r}", 400, body=raw)
    for raw in (b"null", b"7", b'"text"', b"[]"):
        await walk.expect(route, f"no object {raw!r}", 400, body=raw, named="body")
    whole = json.dumps(honest).encode()
    await walk.expect(route, "content type", 415, body=whole, content_type="text/plain")
    unknown = json.dumps({**honest, "surprise": 1}).encode()
    await walk.expect(route, "unknown field", 400, body=unknown, named="surprise")
    for each in fields_of(kind):
        name = each.encode_name
        wrong = json.dumps({**honest, name: {"a": [1]}}).encode()
        await walk.expect(route, f"{name} of a wrong type", 400, body=wrong, named=name)
        if each.default is NODEFAULT and each.default_factory is NODEFAULT:
            rest = {other: value for other, value in honest.items() if other != name}
            await walk.expect(
                route, f"without {name}", 400, body=json.dumps(rest).encode(), named=name
            )
        if isinstance(each.type, inspect.StrType):
            long = json.dumps({**honest, name: "长" * 5000}).encode()
            await walk.expect(route, f"{name} too long", 400, body=long, named=name)
    if "{" in route.path:
        await walk.expect(route, "unknown id", range(400, 500), body=whole)


async def walk_query(walk: Walk, route: ApiRoute) -> None:
    kind = kind_of(route)
    if kind is None:
        return
    honest = {name: str(value) for name, value in sample(kind).items()}
    await walk.expect(route, "unknown field", 400, query="?surprise=1")
    await walk.expect(route, "not UTF-8", 400, query=f"?{next(iter(honest))}=%ff")
    for each in fields_of(kind):
        name = each.encode_name
        await walk.expect(route, f"{name} twice", 400, query=f"?{name}=1&{name}=2", named=name)
        if not isinstance(each.type, inspect.StrType):
            for text in (
                "%F0%9F%9A%AA",
                "nan",
                "1e999",
                "-9" + "9" * 30,
                "0001-01-01T00:00:00%2B23:59",
            ):
                others = "".join(
                    f"&{other}={value}" for other, value in honest.items() if other != name
                )
                await walk.expect(
                    route, f"{name}={text}", 400, query=f"?{name}={text}{others}", named=name
                )


async def walk_route(walk: Walk, route: ApiRoute) -> None:
    await walk_access(walk, route)
    if route.verb in ("POST", "PUT"):
        await walk_body(walk, route)
    elif route.verb == "GET":
        await walk_query(walk, route)
        if "{" in route.path:
            await walk.expect(route, "unknown id", 404)


def _counts(site: Site) -> dict[str, int]:
    """Count what is stored; bad input changes none of it."""
    with MongoClient[dict[str, Any]](site.environment["LANJIAN_MONGODB_URI"]) as client:
        database = client[site.environment["LANJIAN_DATABASE"]]
        names = database.list_collection_names()
        return {name: database[name].count_documents({}) for name in sorted(names)}


async def test_every_route_refuses_bad_input_with_a_typed_error(
    tmp_path, mongo_uri, mongo_db_name, redis_url
):
    async with (
        site(tmp_path, mongo_uri, mongo_db_name, redis_url) as here,
        program(here, "serve") as server,
        walking(here, server) as walk,
    ):
        before = _counts(here)
        await asyncio.gather(*(walk_route(walk, route) for route in ROUTES))
        assert walk.wrong == []
        assert walk.asked > 12 * len(ROUTES)
        assert _counts(here) == before


def test_a_route_that_does_not_say_what_it_reads_is_found():
    (told, *_) = (route for route in ROUTES if route.verb == "PUT")
    silent = ApiRoute(
        verb="POST", path="/v1/new", access=told.access, contract="New.", handler=told.handler
    )
    with pytest.raises(LookupError):
        kind_of(silent)


def frames(union: Any, first: tuple[type, ...]) -> Iterator[dict[str, Any]]:
    """Give an honest frame of each kind but those that may be first."""
    for kind in union.__args__:
        if kind not in first:
            yield {"type": kind.__struct_config__.tag, **sample(kind)}


async def code_after(url: str, text: str) -> tuple[dict[str, Any], int | None]:
    """Send one frame on a new socket; give the refusal and the close code."""
    async with connect(url, proxy=None, max_size=None) as socket, asyncio.timeout(PATIENCE_SECONDS):
        await socket.send(text)
        refusal = json.loads(await socket.recv())
        await socket.wait_closed()
        return refusal, socket.close_code


async def test_no_message_is_heard_before_the_first_frame_has_authenticated(
    tmp_path, mongo_uri, mongo_db_name, redis_url
):
    async with (
        site(tmp_path, mongo_uri, mongo_db_name, redis_url) as here,
        program(here, "serve") as server,
    ):
        base = server.url.replace("http", "ws", 1)
        for path, union, first, most, refused in (
            ("/v1/socket", FromPerson, (Hello,), MAX_PERSON_FRAME, "not_authenticated"),
            ("/v1/terminal", FromTerminal, (Boot, Enrol), MAX_TERMINAL_FRAME, "agent_refused"),
        ):
            for frame in frames(union, first):
                refusal, code = await code_after(base + path, json.dumps(frame))
                assert (refusal["type"], code) == ("error", CloseCode.UNAUTHORIZED), frame
                large = json.dumps({**frame, "id": "x" * most})
                refusal, code = await code_after(base + path, large)
                assert (refusal["code"], code) == ("too_large", CloseCode.TOO_BIG), frame["type"]
            tag = first[0].__struct_config__.tag
            forged = {"type": tag, **sample(first[0]), "token": "x" * 40}
            refusal, code = await code_after(base + path, json.dumps(forged))
            assert (refusal["code"], code) == (refused, CloseCode.UNAUTHORIZED)
