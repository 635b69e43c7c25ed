"""How each provider's notices look on the wire; the queue and its sender are the same for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from server.sandbox.bodies import Kind
from server.sandbox.notices import Notice


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
