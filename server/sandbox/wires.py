"""How each provider's notices look on the wire; the queue and its sender are the same for all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from server.sandbox.bodies import Kind
from server.sandbox.clock import Clock
from server.sandbox.notices import Notice
from server.sandbox.signing import FRESH_SECONDS, signed_headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One POST: `query` goes behind the notice's URL, without its question mark."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a provider waits for a receiver's answer, and how often it tries."""

    timeout_seconds: float = 10.0
    max_attempts: int = 20


#: WeChat waits five seconds and tries three times, Aliyun repeats a report three times; the
#: wallets are patient.
PATIENCE = {
    "wechat": Patience(timeout_seconds=5.0, max_attempts=3),
    "aliyun": Patience(timeout_seconds=5.0, max_attempts=4),
    "tencent": Patience(timeout_seconds=5.0, max_attempts=4),
}


class Wire(Protocol):
    """Writes notices as one provider does; each delivery is signed anew."""

    def true(self, notice: Notice) -> Delivery:
        """Write the notice as it is."""

    def false(self, notice: Notice, fault: Kind) -> Delivery:
        """Write it `forged`, with a `wrong_amount`, an `old_timestamp`, or as a `probe`."""

    def is_taken(self, status: int, body: bytes) -> bool:
        """Tell whether the receiver's answer ends the repeating."""


class SignedWire:
    """The JSON of our first sandbox, signed with one shared key."""

    def __init__(self, *, key: bytes, clock: Clock, draw: Callable[[], str]) -> None:
        self._key = key
        self._clock = clock
        self._draw = draw

    def true(self, notice: Notice) -> Delivery:
        """Write the notice as it is."""
        return self._delivery(notice.body())

    def false(self, notice: Notice, fault: Kind) -> Delivery:
        """Write it so that it must be refused."""
        if fault in ("forged", "probe"):
            body = notice.body(notify_id=f"nt{self._draw()}")
            return self._delivery(body, key=b"not the provider's key")
        if fault == "wrong_amount":
            return self._delivery(notice.body(notify_id=f"nt{self._draw()}", amount_off_fen=-1))
        # old_timestamp: a true notice that someone kept
        return self._delivery(notice.body(), age_seconds=2 * FRESH_SECONDS)

    def is_taken(self, status: int, body: bytes) -> bool:
        """Want 200 and {"code": "SUCCESS"}."""
        try:
            told = json.loads(body)
        except ValueError:
            return False
        return status == 200 and isinstance(told, dict) and told.get("code") == "SUCCESS"

    def _delivery(self, body: bytes, *, key: bytes | None = None, age_seconds: int = 0) -> Delivery:
        timestamp = int(self._clock()) - age_seconds
        headers = signed_headers(key or self._key, timestamp, self._draw(), body)
        return Delivery(body=body, headers=headers)
