"""What every path of WeChat Pay shares: checked requests, signed answers, the wallet's errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from tornado.web import HTTPError

from server.sandbox.base import SandboxHandler
from server.sandbox.bodies import Subject
from server.sandbox.errors import Refused
from server.sandbox.keys import SandboxKeys
from server.sandbox.parts import Parts
from server.sandbox.wechatpay.bills import Bills
from server.sandbox.wechatpay.signing import Request, Seals

Wanted = TypeVar("Wanted")

#: The sandbox's refusals in WeChat Pay's words.
VENDOR: dict[str, tuple[int, str]] = {
    "bad_request": (400, "PARAM_ERROR"),
    "bad_notify_url": (400, "PARAM_ERROR"),
    "too_large": (400, "PARAM_ERROR"),
    "order_paid": (400, "ORDERPAID"),
    "order_closed": (400, "ORDER_CLOSED"),
    "no_such_order": (404, "ORDER_NOT_EXIST"),
    "no_such_refund": (404, "RESOURCE_NOT_EXISTS"),
    "no_such_transfer": (404, "NOT_FOUND"),
    "out_trade_no_used": (403, "OUT_TRADE_NO_USED"),
    "out_refund_no_used": (400, "INVALID_REQUEST"),
    "out_bill_no_used": (400, "ALREADY_EXISTS"),
    "not_paid": (400, "INVALID_REQUEST"),
    "too_much": (400, "INVALID_REQUEST"),
    "transfer_settled": (400, "INVALID_REQUEST"),
    "nonce_used": (401, "SIGN_ERROR"),
    "no_such_route": (404, "RESOURCE_NOT_EXISTS"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What this wire's handlers work with besides the sandbox's parts."""

    keys: SandboxKeys
    seals: Seals
    bills: Bills


class WechatPayHandler(SandboxHandler):
    """Serves requests that the merchant signed: to the byte, fresh, each nonce once."""

    def initialize(self, parts: Parts, desk: Desk | None = None) -> None:
        """Receive the collaborators."""
        super().initialize(parts)
        assert desk is not None  # routes() gives it
        self.desk = desk

    def prepare(self) -> None:
        """Check the signature before anything else is looked at.

        Raises:
            Refused: 401 `SIGN_ERROR`, or 413.
        """
        super().prepare()
        now = self.parts.asked_clock()
        request = Request(
            method=str(self.request.method),
            target=str(self.request.uri),
            body=self.request.body,
            authorization=self.request.headers.get("Authorization", ""),
        )
        nonce = self.desk.seals.check(request, now)
        self.parts.store.spend_nonce(f"wechatpay:{nonce}", now)
        kind = self.request.headers.get("Content-Type", "")
        if self.request.body and not kind.startswith("application/json"):
            raise Refused(415, "PARAM_ERROR", "Content-Type 必须是 application/json")

    def check_merchant(self, mchid: str, appid: str | None = None) -> None:
        """Compare what a request says of who it is with who signed it.

        Raises:
            Refused: 400 `APPID_MCHID_NOT_MATCH`.
        """
        keys = self.desk.keys
        if mchid != keys.wechatpay_mchid or appid not in (None, keys.wechat_app_id):
            raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配")

    def may_fail(self, on: Subject) -> None:
        """Fail without effect, if that is armed.

        Raises:
            Refused: 500 `SYSTEM_ERROR`, 429 `FREQUENCY_LIMITED`, 403 `NOT_ENOUGH`.
        """
        if self.parts.faults.use("500", on):
            raise Refused(500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用")
        if self.parts.faults.use("rate_limited", on):
            raise Refused(429, "FREQUENCY_LIMITED", "频率超限")
        if self.parts.faults.use("not_enough", on):
            raise Refused(403, "NOT_ENOUGH", "商户账户余额不足")

    async def answer(self, on: Subject, told: dict[str, Any] | None) -> None:
        """Answer, with the faults that are armed; what was done stays done. None is a 204."""
        self.parts.pages_bell.ring()
        faults = self.parts.faults
        if faults.use("system_error", on):
            raise Refused(500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用")
        if faults.use("timeout", on):
            await self.hang()
            return
        body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
        self.set_status(204 if told is None else 200)
        self._sign(body, rightly=not faults.use("bad_signature", on))
        if faults.use("half_answer", on):
            await self.cut_short(body)
            return
        self.finish(body or None)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a refusal in WeChat Pay's form; what is not signed by the merchant gets none."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        status, code, message = 500, "SYSTEM_ERROR", "a fault of the sandbox, see its log"
        if isinstance(error, Refused):
            status, code = VENDOR.get(error.code, (error.status, error.code))
            message = error.message
        elif isinstance(error, HTTPError):
            status, code, message = status_code, "PARAM_ERROR", error.log_message or "bad request"
        self.set_status(status)
        body = json.dumps({"code": code, "message": message}, ensure_ascii=False).encode()
        if status == 401:
            self.set_header("Content-Type", "application/json; charset=utf-8")
        else:
            self._sign(body)
        self.finish(body or None)

    def _sign(self, body: bytes, *, rightly: bool = True) -> None:
        now, nonce = self.parts.clock(), self.parts.draw()
        headers = self.desk.seals.sign(body, now=now, nonce=nonce, rightly=rightly)
        for name, value in headers.items():
            self.set_header(name, value)
        if body:
            self.set_header("Content-Type", "application/json; charset=utf-8")
        else:
            self.clear_header("Content-Type")
