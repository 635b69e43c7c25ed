"""WeChat Pay's settings: the merchant, its key file, and WeChat Pay's public key with its id."""

from __future__ import annotations

from server.providers.wechatpay.config import API_URL, WechatPayConfig
from server.settings_providers.checks import (
    check_url,
    read_pem,
    refuse_play,
    rsa_private,
    rsa_public,
)
from server.settings_reader import Reader

URL, ACCOUNT = "WECHATPAY_URL", "WECHATPAY_TRANSFER_ACCOUNT"
MCHID, SERIAL, APP_ID = "WECHATPAY_MCHID", "WECHATPAY_SERIAL", "WECHATPAY_APP_ID"
KEY_FILE, API_V3_KEY = "WECHATPAY_PRIVATE_KEY_FILE", "SECRET_WECHATPAY_API_V3_KEY"
PUBLIC_KEY_ID, PUBLIC_KEY_FILE = "WECHATPAY_PUBLIC_KEY_ID", "WECHATPAY_PUBLIC_KEY_FILE"

API_V3_KEY_BYTES = 32
ACCOUNTS = ("BASIC", "OPERATION")

#: The only form of a private key that the library reads.
PKCS8 = b"-----BEGIN PRIVATE KEY-----"


def read(reader: Reader, *, sandbox: bool) -> WechatPayConfig | None:
    """Read WeChat Pay's part, all or nothing; None when it is not configured."""
    base_url = reader.text(URL, API_URL).rstrip("/")
    account = reader.text(ACCOUNT, ACCOUNTS[0])
    given = reader.group(
        *(MCHID, APP_ID, SERIAL, KEY_FILE, API_V3_KEY, PUBLIC_KEY_ID, PUBLIC_KEY_FILE)
    )
    if given is None:
        return None
    if account not in ACCOUNTS:
        reader.problem(ACCOUNT, f"must be {' or '.join(ACCOUNTS)}")
    if given[API_V3_KEY] and len(given[API_V3_KEY].encode()) != API_V3_KEY_BYTES:
        reader.problem(API_V3_KEY, f"must be {API_V3_KEY_BYTES} characters")
    check_url(reader, URL, base_url, sandbox=sandbox, with_path=False)
    if not sandbox:
        refuse_play(reader, given, (MCHID, APP_ID, API_V3_KEY, PUBLIC_KEY_ID))
    return WechatPayConfig(
        app_id=given[APP_ID],
        mchid=given[MCHID],
        serial=given[SERIAL],
        private_key_pem=read_pem(reader, KEY_FILE, given[KEY_FILE], _own_key),
        api_v3_key=given[API_V3_KEY],
        public_key_id=given[PUBLIC_KEY_ID],
        public_key_pem=read_pem(reader, PUBLIC_KEY_FILE, given[PUBLIC_KEY_FILE], rsa_public),
        base_url=base_url,
        transfer_account=account,
    )


def _own_key(pem: bytes) -> bool:
    return rsa_private(pem) and pem.strip().startswith(PKCS8)
