"""What WeChat Pay signs and seals, checked over the bytes that came.

The library checks a decoded and encoded copy, without looking at the time, and fails in a dozen
ways (docs/decisions/0007-wechat-pay-signatures.md): these lines stand before it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from server.domain.errors import BadNotice

TIMESTAMP = re.compile(r"[0-9]{1,12}")
NONCE = re.compile(r"[\x21-\x7e]{1,64}")
ALGORITHM = "WECHATPAY2-SHA256-RSA2048"

#: How far WeChat Pay's clock may be from ours, either way; its own libraries' limit too.
FRESH_SECONDS = 300.0

#: Bytes of the nonce of AES-GCM in its JSON.
GCM_NONCE_BYTES = 12


class WalletKey:
    """WeChat Pay's public key, by which its answers and notices are told from others'."""

    def __init__(self, *, key_id: str, public_pem: str) -> None:
        key = load_pem_public_key(public_pem.encode())
        if not isinstance(key, RSAPublicKey):
            raise ValueError("WeChat Pay's public key is not RSA")
        self._key = key
        self._key_id = key_id

    def check(
        self, headers: Mapping[str, str], raw: bytes, now: datetime, fresh_seconds: float
    ) -> str:
        """Give the nonce of what is rightly signed by this key and fresh.

        The probes that WeChat Pay sends to see whether we look (`WECHATPAY/SIGNTEST/...`) are no
        base64 of a signature, and refused with the rest.

        Raises:
            BadNotice: rule `signature` or `fresh`.
        """
        timestamp = headers.get("Wechatpay-Timestamp", "")
        nonce = headers.get("Wechatpay-Nonce", "")
        if headers.get("Wechatpay-Serial") != self._key_id:
            raise BadNotice(field="Wechatpay-Serial", rule="signature")
        if headers.get("Wechatpay-Signature-Type", ALGORITHM) != ALGORITHM:
            raise BadNotice(field="Wechatpay-Signature-Type", rule="signature")
        if not TIMESTAMP.fullmatch(timestamp) or not NONCE.fullmatch(nonce):
            raise BadNotice(field="Wechatpay-Timestamp", rule="signature")
        message = f"{timestamp}\n{nonce}\n".encode() + raw + b"\n"
        try:
            signature = base64.b64decode(headers.get("Wechatpay-Signature", ""), validate=True)
            self._key.verify(signature, message, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise BadNotice(field="Wechatpay-Signature", rule="signature") from error
        if abs(now.timestamp() - int(timestamp)) > fresh_seconds:
            raise BadNotice(field="Wechatpay-Timestamp", rule="fresh")
        return nonce


def unseal(api_v3_key: str, *, nonce: str, associated: str, ciphertext: str) -> bytes:
    """Open what is sealed with the merchant's API v3 key (AEAD_AES_256_GCM).

    Raises:
        BadNotice: rule `well_formed`: not sealed with this key, or spoilt.
    """
    iv = nonce.encode()
    if len(iv) != GCM_NONCE_BYTES:
        raise BadNotice(field="resource.nonce", rule="well_formed")
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(api_v3_key.encode()).decrypt(iv, sealed, associated.encode())
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise BadNotice(field="resource.ciphertext", rule="well_formed") from error
