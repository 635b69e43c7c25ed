"""What the platform needs of WeChat (service account and mini program), as ports and values.

Whatever asks WeChat something raises `ProviderFailed`, with one of `WeChatRule` as its rule. Two
rules are no refusals: after `no_answer` what was asked may have happened (a message may have been
delivered: never repeat it), and so after `bad_answer`, an answer that could not be read. Every
other rule says for certain that nothing happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from server.domain.errors import ProviderFailed

#: A stable word for each documented error code; `errors.py` has the table.
WeChatRule = Literal[
    "no_answer",  # its effect is unknown
    "bad_answer",  # its effect is unknown: half an answer, or none that can be read
    "busy",  # WeChat says itself: try again
    "token",  # refused even with a token that was new: somebody else fetches tokens the old way
    "app_id",
    "secret",
    "ip",  # our address is not on the account's list
    "openid",  # no such person for this account
    "unfollowed",  # 43004: they do not follow the account
    "refused",  # 43101: no credit of a subscription is left, or they refused
    "blocked",  # 48002: they take no messages of this account
    "window_over",  # 45015: their last touch is too long ago for a customer message
    "count_over",  # 45047: too many customer messages since their last touch
    "day_quota",
    "minute_quota",
    "template",
    "argument",  # 47003: a field of the template breaks its rule
    "page",
    "repeated",  # 45065: the same client_msg_id was sent
    "code",  # a code of a log-in or a phone: wrong, used or too old
    "not_authorised",
    "banned",
    "limited",  # 50002: the person or the account is restricted
    "content",
    "menu",
    "scene",
    "other",  # a code that nobody documented; details carry it as `errcode`
]

#: After these nobody knows whether the thing was done.
UNKNOWN_OUTCOMES: frozenset[WeChatRule] = frozenset({"no_answer", "bad_answer"})

#: `snsapi_base` asks nobody anything; `snsapi_userinfo` shows a page.
OAuthScope = Literal["snsapi_base", "snsapi_userinfo"]


def is_unknown(failure: ProviderFailed) -> bool:
    """Tell whether the thing may have been done all the same: then it is not repeated."""
    return failure.rule in UNKNOWN_OUTCOMES


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneQr:
    """A QR of the account that carries a scene: whoever scans it follows and brings the scene."""

    ticket: str
    content_url: str  #: what the QR says, for drawing it ourselves
    picture_url: str  #: WeChat's own picture of it
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatIdentity:
    """Who someone is to one app; the union id only where the apps are joined."""

    openid: str = field(repr=False)
    unionid: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageConfig:
    """What a page hands to `wx.config`."""

    app_id: str
    timestamp: int  #: unix seconds
    nonce: str
    signature: str


ButtonKind = Literal["view", "click", "scancode_waitmsg", "scancode_push", "folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuButton:
    """One button of the account's menu: a link, a key that comes back, or a folder of buttons."""

    name: str
    url: str | None = None
    key: str | None = None
    kind: ButtonKind = "view"
    buttons: tuple[MenuButton, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template that the account has, as WeChat lists it."""

    template_id: str
    title: str
    content: str  #: lines such as `订单号:{{character_string1.DATA}}`


class WeChatMessages(Protocol):
    """Sends messages to people. Nothing is ever sent twice by itself."""

    async def send_template(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        *,
        url: str | None = None,
        client_msg_id: str | None = None,
    ) -> str:
        """Send a template message and give its msgid; how it went comes as `TemplateDone`.

        Texts longer than their fields are cut. `client_msg_id` lets WeChat drop a repetition.

        Raises:
            ProviderFailed: notably rule `unfollowed`, `template`, `argument`, `day_quota`.
        """

    async def send_subscription(
        self, openid: str, template_id: str, data: Mapping[str, str], *, page: str | None = None
    ) -> None:
        """Spend one of the person's subscriptions of this template.

        Raises:
            ProviderFailed: notably rule `refused` (they have none left), `template`, `argument`.
        """

    async def send_text(self, openid: str, text: str) -> None:
        """Send a customer message, inside the window that the person's last touch opened.

        Raises:
            ProviderFailed: notably rule `window_over`, `count_over`.
        """


class WeChatApi(WeChatMessages, Protocol):
    """All that the service account does for us."""

    async def scene_qr(self, scene: str, *, seconds: int) -> SceneQr:
        """Make a QR that carries a scene of up to 64 characters, for up to 30 days."""

    def oauth_url(self, redirect_uri: str, state: str, *, scope: OAuthScope = "snsapi_base") -> str:
        """Write the URL that leads a browser in WeChat to `redirect_uri?code=&state=`."""

    async def oauth_identity(self, code: str) -> WeChatIdentity:
        """Redeem the code of an H5 log-in; a code works once and for five minutes.

        Raises:
            ProviderFailed: rule `code`: wrong, used or too old.
        """

    async def follows(self, openid: str) -> bool:
        """Tell whether someone follows the account now."""

    async def page_config(self, url: str) -> PageConfig:
        """Sign a page's URL for the JS-SDK; what follows its `#` is not part of it."""

    async def menu(self) -> tuple[MenuButton, ...]:
        """Read the menu as it is; empty when there is none."""

    async def put_menu(self, buttons: Sequence[MenuButton]) -> None:
        """Replace the whole menu."""

    async def templates(self) -> tuple[Template, ...]:
        """List the templates that the account has."""

    async def add_template(self, short_id: str, labels: Sequence[str]) -> str:
        """Take a template from WeChat's library, with these of its labels; give its id."""

    async def subscriptions(self) -> tuple[Template, ...]:
        """List the templates of subscription messages that the account has."""


class MiniApi(Protocol):
    """All that the mini program does for us."""

    async def mini_identity(self, js_code: str) -> WeChatIdentity:
        """Redeem the code of a mini program's log-in; its session key stays with the provider.

        Raises:
            ProviderFailed: rule `code`: wrong, used or too old.
        """

    async def phone_number(self, code: str) -> str:
        """Redeem the code of the phone button for the person's number: 11 digits.

        Raises:
            ProviderFailed: rule `code`, or `bad_answer` for a number of another country.
        """

    async def send_subscription(
        self, openid: str, template_id: str, data: Mapping[str, str], *, page: str | None = None
    ) -> None:
        """Spend one of the person's subscriptions of this template.

        Raises:
            ProviderFailed: notably rule `refused` (they have none left), `template`, `argument`.
        """

    async def subscriptions(self) -> tuple[Template, ...]:
        """List the templates of subscription messages that the mini program has."""


class TokenStore(Protocol):
    """Keeps a short-lived secret that all processes share, and lets one of them renew it.

    Names are ours (`wechat.token`, ...), values are secrets.
    """

    async def get(self, name: str) -> str | None:
        """Give the kept value, None when there is none or its time is over.

        Raises:
            Unavailable: the store cannot answer.
        """

    async def put(self, name: str, value: str, *, seconds: float) -> None:
        """Keep a value for so long.

        Raises:
            Unavailable: the store cannot answer.
        """

    async def claim(self, name: str, holder: str, *, seconds: float) -> bool:
        """Let one holder renew it, for at most so long; False when another does.

        Raises:
            Unavailable: the store cannot answer.
        """

    async def release(self, name: str, holder: str) -> None:
        """Give the right to renew back, if it is still this holder's.

        Raises:
            Unavailable: the store cannot answer.
        """
