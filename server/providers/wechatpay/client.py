"""The library, pointed at the wallet, bounded in time and size, with every answer checked.

`AsyncWeChatPay` knows the paths and bodies, signs requests, and encrypts names. Two of its
private parts are set here and nowhere else: the base URL, and the HTTP client, so that ours has
our limits, no proxy of the environment's, and looks at each answer before the library does.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import httpx
import msgspec
from wechatpayv3.async_ import AsyncWeChatPay
from wechatpayv3.async_.type import RequestType, WeChatPayType

from server.domain.errors import BadNotice, ProviderFailed
from server.providers.wechatpay.config import WechatPayConfig
from server.providers.wechatpay.crypto import FRESH_SECONDS, WalletKey
from server.providers.wechatpay.errors import failure

T = TypeVar("T")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 8.0
DOWNLOAD_SECONDS = 60.0

MAX_ANSWER_BYTES = 256 * 1024
MAX_DOWNLOAD_BYTES = 64 * 1024 * 1024

#: A bill's file is not signed: its hash is, in the answer that gave its URL.
DOWNLOAD_PATH = "/v3/billdownload/file"

Answered = Awaitable[tuple[int, bytes | str]]


class WechatPayClient:
    """Asks WeChat Pay; one is kept open for the life of the process.

    Nothing is ever sent twice by itself: only the caller knows whether that does harm.
    """

    def __init__(
        self,
        config: WechatPayConfig,
        *,
        clock: Callable[[], datetime],
        answer_seconds: float = ANSWER_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet; `tls` says whom to trust, None: the usual authorities."""
        self.config = config
        self.key = WalletKey(key_id=config.public_key_id, public_pem=config.public_key_pem)
        self._clock = clock
        self._answer_seconds = answer_seconds
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(DOWNLOAD_SECONDS, connect=CONNECT_SECONDS),
            verify=tls or _trusted(config.base_url),
            trust_env=False,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            event_hooks={"response": [self._examine]},
        )
        self.wallet = AsyncWeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=config.mchid,
            private_key=config.private_key_pem,
            cert_serial_no=config.serial,
            appid=config.app_id,
            apiv3_key=config.api_v3_key,
            public_key=config.public_key_pem,
            public_key_id=config.public_key_id,
            logger=None,  # it would write bodies, opened notices and headers in clear text
        )
        self.wallet._core._gate_way = config.base_url
        self.wallet._core._client = self._http

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def done(self, asked: Answered) -> None:
        """Wait until it is answered that it is done.

        Raises:
            ProviderFailed: see `read`.
        """
        await self._answered(asked, self._answer_seconds)

    async def read(self, asked: Answered, answer: type[T]) -> T:
        """Wait for an answer and decode it; fields that we do not know are ignored.

        Raises:
            ProviderFailed: rule `no_answer` (it may have happened), `bad_answer` (so it may: the
                signature does not hold, or it is not what was asked for), or the wallet's own
                code (`errors.py`), when it certainly did not happen.
        """
        body = await self._answered(asked, self._answer_seconds)
        try:
            return msgspec.json.decode(body, type=answer)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ProviderFailed(rule="bad_answer") from error

    async def download(self, url: str) -> bytes:
        """Fetch a file of the wallet's own; its hash is the caller's to check.

        Raises:
            ProviderFailed: see `read`; `bad_answer` for a URL that is not the wallet's.
        """
        if not url.startswith(f"{self.config.base_url}{DOWNLOAD_PATH}?"):
            raise ProviderFailed(rule="bad_answer")
        body = await self._answered(self.wallet.download_bill(url), DOWNLOAD_SECONDS)
        return body.encode() if isinstance(body, str) else body

    async def post_empty(self, path: str) -> tuple[int, bytes | str]:
        """Post to a path that wants no body.

        The library would sign no body and send `null`, which no signature fits. An empty object
        is what both sides then agree on. [MEM] that the wallet takes one where it wants nothing.
        """
        answered: tuple[int, bytes | str] = await self.wallet._core.request(
            path, method=RequestType.POST, data={}, sign_data="{}"
        )
        return answered

    async def _answered(self, asked: Answered, seconds: float) -> bytes | str:
        try:
            async with asyncio.timeout(seconds):
                status, body = await asked
        except (httpx.HTTPError, TimeoutError) as error:
            raise ProviderFailed(rule="no_answer") from error
        if not 200 <= status < 300:
            raise failure(status, body)
        return body

    async def _examine(self, response: httpx.Response) -> None:
        """Read an answer within bounds and check who signed it, before anyone looks at it.

        What says that something did not happen is checked where it is signed; the wallet leaves
        some refusals unsigned (all that say that our own signature is wrong), and its own
        libraries check none: there the connection vouches for it.
        """
        is_file = response.request.url.path == DOWNLOAD_PATH
        most = MAX_DOWNLOAD_BYTES if is_file else MAX_ANSWER_BYTES
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise ProviderFailed(rule="bad_answer")  # a little of it may unpack to very much
        response.stream = _Bounded(response.stream, most)
        raw = await response.aread()
        if is_file or (response.is_error and "Wechatpay-Signature" not in response.headers):
            return
        try:
            raw.decode("utf-8")
            self.key.check(response.headers, raw, self._clock(), FRESH_SECONDS)
        except (BadNotice, UnicodeDecodeError) as error:
            raise ProviderFailed(rule="bad_answer", status=response.status_code) from error
        if (response.charset_encoding or "utf-8").lower() != "utf-8":
            raise ProviderFailed(rule="bad_answer", status=response.status_code)


def _trusted(base_url: str) -> ssl.SSLContext | bool:
    """Trust the usual authorities, or nobody where plain HTTP is spoken: a sandbox's.

    To read the authorities' certificates is half of the work of making a client.
    """
    return base_url.startswith("https:") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Bounded(httpx.AsyncByteStream):
    """A stream that ends with a refusal when it is longer than it may be."""

    def __init__(self, stream: object, most: int) -> None:
        self._stream = stream
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not isinstance(self._stream, httpx.AsyncByteStream):
            raise ProviderFailed(rule="bad_answer")
        async for part in self._stream:
            self._left -= len(part)
            if self._left < 0:
                raise ProviderFailed(rule="bad_answer")
            yield part

    async def aclose(self) -> None:
        """Close what it wraps."""
        if isinstance(self._stream, httpx.AsyncByteStream):
            await self._stream.aclose()
