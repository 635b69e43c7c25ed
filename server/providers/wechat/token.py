"""Secrets that WeChat lends us for two hours, renewed once for all processes.

A value is kept sealed under a key that only holders of the app's secret can make. Whoever finds
none claims the right to renew it; the others wait until it is there. A process that dies while
renewing loses its claim after `CLAIM_SECONDS`.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.domain.errors import ProviderFailed, Unavailable
from server.domain.ids import Draw
from server.providers.wechat.calls import ANSWER_SECONDS, CONNECT_SECONDS
from server.providers.wechat.ports import TokenStore, is_unknown

#: WeChat makes the next token five minutes before the end of one, and both work meanwhile.
EARLY_SECONDS = 300.0

#: Longer than two answers (one by force), so that a claim outlives the renewal it stands for.
CLAIM_SECONDS = 2 * (CONNECT_SECONDS + ANSWER_SECONDS) + 4.0

#: How long somebody else's renewal is waited for, and how often it is looked at. It happens
#: once in two hours; a subscription per process would cost more than these looks.
WAIT_SECONDS = CONNECT_SECONDS + ANSWER_SECONDS + 1.0
LOOK_SECONDS = 0.05

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """A value and how long WeChat says that it lives."""

    value: str = field(repr=False)
    seconds: float


class SealedStore:
    """A `TokenStore` of values that only a holder of the secret can read."""

    def __init__(self, store: TokenStore, secret: str, draw: Draw) -> None:
        derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"lanjian kept secrets")
        self._cipher = AESGCM(derived.derive(secret.encode()))
        self._store = store
        self._draw = draw

    async def get(self, name: str) -> str | None:
        """Give the value; None also when it was sealed by another secret."""
        sealed = await self._store.get(name)
        if sealed is None:
            return None
        try:
            raw = b64decode(sealed, validate=True)
            text = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], name.encode())
            return text.decode()
        except (ValueError, InvalidTag):
            return None

    async def put(self, name: str, value: str, *, seconds: float) -> None:
        """Keep a value, bound to its name."""
        nonce = self._draw(_NONCE_BYTES).encode()  # 60 bits, for some dozen values a day
        sealed = nonce + self._cipher.encrypt(nonce, value.encode(), name.encode())
        await self._store.put(name, b64encode(sealed).decode(), seconds=seconds)

    async def claim(self, name: str, holder: str, *, seconds: float) -> bool:
        """Let one holder renew it."""
        return await self._store.claim(name, holder, seconds=seconds)

    async def release(self, name: str, holder: str) -> None:
        """Give the right to renew back."""
        await self._store.release(name, holder)


class Renewed:
    """One lent value: kept, shared, renewed by one at a time."""

    def __init__(
        self,
        *,
        name: str,
        store: TokenStore,
        fetch: Callable[[str | None], Awaitable[Lent]],
        draw: Draw,
    ) -> None:
        """Take how to fetch it: given the value that was refused, or None when it is too old."""
        self._name = name
        self._store = store
        self._fetch = fetch
        self._draw = draw
        self._renewing = asyncio.Lock()  # one of this process renews, the others wait
        self._tries = 0
        self._failure: Unavailable | None = None  # of the last try

    async def get(self) -> str:
        """Give the value, renewed if need be.

        Raises:
            ProviderFailed: WeChat did not lend one. Unavailable: the store cannot answer.
        """
        kept = await self._store.get(self._name)
        return kept if kept is not None else await self._renew(None)

    async def instead_of(self, refused: str) -> str:
        """Give another value than one that WeChat refused.

        Raises:
            ProviderFailed: WeChat did not lend one. Unavailable: the store cannot answer.
        """
        return await self._renew(refused)

    async def _renew(self, refused: str | None) -> str:
        asked = self._tries
        async with self._renewing:
            if self._failure is not None and self._tries > asked:
                # Those who waited share its end: or a hundred would wait for one after another.
                raise self._failure
            self._failure = None
            try:
                return await self._when_claimed(refused)
            except Unavailable as failure:
                self._failure = _certain(failure)
                raise self._failure from None
            finally:
                self._tries += 1

    async def _when_claimed(self, refused: str | None) -> str:
        loop = asyncio.get_running_loop()
        until = loop.time() + WAIT_SECONDS
        while True:
            kept = await self._store.get(self._name)
            if kept is not None and kept != refused:
                return kept
            holder = self._draw(16)
            if await self._store.claim(self._name, holder, seconds=CLAIM_SECONDS):
                return await self._renew_claimed(refused, holder)
            if loop.time() > until:
                raise ProviderFailed(rule="busy")
            await asyncio.sleep(LOOK_SECONDS)

    async def _renew_claimed(self, refused: str | None, holder: str) -> str:
        try:
            # Whoever had the claim before may have renewed it since we looked.
            kept = await self._store.get(self._name)
            if kept is not None and kept != refused:
                return kept
            lent = await self._fetch(refused)
            await self._store.put(self._name, lent.value, seconds=_kept_seconds(lent.seconds))
            return lent.value
        finally:
            await self._store.release(self._name, holder)


def _certain(failure: Unavailable) -> Unavailable:
    """Say it so that callers know: what they asked for was not done, whatever came of this."""
    if not isinstance(failure, ProviderFailed):
        return Unavailable(part="redis")
    return ProviderFailed(rule="busy") if is_unknown(failure) else failure


def _kept_seconds(lives_seconds: float) -> float:
    """Keep it until five minutes before its end; a remainder of one for half of it."""
    return max(1.0, lives_seconds - EARLY_SECONDS, min(lives_seconds, EARLY_SECONDS) / 2)
