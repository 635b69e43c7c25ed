"""Answers that are not the wallet's, or not whole: what our client makes of them."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from server.domain.errors import ProviderFailed
from server.providers.wechatpay.client import MAX_ANSWER_BYTES, WechatPayClient
from server.sandbox.keys import load
from server.sandbox.wechatpay.signing import Seals
from tests.integration.providers.wechatpay_site import config, nobody, now


@dataclass(kw_only=True)
class OddWallet:
    """Answers whatever it was told to."""

    url: str
    seals: Seals
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)

    def sign(self, body: bytes, *, age_seconds: int = 0) -> dict[str, str]:
        return self.seals.sign(body, now=time.time() - age_seconds, nonce="n" * 24)


class _Any(RequestHandler):
    def initialize(self, wallet: OddWallet) -> None:
        self.wallet = wallet

    def get(self) -> None:
        self.clear_header("Content-Type")
        self.set_status(self.wallet.status)
        for name, value in self.wallet.headers.items():
            self.set_header(name, value)
        self.finish(self.wallet.body)


@asynccontextmanager
async def odd_wallet(folder: Path) -> AsyncIterator[tuple[OddWallet, WechatPayClient]]:
    sockets = bind_sockets(0, "127.0.0.1")
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    wallet = OddWallet(url=url, seals=Seals(load(folder / "providers.json")))
    server = HTTPServer(
        Application([(r"/.*", _Any, {"wallet": wallet})], log_function=lambda handler: None)
    )
    server.add_sockets(sockets)
    client = WechatPayClient(config(folder, url), clock=now, answer_seconds=5, tls=nobody())
    try:
        yield wallet, client
    finally:
        await client.close()
        server.stop()
        await server.close_all_connections()


async def ask(client: WechatPayClient) -> dict:
    return await client.read(client.wallet.query(out_trade_no="LJP0001"), dict)


JSON = {"Content-Type": "application/json"}


async def test_only_whole_fresh_signed_answers_are_believed(provider_folder: Path):
    async with odd_wallet(provider_folder) as (wallet, client):
        good = '{"a":"甲"}'.encode()
        wallet.body, wallet.headers = good, wallet.sign(good) | JSON
        assert await ask(client) == {"a": "甲"}
        signed = wallet.sign(good)
        huge = b'"' + b"x" * MAX_ANSWER_BYTES + b'"'
        for body, headers in (
            (good, JSON),
            (good + b" ", signed | JSON),
            (good, wallet.sign(good, age_seconds=301) | JSON),
            (good, wallet.sign(good, age_seconds=-302) | JSON),
            (good, signed | JSON | {"Wechatpay-Serial": "PUB_KEY_ID_OTHER"}),
            (good, signed | JSON | {"Wechatpay-Serial": "not hex"}),
            (good, signed | JSON | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/AAAA"}),
            (good, signed | JSON | {"Wechatpay-Signature-Type": "SM2"}),
            (b"\xff\xfe", wallet.sign(b"\xff\xfe") | JSON),
            (good, signed | {"Content-Type": "application/json; charset=utf-16"}),
            (huge, wallet.sign(huge) | JSON),
            (b"[1", wallet.sign(b"[1") | JSON),
            (b"", wallet.sign(b"") | JSON),
            (good, signed | JSON | {"Content-Encoding": "gzip"}),
            (b"[]", wallet.sign(b"[]") | JSON),
        ):
            wallet.body, wallet.headers = body, headers
            with pytest.raises(ProviderFailed) as failed:
                await ask(client)
            assert failed.value.rule == "bad_answer", (body[:20], headers)


async def test_refusals_are_believed_as_far_as_they_are_signed(provider_folder: Path):
    async with odd_wallet(provider_folder) as (wallet, client):
        wallet.status, wallet.body = 404, b'{"code":"ORDER_NOT_EXIST"}'
        for headers, rule in (
            (wallet.sign(wallet.body) | JSON, "ORDER_NOT_EXIST"),
            (JSON, "ORDER_NOT_EXIST"),  # the wallet leaves some unsigned
            (wallet.sign(b"another") | JSON, "bad_answer"),
        ):
            wallet.headers = headers
            with pytest.raises(ProviderFailed) as failed:
                await ask(client)
            assert failed.value.rule == rule
        wallet.body, wallet.headers = b"<html>not found</html>", {}  # of something on the way
        with pytest.raises(ProviderFailed) as failed:
            await ask(client)
        assert failed.value.rule == "bad_answer"
        wallet.status, wallet.headers = 302, {"Location": f"{wallet.url}/elsewhere"}
        with pytest.raises(ProviderFailed) as failed:
            await ask(client)
        assert failed.value.rule == "bad_answer"


async def test_the_library_writes_no_clear_text(
    provider_folder: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    async with odd_wallet(provider_folder) as (wallet, client):
        wallet.body = b'{"openid":"oCourier"}'
        wallet.headers = wallet.sign(wallet.body) | JSON
        await ask(client)
    assert not any("oCourier" in record.getMessage() for record in caplog.records)
    assert not any("WECHATPAY2-" in record.getMessage() and "signature=" in record.getMessage()
                   for record in caplog.records)  # fmt: skip
