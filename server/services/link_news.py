"""Telling people what became of their WeChat links: in their pages, now and when they look."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from realtime.wire.people import Notice
from server.domain.wechat import LinkChange, LinkNews
from server.services.ports import PersonFeed
from server.store.wechat_news import MongoWeChatNews

TEXTS: Mapping[LinkChange, tuple[str, str]] = MappingProxyType(
    {
        LinkChange.LINKED: ("微信已绑定您的账号", "A WeChat was linked with your account."),
        LinkChange.UNLINKED: ("微信已与您的账号解绑", "Your WeChat was unlinked."),
        LinkChange.MOVED_HERE: (
            "微信已从另一个账号移到您的账号",
            "A WeChat was moved here from another account.",
        ),
        LinkChange.MOVED_AWAY: (
            "您绑定的微信已凭短信验证码移到另一个账号；若不是您本人，请联系客服",
            "Your WeChat was moved to another account by your SMS code; not you? Please call us.",
        ),
    }
)


class PageTold:
    """Implements `Told`: kept for the personal area, and pushed to open pages."""

    def __init__(self, *, news: MongoWeChatNews, people: PersonFeed) -> None:
        self._news = news
        self._people = people

    async def tell(self, news: LinkNews) -> None:
        """Tell one news, once an id.

        Raises:
            Unavailable: an open page may not have heard; the personal area shows it.
        """
        if await self._news.insert(news):
            zh, en = TEXTS[news.change]
            await self._people.push(news.person, Notice(kind=news.change.value, zh=zh, en=en))
