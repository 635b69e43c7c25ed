r"""WeChat over HTTP: log-in, links, the scene QR of a visit, what pages hand to its JS-SDK.

A `handle` says that somebody was just known by WeChat. It is drawn, good for ten minutes and one
log-in or link. One that was made for a browser is good there only (by a cookie), one of the mini
program only with `mini`, which no page of ours ever says: nobody is logged in or linked by a
link that somebody sent them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from realtime.wire.accounts import LoggedIn
from realtime.wire.requests import Body, Id, Text
from realtime.wire.views import View

Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Version = Annotated[str, msgspec.Meta(max_length=32)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class BeginWeChat(Body, frozen=True, kw_only=True):
    """POST /v1/wechat/begin: which of our pages to come back to."""

    return_path: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class EnterByWeChat(Body, frozen=True, kw_only=True):
    """POST /v1/wechat/log-in."""

    handle: Handle
    mini: bool = False
    device: Id
    agreement_version: Version | None = None


class EnterByPhone(Body, frozen=True, kw_only=True):
    """POST /v1/wechat/link: a phone's SMS code; the WeChat is linked with its account."""

    handle: Handle
    mini: bool = False
    phone: Text
    code: Annotated[str, msgspec.Meta(max_length=12)]
    device: Id
    agreement_version: Version | None = None


class EnterMini(Body, frozen=True, kw_only=True):
    """POST /v1/wechat/mini/log-in: the code of `wx.login`."""

    code: Code
    device: Id
    agreement_version: Version | None = None


class EnterMiniPhone(Body, frozen=True, kw_only=True):
    """POST /v1/wechat/mini/phone: the code of the phone button; it asks for the agreement first."""

    handle: Handle
    code: Code
    device: Id
    agreement_version: Version


class TakeWeChat(Body, frozen=True, kw_only=True):
    """POST /v1/me/wechat, and asking for the code of a move."""

    handle: Handle
    mini: bool = False


class MoveWeChat(Body, frozen=True, kw_only=True):
    """POST /v1/me/wechat/move: the code that went to the account that has it now."""

    handle: Handle
    mini: bool = False
    code: Annotated[str, msgspec.Meta(max_length=12)]


class SendMoveCode(Body, frozen=True, kw_only=True):
    """POST /v1/me/wechat/move-code."""

    handle: Handle
    mini: bool = False
    device: Id


class AskScene(Body, frozen=True, kw_only=True):
    """POST /v1/wechat/scene: for a visit that its person, or whoever holds it, is in."""

    visit_id: Id


class ReadScan(Body, frozen=True, kw_only=True):
    """POST /v1/scans: a scanned text, as the phone gave it."""

    text: Annotated[str, msgspec.Meta(max_length=2048)]


class WeChatInfo(View, frozen=True, kw_only=True):
    """GET /v1/wechat: what of WeChat is set up here."""

    service: bool
    mini: bool
    jssdk_url: str | None  #: the script that `wx.config` needs; None: pages do without


class WeChatBegun(View, frozen=True, kw_only=True):
    """Where to lead the browser."""

    url: str


class WeChatEntered(View, frozen=True, kw_only=True):
    """Logged in, or not yet: then the handle waits for a phone's code.

    `linked` says whether this WeChat logs in as this person from now on; `why_not` is the code
    of the refusal that a link met (`wechat_elsewhere`, `another_wechat`).
    """

    linked: bool
    logged_in: LoggedIn | None = None
    handle: str | None = None
    why_not: str | None = None


class WeChatLink(View, frozen=True, kw_only=True):
    """A WeChat of one's own."""

    app: Literal["service", "mini"]
    linked_at: datetime | None
    followed: bool


class WeChatNews(View, frozen=True, kw_only=True):
    """Something that became of a link."""

    zh: str
    en: str
    at: datetime


class MyWeChat(View, frozen=True, kw_only=True):
    """GET /v1/me/wechat."""

    links: tuple[WeChatLink, ...]
    news: tuple[WeChatNews, ...]


class SceneView(View, frozen=True, kw_only=True):
    """The QR that follows the account and leads back to the visit; without `qr` none is needed."""

    followed: bool
    qr: str | None = None  #: a data URI
    expires_at: datetime | None = None


class PageConfigView(View, frozen=True, kw_only=True):
    """GET /v1/wechat/page-config: for `wx.config`."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


class ScanView(View, frozen=True, kw_only=True):
    """What a scanned text is."""

    kind: Literal["kiosk", "waybill", "other"]
    code: str | None = None
    number: str | None = None
    is_link: bool = False


class RefusedView(View, frozen=True, kw_only=True):
    """How often one callback refused for one reason on one day (UTC)."""

    callback: str
    rule: str
    day: str
    count: int


class RefusedMessages(View, frozen=True, kw_only=True):
    """GET /v1/staff/refused-notices."""

    refused: tuple[RefusedView, ...]
