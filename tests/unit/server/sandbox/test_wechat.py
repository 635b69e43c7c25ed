"""WeChat's stand-in judges as WeChat does: tokens, windows, codes, fields, menus, its cipher."""

from pathlib import Path

import pytest
from wechatpy.crypto import WeChatCrypto

from server.local.provider_keys import KEYS_FILE
from server.sandbox.keys import load
from server.sandbox.parts import Settings, build
from server.sandbox.wechat.messages import Content, CustomerMessage, TemplateMessage
from server.sandbox.wechat.refusals import WeChatRefused
from server.sandbox.wechat.state import WeChat
from server.sandbox.wechat.wire import Aes, sha1_of
from tests.builders import NOON

NOON_SECONDS = NOON.timestamp()


class Turned:
    """A clock and a drawer that tests turn."""

    def __init__(self) -> None:
        self.now = NOON_SECONDS
        self._drawn = 0

    def __call__(self) -> float:
        return self.now

    def draw(self) -> str:
        self._drawn += 1
        return f"{self._drawn:024x}"


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
def wechat(tmp_path: Path, provider_folder: Path, clock: Turned):
    settings = Settings(
        data=tmp_path,
        public_url="http://127.0.0.1:9",
        notify_prefixes=["http://127.0.0.1:9"],
        keys=load(provider_folder / KEYS_FILE),
    )
    parts = build(settings, clock=clock, draw=clock.draw)
    yield parts.wechat
    parts.store.close()


def refusal(act, *given, **named) -> int:
    with pytest.raises(WeChatRefused) as caught:
        act(*given, **named)
    return caught.value.errcode


def test_a_stable_token_stays_until_its_last_five_minutes(wechat: WeChat, clock: Turned):
    tokens, app = wechat.tokens, wechat.keys.wechat_app_id
    first = tokens.stable(app, force=False)
    clock.now += 7200 - 301
    assert tokens.stable(app, force=False) == {**first, "expires_in": 301}
    clock.now += 1
    second = tokens.stable(app, force=False)
    assert second["access_token"] != first["access_token"]
    assert tokens.app_of(first["access_token"]) == app  # both work for five minutes
    clock.now += 300
    assert refusal(tokens.app_of, first["access_token"]) == 42001
    assert tokens.app_of(second["access_token"]) == app
    assert refusal(tokens.app_of, "never given out") == 40001


def test_force_ends_the_old_token_and_is_rationed(wechat: WeChat, clock: Turned):
    tokens, app = wechat.tokens, wechat.keys.wechat_app_id
    first = tokens.stable(app, force=False)["access_token"]
    tokens.stable(app, force=True)
    assert refusal(tokens.app_of, first) == 42001
    assert refusal(tokens.stable, app, force=True) == 45011
    for _ in range(19):
        clock.now += 30
        tokens.stable(app, force=True)
    clock.now += 30
    assert refusal(tokens.stable, app, force=True) == 45009
    clock.now += 86_400
    tokens.stable(app, force=True)


def test_secrets_are_checked(wechat: WeChat):
    assert refusal(wechat.tokens.check_secret, "wxother", "x") == 40013
    assert refusal(wechat.tokens.check_secret, wechat.keys.wechat_app_id, "x") == 40125
    wechat.tokens.check_secret(wechat.keys.mini_app_id, wechat.keys.mini_app_secret)


def person(wechat: WeChat) -> str:
    openid = wechat.people.add("测试", "13800000001", None)["openid"]
    wechat.people.follow(openid, follows=True)
    return openid


def test_windows_end_and_are_counted(wechat: WeChat, clock: Turned):
    openid = person(wechat)
    spend = wechat.people.spend_window
    assert refusal(spend, openid) == 45015
    wechat.people.touched(openid)
    for _ in range(3):
        spend(openid)
    assert refusal(spend, openid) == 45047
    clock.now += 60
    assert refusal(spend, openid) == 45015
    wechat.people.wrote(openid)
    clock.now += 48 * 3600 - 1
    for _ in range(20):
        spend(openid)
    assert refusal(spend, openid) == 45047
    clock.now += 1
    assert refusal(spend, openid) == 45015


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"msgtype": "image"}, 40008),
        ({"text": None}, 44004),
        ({"content": ""}, 44004),
        ({"content": "x" * 2049}, 45002),
    ],
)
def test_customer_messages_are_checked(wechat: WeChat, changes, code):
    content = Content(content=changes.get("content", "你好"))
    body = CustomerMessage(
        touser=person(wechat),
        msgtype=changes.get("msgtype", "text"),
        text=changes.get("text", content),
    )
    assert refusal(wechat.messages.send_customer, body) == code


def test_codes_are_single_use_and_end(wechat: WeChat, clock: Turned):
    openid, logins = person(wechat), wechat.logins
    code = logins.code("oauth", openid, "snsapi_base")
    assert refusal(logins.session, code) == 40029  # of another kind
    assert logins.oauth(code)["openid"] == openid
    assert refusal(logins.oauth, code) == 40163
    late = logins.code("mini", openid)
    clock.now += 301
    assert refusal(logins.session, late) == 40029
    assert refusal(logins.phone, "none") == 40029


@pytest.mark.parametrize(
    "field",
    [
        {"thing1": {"value": "长" * 21}},
        {"thing1": {"value": "两\n行"}},
        {"thing1": {"value": ""}},
        {"thing1": {"value": 3}},
        {"thing1": "bare"},
        {},
    ],
)
def test_a_field_that_breaks_its_rule_is_refused(wechat: WeChat, field):
    template = wechat.templates.add("template", "46003", ["订单说明"])
    body = TemplateMessage(touser=person(wechat), template_id=template, data=field)
    assert refusal(wechat.messages.send_template, body) == 47003


def test_a_client_msg_id_is_remembered_for_ten_minutes(wechat: WeChat, clock: Turned):
    template = wechat.templates.add("template", "46003", ["订单说明"])
    body = TemplateMessage(
        touser=person(wechat),
        template_id=template,
        data={"thing1": {"value": "一单"}},
        client_msg_id="m1",
    )
    send = wechat.messages.send_template
    first = send(body)
    clock.now += 599
    assert send(body) == first
    clock.now += 2
    assert send(body) != first


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([{"name": "a", "type": "click", "key": "k"}] * 4, 40016),
        ([{"name": "一个太长的名字", "type": "click", "key": "k"}], 40018),
        ([{"name": "a", "type": "click"}], 40019),
        ([{"name": "a", "type": "view", "url": ""}], 40020),
        ([{"name": "a", "type": "dance"}], 40015),
        ([{"name": "a", "sub_button": [{"name": "b", "type": "click", "key": "k"}] * 6}], 40023),
    ],
)
def test_a_menu_is_checked(wechat: WeChat, buttons, code):
    assert refusal(wechat.menu.put, buttons) == code
    assert refusal(wechat.menu.get) == 46003


def test_its_cipher_is_wechatpys(wechat: WeChat):
    keys = wechat.keys
    ours = Aes(keys.wechat_aes_key, keys.wechat_app_id)
    theirs = WeChatCrypto(keys.wechat_token, keys.wechat_aes_key, keys.wechat_app_id)
    encrypt = ours.encrypt("<xml>寄件</xml>")
    signed = sha1_of(keys.wechat_token, "1", "n", encrypt)
    assert theirs.decrypt_message({"Encrypt": encrypt}, signed, "1", "n") == "<xml>寄件</xml>"
    again = Aes(keys.wechat_aes_key, "wxanother")
    with pytest.raises(ValueError, match="another app"):
        again.decrypt(encrypt)


def test_a_scene_ends(wechat: WeChat, clock: Turned):
    made = wechat.scenes.create("visit:V1", 60)
    assert wechat.scenes.scene_of(made["url"]) == ("visit:V1", made["ticket"])
    assert (wechat.scenes.picture(made["ticket"]) or b"").startswith(b"\x89PNG")
    clock.now += 60
    assert wechat.scenes.scene_of(made["url"]) is None
    assert wechat.scenes.picture(made["ticket"]) is None
    assert refusal(wechat.scenes.create, "", 60) == 40053
    assert refusal(wechat.scenes.create, "x", 31 * 86_400) == 40053
