"""WeChat's API as the platform calls it: JSON, HTTP 200 always, `errcode` for refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec

from server.sandbox.base import SandboxHandler
from server.sandbox.errors import Refused
from server.sandbox.parts import Parts
from server.sandbox.wechat.messages import CustomerMessage, SubscriptionMessage, TemplateMessage
from server.sandbox.wechat.refusals import WeChatRefused, invalid_token
from server.sandbox.wechat.state import WeChat

Row = dict[str, Any]
Wanted = TypeVar("Wanted")

#: Whose token a call wants: the service account's, the mini program's, either's, or none.
Needs = Literal["service", "mini", "either", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call, its token checked."""

    app_id: str
    query: Mapping[str, str]
    raw: bytes

    def body(self, wanted: type[Wanted]) -> Wanted:
        """Read the body.

        Raises:
            WeChatRefused: 47001.
        """
        try:
            return msgspec.json.decode(self.raw, type=wanted)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise WeChatRefused(47001, "data format error") from error


Act = Callable[[WeChat, Asked], Row]


class ApiHandler(SandboxHandler):
    """One call; faults of subject `wechat` happen here."""

    def initialize(
        self, parts: Parts, method: str = "GET", needs: Needs = "service", act: Act | None = None
    ) -> None:
        """Receive what this route does."""
        super().initialize(parts)
        self._method = method
        self._needs = needs
        self._act = act

    async def get(self) -> None:
        """Do a call of GET."""
        await self._do("GET")

    async def post(self) -> None:
        """Do a call of POST."""
        await self._do("POST")

    async def _do(self, method: str) -> None:
        uses = self.parts.faults.use
        if uses("500", "wechat"):
            raise Refused(500, "system_error", "an armed fault: nothing was done")
        try:
            told = {"errcode": 0, "errmsg": "ok"} | self._acted(method)
            if "access_token" in told:  # these answers have no errcode when all is well
                del told["errcode"], told["errmsg"]
        except WeChatRefused as refused:
            told = {"errcode": refused.errcode, "errmsg": refused.errmsg}
        self.parts.pages_bell.ring()
        if uses("timeout", "wechat"):
            await self.hang()
            return
        raw = json.dumps(told, ensure_ascii=False).encode()
        self.set_header("Content-Type", "application/json; encoding=utf-8")
        if uses("half_answer", "wechat"):
            await self.cut_short(raw)
            return
        self.finish(raw)

    def _acted(self, method: str) -> Row:
        wechat = self.parts.wechat
        assert self._act is not None  # routes() gives it
        if method != self._method:
            raise WeChatRefused(
                43001 if self._method == "GET" else 43002, f"require {self._method} method"
            )
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        app_id = self._judged(wechat, query.get("access_token", ""))
        with self.parts.store.transaction():
            return self._act(
                wechat, Asked(app_id=app_id, query=query, raw=self.request.body or b"")
            )

    def _judged(self, wechat: WeChat, token: str) -> str:
        if self._needs == "none":
            return ""
        if self.parts.faults.use("bad_token", "wechat"):
            raise invalid_token()
        app_id = wechat.tokens.app_of(token)
        wanted = {"service": wechat.keys.wechat_app_id, "mini": wechat.keys.mini_app_id}
        if self._needs != "either" and app_id != wanted[self._needs]:
            raise WeChatRefused(48001, "api unauthorized")
        if self.parts.faults.use("quota", "wechat"):
            raise WeChatRefused(45009, "reach max api daily quota limit")
        if self.parts.faults.use("minute_quota", "wechat"):
            raise WeChatRefused(45011, "api minute-quota reach limit, must slower")
        return app_id


class WantToken(msgspec.Struct, frozen=True):
    """stable_token."""

    grant_type: str
    appid: str
    secret: str
    force_refresh: bool = False


def _stable_token(wechat: WeChat, asked: Asked) -> Row:
    body = asked.body(WantToken)
    if body.grant_type != "client_credential":
        raise WeChatRefused(40002, "invalid grant_type")
    wechat.tokens.check_secret(body.appid, body.secret)
    return wechat.tokens.stable(body.appid, force=body.force_refresh)


def _old_token(wechat: WeChat, asked: Asked) -> Row:
    _check_app(wechat, asked, grant="client_credential")
    return wechat.tokens.old(asked.query["appid"])


def _oauth(wechat: WeChat, asked: Asked) -> Row:
    _check_app(wechat, asked, app_id=wechat.keys.wechat_app_id)
    return wechat.logins.oauth(asked.query.get("code", ""))


def _user_of_page(wechat: WeChat, asked: Asked) -> Row:
    return wechat.logins.user_info(
        asked.query.get("access_token", ""), asked.query.get("openid", "")
    )


def _session(wechat: WeChat, asked: Asked) -> Row:
    _check_app(wechat, asked, app_id=wechat.keys.mini_app_id)
    return wechat.logins.session(asked.query.get("js_code", ""))


def _check_app(
    wechat: WeChat, asked: Asked, *, grant: str = "authorization_code", app_id: str = ""
) -> None:
    if asked.query.get("grant_type") != grant:
        raise WeChatRefused(40002, "invalid grant_type")
    given = asked.query.get("appid", "")
    wechat.tokens.check_secret(given, asked.query.get("secret", ""))
    if app_id and given != app_id:
        raise WeChatRefused(40013, "invalid appid")


def _ticket(wechat: WeChat, asked: Asked) -> Row:
    if asked.query.get("type") != "jsapi":
        raise WeChatRefused(40035, "invalid parameter")
    return wechat.tokens.ticket(asked.app_id)


class WantScene(msgspec.Struct, frozen=True):
    """qrcode/create; of its kinds the one with a text that ends."""

    action_name: Literal["QR_STR_SCENE"]
    action_info: dict[str, dict[str, str]]
    expire_seconds: int = 60


def _scene(wechat: WeChat, asked: Asked) -> Row:
    body = asked.body(WantScene)
    scene = body.action_info.get("scene", {}).get("scene_str", "")
    return wechat.scenes.create(scene, body.expire_seconds)


class WantMenu(msgspec.Struct, frozen=True):
    """menu/create."""

    button: list[Row]


def _put_menu(wechat: WeChat, asked: Asked) -> Row:
    wechat.menu.put(asked.body(WantMenu).button)
    return {}


def _delete_menu(wechat: WeChat, asked: Asked) -> Row:
    wechat.menu.delete()
    return {}


class WantTemplate(msgspec.Struct, frozen=True):
    """template/api_add_template."""

    template_id_short: str
    keyword_name_list: list[str] = []


def _add_template(wechat: WeChat, asked: Asked) -> Row:
    body = asked.body(WantTemplate)
    labels = body.keyword_name_list or None
    return {"template_id": wechat.templates.add("template", body.template_id_short, labels)}


def _subscriptions(wechat: WeChat, asked: Asked) -> Row:
    is_mini = asked.app_id == wechat.keys.mini_app_id
    listed = wechat.templates.listed("mini" if is_mini else "subscription")
    return {
        "data": [
            {"priTmplId": row["template_id"], "title": row["title"], "content": row["content"]}
            for row in listed
        ]
    }


def _person(wechat: WeChat, asked: Asked) -> Row:
    person = wechat.people.known(asked.query.get("openid", ""))
    told = {"subscribe": person["follows"], "openid": person["openid"]}
    return told | ({"unionid": person["unionid"]} if person["follows"] else {})


class WantPhone(msgspec.Struct, frozen=True):
    """getuserphonenumber."""

    code: str


#: (path, method, whose token, what it does)
CALLS: tuple[tuple[str, str, Needs, Act], ...] = (
    ("/cgi-bin/stable_token", "POST", "none", _stable_token),
    ("/cgi-bin/token", "GET", "none", _old_token),
    ("/cgi-bin/ticket/getticket", "GET", "service", _ticket),
    ("/cgi-bin/qrcode/create", "POST", "service", _scene),
    ("/cgi-bin/menu/create", "POST", "service", _put_menu),
    ("/cgi-bin/menu/get", "GET", "service", lambda wechat, asked: wechat.menu.get()),
    ("/cgi-bin/menu/delete", "GET", "service", _delete_menu),
    (
        *("/cgi-bin/template/get_all_private_template", "GET", "service"),
        lambda wechat, asked: {"template_list": wechat.templates.listed("template")},
    ),
    ("/cgi-bin/template/api_add_template", "POST", "service", _add_template),
    ("/wxaapi/newtmpl/gettemplate", "GET", "either", _subscriptions),
    ("/cgi-bin/user/info", "GET", "service", _person),
    (
        *("/cgi-bin/message/template/send", "POST", "service"),
        lambda wechat, asked: wechat.messages.send_template(asked.body(TemplateMessage)),
    ),
    (
        *("/cgi-bin/message/subscribe/bizsend", "POST", "service"),
        lambda wechat, asked: wechat.messages.send_subscription(asked.body(SubscriptionMessage)),
    ),
    (
        *("/cgi-bin/message/subscribe/send", "POST", "mini"),
        lambda wechat, asked: wechat.messages.send_mini(asked.body(SubscriptionMessage)),
    ),
    (
        *("/cgi-bin/message/custom/send", "POST", "service"),
        lambda wechat, asked: wechat.messages.send_customer(asked.body(CustomerMessage)),
    ),
    ("/sns/oauth2/access_token", "GET", "none", _oauth),
    ("/sns/userinfo", "GET", "none", _user_of_page),
    ("/sns/jscode2session", "GET", "none", _session),
    (
        *("/wxa/business/getuserphonenumber", "POST", "mini"),
        lambda wechat, asked: wechat.logins.phone(asked.body(WantPhone).code),
    ),
)
