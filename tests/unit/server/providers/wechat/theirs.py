"""WeChat's side of the callback, by wechatpy's own code."""

from __future__ import annotations

import hashlib
from datetime import datetime

import xmltodict
from wechatpy.crypto import WeChatCrypto

from server.providers.wechat.config import CallbackConfig
from tests.builders import NOON

TOKEN = "sandboxtoken"
AES_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"  # of wechatpy's own tests
APP_ID = "wxsandbox00000001"
ACCOUNT = "gh_sandbox000001"
OPENID = "oSandbox0000000000000000001"
NONCE = "461056294"


def draw(count: int) -> str:
    return "1234567890123456"[:count]


def config(mode: str = "both", **changes) -> CallbackConfig:
    given = {"app_id": APP_ID, "original_id": ACCOUNT, "token": TOKEN, "aes_key": AES_KEY}
    return CallbackConfig(**{**given, "mode": mode, **changes})


def signature(*signed: str) -> str:
    return hashlib.sha1("".join(sorted(signed)).encode()).hexdigest()


def xml(inner: str, *, account: str = ACCOUNT, openid: str = OPENID, at: int | None = None) -> str:
    created = int(NOON.timestamp()) if at is None else at
    return (
        f"<xml><ToUserName><![CDATA[{account}]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{created}</CreateTime>{inner}</xml>"
    )


def event(name: str, inner: str = "", **more) -> str:
    return xml(
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event>{inner}", **more
    )


def plain(text: str, *, now: datetime = NOON, nonce: str = NONCE) -> tuple[dict, bytes]:
    """Deliver in plain mode."""
    stamp = str(int(now.timestamp()))
    query = {"timestamp": stamp, "nonce": nonce, "signature": signature(TOKEN, stamp, nonce)}
    return query, text.encode()


def aes(text: str, *, now: datetime = NOON, app_id: str = APP_ID) -> tuple[dict, bytes]:
    """Deliver in AES mode, encrypted by wechatpy."""
    stamp = str(int(now.timestamp()))
    body = WeChatCrypto(TOKEN, AES_KEY, app_id).encrypt_message(text, NONCE, stamp)
    given = xmltodict.parse(body)["xml"]["MsgSignature"]
    query, _ = plain("", now=now)
    return {**query, "encrypt_type": "aes", "msg_signature": given}, body.encode()


def opened(raw: bytes) -> dict:
    """Decrypt a reply of ours as WeChat would."""
    outer = xmltodict.parse(raw.decode())["xml"]
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    text = crypto.decrypt_message(raw, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
    return xmltodict.parse(text)["xml"]
