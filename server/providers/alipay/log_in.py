"""Who somebody is to Alipay, by OAuth with the scope that asks nobody anything (auth_base).

The page and `alipay.system.oauth.token`: Alipay's open documents, 用户信息授权 (formats from
memory, not run against the real gateway). Older apps are told a `user_id` (2088 and twelve
digits), newer ones an `open_id`, which means nothing to another app; a transfer takes both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec

from server.domain.errors import ProviderFailed
from server.providers.alipay.client import AlipayClient

METHOD = "alipay.system.oauth.token"

#: Who they are, and nothing else of them.
SCOPE = "auth_base"

_USER_ID = re.compile(r"2088\d{12}", re.ASCII)
_OPEN_ID = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayIdentity:
    """One account at Alipay, as our app knows it."""

    account: str = field(repr=False)
    is_open_id: bool


class _Token(msgspec.Struct, frozen=True):
    """The answer; its access token is not asked for, nor kept."""

    user_id: str | None = None
    open_id: str | None = None


class AlipayLogIn:
    """Leads browsers to Alipay, and learns who came back."""

    def __init__(self, *, client: AlipayClient, app_id: str, authorize_url: str) -> None:
        self._client = client
        self._app_id = app_id
        self._authorize_url = authorize_url

    def oauth_url(self, redirect_uri: str, state: str) -> str:
        """Give the page to lead a browser to; it comes back with `auth_code` and `state`."""
        asked = {
            "app_id": self._app_id,
            "scope": SCOPE,
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self._authorize_url}?{urlencode(asked)}"

    async def identity(self, code: str) -> AlipayIdentity:
        """Learn who came back with a code; it works once.

        Raises:
            ProviderFailed: `isv.code-invalid` or another refusal, or no answer.
        """
        asked = {"grant_type": "authorization_code", "code": code}
        told = await self._client.ask_plainly(METHOD, asked, _Token)
        if told.user_id is not None and _USER_ID.fullmatch(told.user_id):
            return AlipayIdentity(account=told.user_id, is_open_id=False)
        if told.open_id is not None and _OPEN_ID.fullmatch(told.open_id):
            return AlipayIdentity(account=told.open_id, is_open_id=True)
        raise ProviderFailed(rule="bad_answer")
