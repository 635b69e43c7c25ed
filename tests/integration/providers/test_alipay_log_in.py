"""Who a courier is to Alipay: our client against the sandbox's page and gateway, over real HTTP."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tornado.httpclient import AsyncHTTPClient

from server.domain.errors import ProviderFailed
from server.providers.alipay.log_in import AlipayLogIn
from server.providers.money_ports import Payee
from tests.alipay import Alipay, alipay, site, transfer

BACK = "http://127.0.0.1:9/v1/alipay/oauth"


def log_in(wallet: Alipay, app_id: str | None = None) -> AlipayLogIn:
    return AlipayLogIn(
        client=wallet.client,
        app_id=app_id or site().config.app_id,
        authorize_url=f"{wallet.caller.url}/oauth2/publicAppAuthorize.htm",
    )


async def person(wallet: Alipay, **fields) -> dict:
    made = await wallet.caller.send("POST", "/alipay/people", {"nickname": "测试", **fields})
    assert made.status == 200, made.body
    return made.body


async def led_back(wallet: Alipay, url: str, someone: dict) -> dict[str, str]:
    """Let somebody be known at the page; give what it leads back with."""
    http = AsyncHTTPClient()
    answer = await http.fetch(
        f"{url}&user_id={someone['user_id']}", follow_redirects=False, raise_error=False
    )
    if answer.code != 302:
        return {"refused": str(answer.code)}
    where = urlsplit(answer.headers["Location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == BACK
    return {name: texts[0] for name, texts in parse_qs(where.query).items()}


async def test_a_code_says_who_it_is_once(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        someone, asks = await person(wallet), log_in(wallet)
        told = await led_back(wallet, asks.oauth_url(BACK, "s1"), someone)
        assert (told["state"], told["app_id"]) == ("s1", site().config.app_id)
        found = await asks.identity(told["auth_code"])
        assert (found.account, found.is_open_id) == (someone["user_id"], False)
        assert someone["user_id"] not in repr(found)
        for code in (told["auth_code"], "authx"):
            with pytest.raises(ProviderFailed) as caught:
                await asks.identity(code)
            assert caught.value.rule == "isv.code-invalid"


async def test_a_newer_app_is_told_an_open_id_and_pays_it(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        someone, asks = await person(wallet, by_open_id=True, real_name="张三"), log_in(wallet)
        told = await led_back(wallet, asks.oauth_url(BACK, "s1"), someone)
        found = await asks.identity(told["auth_code"])
        assert (found.account, found.is_open_id) == (someone["open_id"], True)
        payee = Payee(account=found.account, is_open_id=True)
        assert (await wallet.payout.transfer(transfer(), payee)).state == "SUCCESS"
        for other in (replace(payee, real_name="李四"), replace(payee, account="x" * 32)):
            failed = await wallet.payout.transfer(transfer("TLJ2N1"), other)
            assert failed.state == "FAIL"


async def test_the_page_and_the_gateway_refuse_what_is_not_the_apps(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        someone, asks = await person(wallet), log_in(wallet)
        foreign = asks.oauth_url("http://elsewhere.example/v1/alipay/oauth", "s1")
        for url in (foreign, log_in(wallet, "2021").oauth_url(BACK, "s1")):
            assert await led_back(wallet, url, someone) == {"refused": "400"}
        told = await led_back(wallet, asks.oauth_url(BACK, "s1"), someone)
        signed = site().signer.plain_request(
            "alipay.system.oauth.token",
            {"grant_type": "authorization_code", "code": "another"},
            wallet.clock(),
        )
        assert "code" not in parse_qs(signed.query)  # what is of a person stands in no URL
        raw = await AsyncHTTPClient().fetch(
            f"{wallet.caller.url}/gateway.do?{signed.query}",
            method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            body=f"grant_type=authorization_code&code={told['auth_code']}",
        )
        assert b"isv.invalid-signature" in raw.body
        assert (await asks.identity(told["auth_code"])).account == someone["user_id"]
