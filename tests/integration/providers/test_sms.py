"""Our SMS sender against the provider's stand-in, over real HTTP."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient

from server.domain.errors import ProviderFailed
from server.domain.keys import Secret
from server.providers.client import SignedClient
from server.providers.ports import Sms
from server.providers.sms import SignedSms
from server.services.chance import draw
from tests.integration.sandbox.caller import KEY, Caller, sandbox

PHONE = "13800000001"
MESSAGE = Sms(
    phone=PHONE, template="login_code", params={"code": "123456"}, text="【揽件】验证码 123456"
)


@asynccontextmanager
async def sender(url: str, *, key: bytes = KEY, late: timedelta | None = None) -> AsyncIterator:
    http = AsyncHTTPClient(force_instance=True)
    client = SignedClient(
        base_url=url,
        key=Secret(key),
        clock=lambda: datetime.now(UTC) - (late or timedelta()),
        draw=draw,
        http=http,
    )
    try:
        yield SignedSms(client=client)
    finally:
        http.close()


async def shown(caller: Caller) -> list[str]:
    state = await caller.send("GET", f"/phone/{PHONE}/state")
    return [sms["text"] for sms in state.body["messages"]]


async def test_a_message_arrives_on_the_phone(tmp_path: Path):
    async with sandbox(tmp_path) as caller, sender(caller.url) as sms:
        await sms.send(MESSAGE)
        assert await shown(caller) == [MESSAGE.text]


@pytest.mark.parametrize(
    ("key", "late"), [(b"another key", None), (KEY, timedelta(minutes=6))], ids=["forged", "late"]
)
async def test_what_is_forged_or_late_is_refused(tmp_path: Path, key, late):
    async with sandbox(tmp_path) as caller, sender(caller.url, key=key, late=late) as sms:
        with pytest.raises(ProviderFailed):
            await sms.send(MESSAGE)
        assert await shown(caller) == []


async def test_a_failing_provider_is_told(tmp_path: Path):
    async with sandbox(tmp_path) as caller, sender(caller.url) as sms:
        await caller.send("POST", "/faults", {"kind": "500", "on": "sms", "times": 1})
        with pytest.raises(ProviderFailed):
            await sms.send(MESSAGE)
        await sms.send(MESSAGE)
        assert len(await shown(caller)) == 1


async def test_nobody_listening_is_told_quickly():
    async with sender("http://127.0.0.1:9") as sms:
        began = time.monotonic()
        with pytest.raises(ProviderFailed):
            await sms.send(MESSAGE)
        assert time.monotonic() - began < 5


def test_a_message_is_not_shown_in_logs():
    assert "123456" not in repr(MESSAGE)
    assert PHONE not in repr(MESSAGE)
