"""Certificates of Alipay's certificate mode for a local site, issued by the site's sandbox.

Alipay knows certificates by their issuer and serial number, so the sandbox knows these without
being handed them (`server/sandbox/alipay/signing.py` has the same names and numbers).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID

APP_CERT, ALIPAY_CERT, ROOT_CERT = "alipay_app.crt", "alipay.crt", "alipay_root.crt"
APP_SERIAL, ROOT_SERIAL, ALIPAY_SERIAL = 1, 2, 3

#: Valid from long ago, so that a site's turned clock does not matter.
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
LIFE = timedelta(days=50 * 365)


def alipay_environment(
    folder: Path, keys: dict[str, str], private_key_file: Path, sandbox_url: str
) -> dict[str, str]:
    """Give the settings that point a server's Alipay at the sandbox; makes the certificates."""
    _issue(folder, keys)
    return {
        "LANJIAN_ALIPAY_GATEWAY_URL": f"{sandbox_url}/gateway.do",
        "LANJIAN_ALIPAY_AUTHORIZE_URL": f"{sandbox_url}/oauth2/publicAppAuthorize.htm",
        "LANJIAN_ALIPAY_APP_ID": keys["alipay_app_id"],
        "LANJIAN_ALIPAY_SELLER_ID": keys["alipay_seller_id"],
        "LANJIAN_ALIPAY_PRIVATE_KEY_FILE": str(private_key_file),
        "LANJIAN_ALIPAY_APP_CERT_FILE": str(folder / APP_CERT),
        "LANJIAN_ALIPAY_CERT_FILE": str(folder / ALIPAY_CERT),
        "LANJIAN_ALIPAY_ROOT_CERT_FILE": str(folder / ROOT_CERT),
    }


def _issue(folder: Path, keys: dict[str, str]) -> None:
    """Write them anew each time: cheap, and never of keys that are gone."""
    provider = load_pem_private_key(keys["provider_private_pem"].encode(), None)
    platform = load_pem_public_key(keys["platform_public_pem"].encode())
    assert isinstance(provider, RSAPrivateKey)
    assert isinstance(platform, RSAPublicKey)
    own = provider.public_key()
    for name, public, serial, subject in (
        (APP_CERT, platform, APP_SERIAL, "Lanjian sandbox app"),
        (ROOT_CERT, own, ROOT_SERIAL, "Lanjian sandbox root"),
        (ALIPAY_CERT, own, ALIPAY_SERIAL, "Lanjian sandbox gateway"),
    ):
        issued = (
            x509.CertificateBuilder()
            .issuer_name(_name("Lanjian sandbox root"))
            .subject_name(_name(subject))
            .public_key(public)
            .serial_number(serial)
            .not_valid_before(FIRST_DAY)
            .not_valid_after(FIRST_DAY + LIFE)
            .sign(provider, SHA256())
        )
        # In one step: a program that was started before may be reading the one that is there.
        fresh = folder / f"{name}.{os.getpid()}.new"
        fresh.write_bytes(issued.public_bytes(Encoding.PEM))
        fresh.replace(folder / name)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lanjian sandbox"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
