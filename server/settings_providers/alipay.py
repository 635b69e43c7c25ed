"""Alipay's settings: ids, key files, and the certificates that transfers want."""

from __future__ import annotations

from server.providers.alipay.config import (
    AUTHORIZE_URL,
    GATEWAY_URL,
    NOTICE_FRESH_SECONDS,
    AlipayCertificates,
    AlipayConfig,
)
from server.settings_providers.checks import (
    Holds,
    check_url,
    read_pem,
    refuse_play,
    rsa_certificate,
    rsa_private,
    rsa_public,
)
from server.settings_reader import Reader

APP_ID, SELLER_ID = "ALIPAY_APP_ID", "ALIPAY_SELLER_ID"
PRIVATE_KEY_FILE, PUBLIC_KEY_FILE = "ALIPAY_PRIVATE_KEY_FILE", "ALIPAY_PUBLIC_KEY_FILE"
CERTIFICATE_FILES = ("ALIPAY_APP_CERT_FILE", "ALIPAY_CERT_FILE", "ALIPAY_ROOT_CERT_FILE")
AUTHORIZE = "ALIPAY_AUTHORIZE_URL"
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
    urls = {
        GATEWAY: reader.text(GATEWAY, GATEWAY_URL),
        AUTHORIZE: reader.text(AUTHORIZE, AUTHORIZE_URL),
    }
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
    for name, url in urls.items():
        check_url(reader, name, url, sandbox=sandbox, with_path=True)
    if not sandbox:
        refuse_play(reader, urls, urls, PLAY)
        refuse_play(reader, given, (APP_ID, SELLER_ID))
    return AlipayConfig(
        app_id=given[APP_ID],
        seller_id=given[SELLER_ID],
        private_key_pem=read_pem(reader, PRIVATE_KEY_FILE, given[PRIVATE_KEY_FILE], rsa_private),
        alipay_public_key_pem=read_pem(reader, PUBLIC_KEY_FILE, public_file, rsa_public) or None,
        certificates=_certificates(reader, certificate_files),
        gateway_url=urls[GATEWAY],
        authorize_url=urls[AUTHORIZE],
        notice_fresh_seconds=fresh_seconds,
    )


def _certificates(reader: Reader, files: dict[str, str] | None) -> AlipayCertificates | None:
    if files is None:
        return None
    kinds: tuple[Holds, ...] = (rsa_certificate, rsa_certificate, _some_certificate)
    app, alipay, root = (
        read_pem(reader, name, files[name], holds)
        for name, holds in zip(CERTIFICATE_FILES, kinds, strict=True)
    )
    return AlipayCertificates(app=app, alipay=alipay, root=root)


def _some_certificate(pem: bytes) -> bool:
    """Of Alipay's roots some are of curves that not every library reads: the text must do."""
    return b"-----BEGIN CERTIFICATE-----" in pem
