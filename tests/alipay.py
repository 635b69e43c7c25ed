"""Alipay's two sides for tests: keys made once a process, the sandbox, and our client of it."""

import functools
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alipay import AliPay, DCAliPay
from tornado.httpclient import AsyncHTTPClient

from server.domain.china import CHINA
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
from server.local.provider_keys import KEYS_FILE, provider_environment, provider_keys
from server.providers.alipay.bill import AlipayStatements
from server.providers.alipay.client import AlipayClient
from server.providers.alipay.config import AlipayConfig
from server.providers.alipay.notices import AlipayNoticeReader
from server.providers.alipay.pay import AlipayPay
from server.providers.alipay.payout import AlipayPayout
from server.providers.alipay.signing import AlipaySigner
from server.sandbox.alipay.signing import Keys
from server.sandbox.app import running
from server.sandbox.draw import draw_id
from server.sandbox.keys import SandboxKeys, load
from server.sandbox.parts import Settings
from server.settings_providers import alipay as alipay_settings
from server.settings_reader import Reader
from tests.integration.sandbox.caller import Caller

GATEWAY = "http://127.0.0.1:9/gateway.do"
COURIER_ID = "2088000000000001"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A local site's keys of Alipay: the platform's config, the sandbox's ids."""

    config: AlipayConfig
    ids: SandboxKeys
    environ: dict[str, str]
    alipay_public_pem: str

    @functools.cached_property
    def signer(self) -> AlipaySigner:
        return AlipaySigner(self.config)

    @functools.cached_property
    def gateway_keys(self) -> Keys:
        return Keys(self.ids)

    @functools.cached_property
    def reader(self) -> AlipayNoticeReader:
        return AlipayNoticeReader(config=self.config, signer=self.signer)

    def library(self, gateway: str = GATEWAY) -> AliPay:
        """The library itself as the platform, in public-key mode."""
        made = AliPay(
            appid=self.config.app_id,
            app_private_key_string=self.config.private_key_pem,
            alipay_public_key_string=self.alipay_public_pem,
        )
        made._gateway = gateway
        return made

    def library_with_certificates(self, gateway: str = GATEWAY) -> DCAliPay:
        """The library itself as the platform, in certificate mode."""
        certificates = self.config.certificates
        assert certificates is not None
        made = DCAliPay(
            appid=self.config.app_id,
            app_private_key_string=self.config.private_key_pem,
            app_public_key_cert_string=certificates.app,
            alipay_public_key_cert_string=certificates.alipay,
            alipay_root_cert_string=certificates.root,
        )
        made._gateway = gateway
        return made

    def library_as_alipay(self) -> AliPay:
        """The library on the gateway's side: it signs as Alipay and checks as Alipay."""
        return AliPay(
            appid=self.config.app_id,
            app_private_key_string=self.ids.provider_private_pem,
            alipay_public_key_string=self.ids.platform_public_pem,
        )


@functools.cache
def site() -> Site:
    """Make the keys; RSA keys take long, so there is one site a process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        provider_keys(folder)
        environ = provider_environment(folder, "http://127.0.0.1:9")
        reader = Reader(environ)
        config = alipay_settings.read(reader, sandbox=True)
        reader.raise_problems()
        assert config is not None
        return Site(
            config=config,
            ids=load(folder / KEYS_FILE),
            environ=environ,
            alipay_public_pem=(folder / "provider_public.pem").read_text(),
        )


@dataclass(frozen=True, kw_only=True)
class Alipay:
    """Our client, and the sandbox it asks."""

    caller: Caller
    pay: AlipayPay
    payout: AlipayPayout
    statements: AlipayStatements
    clock: "TurnedClock"
    client: AlipayClient

    async def arm(self, kind: str, on: str, **more: Any) -> None:
        """Have something go wrong."""
        body = {"kind": kind, "on": on, "times": 1, **more}
        assert (await self.caller.send("POST", "/faults", body)).status == 200

    async def scan(self, payment: Payment, url: str) -> None:
        """Open the bill page behind a QR, as its scanner does."""
        prepay_id = url.rpartition("/")[2]
        told = await self.caller.send("GET", f"/bills/pay/{prepay_id}")
        assert told.body["out_trade_no"] == payment.id

    async def tap(self, payment: Payment) -> None:
        """Pay."""
        told = await self.caller.send("POST", f"/pay/orders/{payment.id}/tap-pay")
        assert told.status == 200, told.body

    async def paid(self, payment: Payment) -> Payment:
        """Ask for a payment and pay it."""
        await self.pay.ask(payment)
        await self.tap(payment)
        return payment


class TurnedClock:
    """The true time, and what was added to it; the sandbox and our client share it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def seconds(self) -> float:
        return time.time() + self.ahead.total_seconds()

    def to_noon(self) -> None:
        """Go to today's noon in China: a bill has one day, and midnight may be at any moment."""
        now = datetime.now(CHINA)
        self.ahead = now.replace(hour=12, minute=0, second=0, microsecond=0) - now


@asynccontextmanager
async def alipay(
    data: Path,
    *,
    notify_url: str = "http://127.0.0.1:9/notices/alipay",
    config: Callable[[AlipayConfig], AlipayConfig] = lambda config: config,
    now: Callable[[], datetime] | None = None,
) -> AsyncIterator[Alipay]:
    """Run a sandbox in this process, and a client of it."""
    made = site()
    changed = config(made.config)
    clock = TurnedClock()
    prefix = notify_url.rpartition("/notices")[0]
    settings = Settings(data=data, public_url="", notify_prefixes=[prefix], keys=made.ids)
    http = AsyncHTTPClient(force_instance=True)
    try:
        async with running(settings, port=0, clock=clock.seconds, draw=draw_id) as port:
            url = f"http://127.0.0.1:{port}"
            client = AlipayClient(
                gateway_url=f"{url}/gateway.do",
                signer=made.signer if changed == made.config else AlipaySigner(changed),
                clock=now or clock,
                http=http,
            )
            yield Alipay(
                caller=Caller(url=url),
                pay=AlipayPay(client=client, notify_url=notify_url),
                payout=AlipayPayout(client=client),
                statements=AlipayStatements(client=client),
                clock=clock,
                client=client,
            )
    finally:
        http.close()


@contextmanager
def impatient(wallet: Alipay, really: bool) -> Iterator[None]:
    """Wait for answers less long than the platform does."""
    with pytest.MonkeyPatch.context() as patch:
        if really:
            patch.setattr(wallet.client, "_answer_seconds", 1.0)
        yield


@asynccontextmanager
async def unreachable() -> AsyncIterator[AlipayPay]:
    """A client of a gateway that nobody serves."""
    http = AsyncHTTPClient(force_instance=True)
    try:
        made = site()
        client = AlipayClient(
            gateway_url=GATEWAY, signer=made.signer, clock=TurnedClock(), http=http
        )
        yield AlipayPay(client=client, notify_url="http://127.0.0.1:9/notices/alipay")
    finally:
        http.close()


def payment(number: str = "PLJ0000000001", **fields: Any) -> Payment:
    """Build a payment that waits."""
    now = datetime.now(UTC)
    defaults: dict[str, Any] = {
        "id": PaymentId(number),
        "order": OrderId("LJ261122TESTTEST"),
        "customer": PersonId("customer-1"),
        "amount_fen": Fen(1201),
        "state": PaymentState.PENDING,
        "created_at": now,
        "expires_at": now + timedelta(minutes=15),
        "way": PayWay.PRECREATE,
    }
    return Payment(**(defaults | fields))


def refund(number: str = "RPLJ0000000001N1", **fields: Any) -> Refund:
    """Build a refund of all of the payment above."""
    defaults: dict[str, Any] = {
        "id": RefundId(number),
        "payment": PaymentId("PLJ0000000001"),
        "order": OrderId("LJ261122TESTTEST"),
        "customer": PersonId("customer-1"),
        "amount_fen": Fen(1201),
        "reason": RefundReason.PARCEL_NOT_SENT,
        "state": RefundState.ASKED,
        "asked_at": datetime.now(UTC),
    }
    return Refund(**(defaults | fields))


def transfer(number: str = "TLJ0000000001N1", **fields: Any) -> Transfer:
    """Build a transfer that was not asked for yet."""
    now = datetime.now(UTC)
    defaults: dict[str, Any] = {
        "id": PayoutId(number),
        "order": OrderId("LJ261122TESTTEST"),
        "courier": PersonId("courier-1"),
        "amount_fen": Fen(1080),
        "state": TransferState.PAYABLE,
        "attempt": 1,
        "created_at": now,
        "not_before": now,
    }
    return Transfer(**(defaults | fields))


def answer(inner: str, *, name: str = "alipay_trade_query_response", sign: str | None = None):
    """Write an answer of the gateway's around an inner text."""
    signature = site().gateway_keys.sign(inner) if sign is None else sign
    return f'{{"{name}":{inner},"sign":{json.dumps(signature)}}}'.encode()
