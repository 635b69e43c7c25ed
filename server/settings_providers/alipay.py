"""Alipay's settings: ids, key files, and the certificates that transfers want."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from server.providers.alipay.config import (
    GATEWAY_URL,
    NOTICE_FRESH_SECONDS,
    AlipayCertificates,
    AlipayConfig,
)
from server.settings_reader import Reader

APP_ID, SELLER_ID = "ALIPAY_APP_ID", "ALIPAY_SELLER_ID"
PRIVATE_KEY_FILE, PUBLIC_KEY_FILE = "ALIPAY_PRIVATE_KEY_FILE", "ALIPAY_PUBLIC_KEY_FILE"
CERTIFICATE_FILES = ("ALIPAY_APP_CERT_FILE", "ALIPAY_CERT_FILE", "ALIPAY_ROOT_CERT_FILE")
GATEWAY, FRESH = "ALIPAY_GATEWAY_URL", "ALIPAY_NOTICE_FRESH_SECONDS"

#: What is in the names of hosts where money is play: ours, and Alipay's own.
PLAY = ("sandbox", "alipaydev")

#: A notice may not be fresh for longer than it is remembered (30 days), or it works twice.
MOST_FRESH_SECONDS = 7 * 24 * 3600.0


def read(reader: Reader, *, sandbox: bool) -> AlipayConfig | None:
    """Read Alipay's part; None when it is not configured.

    Either `ALIPAY_PUBLIC_KEY_FILE` is given, for customers' payments alone, or the three
    certificate files are, for payments and transfers.
    """
    gateway_url = reader.text(GATEWAY, GATEWAY_URL)
    fresh_seconds = reader.number(FRESH, NOTICE_FRESH_SECONDS)
    if fresh_seconds > MOST_FRESH_SECONDS:
        reader.problem(FRESH, f"must be at most {MOST_FRESH_SECONDS:.0f}")
    public_file = reader.text(PUBLIC_KEY_FILE, "")
    certificate_files = reader.group(*CERTIFICATE_FILES)
    given = reader.group(APP_ID, SELLER_ID, PRIVATE_KEY_FILE)
    if given is None:
        if public_file or certificate_files:
            reader.problem(APP_ID, "is required when Alipay's keys are given")
        return None
    if bool(public_file) == bool(certificate_files):
        reader.problem(
            PUBLIC_KEY_FILE, f"or LANJIAN_{CERTIFICATE_FILES[0]} and its like, one of the two"
        )
    _check(reader, gateway_url, given, sandbox=sandbox)
    return AlipayConfig(
        app_id=given[APP_ID],
        seller_id=given[SELLER_ID],
        private_key_pem=_pem(reader, PRIVATE_KEY_FILE, given[PRIVATE_KEY_FILE]),
        alipay_public_key_pem=_pem(reader, PUBLIC_KEY_FILE, public_file) or None,
        certificates=_certificates(reader, certificate_files),
        gateway_url=gateway_url,
        notice_fresh_seconds=fresh_seconds,
    )


def _check(reader: Reader, gateway_url: str, given: dict[str, str], *, sandbox: bool) -> None:
    parts = urlsplit(gateway_url)
    if parts.scheme not in (("https", "http") if sandbox else ("https",)) or not parts.netloc:
        reader.problem(GATEWAY, "must begin with https:// and name a host")
    elif parts.query or parts.fragment:
        reader.problem(GATEWAY, "must end with its path")
    if sandbox:
        return
    if any(word in gateway_url.lower() for word in PLAY):
        reader.problem(GATEWAY, "is the sandbox's")
    for name in (APP_ID, SELLER_ID):
        if "sandbox" in given[name].lower():
            reader.problem(name, "is the sandbox's")


def _certificates(reader: Reader, files: dict[str, str] | None) -> AlipayCertificates | None:
    if files is None:
        return None
    app, alipay, root = (_pem(reader, name, files[name]) for name in CERTIFICATE_FILES)
    return AlipayCertificates(app=app, alipay=alipay, root=root)


def _pem(reader: Reader, name: str, file: str) -> str:
    """Read a key or certificate file; an empty text when it is not given or not what it should be.

    Never tells what is in it.
    """
    if not file:
        return ""
    try:
        text = Path(file).read_text("ascii")
    except (OSError, ValueError):
        reader.problem(name, "names a file that cannot be read")
        return ""
    if not _is_right(name, text.encode()):
        reader.problem(name, "names a file that is not the PEM it should be")
        return ""
    return text


def _is_right(name: str, pem: bytes) -> bool:
    try:
        if name == PRIVATE_KEY_FILE:
            # Its numbers are tried by the library when the signer is made; once is enough.
            own = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
            return isinstance(own, RSAPrivateKey)
        if name == PUBLIC_KEY_FILE:
            return isinstance(load_pem_public_key(pem), RSAPublicKey)
        # Of Alipay's roots some are of curves that not every library reads: the text must do.
        if name == "ALIPAY_ROOT_CERT_FILE":
            return b"-----BEGIN CERTIFICATE-----" in pem
        return isinstance(x509.load_pem_x509_certificate(pem).public_key(), RSAPublicKey)
    except (ValueError, TypeError):
        return False
