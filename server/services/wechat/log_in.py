"""Log-in by WeChat: of pages by OAuth, of the mini program by its code and its phone button.

WeChat says only who somebody is to it. A linked WeChat logs its person in; any other waits, as a
handle, for the phone's code, and is linked with that phone's account.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from realtime.wire.accounts import LoggedIn
from realtime.wire.wechat import WeChatEntered
from server.domain.errors import (
    AnotherWeChat,
    Limited,
    NotFound,
    ProviderFailed,
    Unavailable,
    WeChatElsewhere,
    WeChatOver,
)
from server.domain.ids import PersonId
from server.domain.own_pages import return_path, with_query
from server.domain.rules import HOUR
from server.domain.wechat import WeChatAccount, WeChatApp
from server.providers.wechat.ports import MiniApi, WeChatApi, WeChatIdentity
from server.services.accounts.accounts import Accounts
from server.services.accounts.codes import Caller, network_of
from server.services.accounts.codes_budget import Limits
from server.services.wechat.handles import WeChatHandles
from server.services.wechat.links import WeChatLinks
from server.store.outages import mongo_outage_is_unavailable
from server.store.seal import BlindIndex
from server.store.wechat_accounts import MongoWeChatAccounts

log = logging.getLogger(__name__)

#: Where WeChat leads browsers back to; the routes have the same path.
OAUTH_PATH = "/v1/wechat/oauth"

#: What a page is told in place of a handle when WeChat did not say who it is.
FAILED = "failed"

#: From one address; a carrier's NAT shares one.
MOST_PER_HOUR = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where to lead a browser, and the cookie that it gets."""

    url: str = field(repr=False)
    browser: str = field(repr=False)


class WeChatLogIns:
    """Log people in by WeChat; `service` or `mini` is None where it is not set up."""

    def __init__(
        self,
        *,
        service: WeChatApi | None,
        mini: MiniApi | None,
        accounts: MongoWeChatAccounts,
        handles: WeChatHandles,
        links: WeChatLinks,
        people: Accounts,
        limits: Limits,
        index: BlindIndex,
        base_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._service = service
        self._mini = mini
        self._accounts = accounts
        self._handles = handles
        self._links = links
        self._people = people
        self._limits = limits
        self._index = index
        self._base_url = base_url
        self._clock = clock

    async def begin(self, path: str, browser: str | None, caller: Caller) -> Begun:
        """Send a browser to WeChat, to come back to one of our pages.

        Raises:
            NotFound: the service account is not set up. InvalidInput: not one of our pages.
            Limited: too often from this address.
        """
        service = self._require_service()
        wanted = return_path(path)
        await self._count(caller)
        asked = await self._handles.ask(wanted, browser)
        url = service.oauth_url(self._base_url + OAUTH_PATH, asked.state)
        return Begun(url=url, browser=asked.browser)

    async def come_back(self, state: str, code: str, browser: str | None) -> str:
        """Take a browser back from WeChat; give the path that it is led to, with its handle.

        Nothing is raised at a person who only followed a link: a state that is wrong, used, too
        old or of another browser leads home, a code that WeChat refuses back with `failed`; so
        does an outage, since a browser that is led here would show its error as it is.
        """
        path, handle = None, None
        try:
            with mongo_outage_is_unavailable():
                path = await self._handles.redeem(state, browser)
                handle = None if path is None else await self._redeemed(state, code)
        except Unavailable:
            log.warning("a browser came back from WeChat in an outage")
        else:
            if path is None:
                log.info("a state of a log-in by WeChat is not good")
        return with_query(path or "/", f"wechat={handle or FAILED}")

    async def enter(
        self, handle: str, browser: str | None, caller: Caller, agreement_version: str | None
    ) -> WeChatEntered:
        """Log the person of a linked WeChat in, once a handle; else say that a phone is needed.

        Raises:
            WeChatOver: the handle is used, too old, or of another browser.
            AgreementRequired: the handle stays good; accept the agreement with it.
        """
        person = await self._person_of(await self._handles.look(handle, browser))
        if person is None:
            return WeChatEntered(linked=False, handle=handle)
        await self._people.require_agreement_of(person, agreement_version)
        if (await self._handles.spend(handle, browser)).person != person:
            raise WeChatOver(field="handle", rule="linked")  # unlinked or moved meanwhile
        logged_in = await self._people.enter(person, caller, agreement_version=agreement_version)
        return WeChatEntered(linked=True, logged_in=logged_in)

    async def enter_with_code(
        self,
        handle: str,
        browser: str | None,
        phone: str,
        code: str,
        caller: Caller,
        agreement_version: str | None,
    ) -> WeChatEntered:
        """Log in by a phone's SMS code, and link the WeChat of the handle with that account.

        A WeChat that is another account's, or an account that has another WeChat, does not keep
        anybody out: the answer says why nothing was linked.

        Raises:
            WeChatOver: before the code is looked at. As `Accounts.log_in`.
        """
        account = await self._handles.look(handle, browser)
        logged_in = await self._people.log_in(
            phone, code, caller, agreement_version=agreement_version
        )
        return await self._linked(account, handle, browser, logged_in)

    async def enter_mini(
        self, code: str, caller: Caller, agreement_version: str | None
    ) -> WeChatEntered:
        """Log in by the mini program's code; else give a handle that waits for a phone.

        Raises:
            NotFound: the mini program is not set up. WeChatOver: the code is wrong or used.
            ProviderFailed: WeChat did not answer. Limited: too often from this address.
            AgreementRequired: begin anew with it; `wx.login` gives as many codes as one likes.
        """
        mini = self._require_mini()
        await self._count(caller)
        try:
            identity = await mini.mini_identity(code)
        except ProviderFailed as failure:
            raise _judged(failure) from None
        account = await self._meet(WeChatApp.MINI, identity)
        handle = await self._handles.make(account)
        return await self.enter(handle, None, caller, agreement_version)

    async def enter_mini_phone(
        self, handle: str, code: str, caller: Caller, agreement_version: str
    ) -> WeChatEntered:
        """Log in by the phone that WeChat verified, and link the mini program with its account.

        Raises:
            NotFound: the mini program is not set up. WeChatOver: handle or code is used.
            AgreementRequired: before the code is used up, since it is good once.
            ProviderFailed: WeChat did not answer. Limited: too often from this address.
        """
        mini = self._require_mini()
        await self._count(caller)
        self._people.require_current_agreement(agreement_version)
        account = await self._handles.look(handle, None)
        try:
            phone = await mini.phone_number(code)
        except ProviderFailed as failure:
            raise _judged(failure) from None
        logged_in = await self._people.enter_by_phone(
            phone, caller, agreement_version=agreement_version
        )
        return await self._linked(account, handle, None, logged_in)

    async def _redeemed(self, state: str, code: str) -> str | None:
        """Ask WeChat who came back with a code; None when it does not say."""
        if not code or self._service is None:
            return None
        try:
            identity = await self._service.oauth_identity(code)
        except ProviderFailed as failure:
            log.warning("WeChat did not say who came back", extra={"why": failure.rule})
            return None
        account = await self._meet(WeChatApp.SERVICE, identity)
        return await self._handles.know(state, account)

    async def _meet(self, app: WeChatApp, identity: WeChatIdentity) -> WeChatAccount:
        return await self._accounts.meet(
            app, identity.openid, self._clock(), unionid=identity.unionid
        )

    async def _person_of(self, account: WeChatAccount) -> PersonId | None:
        """Find whose a WeChat is; the other app's link of the same human counts, and is made."""
        if account.person is not None or account.union is None or account.parted:
            return account.person
        person = await self._accounts.person_by_union(account.union)
        if person is None:
            return None
        try:
            await self._links.link(account.id, person)
        except (WeChatElsewhere, AnotherWeChat):
            return None
        return person

    async def _linked(
        self, account: WeChatAccount, handle: str, browser: str | None, logged_in: LoggedIn
    ) -> WeChatEntered:
        """Link beside a log-in that stands, once a handle."""
        try:
            await self._handles.spend(handle, browser)
            await self._links.link(account.id, PersonId(logged_in.person.person_id))
        except (WeChatElsewhere, AnotherWeChat, WeChatOver) as refusal:
            return WeChatEntered(linked=False, logged_in=logged_in, why_not=refusal.code)
        return WeChatEntered(linked=True, logged_in=logged_in)

    async def _count(self, caller: Caller) -> None:
        network = self._index.digest("limit wechat", network_of(caller.address))
        key = f"wechat:address:{network}"
        wait = await self._limits.hit(key, [(MOST_PER_HOUR, HOUR)])
        if wait is not None:
            raise Limited.for_seconds(wait, field="address")

    def _require_service(self) -> WeChatApi:
        if self._service is None:
            raise NotFound(field="path", rule="set_up")
        return self._service

    def _require_mini(self) -> MiniApi:
        if self._mini is None:
            raise NotFound(field="path", rule="set_up")
        return self._mini


def _judged(failure: ProviderFailed) -> Exception:
    """A code that WeChat refuses is the caller's matter, all else is ours or WeChat's."""
    if failure.rule == "code":
        return WeChatOver(field="code", rule="log_in_once")
    return failure
