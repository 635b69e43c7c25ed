"""Whose a WeChat is: linked, unlinked, moved; and the people whom it concerns are told.

A change of a link and its news are one write (`server/store/wechat_accounts.py`); the news is
told from there at least once, by `sweep` if this process died, and `Told` makes it once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from realtime.wire.accounts import CodeSent
from realtime.wire.wechat import MyWeChat, WeChatLink, WeChatNews
from server.domain.errors import (
    AnotherWeChat,
    Conflict,
    NotFound,
    Unavailable,
    WeChatElsewhere,
)
from server.domain.ids import Draw, PersonId
from server.domain.wechat import LinkChange, LinkNews, WeChatAccount, WeChatAccountId, WeChatApp
from server.services.accounts.accounts import Accounts
from server.services.accounts.codes import Caller
from server.services.wechat.handles import WeChatHandles
from server.services.wechat.link_news import TEXTS
from server.store.wechat_accounts import MongoWeChatAccounts, PersonHasAnother
from server.store.wechat_news import MongoWeChatNews

log = logging.getLogger(__name__)

BATCH = 50
NEWS_CHARACTERS = 20


class Told(Protocol):
    """Tells people what became of their links, by whatever reaches them."""

    async def tell(self, news: LinkNews) -> None:
        """Tell one news; telling the same id again tells nobody.

        Raises:
            Unavailable: it will be told again.
        """


class WaitingPay(Protocol):
    """Pay that waits for somewhere to go to: `server.services.money.payee_desk.WaitingPay`."""

    async def wake(self, person: PersonId) -> None:
        """Have it asked for at once; of somebody whom nothing waits for, nothing."""


class WeChatLinks:
    """Links between people and WeChat accounts."""

    def __init__(
        self,
        *,
        accounts: MongoWeChatAccounts,
        news: MongoWeChatNews,
        handles: WeChatHandles,
        people: Accounts,
        told: Told,
        pay: WaitingPay,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        self._accounts = accounts
        self._news = news
        self._handles = handles
        self._people = people
        self._told = told
        self._pay = pay
        self._clock = clock
        self._draw = draw

    async def mine(self, person: PersonId) -> MyWeChat:
        """Show a person's links, and what became of them lately."""
        accounts = await self._accounts.of(person)
        return MyWeChat(
            links=tuple(_link_view(account) for account in accounts),
            news=tuple(_news_view(one) for one in await self._news.of(person)),
        )

    async def take(self, person: PersonId, handle: str, browser: str | None) -> MyWeChat:
        """Link the WeChat of a handle with a signed-in person; theirs already is no harm.

        The handle stays good when the WeChat is somebody else's: a move needs it.

        Raises:
            WeChatOver: the handle is used or too old.
            WeChatElsewhere: it is another account's; see `send_move_code`.
            AnotherWeChat: the person has another one.
        """
        account = await self._handles.look(handle, browser)
        await self.link(account.id, person)
        await self._handles.spend(handle, browser)
        return await self.mine(person)

    async def link(self, account: WeChatAccountId, person: PersonId) -> None:
        """Link a free WeChat with a person; theirs already is no harm.

        Raises:
            WeChatElsewhere: it is another account's. AnotherWeChat: the person has another one.
        """
        news = [self._new(person, LinkChange.LINKED)]
        try:
            if await self._accounts.link(account, person, self._clock(), news):
                await self._pay.wake(person)
                await self._tell(account, news)
                return
        except PersonHasAnother:
            raise AnotherWeChat(field="handle", rule="one_wechat") from None
        known = await self._accounts.get(account)
        if known is None or known.person != person:
            raise WeChatElsewhere(field="handle", rule="free")

    async def send_move_code(
        self, person: PersonId, handle: str, browser: str | None, caller: Caller
    ) -> CodeSent:
        """Send a code to the phone of the account that has the WeChat now.

        Raises:
            WeChatOver: the handle is used or too old. Conflict: nobody else has it.
            Limited, ProviderFailed: see `Accounts.send_holder_code`.
        """
        account = await self._handles.look(handle, browser)
        return await self._people.send_holder_code(_holder(account, person), "move_wechat", caller)

    async def move(
        self, person: PersonId, handle: str, browser: str | None, code: str, caller: Caller
    ) -> MyWeChat:
        """Move a WeChat from the account that has it now, whose phone gave the code.

        Raises:
            WeChatOver: the handle is used or too old. WrongCode, Limited: not that code.
            Conflict: nobody else has it (any more). AnotherWeChat: the person has another one.
        """
        account = await self._handles.look(handle, browser)
        holder = _holder(account, person)
        if any(one.app is account.app for one in await self._accounts.of(person)):
            raise AnotherWeChat(field="handle", rule="one_wechat")  # before the code is used up
        await self._people.prove_holder(holder, code, "move_wechat", caller)
        news = [
            self._new(person, LinkChange.MOVED_HERE),
            self._new(holder, LinkChange.MOVED_AWAY),
        ]
        try:
            moved = await self._accounts.move(account.id, holder, person, self._clock(), news)
        except PersonHasAnother:
            raise AnotherWeChat(field="handle", rule="one_wechat") from None
        if not moved:
            raise Conflict(field="handle", rule="of_that_account")
        await self._pay.wake(person)
        await self._tell(account.id, news)
        await self._handles.spend(handle, browser)
        return await self.mine(person)

    async def unlink(self, person: PersonId, app: WeChatApp) -> MyWeChat:
        """Unlink a person's own WeChat; their sessions go on.

        Raises:
            NotFound: none is linked.
        """
        own = [one for one in await self._accounts.of(person) if one.app is app]
        news = [self._new(person, LinkChange.UNLINKED)]
        if not own or not await self._accounts.unlink(own[0].id, person, news):
            raise NotFound(field="app", rule="linked")
        await self._tell(own[0].id, news)
        return await self.mine(person)

    async def sweep(self) -> int:
        """Tell what a dead process did not; returns how many news there were."""
        untold = await self._accounts.untold(BATCH)
        for account, news in untold:
            await self._tell(account, [news])
        return len(untold)

    def _new(self, person: PersonId, change: LinkChange) -> LinkNews:
        return LinkNews(
            id=f"W{self._draw(NEWS_CHARACTERS)}", person=person, change=change, at=self._clock()
        )

    async def _tell(self, account: WeChatAccountId, news: list[LinkNews]) -> None:
        for one in news:
            try:
                await self._told.tell(one)
            except Unavailable:
                log.warning("news of a link waits for its telling", extra={"news": one.id})
                continue
            await self._accounts.told(account, one.id)


def _holder(account: WeChatAccount, person: PersonId) -> PersonId:
    if account.person is None or account.person == person:
        raise Conflict(field="handle", rule="of_another_account")
    return account.person


def _link_view(account: WeChatAccount) -> WeChatLink:
    return WeChatLink(app=account.app.value, linked_at=account.linked_at, followed=account.followed)


def _news_view(news: LinkNews) -> WeChatNews:
    zh, en = TEXTS[news.change]
    return WeChatNews(zh=zh, en=en, at=news.at)
