"""Tencent Cloud's SendSms of 2021-01-11: one mainland number, one approved template."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from tornado.httpclient import AsyncHTTPClient

from server.domain.errors import ProviderFailed
from server.providers.exchange import decoded, post
from server.providers.ports import Sms
from server.providers.sms_vendors import tc3
from server.providers.sms_vendors.config import TencentSmsConfig, Vendor
from server.providers.sms_vendors.refusals import of_tencent

ACTION = "SendSms"


class _Error(msgspec.Struct, frozen=True, rename="pascal"):
    code: str


class _Status(msgspec.Struct, frozen=True, rename="pascal"):
    code: str
    serial_no: str = ""


class _Response(msgspec.Struct, frozen=True, rename="pascal"):
    error: _Error | None = None
    send_status_set: tuple[_Status, ...] = ()


class _Answer(msgspec.Struct, frozen=True, rename="pascal"):
    response: _Response


class TencentSms:
    """Implements `SmsVendor`. Template parameters go by their order in the text."""

    name: Vendor = "tencent"

    def __init__(
        self, *, config: TencentSmsConfig, clock: Callable[[], datetime], http: AsyncHTTPClient
    ) -> None:
        self._config = config
        self._clock = clock
        self._http = http

    async def send(self, message: Sms, reference: str) -> str:
        """Send one text and give its SerialNo; reports know nothing but that.

        Raises:
            ProviderFailed: by the rules of `refusals`.
        """
        template = self._config.templates.get(message.template)
        if template is None:
            raise ProviderFailed(rule="template")
        fields = {
            "PhoneNumberSet": [f"+86{message.phone}"],
            "SmsSdkAppId": self._config.app_id,
            "TemplateId": template,
            "SignName": self._config.sign_name,
            "TemplateParamSet": list(message.params.values()),
            "SessionContext": reference,
        }
        headers, body = self.request(json.dumps(fields).encode())
        response = await post(self._http, f"{self._config.url}/", headers, body)
        answer = decoded(response, _Answer).response
        if answer.error is not None:
            raise _refused(answer.error.code)
        if len(answer.send_status_set) != 1:
            raise ProviderFailed(rule="bad_answer")
        (status,) = answer.send_status_set
        if status.code != "Ok":
            raise _refused(status.code)
        return status.serial_no

    def request(self, body: bytes) -> tuple[dict[str, str], bytes]:
        """Give the headers of a request with this body, signed."""
        timestamp = int(self._clock().timestamp())
        signed = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": urlsplit(self._config.url).netloc,
            "X-TC-Action": ACTION,
        }
        headers = {
            **signed,
            "X-TC-Version": "2021-01-11",
            "X-TC-Timestamp": str(timestamp),
            "X-TC-Region": self._config.region,
            "Authorization": tc3.authorization(
                secret_id=self._config.secret_id,
                secret_key=self._config.secret_key,
                service="sms",
                timestamp=timestamp,
                headers=signed,
                body=body,
            ),
        }
        return headers, body


def _refused(code: str) -> ProviderFailed:
    return ProviderFailed(rule=of_tencent(code), vendor_code=code)
