"""The mini program's API."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tornado.httpclient import AsyncHTTPClient

from server.domain.errors import ProviderFailed
from server.domain.ids import Draw
from server.providers.wechat import answers
from server.providers.wechat.account import Account
from server.providers.wechat.calls import check_code
from server.providers.wechat.config import AppConfig
from server.providers.wechat.fields import fitted
from server.providers.wechat.ports import Template, TokenStore, WeChatIdentity

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
CHINA = "86"


class MiniClient:
    """Implements `MiniApi`."""

    def __init__(
        self, config: AppConfig, *, store: TokenStore, http: AsyncHTTPClient, draw: Draw
    ) -> None:
        """Take the mini program, where its token is shared, and who asks."""
        self._config = config
        self._account = Account(config, store=store, http=http, draw=draw)

    async def mini_identity(self, js_code: str) -> WeChatIdentity:
        """Redeem the code of a log-in; the session key is not even decoded.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        check_code(js_code)
        query = {
            "appid": self._config.app_id,
            "secret": self._config.secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
        }
        told = await self._account.plain.get("/sns/jscode2session", query, answers.Identity)
        return WeChatIdentity(openid=told.openid, unionid=told.unionid)

    async def phone_number(self, code: str) -> str:
        """Redeem the code of the phone button: 11 digits.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        check_code(code)
        path = "/wxa/business/getuserphonenumber"
        told = (await self._account.post(path, {"code": code}, answers.Phone)).phone_info
        if told.countryCode != CHINA or not _MOBILE.fullmatch(told.purePhoneNumber):
            raise ProviderFailed(rule="bad_answer")
        return told.purePhoneNumber

    async def send_subscription(
        self, openid: str, template_id: str, data: Mapping[str, str], *, page: str | None = None
    ) -> None:
        """Spend one of the person's subscriptions; `page` is a path of the mini program.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        fields = {name: {"value": text} for name, text in fitted(data).items()}
        body: dict[str, object] = {"touser": openid, "template_id": template_id, "data": fields}
        body |= {} if page is None else {"page": page}
        await self._account.post("/cgi-bin/message/subscribe/send", body, answers.Answer)

    async def subscriptions(self) -> tuple[Template, ...]:
        """List the templates of subscription messages that the mini program has.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        told = await self._account.get("/wxaapi/newtmpl/gettemplate", {}, answers.SubscriptionList)
        return told.templates()
