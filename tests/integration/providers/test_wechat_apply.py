"""`lanjian wechat`: what differs is shown, then put, then nothing differs."""

import asyncio
import io
from contextlib import redirect_stdout

import pytest

from server.cli import main
from server.local.provider_keys import provider_environment
from server.settings import new_secrets
from tests.integration.providers.wechat_world import wechat_world


async def test_apply_and_check(tmp_path, provider_folder, redis_url, monkeypatch):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        environ = {
            **new_secrets(),
            **provider_environment(provider_folder, world.url),
            "LANJIAN_SANDBOX": "1",
            "LANJIAN_MONGODB_URI": "mongodb://127.0.0.1:9/",
            "LANJIAN_REDIS_URL": redis_url,
            "LANJIAN_BASE_URL": "https://lanjian.example",
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)

        async def run(*words: str) -> tuple[int, str]:
            shown = io.StringIO()
            with redirect_stdout(shown):
                status = await asyncio.to_thread(main, ["wechat", *words])
            return status, shown.getvalue()

        status, shown = await run("apply", "--dry-run")
        assert status == 1
        assert "+揽件 [view] https://lanjian.example/courier" in shown
        assert "+ 模板 template 新订单提醒 (46003)" in shown
        assert await world.client().menu() == ()
        assert (await run("check"))[0] == 1

        status, shown = await run("apply")
        assert (status, "已应用 applied" in shown) == (0, True)
        assert await run("apply", "--dry-run") == (0, "已一致 nothing to change\n")
        status, shown = await run("check")
        assert (status, "✗" in shown) == (0, False), shown
        assert "✓ 小程序 mini program" in shown

        await world.client().put_menu(await _without_one(world.client()))
        status, shown = await run("apply", "--dry-run")
        assert (status, "+揽件" in shown) == (1, True)

        monkeypatch.setenv("LANJIAN_WECHAT_TEMPLATES", "")
        await world.fault("bad_token", 100)
        assert (await run("check"))[0] == 1


async def _without_one(client):
    return [button for button in await client.menu() if button.name != "揽件"]


@pytest.mark.parametrize("act", ["apply", "check"])
def test_without_an_account_it_says_so(act, monkeypatch, capsys):
    for name, value in {
        **new_secrets(),
        "LANJIAN_ALIYUN_SMS_KEY_ID": "LTAI1",
        "LANJIAN_SECRET_ALIYUN_SMS_KEY": "hidden",
        "LANJIAN_ALIYUN_SMS_SIGN_NAME": "揽件",
        "LANJIAN_ALIYUN_SMS_TEMPLATES": "login_code:SMS_1,move_code:SMS_2,notice:SMS_3,"
        "confirm_code:SMS_4",
        "LANJIAN_MONGODB_URI": "mongodb://127.0.0.1:9/",
        "LANJIAN_REDIS_URL": "redis://127.0.0.1:9/0",
        "LANJIAN_BASE_URL": "https://lanjian.example",
    }.items():
        monkeypatch.setenv(name, value)
    assert main(["wechat", act]) == 2
    assert "LANJIAN_WECHAT_APP_ID" in capsys.readouterr().err
