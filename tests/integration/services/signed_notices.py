"""A wallet of the tests: its notices are plain JSON under an HMAC, whatever wallet they stand for.

The services' tests say what a notice does once it was read; how real wallets write theirs is
tried with their own readers.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from server.domain.errors import BadNotice
from server.providers.money_ports import PaymentSeen, RefundSeen, Told, TransferSeen

KINDS = {"payment": PaymentSeen, "refund": RefundSeen, "transfer": TransferSeen}


class _Envelope(msgspec.Struct, frozen=True):
    notify_id: str
    type: str
    resource: dict[str, Any]


def signed_headers(key: bytes, at: datetime, nonce: str, body: bytes) -> dict[str, str]:
    """Give the headers of one notice."""
    timestamp = str(int(at.timestamp()))
    return {
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": _sign(key, timestamp, nonce, body),
        "Content-Type": "application/json",
    }


@dataclass(frozen=True, kw_only=True)
class SignedReader:
    """Implements `NoticeReader`."""

    key: bytes
    fresh_seconds: float = 300.0

    def read(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Told:
        timestamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
        signature = headers.get("X-Signature", "")
        good = timestamp.isdecimal() and len(nonce) >= 8
        if not good or signature != _sign(self.key, timestamp, nonce, raw):
            raise BadNotice(field="X-Signature", rule="signature")
        if abs(now.timestamp() - int(timestamp)) > self.fresh_seconds:
            raise BadNotice(field="X-Timestamp", rule="fresh")
        try:
            told = msgspec.json.decode(raw, type=_Envelope)
            what = msgspec.convert(told.resource, KINDS[told.type])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
            raise BadNotice(field="body", rule="well_formed") from None
        return Told(notify_id=told.notify_id, nonce=nonce, what=what, wallet=None)

    @property
    def taken(self) -> tuple[str, bytes]:
        return "application/json; charset=utf-8", b'{"code":"SUCCESS"}'


def _sign(key: bytes, timestamp: str, nonce: str, body: bytes) -> str:
    return hmac.new(key, f"{timestamp}\n{nonce}\n".encode() + body, hashlib.sha256).hexdigest()
