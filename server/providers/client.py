"""One signed JSON request to a provider, bounded in time, with its failures in our words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest, HTTPResponse

from server.domain.errors import ProviderFailed
from server.domain.ids import Draw
from server.domain.keys import Secret
from server.providers.signing import NONCE_LENGTH, signed_headers

T = TypeVar("T")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 8.0


class _Refusal(msgspec.Struct, frozen=True):
    code: str = "unknown"


class SignedClient:
    """Asks one provider; knows nothing of what it asks.

    Nothing is ever sent twice by itself: only the caller knows whether that does harm.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: Secret,
        clock: Callable[[], datetime],
        draw: Draw,
        http: AsyncHTTPClient,
    ) -> None:
        self._base_url = base_url
        self._key = key
        self._clock = clock
        self._draw = draw
        self._http = http

    async def post(self, path: str, body: dict[str, Any], answer: type[T]) -> T:
        """Send a body and decode the answer; fields we do not know are ignored.

        Raises:
            ProviderFailed: rule `no_answer` (its effect is unknown), `bad_answer`, or the
                provider's own code when it refused.
        """
        return _decode(await self._send("POST", path, json.dumps(body).encode()), answer)

    async def get(self, path: str, answer: type[T]) -> T:
        """Ask how something stands.

        Raises:
            ProviderFailed: see `post`.
        """
        return _decode(await self._send("GET", path, b""), answer)

    async def _send(self, method: str, path: str, body: bytes) -> HTTPResponse:
        headers = signed_headers(self._key.value, self._clock(), self._draw(NONCE_LENGTH), body)
        request = HTTPRequest(
            self._base_url + path,
            method=method,
            headers=headers,
            body=body if method == "POST" else None,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=ANSWER_SECONDS,
            follow_redirects=False,
        )
        try:
            response = await self._http.fetch(request, raise_error=False)
        except (OSError, HTTPError) as error:
            raise ProviderFailed(rule="no_answer") from error
        if response.code >= 500:
            raise ProviderFailed(rule="no_answer", status=response.code)
        if response.code >= 400:
            raise ProviderFailed(rule=_code_of(response), status=response.code)
        return response


def _decode(response: HTTPResponse, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(response.body, type=answer)
    except msgspec.MsgspecError as error:
        raise ProviderFailed(rule="bad_answer") from error


def _code_of(response: HTTPResponse) -> str:
    try:
        return msgspec.json.decode(response.body, type=_Refusal).code
    except msgspec.MsgspecError:
        return "unknown"
