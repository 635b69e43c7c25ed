"""Our SMS vendors against the sandbox's, over real HTTP, and the vendors' SDKs' own requests."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from server.domain.errors import ProviderFailed
from server.providers import exchange
from server.providers.ports import Sms
from server.providers.sms_vendors.aliyun import AliyunSms
from server.providers.sms_vendors.config import AliyunSmsConfig, TencentSmsConfig
from server.providers.sms_vendors.failover import VendorSms
from server.providers.sms_vendors.tencent import TencentSms
from server.services.chance import draw
from tests.integration.sandbox.caller import Caller, sandbox
from tests.sms import config, ids
from tests.unit.server.providers import sms_vendors

PHONE = "13800000001"
MESSAGE = Sms(
    phone=PHONE,
    template="login_code",
    params={"code": "123456", "minutes": "5"},
    text="【揽件】验证码 123456",
)
SDK = json.loads(Path(sms_vendors.__file__).with_name("sdk_requests.json").read_text())

Vendor = AliyunSms | TencentSms


class Clock:
    """The true time, and what was added to it, for both sides or for ours alone."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.ours = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead + self.ours

    def seconds(self) -> float:
        return time.time() + self.ahead.total_seconds()


@dataclass(kw_only=True)
class World:
    """A sandbox and both of our vendors."""

    caller: Caller
    clock: Clock
    http: AsyncHTTPClient

    def aliyun(self, **changes: Any) -> AliyunSms:
        made = next(v for v in config(self.caller.url).vendors if isinstance(v, AliyunSmsConfig))
        return AliyunSms(
            config=replace(made, **changes), clock=self.clock, draw=draw, http=self.http
        )

    def tencent(self, **changes: Any) -> TencentSms:
        made = next(v for v in config(self.caller.url).vendors if isinstance(v, TencentSmsConfig))
        return TencentSms(config=replace(made, **changes), clock=self.clock, http=self.http)

    def vendor(self, name: str, **changes: Any) -> Vendor:
        return self.aliyun(**changes) if name == "aliyun" else self.tencent(**changes)

    async def fault(self, kind: str, times: int = 1) -> None:
        body = {"kind": kind, "on": "sms", "times": times}
        assert (await self.caller.send("POST", "/faults", body)).status == 200

    async def shown(self) -> list[str]:
        state = await self.caller.send("GET", f"/phone/{PHONE}/state")
        return [sms["text"] for sms in state.body["messages"]]

    async def replay(self, name: str, path: str, **headers: str) -> dict[str, Any]:
        """Send what an SDK sent, to the byte and under the host that it signed."""
        recorded = SDK[name]
        response = await self.http.fetch(
            f"{self.caller.url}{path}{recorded['path'].removeprefix('/')}",
            method="POST",
            body=recorded["body"].encode(),
            headers=recorded["headers"] | headers,
            raise_error=False,
        )
        return json.loads(response.body)


@asynccontextmanager
async def world(data: Path, *, limits: bool = False) -> AsyncIterator[World]:
    clock, http = Clock(), AsyncHTTPClient(force_instance=True)
    try:
        async with sandbox(data, keys=ids(), sms_limits=limits, clock=clock.seconds) as caller:
            yield World(caller=caller, clock=clock, http=http)
    finally:
        http.close()


async def failing(vendor: Vendor, message: Sms = MESSAGE) -> str | None:
    with pytest.raises(ProviderFailed) as failure:
        await vendor.send(message, "T1")
    return failure.value.rule


async def test_texts_arrive_by_both_vendors_and_both_places(tmp_path: Path):
    async with world(tmp_path) as here:
        serials = {
            await here.aliyun().send(MESSAGE, "T1"),
            await here.aliyun(place="query").send(MESSAGE, "T2"),
            await here.tencent().send(MESSAGE, "T3"),
        }
        assert len(serials) == 3 and all(serials)
        shown = await here.shown()
        assert len(shown) == 3
        assert {text.split("。")[0] for text in shown} == {
            "【揽件】验证码 123456，5 分钟内有效，请勿告诉他人"
        }


async def test_the_wire_says_no_as_the_vendors_do(tmp_path: Path):
    async with world(tmp_path) as here:
        bad = replace(MESSAGE, phone="12345678901")
        odd = replace(MESSAGE, params={"code": "1" * 40, "minutes": "5"})
        unknown = replace(MESSAGE, template="no_such")
        wrong_secret = {"aliyun": {"key_secret": "other"}, "tencent": {"secret_key": "other"}}
        wrong_id = {"aliyun": {"key_id": "LTAI2"}, "tencent": {"secret_id": "AKID2"}}
        for name in ("aliyun", "tencent"):
            assert await failing(here.vendor(name, **wrong_secret[name])) == "account"
            assert await failing(here.vendor(name, **wrong_id[name])) == "account"
            assert await failing(here.vendor(name, sign_name="别人")) == "signature"
            other = here.vendor(name, templates={"login_code": "SMS_0"})
            assert await failing(other) == "template"
            assert await failing(here.vendor(name), unknown) == "template"
            assert await failing(here.vendor(name), odd) == "template"
            assert await failing(here.vendor(name), bad) == "number"
        assert await failing(here.tencent(app_id="1400000002")) == "account"
        assert await here.shown() == []


@pytest.mark.parametrize(
    ("name", "ours", "rule"),
    [
        ("aliyun", 14 * 60, None),
        ("aliyun", -16 * 60, "account"),
        ("aliyun", 16 * 60, "account"),
        ("tencent", -4 * 60, None),
        ("tencent", 6 * 60, "account"),
        ("tencent", -6 * 60, "account"),
    ],
)
async def test_dates_hold_for_as_long_as_the_vendors_say(tmp_path: Path, name, ours, rule):
    async with world(tmp_path) as here:
        here.clock.ours = timedelta(seconds=ours)
        if rule is None:
            await here.vendor(name).send(MESSAGE, "T1")
        else:
            assert await failing(here.vendor(name)) == rule


async def test_the_vendors_own_sdks_are_understood_and_changes_to_them_are_not(tmp_path: Path):
    at = datetime.fromtimestamp(int(SDK["tencent"]["headers"]["x-tc-timestamp"]), UTC)
    async with world(tmp_path) as here:
        here.clock.ahead = at - datetime.now(UTC)
        # What they ask for are templates of their own: the signature held if it comes to that.
        for name in ("aliyun_query", "aliyun_form"):
            changed = await here.replay(name, "/aliyun/", **{"x-acs-signature-nonce": "another"})
            assert changed["Code"] == "SignatureDoesNotMatch"
            unsigned = await here.replay(name, "/aliyun/", **{"x-acs-extra": "1"})
            assert unsigned["Code"] == "IncompleteSignature"
            told = await here.replay(name, "/aliyun/")
            assert told["Code"] == "isv.SMS_TEMPLATE_ILLEGAL"
            again = await here.replay(name, "/aliyun/")
            assert again["Code"] == "SignatureNonceUsed"
        told = await here.replay("tencent", "/tencent/")
        (status,) = told["Response"]["SendStatusSet"]
        assert status["Code"] == "FailedOperation.TemplateIncorrectOrUnapproved"
        later = str(int(SDK["tencent"]["headers"]["x-tc-timestamp"]) + 1)
        changed = await here.replay("tencent", "/tencent/", **{"x-tc-timestamp": later})
        assert changed["Response"]["Error"]["Code"] == "AuthFailure.SignatureFailure"


async def test_limits_per_number_are_the_vendors(tmp_path: Path):
    async with world(tmp_path, limits=True) as here:
        aliyun, tencent = here.aliyun(), here.tencent()
        for _ in range(2):
            for _ in range(5):
                await aliyun.send(MESSAGE, "T")
                assert await failing(aliyun) == "limit_minute"
                here.clock.ahead += timedelta(seconds=61)
            assert await failing(aliyun) == "limit_hour"
            here.clock.ahead += timedelta(seconds=3600)
        assert await failing(aliyun) == "limit_day"
        assert await aliyun.send(replace(MESSAGE, phone="13800000002"), "T")
        for _ in range(5):
            await tencent.send(MESSAGE, "T")
            assert await failing(tencent) == "limit_minute"
            here.clock.ahead += timedelta(seconds=31)
        assert await failing(tencent) == "limit_hour"
        here.clock.ahead += timedelta(days=1)
        await aliyun.send(MESSAGE, "T")  # the day rolls


@pytest.mark.parametrize(
    ("kind", "rule", "arrived"),
    [
        ("500", "no_answer", 0),
        ("half_answer", "no_answer", 1),
        ("system_error", "no_answer", 1),
        ("quota", "limit_site", 0),
        ("minute_quota", "limit_minute", 0),
        ("not_enough", "balance", 0),
        ("rate_limited", "rate", 0),
    ],
)
@pytest.mark.parametrize("name", ["aliyun", "tencent"])
async def test_faults(tmp_path: Path, name: str, kind: str, rule: str, arrived: int):
    async with world(tmp_path) as here:
        await here.fault(kind)
        assert await failing(here.vendor(name)) == rule
        assert len(await here.shown()) == arrived


async def test_a_text_whose_answer_was_lost_is_not_sent_by_another(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(exchange, "ANSWER_SECONDS", 0.2)
    async with world(tmp_path) as here:
        way = VendorSms([here.aliyun(), here.tencent()], clock=here.clock)
        for kind in ("timeout", "half_answer", "500", "minute_quota"):
            await here.fault(kind)
            with pytest.raises(ProviderFailed):
                await way.send(MESSAGE, "T1")
        assert len(await here.shown()) == 2  # of `timeout` and `half_answer`, once each


async def test_what_one_refuses_another_sends(tmp_path: Path):
    async with world(tmp_path) as here:
        dead = here.aliyun(url="http://127.0.0.1:9")
        for way in ([dead, here.tencent()], [here.aliyun(sign_name="别人"), here.tencent()]):
            receipt = await VendorSms(way, clock=here.clock).send(MESSAGE, "T1")
            assert receipt.vendor == "tencent"
        await here.fault("quota")
        receipt = await VendorSms([here.tencent(), here.aliyun()], clock=here.clock).send(
            MESSAGE, "T1"
        )
        assert (receipt.vendor, len(await here.shown())) == ("aliyun", 3)


async def test_a_vendor_that_takes_no_connection_sent_nothing(monkeypatch):
    monkeypatch.setattr(exchange, "CONNECT_SECONDS", 0.2)
    http = AsyncHTTPClient(force_instance=True)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    port = listening.getsockname()[1]
    held = [socket.socket() for _ in range(3)]
    try:
        for one in held:  # fill its queue: what comes now hangs while connecting
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(ProviderFailed) as failure:
            await exchange.post(http, f"http://127.0.0.1:{port}/", {}, b"")
        assert failure.value.rule == "not_connected"
    finally:
        for one in (listening, *held):
            one.close()
        http.close()


async def test_a_vendor_that_hangs_up_may_have_sent():
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    http = AsyncHTTPClient(force_instance=True)
    try:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ProviderFailed) as failure:
            await exchange.post(http, f"http://127.0.0.1:{port}/", {}, b"")
        assert failure.value.rule == "no_answer"
    finally:
        http.close()
        server.close()
        await server.wait_closed()


def test_a_message_is_not_shown_in_logs():
    assert "123456" not in repr(MESSAGE)
    assert PHONE not in repr(MESSAGE)
