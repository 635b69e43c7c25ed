"""The sandbox's half of every key: what the real providers would have of us, and their own.

One JSON file, written by whoever starts a site (`server/local/provider_keys.py`). Every id in it
begins with, or contains, `sandbox`, so that production can refuse it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxKeys:
    """Ids and keys; PEM texts are RSA keys of 2048 bits."""

    platform_public_pem: str  #: checks what the platform signs (as merchant, as Alipay app)
    provider_private_pem: str = field(repr=False)  #: signs answers and notices
    wechat_app_id: str
    wechat_app_secret: str = field(repr=False)
    wechat_original_id: str  #: `ToUserName` of the service account, gh_...
    wechat_token: str = field(repr=False)
    wechat_aes_key: str = field(repr=False)  #: 43 characters
    mini_app_id: str
    mini_app_secret: str = field(repr=False)
    wechatpay_mchid: str
    wechatpay_serial: str  #: of the merchant's certificate, 40 hex digits
    wechatpay_api_v3_key: str = field(repr=False)  #: 32 characters
    wechatpay_public_key_id: str  #: PUB_KEY_ID_...
    alipay_app_id: str
    alipay_seller_id: str
    aliyun_key_id: str
    aliyun_key_secret: str = field(repr=False)
    tencent_secret_id: str
    tencent_secret_key: str = field(repr=False)
    tencent_sdk_app_id: str


def load(path: Path) -> SandboxKeys:
    """Read the file; names that we do not know are left.

    Raises:
        OSError: it cannot be read. ValueError: it is not JSON. KeyError: a name is missing.
    """
    told = json.loads(path.read_text())
    return SandboxKeys(**{one.name: str(told[one.name]) for one in fields(SandboxKeys)})
