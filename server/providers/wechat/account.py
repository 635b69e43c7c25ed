"""One app's calls that need its access token: lent, shared, and renewed once when refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from tornado.httpclient import AsyncHTTPClient

from server.domain.errors import ProviderFailed
from server.domain.ids import Draw
from server.providers.wechat.calls import Calls
from server.providers.wechat.config import AppConfig
from server.providers.wechat.errors import TOKEN_REFUSED
from server.providers.wechat.ports import TokenStore
from server.providers.wechat.token import Lent, Renewed, SealedStore

T = TypeVar("T")

#: WeChat lets a token be renewed by force 20 times a day, and not twice within 30 seconds: so
#: seldom that no day's ration is ever used up.
FORCED_EVERY_SECONDS = 4500.0


class StableToken(msgspec.Struct, frozen=True):
    """The answer of `stable_token`."""

    access_token: str
    expires_in: int


class Account:
    """Calls with a token. A call that a token's refusal stopped is made once more, never again."""

    def __init__(
        self, config: AppConfig, *, store: TokenStore, http: AsyncHTTPClient, draw: Draw
    ) -> None:
        """Take the app, where all processes keep its token, and who asks."""
        self._config = config
        self.store = SealedStore(store, config.secret, draw)
        self.plain = Calls(config.api_url, http)  #: for calls without a token
        self._draw = draw
        self._token = self.renewed("token", self._fetch_token)

    def renewed(self, what: str, fetch: Any) -> Renewed:
        """Make a value that this app's processes share."""
        name = f"wechat.{self._config.app_id}.{what}"
        return Renewed(name=name, store=self.store, fetch=fetch, draw=self._draw)

    async def get(self, path: str, query: Mapping[str, str], answer: type[T]) -> T:
        """Ask with GET.

        Raises:
            ProviderFailed: see `ports.py`. Unavailable: the token's store cannot answer.
        """
        token = await self._token.get()
        try:
            return await self.plain.get(path, {"access_token": token, **query}, answer)
        except ProviderFailed as failure:
            token = await self._another(token, failure)
        return await self.plain.get(path, {"access_token": token, **query}, answer)

    async def post(self, path: str, body: Mapping[str, Any], answer: type[T]) -> T:
        """Ask with POST.

        Raises:
            ProviderFailed: see `get`.
        """
        token = await self._token.get()
        try:
            return await self.plain.post(path, {"access_token": token}, body, answer)
        except ProviderFailed as failure:
            token = await self._another(token, failure)
        return await self.plain.post(path, {"access_token": token}, body, answer)

    async def upload(self, path: str, name: str, jpeg: bytes, answer: type[T]) -> T:
        """Ask with POST, sending one picture as the form's field `name`.

        Raises:
            ProviderFailed: see `get`.
        """
        token = await self._token.get()
        try:
            return await self.plain.upload(path, {"access_token": token}, name, jpeg, answer)
        except ProviderFailed as failure:
            token = await self._another(token, failure)
        return await self.plain.upload(path, {"access_token": token}, name, jpeg, answer)

    async def _another(self, refused: str, failure: ProviderFailed) -> str:
        if failure.details.get("errcode") not in TOKEN_REFUSED:
            raise failure
        return await self._token.instead_of(refused)

    async def _fetch_token(self, refused: str | None) -> Lent:
        lent = await self._stable_token(force=False)
        if lent.value != refused:
            return lent
        # WeChat still hands out what it refuses; force is rationed for all processes together.
        name = f"wechat.{self._config.app_id}.forced"
        if not await self.store.claim(name, self._draw(16), seconds=FORCED_EVERY_SECONDS):
            raise ProviderFailed(rule="token")
        return await self._stable_token(force=True)

    async def _stable_token(self, *, force: bool) -> Lent:
        body = {
            "grant_type": "client_credential",
            "appid": self._config.app_id,
            "secret": self._config.secret,
            "force_refresh": force,
        }
        told = await self.plain.post("/cgi-bin/stable_token", {}, body, StableToken)
        return Lent(value=told.access_token, seconds=told.expires_in)
