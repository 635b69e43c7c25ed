"""Keys between a local site and its sandbox, made once per site.

`providers.json` is the sandbox's half (`server/sandbox/keys.py` reads it), `platform.pem` and
`provider_public.pem` are the platform's. Every id contains `sandbox`, and so do the symmetric
keys that have room for it: production refuses them.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.local.alipay_certificates import alipay_environment

KEYS_FILE = "providers.json"
PLATFORM_PEM = "platform.pem"
PROVIDER_PUBLIC_PEM = "provider_public.pem"

RSA_BITS = 2048


def provider_keys(folder: Path) -> dict[str, str]:
    """Give the sandbox's half of the keys, made at the first call; the files are the owner's."""
    path = folder / KEYS_FILE
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    platform = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    provider = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    _write(folder / PLATFORM_PEM, _private(platform))
    _write(folder / PROVIDER_PUBLIC_PEM, _public(provider))
    made = {
        "platform_public_pem": _public(platform),
        "provider_private_pem": _private(provider),
        "wechat_app_id": "wxsandbox00000001",
        "wechat_app_secret": _draw(32),
        "wechat_original_id": "gh_sandbox000001",
        "wechat_token": _draw(24),
        "wechat_aes_key": secrets.token_hex(32)[:43],
        "mini_app_id": "wxsandbox00000002",
        "mini_app_secret": _draw(32),
        "wechatpay_mchid": "sandbox001",
        "wechatpay_serial": secrets.token_hex(20).upper(),
        "wechatpay_api_v3_key": _draw(32),
        "wechatpay_public_key_id": "PUB_KEY_ID_SANDBOX0000000001",
        "alipay_app_id": "sandbox2021000001",
        "alipay_seller_id": "sandbox2088000001",
        "aliyun_key_id": "LTAIsandbox0000000001",
        "aliyun_key_secret": _draw(30),
        "tencent_secret_id": "AKIDsandbox0000000001",
        "tencent_secret_key": _draw(32),
        "tencent_sdk_app_id": "sandbox1400000001",
    }
    _write(path, json.dumps(made))
    return made


def provider_environment(folder: Path, sandbox_url: str) -> dict[str, str]:
    """Give the settings that point a local server at its sandbox, provider by provider."""
    keys = provider_keys(folder)
    alipay = alipay_environment(folder, keys, folder / PLATFORM_PEM, sandbox_url)
    wechatpay = _wechatpay_environment(folder, keys, sandbox_url)
    return {
        **alipay,
        **_wechat_environment(keys, sandbox_url),
        **wechatpay,
        **sms_environment(keys, sandbox_url),
        **ocr_environment(keys, sandbox_url),
    }


def sms_report_secret(keys: dict[str, str]) -> str:
    """Give the part of the callbacks' path that only the sandbox knows."""
    made = hashlib.sha256(f"reports {keys['aliyun_key_secret']}".encode()).hexdigest()
    return f"sandbox{made[:32]}"


def sms_environment(keys: dict[str, str], sandbox_url: str) -> dict[str, str]:
    """Give both SMS vendors; templates are those that the sandbox has approved."""
    return {
        "LANJIAN_ALIYUN_SMS_URL": f"{sandbox_url}/aliyun",
        "LANJIAN_ALIYUN_SMS_KEY_ID": keys["aliyun_key_id"],
        "LANJIAN_SECRET_ALIYUN_SMS_KEY": keys["aliyun_key_secret"],
        "LANJIAN_ALIYUN_SMS_SIGN_NAME": "揽件",
        "LANJIAN_ALIYUN_SMS_TEMPLATES": "login_code:SMS_460000001,move_code:SMS_460000002,"
        "notice:SMS_460000003,confirm_code:SMS_460000004",
        "LANJIAN_TENCENT_SMS_URL": f"{sandbox_url}/tencent",
        "LANJIAN_TENCENT_SMS_SECRET_ID": keys["tencent_secret_id"],
        "LANJIAN_SECRET_TENCENT_SMS_KEY": keys["tencent_secret_key"],
        "LANJIAN_TENCENT_SMS_APP_ID": keys["tencent_sdk_app_id"],
        "LANJIAN_TENCENT_SMS_SIGN_NAME": "揽件",
        "LANJIAN_TENCENT_SMS_TEMPLATES": "login_code:1460001,move_code:1460002,notice:1460003,"
        "confirm_code:1460004",
        "LANJIAN_SECRET_SMS_REPORTS": sms_report_secret(keys),
    }


def ocr_environment(keys: dict[str, str], sandbox_url: str) -> dict[str, str]:
    """Give Aliyun's recognition; who is asked stays as it is set (`LANJIAN_OCR`)."""
    return {
        "LANJIAN_ALIYUN_OCR_URL": f"{sandbox_url}/aliyun-ocr",
        "LANJIAN_ALIYUN_OCR_KEY_ID": keys["aliyun_key_id"],
        "LANJIAN_SECRET_ALIYUN_OCR_KEY": keys["aliyun_key_secret"],
    }


def _wechatpay_environment(folder: Path, keys: dict[str, str], sandbox_url: str) -> dict[str, str]:
    return {
        "LANJIAN_WECHATPAY_URL": sandbox_url,
        "LANJIAN_WECHATPAY_MCHID": keys["wechatpay_mchid"],
        "LANJIAN_WECHATPAY_APP_ID": keys["wechat_app_id"],
        "LANJIAN_WECHATPAY_SERIAL": keys["wechatpay_serial"],
        "LANJIAN_WECHATPAY_PRIVATE_KEY_FILE": str(folder / PLATFORM_PEM),
        "LANJIAN_SECRET_WECHATPAY_API_V3_KEY": keys["wechatpay_api_v3_key"],
        "LANJIAN_WECHATPAY_PUBLIC_KEY_ID": keys["wechatpay_public_key_id"],
        "LANJIAN_WECHATPAY_PUBLIC_KEY_FILE": str(folder / PROVIDER_PUBLIC_PEM),
    }


def _wechat_environment(keys: dict[str, str], sandbox_url: str) -> dict[str, str]:
    names = ("order_state", "money", "offers", "decision", "payout", "booking")
    short_ids = [f"{name}:{number}" for number, name in enumerate(names, start=46001)]
    return {
        "LANJIAN_WECHAT_API_URL": sandbox_url,
        "LANJIAN_WECHAT_MP_URL": sandbox_url,
        "LANJIAN_WECHAT_OPEN_URL": sandbox_url,
        "LANJIAN_WECHAT_APP_ID": keys["wechat_app_id"],
        "LANJIAN_SECRET_WECHAT_APP": keys["wechat_app_secret"],
        "LANJIAN_WECHAT_ORIGINAL_ID": keys["wechat_original_id"],
        "LANJIAN_SECRET_WECHAT_TOKEN": keys["wechat_token"],
        "LANJIAN_SECRET_WECHAT_AES_KEY": keys["wechat_aes_key"],
        "LANJIAN_WECHAT_TEMPLATES": ",".join(short_ids),  # of the sandbox's library
        "LANJIAN_MINI_APP_ID": keys["mini_app_id"],
        "LANJIAN_SECRET_MINI_APP": keys["mini_app_secret"],
    }


def _draw(length: int) -> str:
    """Draw a key that says where it is from."""
    return ("sandbox" + secrets.token_hex(length))[:length]


def _private(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)
