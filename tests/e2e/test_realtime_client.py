"""The pages' realtime client in a real browser, against a peer that follows a test's script."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run

import msgspec
import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler
from tornado.websocket import WebSocketHandler

import web
from realtime.wire.envelope import CloseCode, Position, Reply
from realtime.wire.people import (
    FromPerson,
    Hello,
    Notice,
    Ping,
    Pong,
    Push,
    Reset,
    Snapshot,
    Subscribe,
    Subscribed,
    Welcome,
)
from tests.e2e.chromium import Browser, Page, chromium
from tests.waiting import eventually

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
WEB = Path(web.__file__).parent
DECODER = msgspec.json.Decoder(FromPerson)
PERSON = {"person_id": "P1", "roles": ["customer"], "masked_phone": "138****0001"}


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@dataclass
class ScriptedServer:
    """A peer that decodes with the real wire types and does what a test says."""

    url: str = ""
    token_life_seconds: float = 900
    good_tokens: set[str] = field(default_factory=lambda: {"token-0"})
    refreshes: int = 0
    refuse_refresh: bool = False
    recovered: bool = True
    frames: list = field(default_factory=list)  #: every frame that came, decoded
    sockets: list["_Socket"] = field(default_factory=list)  #: every socket ever opened
    mute: bool = False  #: takes requests other than hello and subscribe without a word

    def of(self, kind: type) -> list:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    def push(self, text: str, offset: int) -> None:
        event = Notice(kind="test", zh="", en=text)
        self.sockets[-1].tell(Push(channel="me", epoch="e1", offset=offset, event=event))


class _Socket(WebSocketHandler):
    def initialize(self, server: ScriptedServer) -> None:
        self.server = server

    def open(self, *args: str) -> None:
        self.server.sockets.append(self)

    def tell(self, frame: msgspec.Struct) -> None:
        self.write_message(msgspec.json.encode(frame).decode())

    def on_message(self, message: str | bytes) -> None:
        frame = DECODER.decode(message)
        self.server.frames.append(frame)
        if isinstance(frame, Hello):
            self.greet(frame)
        elif isinstance(frame, Subscribe):
            self.subscribe(frame)
        elif isinstance(frame, Ping):
            self.tell(Pong(id=frame.id, server_time=soon(3600)))
        elif not self.server.mute:
            self.tell(Reply(id=frame.id))

    def greet(self, frame: Hello) -> None:
        if frame.token not in self.server.good_tokens:
            self.close(CloseCode.UNAUTHORIZED)
            return
        self.tell(
            Welcome(
                id=frame.id,
                person_id="P1",
                roles=("customer",),
                server_time=soon(0),
                ping_seconds=20,
                token_expires_at=soon(self.server.token_life_seconds),
            )
        )

    def subscribe(self, frame: Subscribe) -> None:
        recovered = self.server.recovered and frame.resume is not None
        self.tell(
            Subscribed(
                id=frame.id,
                channel=frame.channel,
                position=frame.resume or Position(epoch="e1", offset=0),
                recovered=recovered,
                snapshot=None if recovered else Snapshot(facts={"n": len(self.server.frames)}),
            )
        )


class _Refresh(RequestHandler):
    def initialize(self, server: ScriptedServer) -> None:
        self.server = server

    def post(self) -> None:
        self.server.refreshes += 1
        if self.server.refuse_refresh:
            self.set_status(401)
            self.finish({"error": {"code": "session_revoked", "message": "x"}})
            return
        token = f"token-{self.server.refreshes}"
        self.server.good_tokens.add(token)
        self.finish(session_json(token, expires=soon(900)))


def session_json(token: str, *, expires: datetime) -> str:
    return json.dumps(
        {
            "access_token": token,
            "access_expires_at": expires.isoformat(),
            "refresh_token": f"refresh-{token}",
            "person": PERSON,
        }
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the probe: the folder where it lies."""
    folder = tmp_path_factory.mktemp("probe")
    build = ["npm", "exec", "--", "vite", "build", "--config", "vite.probe.config.ts"]
    run([WEB.parent / ".ci" / "node", *build, "--outDir", folder], cwd=WEB, check=True)
    return folder


@asynccontextmanager
async def scripted(built: Path) -> AsyncIterator[ScriptedServer]:
    """Listen on a free port."""
    server = ScriptedServer()
    given = {"server": server}
    app = Application(
        [
            (r"/v1/socket", _Socket, given),
            (r"/v1/sessions/refresh", _Refresh, given),
            (r"/(probe\.html)", StaticFileHandler, {"path": str(HERE)}),
            (r"/(probe\.js)", StaticFileHandler, {"path": str(built)}),
        ],
        log_function=lambda handler: None,
    )
    http = HTTPServer(app)
    sockets = bind_sockets(0, "127.0.0.1")
    http.add_sockets(sockets)
    server.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        http.stop()
        for socket in server.sockets:
            socket.close()
        await http.close_all_connections()


async def probe(
    browser: Browser, server: ScriptedServer, *, token: str = "token-0", life_seconds: float = 900
) -> Page:
    """Open the probe as somebody signed in, and start it."""
    person = await browser.person()
    page = await person.page(f"{server.url}/probe.html")
    kept = json.dumps(
        json.dumps({"P1": json.loads(session_json(token, expires=soon(life_seconds)))})
    )
    await page.js(f"localStorage.setItem('lanjian.sessions', {kept})")
    await page.js("localStorage.setItem('lanjian.account.customer', 'P1')")
    await page.goto(f"{server.url}/probe.html?signed-in")
    await page.until("!!window.probe")
    await page.js("void probe.realtime.start()")
    return page


async def test_it_resumes_from_its_position_after_a_break(browser_url: str, built: Path) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        assert server.of(Subscribe)[0].resume is None
        server.push("one", 7)
        server.push("two", 9)
        await page.until("probe.seen.events.length === 2")
        server.sockets[-1].close(CloseCode.SLOW)
        await page.until("probe.seen.live === 2")
        assert len(server.of(Subscribe)) == 2
        assert server.of(Subscribe)[1].resume == Position(epoch="e1", offset=9)
        assert await page.js("probe.seen.snapshots.length") == 1  # only the first time
        server.push("three", 12)
        await page.until("probe.seen.events.join() === 'one,two,three'")
        assert await page.js("probe.realtime.state") == "live"


async def test_a_snapshot_replaces_what_cannot_be_recovered(browser_url: str, built: Path) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        server.recovered = False
        server.sockets[-1].close(CloseCode.GOING_AWAY)
        await page.until("probe.seen.snapshots.length === 2")


async def test_a_reset_channel_is_followed_anew_on_the_same_socket(
    browser_url: str, built: Path
) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        server.sockets[-1].tell(Reset(channel="me", within_seconds=0.1))
        await page.until("probe.seen.live === 2")
        assert len(server.sockets) == 1


@pytest.mark.parametrize("code", [CloseCode.TOO_BIG, CloseCode.PROTOCOL_VERSION])
async def test_it_does_not_come_back_when_told_not_to(
    browser_url: str, built: Path, code: CloseCode
) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        server.sockets[-1].close(code)
        await page.until("probe.realtime.state === 'refused'")
        assert await page.js("probe.realtime.ended && probe.realtime.socket === null")


async def test_a_refused_token_is_renewed_once(browser_url: str, built: Path) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server, token="a token of yesterday")
        await page.until("probe.seen.live === 1")
        assert [hello.token for hello in server.of(Hello)] == ["a token of yesterday", "token-1"]


async def test_a_revoked_session_signs_out(browser_url: str, built: Path) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        server.sockets[-1].close(CloseCode.REVOKED)
        await page.until("probe.realtime.state === 'signed_out'")
        assert server.refreshes == 0  # its refresh token is as dead
        assert await page.js("probe.session.personId") is None
        assert await page.js("localStorage.getItem('lanjian.sessions')") == "{}"


async def test_a_refresh_that_is_refused_signs_out(browser_url: str, built: Path) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        server.refuse_refresh = True
        server.sockets[-1].close(CloseCode.TOKEN_EXPIRED)
        await page.until("probe.realtime.state === 'signed_out'")
        assert await page.js("probe.session.personId") is None


async def test_an_expired_token_is_renewed_before_the_return(browser_url: str, built: Path) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        server.good_tokens.clear()
        server.sockets[-1].close(CloseCode.TOKEN_EXPIRED)
        await page.until("probe.seen.live === 2")
        assert server.refreshes == 1


async def test_the_token_is_renewed_on_the_open_socket_before_its_end(
    browser_url: str, built: Path
) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        server.token_life_seconds = 30  # within the time in which it renews: after 5 s
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        await eventually(lambda: len(server.of(Hello)) == 2)
        assert server.of(Hello)[1].token == "token-1"
        assert len(server.sockets) == 1
        assert await page.js("probe.seen.live") == 1


async def test_a_claim_without_an_answer_is_sent_again_under_its_id(
    browser_url: str, built: Path
) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        server.mute = True
        await page.js(
            "void (probe.claim = probe.realtime.request({type: 'claim_order', order_id: 'LJ1',"
            " offer_version: 1}, {again: true, id: 'claim-1'}))"
        )
        await eventually(lambda: [f for f in server.frames if f.id == "claim-1"])
        server.mute = False
        server.sockets[-1].close(CloseCode.INTERNAL)
        answer = await page.js("probe.claim")
        assert answer["id"] == "claim-1"
        claims = [frame for frame in server.frames if frame.id == "claim-1"]
        assert len(claims) == 2 and claims[0] == claims[1]


async def test_two_tabs_renew_a_token_one_after_the_other(browser_url: str, built: Path) -> None:
    """Mostly once. A tab's process may read local storage from before the other's write, although
    it holds the lock: the server's grace window is for that, and gives the same successor again.
    """
    async with scripted(built) as server, chromium(browser_url) as browser:
        person = await browser.person()
        tabs = [await person.page(f"{server.url}/probe.html") for _ in range(2)]
        kept = json.dumps(json.dumps({"P1": json.loads(session_json("old", expires=soon(5)))}))
        await tabs[0].js(f"localStorage.setItem('lanjian.sessions', {kept})")
        await tabs[0].js("localStorage.setItem('lanjian.account.customer', 'P1')")
        for tab in tabs:
            await tab.goto(f"{server.url}/probe.html?signed-in")
            await tab.until("!!window.probe")
        tokens = await asyncio.gather(*(tab.js("probe.session.token()") for tab in tabs))
        assert set(tokens) == {f"token-{number}" for number in range(1, server.refreshes + 1)}
        assert server.refreshes in (1, 2)
        for tab in tabs:
            await tab.until(f"probe.session.kept().access_token === 'token-{server.refreshes}'")


async def test_it_keeps_trying_while_nobody_answers(browser_url: str, built: Path) -> None:
    async with scripted(built) as server, chromium(browser_url) as browser:
        page = await probe(browser, server)
        await page.until("probe.seen.live === 1")
        for _ in range(3):
            live = await page.js("probe.seen.live")
            server.sockets[-1].close(CloseCode.GOING_AWAY)
            await page.until(f"probe.seen.live > {live}")
        assert "offline" in await page.js("probe.seen.states")
        # Nothing that the page logged is an error of its own.
        assert not [error for error in page.errors if error.startswith("thrown")]
