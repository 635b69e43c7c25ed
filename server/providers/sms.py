"""The SMS provider over HTTP: `POST {url}/sms`, signed over time, nonce and body.

    X-Signature = hex HMAC-SHA256(key, "{X-Timestamp}\\n{X-Nonce}\\n{body}")

This is the sandbox's form; a vendor's own (Aliyun ACS3, Tencent TC3) is another class here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import datetime

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from server.domain.errors import ProviderFailed
from server.domain.ids import Draw
from server.domain.keys import Secret
from server.providers.ports import Sms

log = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0
NONCE_CHARACTERS = 24


class HttpSms:
    """A sender that speaks the sandbox's signed JSON."""

    def __init__(
        self,
        *,
        url: str,
        key: Secret,
        http: AsyncHTTPClient,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        self._url = f"{url}/sms"
        self._key = key
        self._http = http
        self._clock = clock
        self._draw = draw

    async def send(self, message: Sms) -> None:
        """Send one message; never repeated here, since a lost answer may have been a yes.

        Raises:
            ProviderFailed: it was refused, or did not answer in time.
        """
        body = json.dumps(
            {
                "phone": message.phone,
                "text": message.text,
                "template": message.template,
                "params": dict(message.params),
            },
            ensure_ascii=False,
        ).encode()
        request = HTTPRequest(
            self._url,
            method="POST",
            headers=self._headers(body),
            body=body,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=ANSWER_SECONDS,
            follow_redirects=False,
        )
        try:
            await self._http.fetch(request)
        except (HTTPClientError, OSError) as error:
            status = error.code if isinstance(error, HTTPClientError) else 0
            log.warning("SMS provider failed with status %s", status)
            raise ProviderFailed(part="sms") from None

    def _headers(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock().timestamp()))
        nonce = self._draw(NONCE_CHARACTERS)
        signed = f"{timestamp}\n{nonce}\n".encode() + body
        return {
            "Content-Type": "application/json",
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": hmac.new(self._key.value, signed, hashlib.sha256).hexdigest(),
        }
