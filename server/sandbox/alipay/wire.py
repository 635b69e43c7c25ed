"""How Alipay's notices look: a form whose sorted fields are signed, taken by `success`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from server.sandbox.alipay.signing import Keys, signed_text
from server.sandbox.alipay.texts import beijing, yuan
from server.sandbox.bodies import Kind
from server.sandbox.clock import Clock
from server.sandbox.keys import SandboxKeys
from server.sandbox.notices import Notice
from server.sandbox.wires import Delivery

#: As Alipay's own, with the odd part in its middle.
HEADERS = {"Content-Type": "application/x-www-form-urlencoded; text/html; charset=utf-8"}

#: Alipay repeats a notice for 24 h 22 min; one from before that is nobody's but a thief's.
OLD_SECONDS = 2 * 25 * 3600

STATUS = {"SUCCESS": "TRADE_SUCCESS", "CLOSED": "TRADE_CLOSED"}

Fields = dict[str, str]


class AlipayWire:
    """Writes trade notices; `notify_time` is each delivery's own."""

    def __init__(
        self, *, keys: Keys, ids: SandboxKeys, clock: Clock, draw: Callable[[], str]
    ) -> None:
        self._keys = keys
        self._ids = ids
        self._clock = clock
        self._draw = draw

    def true(self, notice: Notice) -> Delivery:
        """Write the notice as it is."""
        return self._delivery(self._fields(notice))

    def false(self, notice: Notice, fault: Kind) -> Delivery:
        """Write it so that it must be refused."""
        fields = self._fields(notice)
        if fault == "old_timestamp":  # a true notice that someone kept
            fields["notify_time"] = beijing(self._clock() - OLD_SECONDS)
            return self._delivery(fields)
        fields["notify_id"] = self._draw()
        if fault == "wrong_amount":
            fields["total_amount"] = yuan(_total(notice) - 1)
            return self._delivery(fields)
        return self._delivery(fields, sign=self._keys.forge)  # forged; Alipay has no probes

    def is_taken(self, status: int, body: bytes) -> bool:
        """Want 200 and exactly `success`."""
        return status == 200 and body == b"success"

    def _fields(self, notice: Notice) -> Fields:
        resource = notice.resource
        fields = {
            "notify_time": beijing(self._clock()),
            "notify_type": "trade_status_sync",
            "notify_id": notice.notify_id,
            "charset": "utf-8",
            "version": "1.0",
            "app_id": self._ids.alipay_app_id,
            "auth_app_id": self._ids.alipay_app_id,
            "seller_id": self._ids.alipay_seller_id,
            "out_trade_no": resource["out_trade_no"],
            "total_amount": yuan(_total(notice)),
            "gmt_create": beijing(_instant(resource["created_at"])),
        }
        if "subject" in resource:
            fields["subject"] = resource["subject"]
        if resource.get("transaction_id"):
            fields["trade_no"] = resource["transaction_id"]
        return fields | (_refund(notice) if notice.on == "refund" else _payment(notice))

    def _delivery(self, fields: Fields, *, sign: Callable[[str], str] | None = None) -> Delivery:
        signature = (sign or self._keys.sign)(signed_text(fields))
        form = {**fields, "sign_type": "RSA2", "sign": signature}
        return Delivery(body=urlencode(form).encode(), headers=dict(HEADERS))


def _payment(notice: Notice) -> Fields:
    resource = notice.resource
    fields = {"trade_status": STATUS[resource["state"]]}
    if "paid_at" in resource:
        fields["gmt_payment"] = beijing(_instant(resource["paid_at"]))
        fields["receipt_amount"] = yuan(resource["amount_fen"])
    else:
        fields["gmt_close"] = beijing(notice.created_at)
    return fields


def _refund(notice: Notice) -> Fields:
    resource = notice.resource
    whole = resource["refunded_fen"] >= resource["total_fen"]
    return {
        "trade_status": "TRADE_CLOSED" if whole else "TRADE_SUCCESS",
        "out_biz_no": resource["out_refund_no"],
        "refund_fee": yuan(resource["refunded_fen"]),  # of all refunds of the trade so far
        "gmt_refund": beijing(_instant(resource["created_at"])) + ".000",
    }


def _total(notice: Notice) -> int:
    """Give what the trade is about."""
    return int(notice.resource["total_fen" if notice.on == "refund" else "amount_fen"])


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
