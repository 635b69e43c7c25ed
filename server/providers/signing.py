"""Signed messages to and from our providers: HMAC-SHA256 over time, nonce and raw body.

X-Signature = hex HMAC-SHA256(key, f"{timestamp}\\n{nonce}\\n{raw body}"); X-Timestamp is unix
seconds. A signature is checked over the bytes that came, before anything reads them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from server.domain.errors import BadNotice

NONCE = re.compile(r"[\x21-\x7e]{8,64}")
TIMESTAMP = re.compile(r"\d{1,12}")
NONCE_LENGTH = 24


def sign(key: bytes, timestamp: int, nonce: str, body: bytes) -> str:
    """Give the signature of one message."""
    return hmac.new(key, f"{timestamp}\n{nonce}\n".encode() + body, hashlib.sha256).hexdigest()


def signed_headers(key: bytes, at: datetime, nonce: str, body: bytes) -> dict[str, str]:
    """Give the headers of one message of ours."""
    timestamp = int(at.timestamp())
    return {
        "X-Timestamp": str(timestamp),
        "X-Nonce": nonce,
        "X-Signature": sign(key, timestamp, nonce, body),
        "Content-Type": "application/json",
    }


def check(
    key: bytes, headers: Mapping[str, str], body: bytes, now: datetime, fresh_seconds: float
) -> str:
    """Give the nonce of a rightly signed, fresh notice; whether it is new is the store's to say.

    Raises:
        BadNotice: rule `signature` or `fresh`.
    """
    timestamp = headers.get("X-Timestamp", "")
    nonce = headers.get("X-Nonce", "")
    signature = headers.get("X-Signature", "")
    if not TIMESTAMP.fullmatch(timestamp) or not NONCE.fullmatch(nonce):
        raise BadNotice(field="X-Signature", rule="signature")
    expected = sign(key, int(timestamp), nonce, body)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise BadNotice(field="X-Signature", rule="signature")
    if abs(now.timestamp() - int(timestamp)) > fresh_seconds:
        raise BadNotice(field="X-Timestamp", rule="fresh")
    return nonce
