"""Aliyun's SendSms of 2017-05-25: one number, one approved template."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from tornado.httpclient import AsyncHTTPClient

from server.domain.errors import ProviderFailed
from server.domain.ids import Draw
from server.providers import acs3
from server.providers.exchange import decoded, post
from server.providers.ports import Sms
from server.providers.sms_vendors.config import AliyunSmsConfig, Vendor
from server.providers.sms_vendors.refusals import of_aliyun

NONCE_CHARACTERS = 32
FORM = "application/x-www-form-urlencoded"


class _Answer(msgspec.Struct, frozen=True, rename="pascal"):
    code: str
    message: str = ""
    biz_id: str = ""


class AliyunSms:
    """Implements `SmsVendor`."""

    name: Vendor = "aliyun"

    def __init__(
        self,
        *,
        config: AliyunSmsConfig,
        clock: Callable[[], datetime],
        draw: Draw,
        http: AsyncHTTPClient,
    ) -> None:
        self._config = config
        self._clock = clock
        self._draw = draw
        self._http = http

    async def send(self, message: Sms, reference: str) -> str:
        """Send one text and give its BizId; reports repeat `reference` as their out_id.

        Raises:
            ProviderFailed: by the rules of `refusals`.
        """
        template = self._config.templates.get(message.template)
        if template is None:
            raise ProviderFailed(rule="template")
        fields = {
            "PhoneNumbers": message.phone,
            "SignName": self._config.sign_name,
            "TemplateCode": template,
            "TemplateParam": json.dumps(dict(message.params), ensure_ascii=False),
            "OutId": reference,
        }
        url, headers, body = self.request(acs3.encoded(fields))
        answer = decoded(await post(self._http, url, headers, body), _Answer)
        if answer.code != "OK":
            raise ProviderFailed(
                rule=of_aliyun(answer.code, answer.message), vendor_code=answer.code
            )
        return answer.biz_id

    def request(self, fields: str) -> tuple[str, dict[str, str], bytes]:
        """Give URL, headers and body of a request with these encoded fields, signed."""
        query, body = ("", fields.encode()) if self._config.place == "form" else (fields, b"")
        headers = {
            "host": urlsplit(self._config.url).netloc,
            "x-acs-action": "SendSms",
            "x-acs-version": "2017-05-25",
            "x-acs-date": f"{self._clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": self._draw(NONCE_CHARACTERS),
            "x-acs-content-sha256": acs3.digest(body),
        }
        if body:
            headers["content-type"] = FORM
        headers["Authorization"] = acs3.authorization(
            key_id=self._config.key_id,
            key_secret=self._config.key_secret,
            query=query,
            headers=headers,
        )
        return f"{self._config.url}/" + (f"?{query}" if query else ""), headers, body
