"""What a person does on their phone with WeChat, and the page that shows it.

Unsigned, on loopback, and closed to pages of other origins, as all of the people's routes.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from server.sandbox.bodies import Body, Phone, Short, Url
from server.sandbox.errors import Refused
from server.sandbox.people_handlers import PAGES, PeopleHandler
from server.sandbox.wechat.state import WeChat
from server.sandbox.wechat.wire import sha1_of

SHOWN = 50


class WeChatHandler(PeopleHandler):
    """The root: there is a WeChat, and what a tap did is shown at once."""

    @property
    def wechat(self) -> WeChat:
        """Give it."""
        return self.parts.wechat

    def told(self, value: dict[str, Any]) -> None:
        """Answer, and let pages look again."""
        self.parts.pages_bell.ring()
        self.finish(value)


class NewPerson(Body, frozen=True, kw_only=True):
    """POST /wechat/people."""

    nickname: Short = "微信用户"
    phone: Phone | None = None
    openid: Short | None = None
    real_name: Short | None = None  #: what WeChat knows of their papers


class PeopleRoute(WeChatHandler):
    """GET, POST /wechat/people → {people}, one person."""

    def get(self) -> None:
        """List them."""
        self.finish({"people": self.wechat.people.all(SHOWN)})

    def post(self) -> None:
        """Make one."""
        body = self.decode(NewPerson)
        self.told(self.wechat.people.add(body.nickname, body.phone, body.openid, body.real_name))


class ChatRoute(WeChatHandler):
    """GET /wechat/{openid}/chat → {person, chat, credits, menu, templates}, newest first."""

    def get(self, openid: str) -> None:
        """Show it."""
        wechat = self.wechat
        templates = {row["template_id"]: row for row in wechat.templates.listed("subscription")}
        self.finish(
            {
                "person": wechat.people.one(openid),
                "chat": wechat.people.chat(openid, SHOWN),
                "credits": wechat.messages.credits(openid),
                "menu": self._menu(),
                "templates": list(templates.values()),
            }
        )

    def _menu(self) -> list[dict[str, Any]]:
        row = self.parts.store.one("SELECT value FROM wx_kept WHERE name = 'menu'")
        return msgspec.json.decode(row["value"]) if row else []


class Scan(Body, frozen=True, kw_only=True):
    """POST /wechat/{openid}/follow, /scan."""

    scene: Short | None = None


class ScanUrl(Body, frozen=True, kw_only=True):
    """POST /wechat/{openid}/scan-url."""

    url: Url


class Text(Body, frozen=True, kw_only=True):
    """POST /wechat/{openid}/text."""

    text: Short


class Where(Body, frozen=True, kw_only=True):
    """POST /wechat/{openid}/location."""

    latitude: float
    longitude: float
    precision: float = 65.0


class Answer(Body, frozen=True, kw_only=True):
    """POST /wechat/{openid}/subscribe; not asked means changed in the settings."""

    template_id: Short
    accept: bool = True
    asked: bool = True


class MenuScan(Body, frozen=True, kw_only=True):
    """POST /wechat/{openid}/menu-scan: what a scan button of the menu saw."""

    key: Short
    text: Short
    kind: Literal["qrcode", "barcode"] = "qrcode"


class Block(Body, frozen=True, kw_only=True):
    """POST /wechat/{openid}/block."""

    blocks: bool = True


class ActRoute(WeChatHandler):
    """POST /wechat/{openid}/{act}."""

    def post(self, openid: str, act: str) -> None:
        """Do it; each act is a method of the same name."""
        self.wechat.people.one(openid)
        with self.parts.store.transaction():
            seen = getattr(self, "_" + act.replace("-", "_"))(openid)
        self.told(seen or {})

    def _follow(self, openid: str) -> None:
        self._scanned(openid, self.decode(Scan).scene)

    def _scan(self, openid: str) -> None:
        scene = self.decode(Scan).scene
        if scene is None:
            raise Refused(400, "bad_request", "a scan has a scene")
        self._scanned(openid, scene)

    def _scanned(self, openid: str, scene: str | None) -> None:
        """Follow, or scan as a follower: WeChat tells the one or the other."""
        wechat = self.wechat
        ticket = wechat.scenes.ticket_of(scene) if scene else ""
        wechat.people.touched(openid)
        if wechat.people.follow(openid, follows=True):
            wechat.people.say(openid, "self", "关注了服务号" + (f"（{scene}）" if scene else ""))
            key = {"EventKey": f"qrscene_{scene}", "Ticket": ticket} if scene else {"EventKey": ""}
            wechat.pushes.event(openid, "subscribe", key)
        elif scene:
            wechat.people.say(openid, "self", f"扫码（{scene}）")
            wechat.pushes.event(openid, "SCAN", {"EventKey": scene, "Ticket": ticket})

    def _unfollow(self, openid: str) -> None:
        if self.wechat.people.follow(openid, follows=False):
            self.wechat.people.say(openid, "self", "取消了关注")
            self.wechat.pushes.event(openid, "unsubscribe", {"EventKey": ""})

    def _scan_url(self, openid: str) -> dict[str, Any]:
        """Scan any QR with WeChat: a scene's is followed, any other opens as a page."""
        url = self.decode(ScanUrl).url
        scene = self.wechat.scenes.scene_of(url)
        if scene is None:
            self.wechat.people.say(openid, "self", "扫码打开网页", url=url)
            return {"open": url}
        self._scanned(openid, scene[0])
        return {"scene": scene[0]}

    def _text(self, openid: str) -> None:
        text = self.decode(Text).text
        self.wechat.people.wrote(openid)
        self.wechat.people.say(openid, "self", text)
        self.wechat.pushes.text(openid, text)

    def _location(self, openid: str) -> None:
        body = self.decode(Where)
        self.wechat.pushes.event(
            openid,
            "LOCATION",
            {
                "Latitude": f"{body.latitude:.6f}",
                "Longitude": f"{body.longitude:.6f}",
                "Precision": f"{body.precision:.6f}",
            },
        )

    def _subscribe(self, openid: str) -> None:
        body = self.decode(Answer)
        self.wechat.messages.subscribe(
            openid, body.template_id, accepts=body.accept, asked=body.asked
        )

    def _menu_scan(self, openid: str) -> None:
        body = self.decode(MenuScan)
        button = self.wechat.menu.button(body.key)
        if button is None or not str(button.get("type", "")).startswith("scancode_"):
            raise Refused(404, "no_such_button", "the menu has no scan button of this key")
        text = f"CODE_128,{body.text}" if body.kind == "barcode" else body.text
        self.wechat.people.touched(openid)
        self.wechat.people.say(openid, "self", f"[{button['name']}] {text}")
        self.wechat.pushes.event(
            openid,
            button["type"],
            {"EventKey": body.key, "ScanCodeInfo": {"ScanType": body.kind, "ScanResult": text}},
        )

    def _block(self, openid: str) -> None:
        self.wechat.people.block(openid, blocks=self.decode(Block).blocks)

    def _mini_code(self, openid: str) -> dict[str, Any]:
        return {"code": self.wechat.logins.code("mini", openid)}

    def _phone_code(self, openid: str) -> dict[str, Any]:
        return {"code": self.wechat.logins.code("phone", openid)}


class MenuRoute(WeChatHandler):
    """POST /wechat/{openid}/menu/{key}: press a button; a link answers {open}."""

    def post(self, openid: str, key: str) -> None:
        """Press it."""
        self.wechat.people.one(openid)
        button = self.wechat.menu.button(key)
        if button is None:
            raise Refused(404, "no_such_button", "the menu has no such button")
        self.wechat.people.say(openid, "self", f"[{button['name']}]", url=button.get("url"))
        if button["type"] == "view":
            self.wechat.pushes.event(openid, "VIEW", {"EventKey": button["url"]})
            self.told({"open": button["url"]})
            return
        self.wechat.people.touched(openid)
        self.wechat.pushes.event(openid, "CLICK", {"EventKey": key})
        self.told({})


class Console(Body, frozen=True, kw_only=True):
    """POST /wechat/console."""

    url: Url | None = None
    mode: Literal["plain", "aes", "both"] | None = None


class ConsoleRoute(WeChatHandler):
    """GET, POST /wechat/console: where the callback is, and in which mode."""

    def get(self) -> None:
        """Show it."""
        self.finish(
            self.wechat.pushes.console() | {"stable_tokens": self.wechat.tokens.count("stable")}
        )

    def post(self) -> None:
        """Change it; the callback stays on the configured server.

        Raises:
            Refused: 400 `bad_notify_url`.
        """
        body = self.decode(Console)
        if body.url is not None:
            self.parts.destinations.check(body.url)
        self.wechat.pushes.set_console(body.url, body.mode)
        self.get()


class ExpireRoute(WeChatHandler):
    """POST /wechat/expire-tokens."""

    def post(self) -> None:
        """Let every token be over."""
        self.wechat.tokens.end_all()
        self.told({})


class PageCheckRoute(WeChatHandler):
    """GET /wechat/page-check?url&timestamp&nonce&signature: as `wx.config` judges a page."""

    def get(self) -> None:
        """Say whether the signature is of the ticket that lives."""
        ticket = self.wechat.tokens.ticket(self.wechat.keys.wechat_app_id)["ticket"]
        given = {name: self.get_query_argument(name) for name in ("nonce", "timestamp", "url")}
        text = (
            f"jsapi_ticket={ticket}&noncestr={given['nonce']}"
            f"&timestamp={given['timestamp']}&url={given['url'].partition('#')[0]}"
        )
        self.finish({"ok": sha1_of(text) == self.get_query_argument("signature")})


class SceneRoute(WeChatHandler):
    """GET /cgi-bin/showqrcode?ticket= → the picture."""

    def get(self) -> None:
        """Draw it.

        Raises:
            Refused: 404, no such ticket.
        """
        picture = self.wechat.scenes.picture(self.get_query_argument("ticket", ""))
        if picture is None:
            raise Refused(404, "no_such_ticket", "this ticket is unknown or over")
        self.set_header("Content-Type", "image/png")
        self.finish(picture)


class AuthorizeRoute(WeChatHandler):
    """GET /connect/oauth2/authorize: the person picks who they are; `openid` picks at once."""

    def get(self) -> None:
        """Lead on with a code, or show who there is.

        Raises:
            Refused: 400, as WeChat refuses a wrong app, address or parameter.
        """
        asked = {
            name: self.get_query_argument(name, "")
            for name in ("appid", "redirect_uri", "response_type", "scope", "state")
        }
        if asked["appid"] != self.wechat.keys.wechat_app_id:
            raise Refused(400, "bad_appid", "10005: the app id is wrong")
        if asked["response_type"] != "code" or asked["scope"] not in (
            *("snsapi_base", "snsapi_userinfo"),
        ):
            raise Refused(400, "bad_scope", "10005: the scope is wrong")
        self.parts.destinations.check(asked["redirect_uri"].partition("?")[0])
        openid = self.get_query_argument("openid", "")
        if not openid:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish((PAGES / "authorize.html").read_bytes())
            return
        self.wechat.people.one(openid)
        code = self.wechat.logins.code("oauth", openid, asked["scope"])
        joint = "&" if "?" in asked["redirect_uri"] else "?"
        query = urlencode({"code": code, "state": asked["state"]})
        self.redirect(f"{asked['redirect_uri']}{joint}{query}")
