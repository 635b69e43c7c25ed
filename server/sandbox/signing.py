"""Signing and checking of requests and notices: HMAC-SHA256 over time, nonce and raw body.

X-Signature = hex HMAC-SHA256(key, f"{timestamp}\\n{nonce}\\n{raw body}"); X-Timestamp is unix
seconds. The sandbox has its own copy of these few lines on purpose: it stands for another
company's program, and one shared mistake would cancel itself out.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from server.sandbox.errors import Refused

#: How far a request's clock may be from ours, seconds, either way.
FRESH_SECONDS = 300

#: A nonce is remembered for longer than a request with it can be fresh.
NONCE_LIFE_SECONDS = 3 * FRESH_SECONDS

NONCE = re.compile(r"[\x21-\x7e]{8,64}")
TIMESTAMP = re.compile(r"\d{1,12}")


def sign(key: bytes, timestamp: int, nonce: str, body: bytes) -> str:
    """Give the signature of one message."""
    return hmac.new(key, f"{timestamp}\n{nonce}\n".encode() + body, hashlib.sha256).hexdigest()


def signed_headers(key: bytes, timestamp: int, nonce: str, body: bytes) -> dict[str, str]:
    """Give the headers of one signed message."""
    return {
        "X-Timestamp": str(timestamp),
        "X-Nonce": nonce,
        "X-Signature": sign(key, timestamp, nonce, body),
        "Content-Type": "application/json",
    }


def check(key: bytes, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """Give the nonce of a rightly signed, fresh message; whether it is new is the store's to say.

    Raises:
        Refused: 401 `bad_signature` or `stale_timestamp`.
    """
    timestamp = headers.get("X-Timestamp", "")
    nonce = headers.get("X-Nonce", "")
    signature = headers.get("X-Signature", "")
    if not TIMESTAMP.fullmatch(timestamp) or not NONCE.fullmatch(nonce):
        raise Refused(401, "bad_signature", "X-Timestamp or X-Nonce is missing or malformed")
    expected = sign(key, int(timestamp), nonce, body)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Refused(401, "bad_signature", "X-Signature does not fit the body")
    if abs(now - int(timestamp)) > FRESH_SECONDS:
        raise Refused(401, "stale_timestamp", f"more than {FRESH_SECONDS} s from our clock")
    return nonce
