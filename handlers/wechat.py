"""Routes of WeChat: its callback, log-ins, links, and what pages inside it need.

Everything here answers 404 where WeChat is not set up, and every other route works without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec

from handlers.access import ANYONE, MAYBE_PERSON, PERSON, Access, allow
from handlers.application import Route
from handlers.base import ApiHandler
from handlers.browser_cookies import bind_browser, browser_of
from handlers.errors import WrongContentType
from realtime.wire.wechat import (
    AskScene,
    BeginWeChat,
    EnterByPhone,
    EnterByWeChat,
    EnterMini,
    EnterMiniPhone,
    MoveWeChat,
    ReadScan,
    SendMoveCode,
    TakeWeChat,
    WeChatBegun,
)
from server.domain.errors import BodyTooLarge, NotFound
from server.domain.ids import VisitId
from server.domain.people import Role
from server.domain.wechat import WeChatApp
from server.services.accounts.codes import Caller
from server.services.refused import RefusedDesk
from server.services.wechat.inbox import WeChatInbox
from server.services.wechat.links import WeChatLinks
from server.services.wechat.log_in import OAUTH_PATH, WeChatLogIns
from server.services.wechat.pages import WeChatPages

#: Honest messages are a tenth of this, bytes.
MESSAGE_BYTES = 64 * 1024

#: Binds a log-in by WeChat to its browser; no script reads it.
COOKIE = "lanjian_wechat"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatServices:
    """What this room calls; without an inbox the service account is not set up."""

    inbox: WeChatInbox | None
    log_ins: WeChatLogIns
    links: WeChatLinks
    pages: WeChatPages
    refused: RefusedDesk


class CallbackHandler(ApiHandler):
    """GET, POST /v1/callbacks/wechat: the signature is who it is.

    WeChat puts the openid into this URL; no log has its query.
    """

    raw_types = frozenset({"text/xml", "application/xml"})

    def initialize(self, services: WeChatServices) -> None:
        """Take the service."""
        self._services = services

    async def run(self, access: Access, method: Callable[[], Awaitable[None]]) -> None:
        """Count what is refused before its body was read."""
        if isinstance(self._refusal, BodyTooLarge) and self._services.inbox is not None:
            await self._services.inbox.count_refusal("size")
        await super().run(access, method)

    @allow(ANYONE)
    async def get(self) -> None:
        """A signed query of WeChat's console → its `echostr`."""
        echo = await self._inbox.echo(self._signed())
        self.answer_file(echo.encode(), "text/plain; charset=utf-8")

    @allow(ANYONE, body_bytes=MESSAGE_BYTES)
    async def post(self) -> None:
        """A signed notice in XML, plain or AES → `success`, or a reply in XML."""
        inbox = self._inbox
        try:
            raw = self.raw_body()
        except WrongContentType:
            await inbox.count_refusal("content_type")
            raise
        self.answer_file(await inbox.receive(self._signed(), raw), "text/xml; charset=utf-8")

    @property
    def _inbox(self) -> WeChatInbox:
        if self._services.inbox is None:
            raise NotFound(field="path", rule="set_up")
        return self._services.inbox

    def _signed(self) -> Mapping[str, str]:
        """Give the query; what comes twice is none of WeChat's, and counts as missing."""
        return {
            name: values[0].decode(errors="replace")
            for name, values in self.request.query_arguments.items()
            if len(values) == 1
        }


class WeChatRoom(ApiHandler):
    """The base of the other routes."""

    def initialize(self, services: WeChatServices) -> None:
        """Take the services."""
        self._services = services
        self._log_ins = services.log_ins
        self._links = services.links
        self._pages = services.pages

    @property
    def browser(self) -> str:
        """Give the cookie's value; empty without one, which no handle is bound to."""
        return browser_of(self, COOKIE)

    def holder(self, *, mini: bool) -> str | None:
        """Say what a handle must be bound to: this browser, or none (the mini program's)."""
        return None if mini else self.browser

    def caller(self, device: str) -> Caller:
        """Say where this comes from."""
        return Caller(address=self.address, device=device)


class InfoHandler(WeChatRoom):
    """GET /v1/wechat."""

    @allow(ANYONE)
    async def get(self) -> None:
        """→ `WeChatInfo`."""
        self.answer(self._pages.info())


class BeginHandler(WeChatRoom):
    """POST /v1/wechat/begin."""

    @allow(ANYONE)
    async def post(self) -> None:
        """`BeginWeChat` → `WeChatBegun` with a cookie: lead the browser there."""
        path = self.body(BeginWeChat).return_path
        begun = await self._log_ins.begin(path, self.browser or None, self.caller(""))
        bind_browser(self, COOKIE, begun.browser)
        self.answer(WeChatBegun(url=begun.url))


class OAuthQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What WeChat adds to the URL that it leads back to; it may add more."""

    state: str = ""
    code: str = ""


class OAuthHandler(WeChatRoom):
    """GET /v1/wechat/oauth."""

    @allow(ANYONE)
    async def get(self) -> None:
        """A query of WeChat's → 302 to the page that began it: `?wechat=` a handle, or `failed`."""
        asked = self.query(OAuthQuery)
        self.answer_redirect(
            await self._log_ins.come_back(asked.state[:64], asked.code[:512], self.browser)
        )


class EnterHandler(WeChatRoom):
    """POST /v1/wechat/log-in."""

    @allow(ANYONE)
    async def post(self) -> None:
        """`EnterByWeChat` → `WeChatEntered`: logged in, or a phone's code is needed."""
        asked = self.body(EnterByWeChat)
        self.answer(
            await self._log_ins.enter(
                asked.handle,
                self.holder(mini=asked.mini),
                self.caller(asked.device),
                asked.agreement_version,
            )
        )


class LinkHandler(WeChatRoom):
    """POST /v1/wechat/link."""

    @allow(ANYONE)
    async def post(self) -> None:
        """`EnterByPhone` → `WeChatEntered`: logged in by SMS code, and linked if it may be."""
        asked = self.body(EnterByPhone)
        entered = await self._log_ins.enter_with_code(
            asked.handle,
            self.holder(mini=asked.mini),
            asked.phone,
            asked.code,
            self.caller(asked.device),
            asked.agreement_version,
        )
        self.answer(entered, status=201)


class MiniHandler(WeChatRoom):
    """POST /v1/wechat/mini/log-in."""

    @allow(ANYONE)
    async def post(self) -> None:
        """`EnterMini` → `WeChatEntered`: logged in, or a handle that waits for a phone."""
        asked = self.body(EnterMini)
        self.answer(
            await self._log_ins.enter_mini(
                asked.code, self.caller(asked.device), asked.agreement_version
            )
        )


class MiniPhoneHandler(WeChatRoom):
    """POST /v1/wechat/mini/phone."""

    @allow(ANYONE)
    async def post(self) -> None:
        """`EnterMiniPhone` → `WeChatEntered` by the phone that WeChat verified."""
        asked = self.body(EnterMiniPhone)
        entered = await self._log_ins.enter_mini_phone(
            asked.handle, asked.code, self.caller(asked.device), asked.agreement_version
        )
        self.answer(entered, status=201)


class MineHandler(WeChatRoom):
    """GET, POST /v1/me/wechat."""

    @allow(PERSON)
    async def get(self) -> None:
        """→ `MyWeChat`: one's links, and what became of them lately."""
        self.answer(await self._links.mine(self.actor.person))

    @allow(PERSON)
    async def post(self) -> None:
        """`TakeWeChat` → `MyWeChat`: link; 409 `wechat_elsewhere` when it is another account's."""
        asked = self.body(TakeWeChat)
        browser = self.holder(mini=asked.mini)
        self.answer(await self._links.take(self.actor.person, asked.handle, browser))


class MoveCodeHandler(WeChatRoom):
    """POST /v1/me/wechat/move-code."""

    @allow(PERSON)
    async def post(self) -> None:
        """`SendMoveCode` → `CodeSent`, to the phone of the account that has it now."""
        asked = self.body(SendMoveCode)
        browser = self.holder(mini=asked.mini)
        caller = self.caller(asked.device)
        self.answer(
            await self._links.send_move_code(self.actor.person, asked.handle, browser, caller)
        )


class MoveHandler(WeChatRoom):
    """POST /v1/me/wechat/move."""

    @allow(PERSON)
    async def post(self) -> None:
        """`MoveWeChat` → `MyWeChat`; both accounts are told."""
        asked = self.body(MoveWeChat)
        browser = self.holder(mini=asked.mini)
        moved = await self._links.move(
            self.actor.person, asked.handle, browser, asked.code, self.caller("")
        )
        self.answer(moved)


class OneHandler(WeChatRoom):
    """DELETE /v1/me/wechat/{app}."""

    @allow(PERSON)
    async def delete(self, app: str) -> None:
        """Unlink one's own → `MyWeChat`; sessions go on."""
        self.answer(await self._links.unlink(self.actor.person, WeChatApp(app)))


class SceneHandler(WeChatRoom):
    """POST /v1/wechat/scene."""

    @allow(MAYBE_PERSON)
    async def post(self) -> None:
        """`AskScene` → `SceneView`: the QR that follows the account and leads back to a visit."""
        visit = VisitId(self.body(AskScene).visit_id)
        person = self.maybe_actor.person if self.maybe_actor else None
        self.answer(await self._pages.scene(visit, person))


class PageConfigQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What GET /v1/wechat/page-config takes."""

    url: str


class PageConfigHandler(WeChatRoom):
    """GET /v1/wechat/page-config?url."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`PageConfigQuery` → `PageConfigView`, for URLs of our own pages only."""
        self.answer(await self._pages.page_config(self.query(PageConfigQuery).url))


class RefusedHandler(WeChatRoom):
    """GET /v1/staff/refused-notices."""

    @allow(Role.OPERATOR, Role.FINANCE)
    async def get(self) -> None:
        """→ `RefusedMessages`: what all callbacks refused lately, by reason and day."""
        self.answer(await self._services.refused.lately())


class ScansHandler(WeChatRoom):
    """POST /v1/scans."""

    @allow(ANYONE)
    async def post(self) -> None:
        """`ReadScan` → `ScanView`: what a phone scanned; nothing is kept of it."""
        self.answer(self._pages.scan(self.body(ReadScan).text))


def routes(services: WeChatServices) -> list[Route]:
    """List this room's routes."""
    mine = {"services": services}
    return [
        (r"/v1/callbacks/wechat", CallbackHandler, mine),
        (r"/v1/wechat", InfoHandler, mine),
        (r"/v1/wechat/begin", BeginHandler, mine),
        (OAUTH_PATH, OAuthHandler, mine),
        (r"/v1/wechat/log-in", EnterHandler, mine),
        (r"/v1/wechat/link", LinkHandler, mine),
        (r"/v1/wechat/mini/log-in", MiniHandler, mine),
        (r"/v1/wechat/mini/phone", MiniPhoneHandler, mine),
        (r"/v1/wechat/scene", SceneHandler, mine),
        (r"/v1/wechat/page-config", PageConfigHandler, mine),
        (r"/v1/me/wechat", MineHandler, mine),
        (r"/v1/me/wechat/move-code", MoveCodeHandler, mine),
        (r"/v1/me/wechat/move", MoveHandler, mine),
        (r"/v1/me/wechat/(?P<app>service|mini)", OneHandler, mine),
        (r"/v1/scans", ScansHandler, mine),
        (r"/v1/staff/refused-notices", RefusedHandler, mine),
    ]
