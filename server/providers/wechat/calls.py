"""One HTTP request to WeChat, bounded in time, with its failures in our words.

WeChat wants tokens, secrets and codes in its URLs. So nothing here is logged, no URL gets into
an exception, and redirects are not followed; Tornado's client logs no URL either (a test looks).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest, HTTPResponse

from server.domain.errors import ProviderFailed
from server.providers.wechat.errors import refusal

T = TypeVar("T")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 8.0

#: Codes of log-ins come from browsers; WeChat's own have some 32 characters.
MAX_CODE = 256


class _Verdict(msgspec.Struct, frozen=True):
    errcode: int = 0


class Calls:
    """Asks WeChat; knows nothing of tokens, and repeats nothing."""

    def __init__(self, base_url: str, http: AsyncHTTPClient) -> None:
        """Take where WeChat is, and the client that asks."""
        self._base_url = base_url.rstrip("/")
        self._http = http

    async def get(self, path: str, query: Mapping[str, str], answer: type[T]) -> T:
        """Ask with GET.

        Raises:
            ProviderFailed: see `ports.py`; details carry WeChat's `errcode` where it gave one.
        """
        return _decode(await self._send("GET", path, query, None), answer)

    async def post(
        self, path: str, query: Mapping[str, str], body: Mapping[str, Any], answer: type[T]
    ) -> T:
        """Ask with POST; the body is JSON with its characters as they are.

        Raises:
            ProviderFailed: see `get`.
        """
        return _decode(await self._send("POST", path, query, msgspec.json.encode(body)), answer)

    async def upload(
        self, path: str, query: Mapping[str, str], name: str, jpeg: bytes, answer: type[T]
    ) -> T:
        """Ask with POST; the body is a form with one file.

        Raises:
            ProviderFailed: see `get`.
        """
        boundary = _boundary(jpeg)
        body = (
            f"--{boundary}\r\nContent-Disposition: form-data;"
            f' name="{name}"; filename="{name}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        ).encode() + jpeg
        body += f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return _decode(await self._send("POST", path, query, body, kind), answer)

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes | None,
        kind: str = "application/json",
    ) -> HTTPResponse:
        request = HTTPRequest(
            f"{self._base_url}{path}?{urlencode(query)}",
            method=method,
            headers={} if body is None else {"Content-Type": kind},
            body=body,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=ANSWER_SECONDS,
            follow_redirects=False,
        )
        try:
            response = await self._http.fetch(request, raise_error=False)
        except (OSError, HTTPError):
            raise ProviderFailed(rule="no_answer") from None  # its response holds the URL
        if response.code != 200:
            raise ProviderFailed(rule="no_answer", status=response.code)
        return response


def _boundary(content: bytes) -> str:
    """Give a boundary that the content does not hold."""
    return f"lanjian{sha256(content).hexdigest()}"


def check_code(code: str) -> None:
    """Let what may be a code pass.

    Raises:
        ProviderFailed: rule `code`.
    """
    if not 1 <= len(code) <= MAX_CODE or not code.isascii():
        raise ProviderFailed(rule="code")


def _decode(response: HTTPResponse, answer: type[T]) -> T:
    try:
        verdict = msgspec.json.decode(response.body, type=_Verdict)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderFailed(rule="bad_answer") from None
    if verdict.errcode != 0:
        raise refusal(verdict.errcode)
    try:
        return msgspec.json.decode(response.body, type=answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderFailed(rule="bad_answer") from None
