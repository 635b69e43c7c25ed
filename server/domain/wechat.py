"""Who someone is to WeChat, and what may reach them there now. Pure.

WeChat lets an account write to somebody in three ways: template messages to followers,
subscription messages for credits that the person gave, and customer messages inside a window
that something the person did has opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from server.domain.ids import PersonId

#: Stands for one openid of one app; a keyed digest, so that it may be logged and kept anywhere.
WeChatAccountId = NewType("WeChatAccountId", str)


class WeChatApp(StrEnum):
    """Which app someone is known to; an openid means nothing to the other one."""

    SERVICE = "service"  #: 服务号
    MINI = "mini"  #: 小程序


class WindowKind(StrEnum):
    """What opened a window for customer messages of the service account."""

    TOUCH = "touch"  #: they followed, scanned a scene, or pressed the menu
    PAYMENT = "payment"  #: they paid
    MESSAGE = "message"  #: they wrote something


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRule:
    """How long a window lasts, and how many messages it takes."""

    seconds: float
    messages: int


#: WeChat's windows since 2021-06, as others quote its table. The shortest first: what would run
#: out soonest is used up first.
WINDOWS: Mapping[WindowKind, WindowRule] = MappingProxyType(
    {
        WindowKind.TOUCH: WindowRule(seconds=60, messages=3),
        WindowKind.PAYMENT: WindowRule(seconds=48 * 3600, messages=20),
        WindowKind.MESSAGE: WindowRule(seconds=48 * 3600, messages=20),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One window: when it was opened last, and how many messages went through since."""

    at: datetime
    used: int = 0

    def left(self, kind: WindowKind, now: datetime) -> int:
        """Tell how many messages may still go through."""
        rule = WINDOWS[kind]
        if self.at + timedelta(seconds=rule.seconds) <= now:
            return 0
        return max(0, rule.messages - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One message's place in a window that was had, so that it can be given back."""

    kind: WindowKind
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatAccount:
    """One openid of one app, and whose it is."""

    id: WeChatAccountId
    app: WeChatApp
    openid: str = field(repr=False)
    created_at: datetime
    union: str | None = None  #: a digest too: the same for both apps of one human, if joined
    person: PersonId | None = None
    parted: bool = False  #: was unlinked by its person: nothing links it again by itself
    linked_at: datetime | None = None
    followed: bool = False
    follow_changed_at: datetime | None = None
    unfollowed_at: datetime | None = None
    windows: Mapping[WindowKind, Window] = field(default_factory=dict)
    credits: Mapping[str, int] = field(default_factory=dict)  #: by template id

    def messages_left(self, now: datetime) -> int:
        """Tell how many customer messages may be sent now; none to who does not follow."""
        if not self.followed:
            return 0
        return sum(window.left(kind, now) for kind, window in self.windows.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedBy:
    """What one app can send to one person now."""

    account: WeChatAccountId
    openid: str = field(repr=False)
    followed: bool  #: template messages reach followers only
    unfollowed_at: datetime | None
    customer_messages: int
    credits: Mapping[str, int]  #: by template id; none of them 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a person can receive in WeChat now; a snapshot, to choose a way by.

    Having is decided by spending: `MongoWeChatAccounts.spend_credit` and `spend_window`.
    """

    service: ReachedBy | None = None
    mini: ReachedBy | None = None


def reached_by(account: WeChatAccount, now: datetime) -> ReachedBy:
    """Say what an app can send to its account now."""
    return ReachedBy(
        account=account.id,
        openid=account.openid,
        followed=account.followed,
        unfollowed_at=account.unfollowed_at,
        customer_messages=account.messages_left(now),
        credits={template: count for template, count in account.credits.items() if count > 0},
    )


class LinkChange(StrEnum):
    """What a person is told about their account and a WeChat."""

    LINKED = "wechat_linked"
    UNLINKED = "wechat_unlinked"
    MOVED_HERE = "wechat_moved_here"  #: it was another account's
    MOVED_AWAY = "wechat_moved_away"  #: it is another account's now


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkNews:
    """One such news; telling it twice under one id is telling it once."""

    id: str
    person: PersonId
    change: LinkChange
    at: datetime
