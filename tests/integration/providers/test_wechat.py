"""The service account's client against the sandbox: messages, log-ins, scenes, quotas."""

import logging
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from PIL import Image

from server.domain.errors import ProviderFailed
from server.providers.wechat.menu import KEY_MY_ORDERS, lines_of, wanted_menu
from server.providers.wechat.ports import is_unknown
from tests.integration.providers.wechat_world import wechat_world

DATA = {"character_string1": "LJ1", "phrase2": "已存入", "thing3": "一号柜", "time4": "2026-11-22"}


async def refused(asking) -> str:
    with pytest.raises(ProviderFailed) as caught:
        await asking
    return caught.value.rule


async def test_a_template_message_arrives_once_and_is_told_of(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        await client.add_template("46001", ["订单编号", "当前状态", "地点", "时间"])
        (template,) = await client.templates()
        assert "{{thing3.DATA}}" in template.content
        given = {**DATA, "thing3": "一个名字很长很长很长很长很长很长很长的柜子\n第二行"}
        sent = [
            await client.send_template(
                openid,
                template.template_id,
                given,
                url="https://a.example/o/1",
                client_msg_id="m1",
            )
            for _ in range(2)
        ]
        assert sent[0] == sent[1]  # WeChat remembers the id
        (message,) = await world.chat(openid)
        assert (message["title"], message["url"]) == ("寄件状态通知", "https://a.example/o/1")
        assert "一个名字很长很长很长很长很长很长很长的…" in message["text"]


async def test_each_refusal_has_its_word(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person(follows=False)
        template = await client.add_template("46001", [])
        assert await refused(client.send_template(openid, template, DATA)) == "unfollowed"
        assert await refused(client.send_template("oNobody", template, DATA)) == "openid"
        await world.tap(f"/wechat/{openid}/follow")
        assert await refused(client.send_template(openid, "none", DATA)) == "template"
        assert await refused(client.send_template(openid, template, {"thing1": "x"})) == "argument"
        for kind, rule in (("quota", "day_quota"), ("minute_quota", "minute_quota")):
            await world.fault(kind)
            assert await refused(client.send_template(openid, template, DATA)) == rule
        wrong = world.client(secret="wrong")
        assert await refused(wrong.follows(openid)) == "secret"
        nobody = world.client(app_id="wxnobody")
        assert await refused(nobody.follows(openid)) == "app_id"


async def test_what_nobody_knows_is_said_to_be_unknown(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        assert await client.follows(openid)  # the token is there: the faults hit the message
        await world.tap(f"/wechat/{openid}/text", {"text": "hi"})
        for kind in ("500", "half_answer"):
            await world.fault(kind)
            with pytest.raises(ProviderFailed) as caught:
                await client.send_text(openid, kind)
            assert is_unknown(caught.value)
        texts = [entry["text"] for entry in await world.chat(openid)]
        assert texts == ["half_answer"]  # done, though we could not know


async def test_subscriptions_are_spent(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person(follows=False)
        template = (await client.subscriptions())[0].template_id
        assert await refused(client.send_subscription(openid, template, DATA)) == "refused"
        await world.tap(f"/wechat/{openid}/subscribe", {"template_id": template})
        await client.send_subscription(openid, template, DATA, page="https://a.example/")
        assert await refused(client.send_subscription(openid, template, DATA)) == "refused"
        assert [entry["kind"] for entry in await world.chat(openid)] == ["subscription"]


async def test_customer_messages_need_a_window(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        for number in range(3):
            await client.send_text(openid, f"{number}")
        assert await refused(client.send_text(openid, "4")) == "count_over"
        await world.tap(f"/wechat/{openid}/text", {"text": "你好"})
        await client.send_text(openid, "件" * 1000)
        await world.tap(f"/wechat/{openid}/unfollow")
        assert await refused(client.send_text(openid, "5")) == "window_over"
        assert (await world.chat(openid))[0]["text"] == "件" * 599 + "…"


async def test_a_scene_qr_brings_its_scene(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person(follows=False)
        qr = await client.scene_qr("visit:V1", seconds=600)
        picture = tmp_path / "qr.png"
        picture.write_bytes((await world.http.fetch(qr.picture_url)).body)
        (code,) = zxingcpp.read_barcodes(Image.open(picture))
        assert code.text == qr.content_url
        assert await world.tap(f"/wechat/{openid}/scan-url", {"url": code.text}) == {
            "scene": "visit:V1"
        }
        assert await client.follows(openid)
        with pytest.raises(ValueError, match="scene"):
            await client.scene_qr("x" * 65, seconds=600)


async def test_an_h5_log_in_redeems_its_code_once(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person(follows=False)
        back = f"{world.platform.url}/login?next=%2Fsend"
        url = client.oauth_url(back, "st&te")
        assert url.endswith("#wechat_redirect")
        page = await world.http.fetch(url.partition("#")[0])
        assert "微信登录" in page.body.decode()
        answer = await world.http.fetch(
            url.replace("#wechat_redirect", f"&openid={openid}"),
            follow_redirects=False,
            raise_error=False,
        )
        led = urlsplit(answer.headers["Location"])
        query = parse_qs(led.query)
        assert (led.path, query["state"], query["next"]) == ("/login", ["st&te"], ["/send"])
        identity = await client.oauth_identity(query["code"][0])
        assert (identity.openid, openid in repr(identity)) == (openid, False)
        assert await refused(client.oauth_identity(query["code"][0])) == "code"
        assert await refused(client.oauth_identity("never")) == "code"


async def test_a_mini_program_logs_in_and_tells_a_number(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        mini, openid = world.mini(), await world.person(phone="13800000009")
        person = (await world.look(f"/wechat/{openid}/chat"))["person"]
        js_code = (await world.tap(f"/wechat/{openid}/mini-code"))["code"]
        identity = await mini.mini_identity(js_code)
        assert (identity.openid, identity.unionid) == (person["mini_openid"], person["unionid"])
        assert await refused(mini.mini_identity(js_code)) == "code"
        code = (await world.tap(f"/wechat/{openid}/phone-code"))["code"]
        assert await mini.phone_number(code) == "13800000009"
        assert await refused(mini.phone_number(code)) == "code"
        assert await refused(mini.send_subscription(identity.openid, "none", DATA)) == "template"
        template = (await mini.subscriptions())[0].template_id
        await world.tap(f"/wechat/{openid}/subscribe", {"template_id": template})
        await mini.send_subscription(identity.openid, template, DATA, page="pages/order")
        assert await refused(mini.send_subscription(identity.openid, template, DATA)) == "refused"
        for wrong in ("", "x" * 300, "码"):
            assert await refused(mini.mini_identity(wrong)) == "code"


async def test_a_page_is_signed_with_the_one_ticket(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        config = await world.client().page_config("https://a.example/send?a=1#/x")
        query = (
            f"?url=https%3A%2F%2Fa.example%2Fsend%3Fa%3D1&timestamp={config.timestamp}"
            f"&nonce={config.nonce}&signature={config.signature}"
        )
        assert (await world.look("/wechat/page-check" + query))["ok"]
        assert not (await world.look("/wechat/page-check" + query + "0"))["ok"]
        assert config.app_id == world.keys.wechat_app_id


async def test_the_menu_is_put_and_read_back(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        assert await client.menu() == ()
        wanted = wanted_menu(world.platform.url)
        await client.put_menu(wanted)
        assert lines_of(await client.menu()) == lines_of(wanted)
        await world.tap(f"/wechat/{openid}/menu/{KEY_MY_ORDERS}")


async def test_nothing_secret_is_logged(tmp_path, provider_folder, redis_url, caplog):
    caplog.set_level(logging.DEBUG)
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        await client.follows(openid)
        await world.fault("500", 2)
        for _ in range(2):
            with pytest.raises(ProviderFailed) as caught:
                await client.follows(openid)
            assert "access_token" not in repr(caught.value.__context__) + str(caught.value)
        secret_of_app = world.keys.wechat_app_secret
        dead = world.client(api_url="http://127.0.0.1:9")
        assert await refused(dead.oauth_identity("some-code")) == "no_answer"
    ours = [one for one in caplog.records if not one.name.startswith("server.sandbox")]
    logged = "\n".join(record.getMessage() for record in ours)
    for secret in ("access_token", secret_of_app, openid, "sandbox_stable", "some-code"):
        assert secret not in logged
