"""The service account's API: a thin client of our own, since wechatpy's blocks and may recurse.

wechatpy 1.8.18 is used for what needs no I/O only (`callback.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient

from server.domain.errors import ProviderFailed
from server.domain.ids import Draw
from server.providers.wechat import answers
from server.providers.wechat.account import Account
from server.providers.wechat.calls import check_code
from server.providers.wechat.config import AppConfig
from server.providers.wechat.errors import NO_MENU
from server.providers.wechat.fields import cut, fitted
from server.providers.wechat.menu import button_body, button_of
from server.providers.wechat.pages import signed_page
from server.providers.wechat.ports import (
    MenuButton,
    OAuthScope,
    PageConfig,
    SceneQr,
    Template,
    TokenStore,
    WeChatIdentity,
)
from server.providers.wechat.token import Lent

MAX_SCENE = 64
MAX_SCENE_SECONDS = 30 * 24 * 3600

#: A customer message's text [memory: 2,048 bytes, as a reply's].
MAX_TEXT_UNITS = 600


class WeChatClient:
    """Implements `WeChatApi`."""

    def __init__(
        self,
        config: AppConfig,
        *,
        store: TokenStore,
        http: AsyncHTTPClient,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        """Take the account, where its token is shared, and who asks."""
        self._config = config
        self._account = Account(config, store=store, http=http, draw=draw)
        self._ticket = self._account.renewed("jsapi_ticket", self._fetch_ticket)
        self._clock = clock
        self._draw = draw

    async def send_template(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        *,
        url: str | None = None,
        client_msg_id: str | None = None,
    ) -> str:
        """Send a template message and give its msgid.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        body = _message(openid, template_id, data)
        body |= {} if url is None else {"url": url}
        body |= {} if client_msg_id is None else {"client_msg_id": client_msg_id}
        path = "/cgi-bin/message/template/send"
        return str((await self._account.post(path, body, answers.SentTemplate)).msgid)

    async def send_subscription(
        self, openid: str, template_id: str, data: Mapping[str, str], *, page: str | None = None
    ) -> None:
        """Spend one of the person's subscriptions; `page` is a URL here.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        body = _message(openid, template_id, data)
        body |= {} if page is None else {"page": page}
        await self._account.post("/cgi-bin/message/subscribe/bizsend", body, answers.Answer)

    async def send_text(self, openid: str, text: str) -> None:
        """Send a customer message.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        content = cut(text, MAX_TEXT_UNITS, "…")
        body = {"touser": openid, "msgtype": "text", "text": {"content": content}}
        await self._account.post("/cgi-bin/message/custom/send", body, answers.Answer)

    async def scene_qr(self, scene: str, *, seconds: int) -> SceneQr:
        """Make a QR that carries a scene.

        Raises:
            ValueError: the scene or its life is out of bounds. ProviderFailed: see `ports.py`.
        """
        if not 1 <= len(scene) <= MAX_SCENE or not 1 <= seconds <= MAX_SCENE_SECONDS:
            raise ValueError("a scene has 1 to 64 characters and lives up to 30 days")
        now = self._clock()
        body = {
            "expire_seconds": seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        told = await self._account.post("/cgi-bin/qrcode/create", body, answers.SceneTicket)
        return SceneQr(
            ticket=told.ticket,
            content_url=told.url,
            picture_url=f"{self._config.mp_url}/cgi-bin/showqrcode?"
            + urlencode({"ticket": told.ticket}),
            expires_at=now + timedelta(seconds=told.expire_seconds),
        )

    def oauth_url(self, redirect_uri: str, state: str, *, scope: OAuthScope = "snsapi_base") -> str:
        """Write the URL of WeChat's log-in; WeChat wants the parameters in this order."""
        query = "&".join(
            f"{name}={quote(value, safe='')}"
            for name, value in (
                ("appid", self._config.app_id),
                ("redirect_uri", redirect_uri),
                ("response_type", "code"),
                ("scope", scope),
                ("state", state),
            )
        )
        return f"{self._config.open_url}/connect/oauth2/authorize?{query}#wechat_redirect"

    async def oauth_identity(self, code: str) -> WeChatIdentity:
        """Redeem the code of an H5 log-in.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        check_code(code)
        query = {
            "appid": self._config.app_id,
            "secret": self._config.secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        path = "/sns/oauth2/access_token"
        told = await self._account.plain.get(path, query, answers.Identity)
        return WeChatIdentity(openid=told.openid, unionid=told.unionid)

    async def follows(self, openid: str) -> bool:
        """Tell whether someone follows the account now.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        query = {"openid": openid, "lang": "zh_CN"}
        return bool(
            (await self._account.get("/cgi-bin/user/info", query, answers.Person)).subscribe
        )

    async def page_config(self, url: str) -> PageConfig:
        """Sign a page's URL for the JS-SDK.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        ticket = await self._ticket.get()
        return signed_page(self._config.app_id, ticket, url, self._draw(16), self._clock())

    async def menu(self) -> tuple[MenuButton, ...]:
        """Read the menu as it is.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        try:
            told = await self._account.get("/cgi-bin/menu/get", {}, answers.MenuAnswer)
        except ProviderFailed as failure:
            if failure.details.get("errcode") == NO_MENU:
                return ()
            raise
        return tuple(button_of(button) for button in told.menu.button)

    async def put_menu(self, buttons: Sequence[MenuButton]) -> None:
        """Replace the whole menu.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        body = {"button": [button_body(button) for button in buttons]}
        await self._account.post("/cgi-bin/menu/create", body, answers.Answer)

    async def templates(self) -> tuple[Template, ...]:
        """List the templates that the account has.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        path = "/cgi-bin/template/get_all_private_template"
        told = await self._account.get(path, {}, answers.TemplateList)
        return tuple(
            Template(template_id=one.template_id, title=one.title, content=one.content)
            for one in told.template_list
        )

    async def add_template(self, short_id: str, labels: Sequence[str]) -> str:
        """Take a template from WeChat's library, with these of its labels; give its id.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        body = {"template_id_short": short_id, "keyword_name_list": list(labels)}
        path = "/cgi-bin/template/api_add_template"
        return (await self._account.post(path, body, answers.AddedTemplate)).template_id

    async def subscriptions(self) -> tuple[Template, ...]:
        """List the templates of subscription messages that the account has.

        Raises:
            ProviderFailed: see `ports.py`.
        """
        path = "/wxaapi/newtmpl/gettemplate"
        told = await self._account.get(path, {}, answers.SubscriptionList)
        return told.templates()

    async def _fetch_ticket(self, _refused: str | None) -> Lent:
        told = await self._account.get(
            "/cgi-bin/ticket/getticket", {"type": "jsapi"}, answers.JsTicket
        )
        return Lent(value=told.ticket, seconds=told.expires_in)


def _message(openid: str, template_id: str, data: Mapping[str, str]) -> dict[str, Any]:
    fields = {name: {"value": text} for name, text in fitted(data).items()}
    return {"touser": openid, "template_id": template_id, "data": fields}
