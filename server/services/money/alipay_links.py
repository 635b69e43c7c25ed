"""Couriers' Alipay accounts to be paid at: linked by Alipay's own word, unlinked, moved.

Alipay says who somebody is, by OAuth; a signed-in courier then links that account, or has it moved
from the account that has it, whose phone gives a code. A change of a link and its news are one
write; the news is told from there at least once, by `sweep` if this process died.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from realtime.wire.accounts import CodeSent
from server.domain.errors import (
    AlipayElsewhere,
    AnotherAlipay,
    Conflict,
    Limited,
    NotFound,
    ProviderFailed,
    Unavailable,
)
from server.domain.ids import Draw, PersonId
from server.domain.notice_kind import EARNINGS_PAGE
from server.domain.own_pages import with_query
from server.domain.payees import AlipayAccount, AlipayAccountId, AlipayChange, AlipayNews
from server.domain.rules import HOUR
from server.providers.alipay.log_in import AlipayLogIn
from server.services.accounts.accounts import Accounts
from server.services.accounts.codes import Caller
from server.services.accounts.codes_budget import Limits
from server.services.money.alipay_returns import AlipayReturns
from server.services.ports import Clock
from server.store.alipay_accounts import MongoAlipayAccounts, PersonHasAnotherAlipay
from server.store.outages import mongo_outage_is_unavailable

log = logging.getLogger(__name__)

#: Where Alipay leads browsers back to; the routes have the same path.
OAUTH_PATH = "/v1/alipay/oauth"

#: What a page is told in place of a handle when Alipay did not say who it is.
FAILED = "failed"

#: How often one person may leave for Alipay.
MOST_PER_HOUR = 30

BATCH = 50
NEWS_CHARACTERS = 20


class AlipayTold(Protocol):
    """Tells people what became of their links, by whatever reaches them."""

    async def tell_of_alipay(self, news: AlipayNews) -> None:
        """Tell one news; telling the same id again tells nobody.

        Raises:
            Unavailable: it will be told again.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayBegun:
    """Where to lead a browser, and the cookie that it gets."""

    url: str = field(repr=False)
    browser: str = field(repr=False)


class AlipayLinks:
    """Links between couriers and Alipay accounts; `log_in` is None where nobody is paid there."""

    def __init__(
        self,
        *,
        log_in: AlipayLogIn | None,
        accounts: MongoAlipayAccounts,
        returns: AlipayReturns,
        people: Accounts,
        told: AlipayTold,
        limits: Limits,
        base_url: str,
        clock: Clock,
        draw: Draw,
    ) -> None:
        self._log_in = log_in
        self._accounts = accounts
        self._returns = returns
        self._people = people
        self._told = told
        self._limits = limits
        self._base_url = base_url
        self._clock = clock
        self._draw = draw

    async def begin(self, person: PersonId, browser: str | None) -> AlipayBegun:
        """Send a courier's browser to Alipay, to come back to their earnings.

        Raises:
            NotFound: nobody is paid at Alipay here. Limited: too often.
        """
        if self._log_in is None:
            raise NotFound(field="path", rule="set_up")
        wait = await self._limits.hit(f"alipay:person:{person}", [(MOST_PER_HOUR, HOUR)])
        if wait is not None:
            raise Limited.for_seconds(wait, field="person")
        asked = await self._returns.ask(person, browser)
        url = self._log_in.oauth_url(self._base_url + OAUTH_PATH, asked.state)
        return AlipayBegun(url=url, browser=asked.browser)

    async def come_back(self, state: str, code: str, browser: str) -> str:
        """Take a browser back from Alipay; give the path that it is led to, with its handle.

        Nothing is raised at a person who only followed a link: what is wrong, used, too old, of
        another browser, or refused by Alipay leads back with `failed`, and so does an outage.
        """
        handle = None
        try:
            with mongo_outage_is_unavailable():
                if await self._returns.redeem(state, browser):
                    handle = await self._redeemed(state, code)
                else:
                    log.info("a state of Alipay's log-in is not good")
        except Unavailable:
            log.warning("a browser came back from Alipay in an outage")
        return with_query(EARNINGS_PAGE, f"alipay={handle or FAILED}")

    async def take(self, person: PersonId, handle: str, browser: str) -> None:
        """Link the account of a handle with its courier; theirs already is no harm.

        The handle stays good when the account is somebody else's: a move needs it.

        Raises:
            AlipayOver: the handle is used or too old.
            AlipayElsewhere: it is another account's; see `send_move_code`.
            AnotherAlipay: the person has another one.
        """
        account = await self._returns.look(handle, person, browser)
        news = [self._new(person, AlipayChange.LINKED)]
        if not await self._give(account, None, person, news):
            known = await self._accounts.get(account.id)
            if known is None or known.person != person:
                raise AlipayElsewhere(field="handle", rule="free")
        await self._returns.spend(handle, person, browser)

    async def send_move_code(
        self, person: PersonId, handle: str, browser: str, caller: Caller
    ) -> CodeSent:
        """Send a code to the phone of the account that has the Alipay now.

        Raises:
            AlipayOver: the handle is used or too old. Conflict: nobody else has it.
            Limited, ProviderFailed: see `Accounts.send_holder_code`.
        """
        account = await self._returns.look(handle, person, browser)
        return await self._people.send_holder_code(_holder(account, person), "move_alipay", caller)

    async def move(
        self, person: PersonId, handle: str, browser: str, code: str, caller: Caller
    ) -> None:
        """Move an Alipay from the account that has it now, whose phone gave the code.

        Raises:
            AlipayOver: the handle is used or too old. WrongCode, Limited: not that code.
            Conflict: nobody else has it (any more). AnotherAlipay: the person has another one.
        """
        account = await self._returns.look(handle, person, browser)
        holder = _holder(account, person)
        if await self._accounts.of(person) is not None:
            raise AnotherAlipay(field="handle", rule="one_alipay")  # before the code is used up
        await self._people.prove_holder(holder, code, "move_alipay", caller)
        news = [
            self._new(person, AlipayChange.MOVED_HERE),
            self._new(holder, AlipayChange.MOVED_AWAY),
        ]
        if not await self._give(account, holder, person, news):
            raise Conflict(field="handle", rule="of_that_account")
        await self._returns.spend(handle, person, browser)

    async def unlink(self, person: PersonId) -> None:
        """Unlink a person's own Alipay; what was asked of it already is paid there.

        Raises:
            NotFound: none is linked.
        """
        own = await self._accounts.of(person)
        news, now = [self._new(person, AlipayChange.UNLINKED)], self._clock()
        if own is None or not await self._accounts.unlink(own.id, person, now, news):
            raise NotFound(field="wallet", rule="linked")
        await self._tell(own.id, news)

    async def sweep(self) -> int:
        """Tell what a dead process did not; returns how many news there were."""
        untold = await self._accounts.untold(BATCH)
        for account, news in untold:
            await self._tell(account, [news])
        return len(untold)

    async def _redeemed(self, state: str, code: str) -> str | None:
        """Ask Alipay who came back with a code; None when it does not say."""
        if not code or self._log_in is None:
            return None
        try:
            told = await self._log_in.identity(code)
        except ProviderFailed as failure:
            log.warning("Alipay did not say who came back", extra={"why": failure.rule})
            return None
        account = await self._accounts.meet(
            told.account, is_open_id=told.is_open_id, now=self._clock()
        )
        return await self._returns.know(state, account)

    async def _give(
        self,
        account: AlipayAccount,
        holder: PersonId | None,
        person: PersonId,
        news: Sequence[AlipayNews],
    ) -> bool:
        try:
            given = await self._accounts.give(account.id, holder, person, self._clock(), news)
        except PersonHasAnotherAlipay:
            raise AnotherAlipay(field="handle", rule="one_alipay") from None
        if given:
            await self._tell(account.id, news)
        return given

    def _new(self, person: PersonId, change: AlipayChange) -> AlipayNews:
        return AlipayNews(
            id=f"A{self._draw(NEWS_CHARACTERS)}", person=person, change=change, at=self._clock()
        )

    async def _tell(self, account: AlipayAccountId, news: Sequence[AlipayNews]) -> None:
        for one in news:
            try:
                await self._told.tell_of_alipay(one)
            except Unavailable:
                log.warning("news of a link waits for its telling", extra={"news": one.id})
                continue
            await self._accounts.told(account, one.id)


def _holder(account: AlipayAccount, person: PersonId) -> PersonId:
    if account.person is None or account.person == person:
        raise Conflict(field="handle", rule="of_another_account")
    return account.person
