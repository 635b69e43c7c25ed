"""A merchant and its sandbox: the real client, and a receiver that reads notices as we do."""

import base64
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from server.domain.china import CHINA
from server.domain.errors import BadNotice
from server.domain.ids import OrderId, PaymentId, PayoutId, PersonId, RefundId
from server.domain.money import Fen
from server.domain.payments import (
    Payment,
    PaymentState,
    PayWay,
    Refund,
    RefundReason,
    RefundState,
    Transfer,
    TransferState,
)
from server.providers.money_ports import Told
from server.providers.wechatpay.bill import WechatPayStatements
from server.providers.wechatpay.client import WechatPayClient
from server.providers.wechatpay.config import WechatPayConfig
from server.providers.wechatpay.notices import WechatPayNotices
from server.providers.wechatpay.pay import WechatPay
from server.providers.wechatpay.payout import WechatPayout
from server.sandbox.app import running
from server.sandbox.draw import draw_id
from server.sandbox.keys import load
from server.sandbox.parts import Settings
from tests.integration.sandbox.caller import Caller
from tests.waiting import PATIENCE_SECONDS

Clock = Callable[[], datetime]

OPENID = "oCourier0000000000000000001"


def now() -> datetime:
    return datetime.now(UTC)


def at_noon() -> Clock:
    """Give a clock that goes on from today's noon in China: a bill has one day."""
    moment = now().astimezone(CHINA)
    ahead = moment.replace(hour=12, minute=0, second=0, microsecond=0) - moment
    return lambda: now() + ahead


def nobody() -> ssl.SSLContext:
    """Trust nobody: quick to make, and the sandbox speaks plain HTTP."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def draw(length: int) -> str:
    return secrets.token_hex(length)[:length]


def config(folder: Path, base_url: str, **over) -> WechatPayConfig:
    """The merchant of a site's keys."""
    keys = load(folder / "providers.json")
    given = {
        "app_id": keys.wechat_app_id,
        "mchid": keys.wechatpay_mchid,
        "serial": keys.wechatpay_serial,
        "private_key_pem": (folder / "platform.pem").read_text(),
        "api_v3_key": keys.wechatpay_api_v3_key,
        "public_key_id": keys.wechatpay_public_key_id,
        "public_key_pem": (folder / "provider_public.pem").read_text(),
        "base_url": base_url,
    }
    return WechatPayConfig(**(given | over))


@dataclass(kw_only=True)
class Receiver:
    """Reads notices with our reader; keeps what they told, or the rule they broke."""

    reader: WechatPayNotices
    url: str = ""
    heard: list[Told | str | None] = field(default_factory=list)
    raw: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    refuse_with: list[int] = field(default_factory=list)

    @property
    def told(self) -> list[Told]:
        return [each for each in self.heard if isinstance(each, Told)]


class _Notices(RequestHandler):
    def initialize(self, receiver: Receiver) -> None:
        self.receiver = receiver

    def post(self) -> None:
        receiver = self.receiver
        receiver.raw.append((dict(self.request.headers), self.request.body))
        if receiver.refuse_with:
            self.set_status(receiver.refuse_with.pop(0))
            return
        try:
            receiver.heard.append(
                receiver.reader.read(self.request.headers, self.request.body, now())
            )
        except BadNotice as error:
            receiver.heard.append(error.rule)
            self.set_status(401)
            return
        kind, body = receiver.reader.taken
        self.set_header("Content-Type", kind)
        self.finish(body)


@dataclass(kw_only=True)
class Site:
    """Everything one test talks to."""

    people: Caller
    config: WechatPayConfig
    client: WechatPayClient
    pay: WechatPay
    payout: WechatPayout
    statements: WechatPayStatements
    receiver: Receiver
    notify_url: str
    clock: Clock

    async def arm(self, kind: str, on: str, times: int = 1) -> None:
        """Have the next thing of this kind go wrong."""
        body = {"kind": kind, "on": on, "times": times}
        answer = await self.people.send("POST", "/faults", body)
        assert answer.status == 200, answer.body

    async def tap(self, path: str) -> int:
        """Do as a person's thumb does."""
        return (await self.people.send("POST", path)).status

    async def paid(self, number: str = "LJP0001", amount_fen: int = 1200) -> Payment:
        """Have a payment paid."""
        expires = self.clock() + timedelta(minutes=15)
        wanted = payment(number, amount_fen, expires_at=expires)
        await self.pay.ask(wanted)
        assert await self.tap(f"/pay/orders/{number}/tap-pay") == 200
        return wanted


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[Receiver]:
    """Listen for the notices of a site's merchant."""
    receiver = Receiver(reader=WechatPayNotices(config=config(folder, ""), fresh_seconds=300))
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(
        Application(
            [(r"/notices", _Notices, {"receiver": receiver})], log_function=lambda handler: None
        )
    )
    server.add_sockets(sockets)
    receiver.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def merchant(
    folder: Path,
    base_url: str,
    receiver: Receiver,
    *,
    answer_seconds: float = PATIENCE_SECONDS,
    clock: Clock = now,
) -> AsyncIterator[Site]:
    """Open a client of the sandbox that listens there."""
    ours, notify_url = config(folder, base_url), f"{receiver.url}/notices"
    client = WechatPayClient(ours, clock=clock, answer_seconds=answer_seconds, tls=nobody())
    try:
        yield Site(
            people=Caller(url=base_url),
            config=ours,
            client=client,
            pay=WechatPay(client=client, notify_url=notify_url, clock=clock, draw=draw),
            payout=WechatPayout(client=client, notify_url=notify_url),
            statements=WechatPayStatements(client=client, clock=clock),
            receiver=receiver,
            notify_url=notify_url,
            clock=clock,
        )
    finally:
        await client.close()


@asynccontextmanager
async def site(
    data: Path,
    folder: Path,
    *,
    answer_seconds: float = PATIENCE_SECONDS,
    early_statements: bool = False,
    clock: Clock = now,
) -> AsyncIterator[Site]:
    """Run a sandbox and a receiver in this process, and open a client."""
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(receiving(folder))
        settings = Settings(
            data=data,
            public_url="",
            notify_prefixes=[receiver.url],
            keys=load(folder / "providers.json"),
            early_statements=early_statements,
            asked_clock=time.time,  # the library stamps requests by the machine's clock
        )
        sandbox = running(settings, port=0, clock=lambda: clock().timestamp(), draw=draw_id)
        base_url = f"http://127.0.0.1:{await stack.enter_async_context(sandbox)}"
        opened = merchant(folder, base_url, receiver, answer_seconds=answer_seconds, clock=clock)
        yield await stack.enter_async_context(opened)


def payment(number: str = "LJP0001", amount_fen: int = 1200, **over) -> Payment:
    """A payment that nobody asked for yet."""
    given = {
        "id": PaymentId(number),
        "order": OrderId("LJ1"),
        "customer": PersonId("c1"),
        "amount_fen": Fen(amount_fen),
        "state": PaymentState.PENDING,
        "created_at": now(),
        "expires_at": now() + timedelta(minutes=15),
        "way": PayWay.NATIVE,
    }
    return Payment(**(given | over))


def refund(paid: Payment, amount_fen: int, number: str = "R1") -> Refund:
    """A part of a payment."""
    return Refund(
        id=RefundId(number),
        payment=paid.id,
        order=paid.order,
        customer=paid.customer,
        amount_fen=Fen(amount_fen),
        total_fen=paid.amount_fen,
        reason=RefundReason.PARCEL_NOT_SENT,
        state=RefundState.ASKED,
        asked_at=now(),
    )


def transfer(number: str = "TLJ1N1", amount_fen: int = 1080) -> Transfer:
    """A payout that nobody asked for yet."""
    return Transfer(
        id=PayoutId(number),
        order=OrderId("LJ1"),
        courier=PersonId("p1"),
        amount_fen=Fen(amount_fen),
        state=TransferState.PAYABLE,
        attempt=1,
        created_at=now(),
        not_before=now(),
    )


def spoilt(text: str) -> str:
    """Change the last byte of some base64."""
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return base64.b64encode(bytes(raw)).decode()
