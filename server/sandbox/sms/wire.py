"""How the vendors' delivery reports look: a JSON array, signed by nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from server.sandbox.bodies import Kind
from server.sandbox.clock import Clock
from server.sandbox.notices import Notice
from server.sandbox.wires import Delivery

BEIJING = timezone(timedelta(hours=8))
HEADERS = {"Content-Type": "application/json; charset=utf-8"}

Written = Callable[[dict[str, Any], float], dict[str, Any]]


class ReportWire:
    """Writes one vendor's reports; `taken` is the member of the answer that must be a number."""

    def __init__(
        self, *, write: Written, taken: str, clock: Clock, draw: Callable[[], str]
    ) -> None:
        self._write = write
        self._taken = taken
        self._clock = clock
        self._draw = draw

    def true(self, notice: Notice) -> Delivery:
        """Write the report as it is."""
        return self._delivery(notice.resource)

    def false(self, notice: Notice, fault: Kind) -> Delivery:
        """Write one of a text that nobody sent, turned round: signed by nobody, like the true."""
        told = notice.resource
        invented = {"serial": self._draw(), "reference": "", "failed": not told["failed"]}
        return self._delivery({**told, **invented})

    def is_taken(self, status: int, body: bytes) -> bool:
        """Want 200 and a number."""
        try:
            told = json.loads(body)
        except ValueError:
            return False
        return status == 200 and isinstance(told, dict) and isinstance(told.get(self._taken), int)

    def _delivery(self, told: dict[str, Any]) -> Delivery:
        raw = json.dumps([self._write(told, self._clock())], ensure_ascii=False).encode()
        return Delivery(body=raw, headers=dict(HEADERS))


def of_aliyun(told: dict[str, Any], now: float) -> dict[str, Any]:
    """Write one report as Aliyun's SmsReport."""
    failed = told["failed"]
    return {
        "phone_number": told["phone"],
        "send_time": _beijing(told["sent_at"]),
        "report_time": _beijing(now),
        "success": not failed,
        "err_code": "MOBILE_NOT_ON_SERVICE" if failed else "DELIVERED",
        "err_msg": "停机、空号" if failed else "用户接收成功",
        "sms_size": "1",
        "biz_id": told["serial"],
        "out_id": told["reference"],
    }


def of_tencent(told: dict[str, Any], now: float) -> dict[str, Any]:
    """Write one report as Tencent's callback."""
    failed = told["failed"]
    return {
        "user_receive_time": _beijing(now),
        "nationcode": "86",
        "mobile": told["phone"],
        "report_status": "FAIL" if failed else "SUCCESS",
        "errmsg": "MK:0001" if failed else "DELIVRD",
        "description": "用户关机" if failed else "用户短信送达成功",
        "sid": told["serial"],
    }


def _beijing(at: float) -> str:
    return f"{datetime.fromtimestamp(at, BEIJING):%Y-%m-%d %H:%M:%S}"
