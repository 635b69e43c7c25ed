"""Telling people what became of their WeChat links: kept for the personal area, and as a notice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.domain.notice_kind import Hears
from server.domain.notice_kinds import KINDS
from server.domain.wechat import LinkChange, LinkNews
from server.services.notices.notices import Notices
from server.store.wechat_news import MongoWeChatNews

TEXTS: Mapping[LinkChange, tuple[str, str]] = MappingProxyType(
    {
        change: (KINDS[change, Hears.PERSON].zh, KINDS[change, Hears.PERSON].en)
        for change in LinkChange
    }
)


class LinksTold:
    """Implements `Told`: in the personal area, and by whatever reaches the person now."""

    def __init__(self, *, news: MongoWeChatNews, teller: Notices) -> None:
        self._news = news
        self._teller = teller

    async def tell(self, news: LinkNews) -> None:
        """Tell one news, once an id.

        Raises:
            Unavailable: an open page may not have heard; the rest is on its way.
        """
        await self._news.insert(news)
        await self._teller.tell_of_link(news)
