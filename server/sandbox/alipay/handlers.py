"""The gateway's routes, and the bills that it points at; people's are in phone_handlers.py.

POST or GET /gateway.do
    public parameters in the URL or the form, `biz_content` in either; the answer is
    {"<method>_response": {...}, "sign": "..."}, always HTTP 200
GET /alipay/bills/{trade|signcustomer}/{day}/{expires}/{sign}
    the zip of one day, for 30 s after it was asked for
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from server.sandbox.alipay import phone_handlers as phone
from server.sandbox.alipay.bills import Bills
from server.sandbox.alipay.funds import Funds
from server.sandbox.alipay.people import people_of
from server.sandbox.alipay.requests import (
    GatewayError,
    GatewayRequest,
    check,
    fields_of,
    refused,
)
from server.sandbox.alipay.signing import ALIPAY_SERIAL, Keys, certificate_sn
from server.sandbox.alipay.texts import beijing
from server.sandbox.alipay.trades import Trades
from server.sandbox.base import SandboxHandler
from server.sandbox.bodies import Subject
from server.sandbox.errors import Refused
from server.sandbox.keys import SandboxKeys
from server.sandbox.parts import Parts

Fields = dict[str, Any]

#: How long the address of a bill works.
BILL_SECONDS = 30

MESSAGES = {"40001": "Missing Required Arguments", "40002": "Invalid Arguments"}
MESSAGES |= {"40004": "Business Failed", "40006": "Insufficient Permissions"}
MESSAGES |= {"20000": "Service Currently Unavailable", "40005": "Call Limited"}

#: Whose refusals come as `error_response`: the OAuth method has no codes of business.
TOKEN = "alipay_system_oauth_token_response"

#: How an account of ours that has too little is told.
NOT_ENOUGH: dict[Subject, str] = {
    "refund": "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    "transfer": "BALANCE_IS_NOT_ENOUGH",
}


class Method(NamedTuple):
    """What answers a method, and whose faults it has."""

    on: Subject
    answer: Callable[[GatewayRequest], Fields]
    has_faults: bool = True  #: looks have none
    has_code: bool = True  #: a yes says 10000


def routes(parts: Parts) -> list[tuple[str, type[SandboxHandler], dict[str, Any]]]:
    """Lay out the routes."""
    given = {"parts": parts, "ids": parts.keys, "keys": Keys(parts.keys)}
    return [
        (r"/gateway\.do", GatewayHandler, given),
        (
            r"/alipay/bills/(trade|signcustomer)/(\d{4}-\d\d-\d\d)/(\d{1,12})/([0-9a-f]{64})",
            BillFileHandler,
            given,
        ),
        (r"/alipay/people", phone.PeopleRoute, {"parts": parts}),
        (r"/oauth2/publicAppAuthorize\.htm", phone.AuthorizeRoute, {"parts": parts}),
    ]


class AlipayHandler(SandboxHandler):
    """What both routes work with."""

    ids: SandboxKeys
    keys: Keys

    def initialize(self, parts: Parts, **given: Any) -> None:
        """Receive the collaborators: `ids` and `keys` too."""
        super().initialize(parts)
        self.ids, self.keys = given["ids"], given["keys"]

    def ticket(self, kind: str, day: str, expires: int) -> str:
        """Sign the address of one bill."""
        signed = f"{kind} {day} {expires}".encode()
        return hmac.new(self.keys.of_addresses, signed, sha256).hexdigest()


class GatewayHandler(AlipayHandler):
    """POST or GET /gateway.do."""

    async def get(self) -> None:
        """Answer a request whose parameters are all in the URL."""
        await self.post()

    async def post(self) -> None:
        """Check one request, do it, and sign what came of it."""
        fields: dict[str, str] = {}
        told: Fields = {}
        on: Subject | None = None
        is_signed = True
        try:
            fields = fields_of(self.request.query, self.request.body)
            now = self.parts.clock()
            request = check(fields, keys=self.keys, app_id=self.ids.alipay_app_id, now=now)
            method = self._method(request)
            on = method.on if method.has_faults else None
            if on is not None:
                self._may_refuse(on)
            told = method.answer(request)
            if method.has_code:
                told = {"code": "10000", "msg": "Success", **told}
        except GatewayError as error:
            told, is_signed = _refusal(error), error.is_signed
        await self._answer(fields, told, on, is_signed=is_signed)

    def _may_refuse(self, on: Subject) -> None:
        """Refuse without effect, if that is armed."""
        uses = self.parts.faults.use
        if uses("500", on):
            raise Refused(500, "system_error", "an armed fault: nothing was done")
        if uses("rate_limited", on):
            raise GatewayError("40005", "isv.app-call-limited")
        if on in NOT_ENOUGH and uses("not_enough", on):
            raise refused(NOT_ENOUGH[on])

    async def _answer(
        self,
        fields: dict[str, str],
        told: Fields,
        on: Subject | None,
        *,
        is_signed: bool,
    ) -> None:
        self.parts.pages_bell.ring()
        uses = self.parts.faults.use
        if on is not None and uses("timeout", on):
            await self.hang()
            return
        if on is not None and uses("system_error", on):
            told = _refusal(GatewayError("20000", "isp.unknow-error"))
        inner = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        is_forged = on is not None and uses("bad_signature", on)
        sign = self.keys.forge if is_forged else self.keys.sign
        name = "error_response" if _name(fields) == TOKEN and "code" in told else _name(fields)
        text = f'{{"{name}":{inner}'
        if is_signed:
            if "app_cert_sn" in fields:
                text += f',"alipay_cert_sn":"{certificate_sn(ALIPAY_SERIAL)}"'
            text += f',"sign":{json.dumps(sign(inner))}'
        raw = (text + "}").encode()
        self.set_header("Content-Type", "text/html;charset=utf-8")
        if on is not None and uses("half_answer", on):
            await self._send_half(raw)
            return
        self.finish(raw)

    async def _send_half(self, raw: bytes) -> None:
        """Promise all, send half, hang up."""
        self.set_header("Content-Length", str(len(raw)))
        self.write(raw[: len(raw) // 2])
        await self.flush()
        self.detach().close()

    def _method(self, request: GatewayRequest) -> Method:
        trades, funds = Trades(self.parts), Funds(self.parts)
        methods = {
            "alipay.trade.precreate": Method("payment", trades.precreate),
            "alipay.trade.close": Method("payment", trades.close),
            "alipay.trade.query": Method("payment", trades.query, has_faults=False),
            "alipay.trade.refund": Method("refund", trades.refund),
            "alipay.trade.fastpay.refund.query": Method(
                "refund", trades.refund_query, has_faults=False
            ),
            "alipay.fund.trans.uni.transfer": Method("transfer", funds.transfer),
            "alipay.fund.trans.common.query": Method("transfer", funds.query, has_faults=False),
            "alipay.data.dataservice.bill.downloadurl.query": Method("statement", self._bill_url),
            "alipay.system.oauth.token": Method(
                "payment", people_of(self.parts).token, has_faults=False, has_code=False
            ),
        }
        if request.method not in methods:
            raise GatewayError("40002", "isv.invalid-method")
        return methods[request.method]

    def _bill_url(self, request: GatewayRequest) -> Fields:
        """alipay.data.dataservice.bill.downloadurl.query → {bill_download_url}."""
        kind, day = request.text("bill_type"), request.text("bill_date")
        if kind not in ("trade", "signcustomer"):
            raise refused("isp.bill_type_not_support")
        try:
            wanted = date.fromisoformat(day)
        except ValueError:
            raise refused("isp.bill_date_error") from None
        today = date.fromisoformat(beijing(self.parts.clock())[:10])
        early = wanted >= today and not self.parts.settings.early_statements
        if early or self.parts.faults.use("not_ready", "statement"):
            raise refused("isp.bill_not_exist")
        expires = int(self.parts.clock()) + BILL_SECONDS
        base = f"{self.request.protocol}://{self.request.host}"
        ticket = self.ticket(kind, day, expires)
        return {"bill_download_url": f"{base}/alipay/bills/{kind}/{day}/{expires}/{ticket}"}


class BillFileHandler(AlipayHandler):
    """GET /alipay/bills/...: one zip."""

    def get(self, kind: str, day: str, expires: str, ticket: str) -> None:
        """Send it while its address works."""
        right = self.ticket(kind, day, int(expires))
        if not hmac.compare_digest(right, ticket) or int(expires) < self.parts.clock():
            raise Refused(403, "bill_url_expired", "ask for the bill's address again")
        bills = Bills(
            store=self.parts.store, faults=self.parts.faults, seller_id=self.ids.alipay_seller_id
        )
        write = {"trade": bills.trade, "signcustomer": bills.account}[kind]
        self.set_header("Content-Type", "application/zip")
        file = write(date.fromisoformat(day))
        if self.parts.faults.use("half_file", "statement"):
            file = file[: len(file) // 2]
        self.finish(file)


def _refusal(error: GatewayError) -> Fields:
    told = {"code": error.code, "msg": MESSAGES[error.code], "sub_code": error.sub_code}
    return {**told, "sub_msg": error.sub_msg or error.sub_code}


def _name(fields: dict[str, str]) -> str:
    """Name the answer's member; a method that could break out of its quotes names none."""
    method = fields.get("method", "")
    if not method.replace(".", "").replace("_", "").isalnum() or not method.isascii():
        return "error_response"
    return method.replace(".", "_") + "_response"
