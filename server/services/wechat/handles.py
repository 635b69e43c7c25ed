"""Who WeChat says that somebody is, for ten minutes: states, browsers and handles.

A state leads one browser to WeChat and back, once; a handle stands for what came back, and is
good for one log-in or link. Both are drawn, kept as keyed digests, and bound to the browser by a
cookie that no script can read: a link with somebody else's state or handle does nothing. The
mini program has no cookies and no links: its handles are bound to no browser (None), and pages
cannot use them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.domain.errors import WeChatOver
from server.domain.ids import Draw
from server.domain.wechat import WeChatAccount
from server.store.seal import BlindIndex
from server.store.wechat_accounts import MongoWeChatAccounts
from server.store.wechat_logins import Known, MongoWeChatLogIns

#: From leaving for WeChat to being back, and from being back to the phone's code.
LIFE_SECONDS = 600.0

#: 130 bits each.
CHARACTERS = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A browser on its way to WeChat."""

    state: str = field(repr=False)
    browser: str = field(repr=False)  #: the cookie's value


class WeChatHandles:
    """States and handles."""

    def __init__(
        self,
        *,
        logins: MongoWeChatLogIns,
        accounts: MongoWeChatAccounts,
        index: BlindIndex,
        clock: Callable[[], datetime],
        draw: Draw,
    ) -> None:
        self._logins = logins
        self._accounts = accounts
        self._index = index
        self._clock = clock
        self._draw = draw

    async def ask(self, return_path: str, browser: str | None) -> Asked:
        """Send a browser to WeChat; it keeps the cookie that it has."""
        asked = Asked(state=self._draw(CHARACTERS), browser=browser or self._draw(CHARACTERS))
        await self._logins.ask(
            self._state(asked.state),
            browser=self._browser(asked.browser),
            return_path=return_path,
            expires_at=self._expires_at(),
        )
        return asked

    async def redeem(self, state: str, browser: str | None) -> str | None:
        """Use a state up; give where its browser returns to, None when it is not this browser's."""
        if not browser:
            return None
        return await self._logins.redeem(
            self._state(state), browser=self._browser(browser), now=self._clock()
        )

    async def know(self, state: str, account: WeChatAccount) -> str | None:
        """Make the handle of who came back with a state; None when the state's time was over."""
        handle = self._draw(CHARACTERS)
        known = await self._logins.know(
            self._state(state),
            handle=self._handle(handle),
            known=Known(account=account.id, app=account.app),
            expires_at=self._expires_at(),
        )
        return handle if known else None

    async def make(self, account: WeChatAccount) -> str:
        """Make the handle of somebody without a browser (the mini program)."""
        handle = self._draw(CHARACTERS)
        await self._logins.keep(
            self._handle(handle),
            known=Known(account=account.id, app=account.app),
            expires_at=self._expires_at(),
        )
        return handle

    async def look(self, handle: str, browser: str | None) -> WeChatAccount:
        """Give the account of a handle, without using it up.

        Raises:
            WeChatOver: used, too old, or of another browser.
        """
        known = await self._logins.look(
            self._handle(handle), browser=self._maybe_browser(browser), now=self._clock()
        )
        return await self._account(known)

    async def spend(self, handle: str, browser: str | None) -> WeChatAccount:
        """Use a handle up; give its account as it is now.

        Raises:
            WeChatOver: used (maybe just now), too old, or of another browser.
        """
        known = await self._logins.spend(
            self._handle(handle), browser=self._maybe_browser(browser), now=self._clock()
        )
        return await self._account(known)

    async def _account(self, known: Known | None) -> WeChatAccount:
        account = None if known is None else await self._accounts.get(known.account)
        if account is None:
            raise WeChatOver(field="handle", rule="fresh")
        return account

    def _expires_at(self) -> datetime:
        return self._clock() + timedelta(seconds=LIFE_SECONDS)

    def _state(self, state: str) -> str:
        return self._index.digest("wechat state", state)

    def _handle(self, handle: str) -> str:
        return self._index.digest("wechat handle", handle)

    def _browser(self, browser: str) -> str:
        return self._index.digest("wechat browser", browser)

    def _maybe_browser(self, browser: str | None) -> str | None:
        return None if browser is None else self._browser(browser)
