"""One POST to a vendor, bounded in time, told apart by whether the vendor can have acted on it.

Nothing is ever sent twice by itself, and nothing of a request is ever logged.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPTimeoutError

from server.domain.errors import ProviderFailed

T = TypeVar("T")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 8.0

#: What Tornado says of a request whose time was up before a byte of it was sent.
BEFORE_SENDING = ("while connecting", "in request queue")


async def post(
    http: AsyncHTTPClient, url: str, headers: Mapping[str, str], body: bytes
) -> HTTPResponse:
    """Send it and give the answer, of any status below 500.

    Raises:
        ProviderFailed: rule `not_connected`, nothing was sent; or `no_answer`, something may be.
    """
    request = HTTPRequest(
        url,
        method="POST",
        headers=dict(headers),
        body=body,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=ANSWER_SECONDS,
        follow_redirects=False,
    )
    try:
        response = await http.fetch(request, raise_error=False)
    except (OSError, HTTPError) as error:
        raise ProviderFailed(rule="not_connected" if _is_unsent(error) else "no_answer") from error
    if response.code >= 500:
        raise ProviderFailed(rule="no_answer", status=response.code)
    return response


def decoded(response: HTTPResponse, answer: type[T]) -> T:
    """Read an answer; fields that we do not know are ignored.

    Raises:
        ProviderFailed: rule `bad_answer`.
    """
    try:
        return msgspec.json.decode(response.body, type=answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProviderFailed(rule="bad_answer", status=response.code) from error


def _is_unsent(error: Exception) -> bool:
    if isinstance(error, HTTPTimeoutError):
        return any(words in str(error) for words in BEFORE_SENDING)
    unsent = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
    return isinstance(error, unsent)
