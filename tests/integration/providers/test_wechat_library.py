"""wechatpy's own client against the sandbox: another's code finds WeChat in it too."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException
from wechatpy.oauth import WeChatOAuth

from tests.integration.providers.wechat_world import wechat_world


class ToSandbox(HTTPAdapter):
    """Leads requests for WeChat's hosts to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.url = f"{self.url}{parts.path}?{parts.query}"
        return super().send(request, **options)


async def test_wechatpys_client_works_with_it(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        openid = await world.person()
        mini_code = (await world.tap(f"/wechat/{openid}/mini-code"))["code"]
        template = await world.client().add_template("46003", ["订单说明"])

        def theirs() -> None:
            keys = world.keys
            client = WeChatClient(keys.wechat_app_id, keys.wechat_app_secret, auto_retry=False)
            mini = WeChatClient(keys.mini_app_id, keys.mini_app_secret, auto_retry=False)
            for one in (client, mini):
                one._http.mount("https://api.weixin.qq.com/", ToSandbox(world.url))
            made = client.qrcode.create(
                {
                    "expire_seconds": 60,
                    "action_name": "QR_STR_SCENE",
                    "action_info": {"scene": {"scene_str": "visit:V1"}},
                }
            )
            assert made["expire_seconds"] == 60
            sent = client.message.send_template(openid, template, {"thing1": {"value": "一单"}})
            assert sent["msgid"] > 0
            with pytest.raises(WeChatClientException) as caught:
                client.message.send_template("oNobody", template, {"thing1": {"value": "一单"}})
            assert caught.value.errcode == 40003
            assert client.user.get(openid)["subscribe"] == 1
            client.menu.create({"button": [{"type": "click", "name": "揽件", "key": "k"}]})
            assert client.menu.get()["menu"]["button"][0]["key"] == "k"
            assert client.jsapi.get_jsapi_ticket() == client.jsapi.get_jsapi_ticket()
            assert mini.wxa.code_to_session(mini_code)["openid"].startswith("mSandbox")
            for one in (client, mini):
                one._http.close()

        await asyncio.to_thread(theirs)


async def test_wechatpys_log_in_works_with_it(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        openid = await world.person(follows=False)
        back = f"{world.platform.url}/login"
        login = WeChatOAuth(
            world.keys.wechat_app_id,
            world.keys.wechat_app_secret,
            back,
            scope="snsapi_userinfo",
            state="s",
        )
        login.API_BASE_URL, login.OAUTH_BASE_URL = f"{world.url}/", f"{world.url}/connect/"
        ours = world.client().oauth_url(back, "s", scope="snsapi_userinfo")
        assert login.authorize_url == ours  # to the byte
        answer = await world.http.fetch(
            login.authorize_url.replace("#wechat_redirect", f"&openid={openid}"),
            follow_redirects=False,
            raise_error=False,
        )
        (code,) = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]

        def theirs() -> None:
            assert login.fetch_access_token(code)["openid"] == openid
            assert login.get_user_info()["nickname"] == "测试"
            login._http.close()

        await asyncio.to_thread(theirs)
