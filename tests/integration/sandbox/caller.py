"""A platform as the sandbox sees one: it signs requests and takes notices."""

import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from server.sandbox.app import running
from server.sandbox.draw import draw_id
from server.sandbox.errors import Refused
from server.sandbox.keys import SandboxKeys
from server.sandbox.parts import Settings
from server.sandbox.signing import check, signed_headers

KEY = b"a key that both sides know"
SOON = timedelta(minutes=15)


@dataclass(kw_only=True)
class Answer:
    """A status and the JSON that came with it."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.body.get("code"))


@dataclass(kw_only=True)
class Caller:
    """Sends requests to one sandbox, signed or not."""

    url: str
    key: bytes = KEY

    async def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout_seconds: float = 5,
    ) -> Answer:
        """Send as it is given; `headers` None sends no signature."""
        data = raw if raw is not None else json.dumps(body or {}).encode()
        client = AsyncHTTPClient(force_instance=True)
        try:
            response = await client.fetch(
                f"{self.url}{path}",
                method=method,
                body=data if method in ("POST", "PUT") else None,
                headers=headers,
                raise_error=False,
                follow_redirects=False,
                request_timeout=timeout_seconds,
            )
        finally:
            client.close()
        return Answer(status=response.code, body=json.loads(response.body or b"{}"))

    async def signed(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        age_seconds: int = 0,
        nonce: str = "",
        timeout_seconds: float = 5,
    ) -> Answer:
        """Send it signed."""
        data = json.dumps(body).encode() if body is not None else b""
        headers = signed_headers(
            self.key, int(time.time()) - age_seconds, nonce or secrets.token_hex(12), data
        )
        return await self.send(
            method, path, raw=data, headers=headers, timeout_seconds=timeout_seconds
        )


@dataclass(kw_only=True)
class Receiver:
    """Takes notices; answers SUCCESS, or first the statuses it was told to."""

    url: str = ""
    refuse_with: list[int] = field(default_factory=list)  #: one status for each coming notice
    #: Every notice that came: its body, and whether its signature and time held.
    notices: list[tuple[dict[str, Any], str]] = field(default_factory=list)

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """The notices that a careful platform would believe."""
        return [body for body, verdict in self.notices if verdict == "good"]

    @property
    def verdicts(self) -> list[str]:
        return [verdict for _, verdict in self.notices]


class _Notices(RequestHandler):
    def initialize(self, receiver: Receiver, nonces: set[str]) -> None:
        self.receiver = receiver
        self.nonces = nonces

    def post(self) -> None:
        try:
            nonce = check(KEY, self.request.headers, self.request.body, time.time())
            verdict = "repeated_nonce" if nonce in self.nonces else "good"
            self.nonces.add(nonce)
        except Refused as refusal:
            verdict = refusal.code
        self.receiver.notices.append((json.loads(self.request.body), verdict))
        if self.receiver.refuse_with:
            self.set_status(self.receiver.refuse_with.pop(0))
            self.finish({"code": "FAIL"})
        else:
            self.finish({"code": "SUCCESS"})


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Listen for notices on a free port."""
    receiver = Receiver()
    routes = [(r"/notices", _Notices, {"receiver": receiver, "nonces": set()})]
    server = HTTPServer(Application(routes, log_function=lambda handler: None))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    receiver.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def sandbox(
    data: Path,
    *,
    notify_prefix: str = "http://127.0.0.1:9",
    kiosks: tuple[str, ...] = (),
    keys: SandboxKeys | None = None,
    sms_report_url: str = "",
    sms_limits: bool = False,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Caller]:
    """Run a sandbox in this process."""
    settings = Settings(
        data=data,
        key=KEY,
        public_url="",
        notify_prefixes=[notify_prefix],
        kiosks=kiosks,
        keys=keys,
        sms_report_url=sms_report_url,
        sms_limits=sms_limits,
    )
    async with running(settings, port=0, clock=clock, draw=draw_id) as port:
        yield Caller(url=f"http://127.0.0.1:{port}")


def payment(number: str = "LJ-PAY-1", *, notify_url: str = "http://127.0.0.1:9/n", **over: Any):
    """A payment's body."""
    return {
        "out_trade_no": number,
        "amount_fen": 1200,
        "subject": "寄件 parcel",
        "notify_url": notify_url,
        "expires_at": (datetime.now(UTC) + SOON).isoformat(),
    } | over


def refund(number: str = "LJ-REF-1", **over: Any):
    """A refund's body, of the payment above."""
    return {
        "out_refund_no": number,
        "out_trade_no": "LJ-PAY-1",
        "amount_fen": 1200,
        "total_fen": 1200,
        "reason": "taken back",
        "notify_url": "http://127.0.0.1:9/n",
    } | over


def transfer(number: str = "LJ-OUT-1", **over: Any):
    """A transfer's body."""
    return {
        "out_bill_no": number,
        "amount_fen": 1080,
        "payee": "person-1",
        "remark": "揽件 pay",
        "notify_url": "http://127.0.0.1:9/n",
    } | over
