"""Log-ins by WeChat: what counts as one address, and coming back while the databases are away."""

import pytest
from pymongo.errors import AutoReconnect

from server.domain.errors import Limited, Unavailable
from server.domain.ids import PersonId
from server.domain.keys import Secret
from server.services.accounts.codes import Caller
from server.services.wechat.log_in import WeChatLogIns
from server.store.seal import BlindIndex


class OneEach:
    """Limits that let each key through once."""

    def __init__(self):
        self.seen = set()

    async def hit(self, key, limits):
        if key in self.seen:
            return 60.0
        self.seen.add(key)
        return None


class Leads:
    """A service account, and handles, of which only the URL is of use here."""

    def oauth_url(self, redirect, state):
        return redirect

    async def ask(self, path, browser):
        return self

    state = browser = PersonId("s")


def log_ins(handles: Leads) -> WeChatLogIns:
    unused = None
    return WeChatLogIns(
        service=handles,
        mini=unused,
        accounts=unused,
        handles=handles,
        links=unused,
        people=unused,
        limits=OneEach(),
        index=BlindIndex(Secret(b"k" * 32)),
        base_url="https://lanjian.example",
        clock=unused,
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("203.0.113.7", "::ffff:203.0.113.7")],
)
async def test_a_host_cannot_choose_another_address_to_begin_anew(first, second):
    given = log_ins(Leads())
    await given.begin("/", None, Caller(address=first, device=""))
    with pytest.raises(Limited):
        await given.begin("/", None, Caller(address=second, device=""))


class LostStates(Leads):
    """Handles whose database went away."""

    async def redeem(self, state, browser):
        raise AutoReconnect("gone")


class LostHandles(Leads):
    """A database that went away while WeChat was asked."""

    async def redeem(self, state, browser):
        return "/courier#offers"

    async def oauth_identity(self, code):
        raise Unavailable(part="redis")


@pytest.mark.parametrize(
    ("handles", "landed"),
    [(LostStates(), "/?wechat=failed"), (LostHandles(), "/courier?wechat=failed#offers")],
)
async def test_whoever_comes_back_in_an_outage_lands_on_a_page(handles, landed):
    given = log_ins(handles)
    assert await given.come_back("s", "code", "b") == landed
