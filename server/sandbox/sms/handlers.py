"""The routes of the SMS vendors.

POST /aliyun/   SendSms of 2017-05-25, its fields in the query or in a form
POST /tencent/  SendSms of 2021-01-11, JSON

Each vendor's own path is `/` of its own host; here it is that of its folder, and signed as `/`.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from server.sandbox.base import SandboxHandler
from server.sandbox.bodies import SendSms
from server.sandbox.errors import Refused
from server.sandbox.keys import SandboxKeys
from server.sandbox.parts import Parts
from server.sandbox.sms import templates
from server.sandbox.sms.desk import Vendor, deliver, exceeded, spend_nonce
from server.sandbox.sms.signing import BadRequest, Request, check_acs3, check_tc3, fields_of

MAINLAND = re.compile(r"1[3-9]\d{9}")

#: A limit of a number, as each vendor calls it.
ALIYUN_WINDOWS = {"minute": "分钟", "hour": "小时", "day": "天"}
TENCENT_WINDOWS = {"minute": "ThirtySecond", "hour": "OneHour", "day": "Daily"}


def routes(parts: Parts) -> list[tuple[str, type[SandboxHandler], dict[str, Any]]]:
    """Lay out the routes."""
    given = {"parts": parts, "ids": parts.keys}
    return [(r"/aliyun/", AliyunHandler, given), (r"/tencent/", TencentHandler, given)]


class VendorHandler(SandboxHandler):
    """What both vendors share."""

    ids: SandboxKeys
    vendor: Vendor

    def initialize(self, parts: Parts, **given: Any) -> None:
        """Receive the collaborators: `ids` too."""
        super().initialize(parts)
        self.ids = given["ids"]

    def came(self) -> Request:
        """Give the request with its headers' names in small letters."""
        headers = {name.lower(): value for name, value in self.request.headers.items()}
        return Request(query=self.request.query, headers=headers, body=self.request.body)

    def may_fail(self) -> None:
        """Fail without effect, if that is armed.

        Raises:
            Refused: 500.
        """
        if self.parts.faults.use("500", "sms"):
            raise Refused(500, "InternalError", "an armed fault: nothing was done")

    async def answer(self, told: dict[str, Any]) -> None:
        """Answer, or play what is armed: what was done stays done."""
        if self.parts.faults.use("timeout", "sms"):
            await self.hang()
            return
        raw = json.dumps(told, ensure_ascii=False).encode()
        self.set_header("Content-Type", "application/json; charset=utf-8")
        if self.parts.faults.use("half_answer", "sms"):
            await self.cut_short(raw)
            return
        self.finish(raw)


class AliyunHandler(VendorHandler):
    """POST /aliyun/ → {Code, Message, BizId, RequestId}."""

    vendor: Vendor = "aliyun"

    async def post(self) -> None:
        """Check one request, and send the text."""
        self.may_fail()
        request_id = self.parts.draw().upper()
        try:
            told = self._sent(self.came())
        except BadRequest as error:
            self.set_status(error.status)
            told = {"Code": error.code, "Message": error.message}
        await self.answer({**told, "RequestId": request_id})

    def _sent(self, request: Request) -> dict[str, Any]:
        nonce = check_acs3(
            request,
            key_id=self.ids.aliyun_key_id,
            key_secret=self.ids.aliyun_key_secret,
            now=self.parts.clock(),
        )
        if not spend_nonce(self.parts, nonce):
            raise BadRequest("SignatureNonceUsed", "this nonce was used before")
        if request.headers["x-acs-action"] != "SendSms":
            raise BadRequest("InvalidAction.NotFound", "no such API", 404)
        if request.headers["x-acs-version"] != "2017-05-25":
            raise BadRequest("InvalidVersion", "no such version")
        if self.parts.faults.use("rate_limited", "sms"):
            raise BadRequest("Throttling.User", "too many requests", 429)
        fields = _joined(request)
        code, message = self._refusal(fields)
        if code != "OK":
            return {"Code": code, "Message": message}
        text = SendSms(
            phone=fields["PhoneNumbers"],
            text=message,
            template=fields["TemplateCode"],
            params=json.loads(fields["TemplateParam"]),
        )
        reference = fields.get("OutId", "")
        sign = fields["SignName"]
        serial = deliver(self.parts, self.vendor, text, sign=sign, reference=reference)
        if self.parts.faults.use("system_error", "sms"):  # sent, and the vendor does not know it
            return {"Code": "isp.SYSTEM_ERROR", "Message": "系统错误"}
        return {"Code": "OK", "Message": "OK", "BizId": serial}

    def _refusal(self, fields: dict[str, str]) -> tuple[str, str]:
        """Give the business' refusal, or OK and the text."""
        for name in ("PhoneNumbers", "SignName", "TemplateCode"):
            if not fields.get(name):
                raise BadRequest(f"Missing{name}", f"{name} is mandatory for this action.")
        if not MAINLAND.fullmatch(fields["PhoneNumbers"]):
            return "isv.MOBILE_NUMBER_ILLEGAL", "非法手机号"
        if fields["SignName"] != templates.SIGN_NAME:
            return "isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法"
        try:
            text = templates.of_aliyun(fields["TemplateCode"], fields.get("TemplateParam", "{}"))
        except KeyError:
            return "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板"
        except templates.NotFitting:
            return "isv.TEMPLATE_MISSING_PARAMETERS", "模板变量中存在未赋值变量"
        return self._stopped(fields) or ("OK", text)

    def _stopped(self, fields: dict[str, str]) -> tuple[str, str] | None:
        """Give the limit that stops a text which is right in itself, or an armed one."""
        if self.parts.faults.use("not_enough", "sms"):
            return "isv.AMOUNT_NOT_ENOUGH", "账户余额不足"
        if self.parts.faults.use("quota", "sms"):
            return "isv.DAY_LIMIT_CONTROL", "触发日发送限额"
        over = exceeded(self.parts, self.vendor, fields["PhoneNumbers"], fields["SignName"])
        if self.parts.faults.use("minute_quota", "sms"):
            over = ("minute", 1)
        if over is not None:
            window, most = over
            message = f"触发{ALIYUN_WINDOWS[window]}级流控Permits:{most}"
            return "isv.BUSINESS_LIMIT_CONTROL", message
        return None


class _SendSms(msgspec.Struct, frozen=True, rename="pascal"):
    phone_number_set: list[str]
    sms_sdk_app_id: str
    template_id: str
    sign_name: str = ""
    template_param_set: list[str] = []
    session_context: str = ""


class TencentHandler(VendorHandler):
    """POST /tencent/ → {Response: {SendStatusSet, RequestId}}, always HTTP 200."""

    vendor: Vendor = "tencent"

    async def post(self) -> None:
        """Check one request, and send the text."""
        self.may_fail()
        request_id = self.parts.draw()
        try:
            told: dict[str, Any] = {"SendStatusSet": [self._status(self.came())]}
        except BadRequest as error:
            told = {"Error": {"Code": error.code, "Message": error.message}}
        await self.answer({"Response": {**told, "RequestId": request_id}})

    def _status(self, request: Request) -> dict[str, Any]:
        check_tc3(
            request,
            secret_id=self.ids.tencent_secret_id,
            secret_key=self.ids.tencent_secret_key,
            now=self.parts.clock(),
        )
        if request.headers.get("x-tc-action") != "SendSms":
            raise BadRequest("InvalidAction", "no such action")
        if request.headers.get("x-tc-version") != "2021-01-11":
            raise BadRequest("NoSuchVersion", "no such version")
        if self.parts.faults.use("rate_limited", "sms"):
            raise BadRequest("RequestLimitExceeded", "too many requests")
        try:
            body = msgspec.json.decode(request.body, type=_SendSms)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("InvalidParameter", "not the parameters of SendSms") from error
        if body.sms_sdk_app_id != self.ids.tencent_sdk_app_id:
            code = "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
            raise BadRequest(code, "SmsSdkAppId is not this account's")
        if len(body.phone_number_set) != 1:
            raise BadRequest("LimitExceeded.PhoneNumberCountLimit", "one number only")
        return self._one(body, body.phone_number_set[0])

    def _one(self, body: _SendSms, number: str) -> dict[str, Any]:
        phone = number.removeprefix("+86").removeprefix("86")
        code, text = self._refusal(body, phone)
        told = {"PhoneNumber": number, "SessionContext": body.session_context, "IsoCode": "CN"}
        if code != "Ok":
            return {**told, "SerialNo": "", "Fee": 0, "Code": code, "Message": text}
        params: dict[str, str | int] = {
            str(place): value for place, value in enumerate(body.template_param_set, start=1)
        }
        message = SendSms(phone=phone, text=text, template=body.template_id, params=params)
        serial = deliver(self.parts, self.vendor, message, sign=body.sign_name, reference="")
        if self.parts.faults.use("system_error", "sms"):
            raise BadRequest("InternalError.Timeout", "request timeout")
        return {**told, "SerialNo": serial, "Fee": 1, "Code": "Ok", "Message": "send success"}

    def _refusal(self, body: _SendSms, phone: str) -> tuple[str, str]:
        if not MAINLAND.fullmatch(phone):
            return "InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number"
        if body.sign_name != templates.SIGN_NAME:
            return "FailedOperation.SignatureIncorrectOrUnapproved", "signature is not approved"
        try:
            text = templates.of_tencent(body.template_id, body.template_param_set)
        except KeyError:
            return "FailedOperation.TemplateIncorrectOrUnapproved", "template is not approved"
        except templates.NotFitting:
            code = "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
            return code, "the parameters are not the template's"
        return self._stopped(body, phone) or ("Ok", text)

    def _stopped(self, body: _SendSms, phone: str) -> tuple[str, str] | None:
        """Give the limit that stops a text which is right in itself, or an armed one."""
        if self.parts.faults.use("not_enough", "sms"):
            return "FailedOperation.InsufficientBalanceInSmsPackage", "no balance"
        if self.parts.faults.use("quota", "sms"):
            return "LimitExceeded.AppDailyLimit", "the app's daily limit"
        over = exceeded(self.parts, self.vendor, phone, body.sign_name)
        if self.parts.faults.use("minute_quota", "sms"):
            over = ("minute", 1)
        if over is not None:
            return f"LimitExceeded.PhoneNumber{TENCENT_WINDOWS[over[0]]}Limit", "too many"
        return None


def _joined(request: Request) -> dict[str, str]:
    """Join query and form; a field in both is refused."""
    try:
        form = fields_of(request.body.decode("ascii"))
    except UnicodeDecodeError as error:
        raise BadRequest("InvalidParameter", "not a form") from error
    query = fields_of(request.query)
    if form.keys() & query.keys():
        raise BadRequest("InvalidParameter", "a name comes twice")
    return {**query, **form}
