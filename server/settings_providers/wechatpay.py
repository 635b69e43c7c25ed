"""WeChat Pay's settings: the merchant, its key file, and WeChat Pay's public key with its id."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from server.providers.wechatpay.config import API_URL, WechatPayConfig
from server.settings_reader import Reader

URL, ACCOUNT = "WECHATPAY_URL", "WECHATPAY_TRANSFER_ACCOUNT"
MCHID, SERIAL, APP_ID = "WECHATPAY_MCHID", "WECHATPAY_SERIAL", "WECHATPAY_APP_ID"
KEY_FILE, API_V3_KEY = "WECHATPAY_PRIVATE_KEY_FILE", "SECRET_WECHATPAY_API_V3_KEY"
PUBLIC_KEY_ID, PUBLIC_KEY_FILE = "WECHATPAY_PUBLIC_KEY_ID", "WECHATPAY_PUBLIC_KEY_FILE"

API_V3_KEY_BYTES = 32
ACCOUNTS = ("BASIC", "OPERATION")

#: The only form of a private key that the library reads.
PKCS8 = "-----BEGIN PRIVATE KEY-----"


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
    _check_url(reader, base_url, sandbox=sandbox)
    if not sandbox:
        _refuse_sandbox(reader, given)
    return WechatPayConfig(
        app_id=given[APP_ID],
        mchid=given[MCHID],
        serial=given[SERIAL],
        private_key_pem=_pem(reader, KEY_FILE, given[KEY_FILE]),
        api_v3_key=given[API_V3_KEY],
        public_key_id=given[PUBLIC_KEY_ID],
        public_key_pem=_pem(reader, PUBLIC_KEY_FILE, given[PUBLIC_KEY_FILE]),
        base_url=base_url,
        transfer_account=account,
    )


def _check_url(reader: Reader, base_url: str, *, sandbox: bool) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in (("https", "http") if sandbox else ("https",)) or not parts.netloc:
        reader.problem(URL, "must begin with https:// and name a host")
    elif parts.path or parts.query or parts.fragment:
        reader.problem(URL, "must end behind the host: the path is signed")


def _refuse_sandbox(reader: Reader, given: dict[str, str]) -> None:
    for name in (MCHID, APP_ID, API_V3_KEY, PUBLIC_KEY_ID):
        if "sandbox" in given[name].lower():
            reader.problem(name, "is the sandbox's")


def _pem(reader: Reader, name: str, file: str) -> str:
    """Read a key file; an empty text when it is not what it should be. Never tells its contents."""
    if not file:
        return ""
    try:
        text = Path(file).read_text("ascii")
    except (OSError, ValueError):
        reader.problem(name, "names a file that cannot be read")
        return ""
    if not _is_right(name, text):
        reader.problem(name, "names a file that is not the PEM it should be")
        return ""
    return text


def _is_right(name: str, pem: str) -> bool:
    try:
        if name == KEY_FILE:
            # Its numbers are tried by the library when the client is made; once is enough.
            own = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
            return isinstance(own, RSAPrivateKey) and pem.strip().startswith(PKCS8)
        return isinstance(load_pem_public_key(pem.encode()), RSAPublicKey)
    except (ValueError, TypeError):
        return False
