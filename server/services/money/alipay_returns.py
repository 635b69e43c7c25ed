"""Who Alipay says that a courier is, for ten minutes: states, browsers and handles.

A state leads one person's browser to Alipay and back, once; a handle stands for what came back,
and is good for one link of that person's. Both are drawn, kept as keyed digests, and bound to the
browser by a cookie that no script can read: a link with somebody else's state or handle does
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.domain.errors import AlipayOver
from server.domain.ids import Draw, PersonId
from server.domain.payees import AlipayAccount
from server.services.ports import Clock
from server.store.alipay_accounts import MongoAlipayAccounts
from server.store.alipay_returns import MongoAlipayReturns
from server.store.seal import BlindIndex

#: From leaving for Alipay to being back, and from being back to the link.
LIFE_SECONDS = 600.0

#: 130 bits each.
CHARACTERS = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAlipay:
    """A browser on its way to Alipay."""

    state: str = field(repr=False)
    browser: str = field(repr=False)  #: the cookie's value


class AlipayReturns:
    """States and handles."""

    def __init__(
        self,
        *,
        returns: MongoAlipayReturns,
        accounts: MongoAlipayAccounts,
        index: BlindIndex,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._returns = returns
        self._accounts = accounts
        self._index = index
        self._clock = clock
        self._draw = draw

    async def ask(self, person: PersonId, browser: str | None) -> AskedAlipay:
        """Send a person's browser to Alipay; it keeps the cookie that it has."""
        asked = AskedAlipay(state=self._draw(CHARACTERS), browser=browser or self._draw(CHARACTERS))
        await self._returns.ask(
            self._digest("state", asked.state),
            browser=self._digest("browser", asked.browser),
            person=person,
            expires_at=self._expires_at(),
        )
        return asked

    async def redeem(self, state: str, browser: str) -> bool:
        """Use a state up; False when it is not this browser's."""
        if not browser:
            return False
        return await self._returns.redeem(
            self._digest("state", state),
            browser=self._digest("browser", browser),
            now=self._clock(),
        )

    async def know(self, state: str, account: AlipayAccount) -> str | None:
        """Make the handle of who came back with a state; None when the state's time was over."""
        handle = self._draw(CHARACTERS)
        known = await self._returns.know(
            self._digest("state", state),
            handle=self._digest("handle", handle),
            account=account.id,
            expires_at=self._expires_at(),
        )
        return handle if known else None

    async def look(self, handle: str, person: PersonId, browser: str) -> AlipayAccount:
        """Give the account of a person's handle, without using it up.

        Raises:
            AlipayOver: used, too old, of another browser, or of another person.
        """
        known = await self._returns.look(
            self._digest("handle", handle),
            browser=self._digest("browser", browser),
            person=person,
            now=self._clock(),
        )
        account = None if known is None else await self._accounts.get(known)
        if account is None:
            raise AlipayOver(field="handle", rule="fresh")
        return account

    async def spend(self, handle: str, person: PersonId, browser: str) -> None:
        """Use a handle up; one that is used is no harm."""
        await self._returns.spend(
            self._digest("handle", handle),
            browser=self._digest("browser", browser),
            person=person,
            now=self._clock(),
        )

    def _expires_at(self) -> datetime:
        return self._clock() + timedelta(seconds=LIFE_SECONDS)

    def _digest(self, kind: str, value: str) -> str:
        return self._index.digest(f"alipay {kind}", value)
