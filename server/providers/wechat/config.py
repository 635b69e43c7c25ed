"""How the service account and the mini program are reached and known."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

API_URL = "https://api.weixin.qq.com"
MP_URL = "https://mp.weixin.qq.com"
OPEN_URL = "https://open.weixin.qq.com"

AES_KEY_LENGTH = 43

#: `aes` is WeChat's 安全模式, `plain` its 明文模式, `both` its 兼容模式, for the hour of a change.
#: A plain message's signature does not cover its body: whoever saw one query may write another.
CallbackMode = Literal["aes", "plain", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackConfig:
    """What WeChat's messages to us are checked by."""

    app_id: str
    original_id: str  #: the account as `ToUserName` names it: gh_...
    token: str = field(repr=False)
    aes_key: str | None = field(default=None, repr=False)  #: 43 characters; None in mode plain
    mode: CallbackMode = "aes"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppConfig:
    """One app (service account or mini program) and where its servers are."""

    app_id: str
    secret: str = field(repr=False)
    api_url: str = API_URL
    mp_url: str = MP_URL
    open_url: str = OPEN_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatConfig:
    """The service account: the app, its callback, and its templates in WeChat's library."""

    app: AppConfig
    callback: CallbackConfig
    short_ids: Mapping[str, str] = field(default_factory=dict)  #: our template's name → short id
    jssdk_url: str = ""  #: WeChat's script for pages, that its scanner needs; empty: without
    location: bool = False  #: whether a LOCATION event says where a courier on duty is


def aes_bytes(aes_key: str) -> bytes:
    """Decode the console's EncodingAESKey.

    Raises:
        ValueError: not 43 characters of base64.
    """
    try:
        key = b64decode(aes_key + "=", validate=True)
    except ValueError:
        key = b""
    if len(aes_key) != AES_KEY_LENGTH or len(key) != 32:
        raise ValueError(f"must be {AES_KEY_LENGTH} characters of base64")
    return key
