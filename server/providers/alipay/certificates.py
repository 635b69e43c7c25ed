"""How certificate mode names certificates: MD5 of the issuer's name and the serial number.

The text that is hashed is `CN=...,OU=...,O=...,C=...` of the issuer, then the serial number in
decimal; of the roots only those signed with RSA count, joined by `_` (source: DCAliPay of
python-alipay-sdk, whose results the tests compare with these).
"""

from __future__ import annotations

import hashlib
import re

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

#: PKCS #1's signatures: rsaEncryption, MD2, MD5, SHA-1, SHA-256, SHA-384, SHA-512 with RSA.
_RSA_SIGNATURES = frozenset(f"1.2.840.113549.1.1.{kind}" for kind in (1, 2, 4, 5, 11, 12, 13))

_NAMES = (
    ("CN", NameOID.COMMON_NAME),
    ("OU", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("O", NameOID.ORGANIZATION_NAME),
    ("C", NameOID.COUNTRY_NAME),
)


def certificate_sn(pem: str) -> str:
    """Name one certificate.

    Raises:
        ValueError: it cannot be read.
    """
    return _sn(x509.load_pem_x509_certificate(pem.encode()))


def root_certificates_sn(pem: str) -> str:
    """Name the roots of one file.

    Raises:
        ValueError: none of them is signed with RSA.
    """
    names = []
    for text in _PEM.findall(pem):
        try:
            root = x509.load_pem_x509_certificate(text.encode())
        except ValueError:
            continue  # of a kind that is not read here, and so of no RSA
        if root.signature_algorithm_oid.dotted_string in _RSA_SIGNATURES:
            names.append(_sn(root))
    if not names:
        raise ValueError("no root certificate that is signed with RSA")
    return "_".join(names)


def certificate_key(pem: str) -> str:
    """Give the public key of a certificate as PEM.

    Raises:
        ValueError: it cannot be read.
    """
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _sn(certificate: x509.Certificate) -> str:
    parts = []
    for short, oid in _NAMES:
        found = certificate.issuer.get_attributes_for_oid(oid)
        parts.append(f"{short}={_text(found[0].value) if found else None}")
    text = ",".join(parts) + str(certificate.serial_number)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
