"""One signed request to Alipay's gateway, bounded in time, with its failures in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest, HTTPResponse

from server.domain.errors import ProviderFailed
from server.providers.alipay.answers import read_answer
from server.providers.alipay.signing import AlipaySigner, SignedRequest

T = TypeVar("T")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 8.0
DOWNLOAD_SECONDS = 60.0

FORM = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}


class AlipayClient:
    """Asks the gateway; knows nothing of what it asks.

    Nothing is ever sent twice by itself: only the caller knows whether that does harm.
    """

    def __init__(
        self,
        *,
        gateway_url: str,
        signer: AlipaySigner,
        clock: Callable[[], datetime],
        http: AsyncHTTPClient,
        answer_seconds: float | None = None,
    ) -> None:
        self._gateway_url = gateway_url
        self._signer = signer
        self._clock = clock
        self._http = http
        self._answer_seconds = ANSWER_SECONDS if answer_seconds is None else answer_seconds

    @property
    def can_transfer(self) -> bool:
        """Tell whether certificates are configured, which Alipay wants for transfers."""
        return self._signer.can_transfer

    async def ask(
        self,
        method: str,
        contents: Mapping[str, Any],
        answer: type[T],
        *,
        notify_url: str | None = None,
    ) -> T:
        """Ask for one thing and decode the answer; fields we do not know are ignored.

        Raises:
            ProviderFailed: rule `no_answer` (it may have happened), `bad_answer` (so it may, when
                the signature does not hold), or Alipay's own sub code when it refused.
        """
        signed = self._signer.request(method, contents, self._clock(), notify_url)
        return _decoded(read_answer(await self._post(signed), method, self._holds), answer)

    async def ask_plainly(self, method: str, parameters: Mapping[str, str], answer: type[T]) -> T:
        """Ask by a method that has no `biz_content`, and whose answer says no code when it is yes.

        Raises:
            ProviderFailed: as `ask`.
        """
        signed = self._signer.plain_request(method, parameters, self._clock())
        raw = await self._post(signed)
        return _decoded(read_answer(raw, method, self._holds, has_code=False), answer)

    @property
    def _holds(self) -> Callable[[str, str], bool]:
        return self._signer.holds_text

    async def _post(self, signed: SignedRequest) -> bytes:
        response = await self._fetch(
            HTTPRequest(
                f"{self._gateway_url}?{signed.query}",
                method="POST",
                headers=FORM,
                body=signed.body,
                connect_timeout=CONNECT_SECONDS,
                request_timeout=self._answer_seconds,
                follow_redirects=False,
            )
        )
        return response.body

    async def download(self, url: str) -> bytes:
        """Fetch what a signed answer pointed at; never from plain http when the gateway is not.

        Raises:
            ProviderFailed: rule `no_answer` or `bad_answer`.
        """
        allowed = ("https://", "http://") if self._gateway_url.startswith("http:") else "https://"
        if not url.startswith(allowed):
            raise ProviderFailed(rule="bad_answer")
        request = HTTPRequest(
            url,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=DOWNLOAD_SECONDS,
            follow_redirects=False,
        )
        return (await self._fetch(request)).body

    async def _fetch(self, request: HTTPRequest) -> HTTPResponse:
        try:
            response = await self._http.fetch(request, raise_error=False)
        except (OSError, HTTPError) as error:
            raise ProviderFailed(rule="no_answer") from error
        except (ValueError, UnicodeError) as error:  # a URL that is none
            raise ProviderFailed(rule="bad_answer") from error
        if response.code >= 500:
            raise ProviderFailed(rule="no_answer", status=response.code)
        if response.code != 200:
            raise ProviderFailed(rule="bad_answer", status=response.code)
        return response


def _decoded(fields: Mapping[str, Any], answer: type[T]) -> T:
    try:
        return msgspec.convert(fields, answer)
    except msgspec.ValidationError as error:
        raise ProviderFailed(rule="bad_answer") from error


def fitting(is_so: bool) -> None:
    """Insist that an answer is about what was asked.

    Raises:
        ProviderFailed: rule `bad_answer`.
    """
    if not is_so:
        raise ProviderFailed(rule="bad_answer")


def read_as(reading: Callable[[str], T], text: str) -> T:
    """Read an amount or a time of an answer.

    Raises:
        ProviderFailed: rule `bad_answer`.
    """
    try:
        return reading(text)
    except ValueError as error:
        raise ProviderFailed(rule="bad_answer") from error
