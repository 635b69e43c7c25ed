"""Notices as the provider sends them: signed, and wrong in every way that matters."""

import itertools
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tests.integration.services.house import KEY, House
from tests.integration.services.signed_notices import signed_headers

OTHER_KEY = b"x" * 32


@dataclass
class Sent:
    """One notice: the same body may be delivered often, each time newly signed."""

    house: House
    kind: str
    resource: dict[str, Any]
    notify_id: str
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def body(self, **wrong: Any) -> bytes:
        told = {
            "notify_id": self.notify_id,
            "type": self.kind,
            "created_at": self.house.clock().isoformat(),
            "resource": {**self.resource, **wrong},
            "a_newer_field": 1,
        }
        return json.dumps(told).encode()

    async def deliver(
        self,
        *,
        key: bytes = KEY.value,
        age_seconds: float = 0.0,
        body: bytes | None = None,
        nonce: str | None = None,
    ) -> None:
        raw = body if body is not None else self.body()
        nonce = nonce or f"nonce-{self.notify_id}-{next(self.numbers)}"
        at = self.house.clock() - timedelta(seconds=age_seconds)
        headers = signed_headers(key, at, nonce, raw)
        await self.house.provider_notices.receive("wechatpay", headers, raw)


def paid(house: House, payment: str, **fields: Any) -> Sent:
    seen = house.provider.payments[payment]
    resource = {
        "out_trade_no": payment,
        "transaction_id": seen.transaction_id or f"tx{payment}",
        "amount_fen": seen.amount_fen,
        "state": "SUCCESS",
        "paid_at": house.clock().isoformat(),
    }
    return Sent(house, "payment", resource | fields, f"np-{payment}")


def refunded(house: House, refund: str) -> Sent:
    seen = house.provider.refunds[refund]
    resource = {
        "out_refund_no": refund,
        "out_trade_no": house.provider.refunded_payment[refund],
        "amount_fen": seen.amount_fen,
        "state": seen.state,
    }
    return Sent(house, "refund", resource, f"nr-{refund}-{seen.state}")


def standing(house: House, payment: str, state: str) -> Any:
    """Give a payment of the wallet's as it would stand in another state."""
    seen = house.provider.payments[payment]
    return replace(seen, state=state, transaction_id=f"tx{payment}")


def transferred(house: House, transfer: str) -> Sent:
    seen = house.provider.transfers[transfer]
    resource = {
        "out_bill_no": transfer,
        "transfer_bill_no": f"tb{transfer}",
        "amount_fen": seen.amount_fen,
        "state": seen.state,
    }
    return Sent(house, "transfer", resource, f"nt-{transfer}-{seen.state}")
